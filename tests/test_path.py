"""The way of one question, as the README of the package lists it: short, and true of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent.parent / "wideseek_cli"
MOST_FILES = 15
LINE = re.compile(r"^\d+\. `([\w/]+\.py)`: (.*)$", re.MULTILINE)


def _tree(file: str) -> ast.Module:
    return ast.parse((HERE / file).read_text(encoding="utf-8"))


def _defined(tree: ast.Module) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return {part.name for part in tree.body if isinstance(part, kinds)}


def _named(tree: ast.Module) -> set[str]:
    """What a file uses, beside what it imports."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def _imported(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_one_question_is_followed_through_the_files_that_are_listed() -> None:
    steps = LINE.findall((HERE / "README.md").read_text(encoding="utf-8"))
    assert 0 < len(steps) <= MOST_FILES
    imported: set[str] = set()
    named: set[str] = set()
    for number, (file, words) in enumerate(steps):
        tree = _tree(file)
        names = [name for name in re.findall(r"`(\w+)`", words) if name in _defined(tree)]
        assert names, f"{file} defines nothing that its line names: {words}"
        if number:
            module = "wideseek_cli." + file.removesuffix(".py").replace("/", ".")
            assert module in imported, f"no file before {file} imports it"
            assert set(names) <= named, f"no file before {file} uses {set(names) - named}"
        imported |= _imported(tree)
        named |= _named(tree)


def test_each_errand_takes_at_most_five_files_that_exist() -> None:
    table = (HERE / "README.md").read_text(encoding="utf-8").split("## Errands")[1]
    errands = re.findall(r"^\| (\w[^|]*) \| ([^|]*`[^|]*) \|$", table, re.MULTILINE)
    assert len(errands) >= 6
    for errand, files in errands:
        named = re.findall(r"`([\w/]+\.\w+)`", files)
        assert 2 <= len(named) <= 5, errand
        assert [name for name in named if not (HERE / name).is_file()] == [], errand
