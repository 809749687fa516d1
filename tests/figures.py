"""What the house looks like at two revisions: `python -m tests.figures [BEFORE [AFTER]] [--tests]`.

Without any, at the end of version 0.1.0 and now; `--tests` times the fast tests too.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import cache, cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
VERSION_ONE = "13c82e2"
PROOF = ("facts/proof", "table/evidence")  # where cells are proved; the second before the rooms were made
PURE = ("values", "pages", "facts", "table")
MOST_MODULES = 14


@cache
def imported(path: Path) -> tuple[str, ...]:
    """What a file imports, wherever in it: lazy imports are knowledge too."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(found)


class House:
    """The package of one revision, unpacked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "wideseek_cli"
        self.modules = {
            path.relative_to(package).with_suffix("").as_posix(): path
            for path in sorted(package.rglob("*.py"))
            if path.name != "__init__.py"
        }

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        return {name: self._imports(path) - {name} for name, path in self.modules.items()}

    def _imports(self, path: Path) -> set[str]:
        """The modules of ours that a module names."""
        ours = [name.removeprefix("wideseek_cli.").replace(".", "/") for name in imported(path)]
        return {*ours, *(name.rpartition("/")[0] for name in ours)} & set(self.modules)

    def reached(self, start: str) -> set[str]:
        """A module and all that it needs."""
        seen, left = set[str](), [start]
        while left:
            if (name := left.pop()) not in seen:
                seen.add(name)
                left += self.imports[name]
        return seen

    def longest_path(self) -> str:
        """Modules on the longest way of imports from a command to the table's model."""
        try:
            order = list(TopologicalSorter(self.imports).static_order())  # what is imported comes first
        except CycleError as circle:
            return f"endless: {' → '.join(circle.args[1])}"
        longest = {"table/model": 1}
        for name in order:
            below = [longest[part] for part in self.imports[name] if part in longest]
            if below:
                longest[name] = 1 + max(below)
        return str(max(length for name, length in longest.items() if name.startswith("cli/")))

    def folders(self) -> Counter[str]:
        return Counter(name.rpartition("/")[0] or "." for name in self.modules)

    def proof(self) -> str:
        start = next(name for name in PROOF if name in self.modules)
        rooms = [self.modules[n] for n in self.reached(start) if n.split("/")[0] in PURE]
        return f"{len(rooms)} ({_lines(rooms):,} lines)"

    def twice(self) -> str:
        names = Counter(name.rpartition("/")[2] for name in self.modules)
        several = sorted(name for name, times in names.items() if times > 1)
        return f"{len(several)}: {', '.join(several)}"

    def functions(self) -> str:
        """The median length of a function, and how many are over 40 lines."""
        lengths = sorted(
            (node.end_lineno or 0) - node.lineno + 1
            for path in self.modules.values()
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        )
        return f"{lengths[len(lengths) // 2]}, {sum(length > 40 for length in lengths)}"


@cache
def _count(path: Path) -> int:
    return path.read_text(encoding="utf-8").count("\n")


def _lines(paths: list[Path]) -> int:
    return sum(map(_count, paths))


def _words(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").split()) if path.exists() else 0


def _full(house: House) -> str:
    full = {name: count for name, count in house.folders().items() if count > MOST_MODULES}
    return f"{len(full)}: " + ", ".join(f"{name} {count}" for name, count in sorted(full.items()))


def _tests(house: House) -> str:
    files = list((house.folder / "tests").rglob("*.py"))
    return f"{len(files)} files, {_lines(files):,} lines"


FIGURES: dict[str, Callable[[House], str]] = {
    "lines of Python in wideseek_cli": lambda house: f"{_lines(list(house.modules.values())):,}",
    "modules, folders": lambda house: f"{len(house.modules)}, {len(house.folders())}",
    f"folders of more than {MOST_MODULES} modules": _full,
    "modules of over 300 lines": lambda house: str(sum(_count(p) > 300 for p in house.modules.values())),
    "lines of the median function, functions of over 40": House.functions,
    "longest import path from cli to the table": House.longest_path,
    "files of the proof": House.proof,
    "names that several modules have": House.twice,
    "words of the README, of CONTRIBUTING": lambda house: ", ".join(
        str(_words(house.folder / name)) for name in ("README.md", "CONTRIBUTING.md")
    ),
    "tests": _tests,
}


def _timed(house: House) -> str:
    began = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=house.folder, capture_output=True, text=True, check=False)
    return f"{time.monotonic() - began:.0f} s, {done.stdout.strip().splitlines()[-1]}"


def main() -> None:
    revisions = [word for word in sys.argv[1:] if word != "--tests"]
    before, after = [*revisions, *(VERSION_ONE, "HEAD")[len(revisions) :]]
    figures = FIGURES | ({"fast tests": _timed} if "--tests" in sys.argv else {})
    with tempfile.TemporaryDirectory() as made:
        houses = []
        for revision in (before, after):
            packed = subprocess.run(
                ["git", "-C", ROOT, "archive", revision], capture_output=True, check=True
            ).stdout
            folder = Path(made, str(len(houses)))
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(folder)
            houses.append(House(folder))
        print(f"| | {before} | {after} |\n| --- | --- | --- |")
        for name, figure in figures.items():
            print(f"| {name} | {' | '.join(figure(house) for house in houses)} |", flush=True)


if __name__ == "__main__":
    main()
