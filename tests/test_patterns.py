"""No regular expression of ours has repeats without a bound that can share characters."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wideseek_cli
from tests.patterns import sharing, written

ROOT = Path(wideseek_cli.__file__).parent


@pytest.mark.parametrize(
    "pattern",
    [
        r"\s*\s*x",
        r"\s+,?\s+x",
        r"(a+)+x",
        r"(?:\w+\s?)+x",
        r".*?[a-z]*x",
        r"(?:a|b*)*c",
        r"(?i:[A-Z]*)a*x",
        r"\w*\b\w+x",
    ],
)
def test_what_is_found(pattern: str) -> None:
    assert sharing(pattern)


@pytest.mark.parametrize("pattern", [r"\s*,\s*x", r"\w+\s+\w+", r"(?:a,)+x", r"\s{0,9}\s*", r"[^|]*\|[^|]*x"])
def test_what_is_not(pattern: str) -> None:
    assert not sharing(pattern)


def _patterns() -> Iterator[tuple[str, str, int]]:
    """Those that modules hold, and those that functions use."""
    for info in pkgutil.walk_packages(wideseek_cli.__path__, "wideseek_cli."):
        # the one would run; the other can only be loaded where a wheel is built
        if info.name.endswith(("__main__", "build_hook")):
            continue
        module = importlib.import_module(info.name)
        source = Path(module.__file__ or "").read_text("utf-8")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                to_the_end = rf"(?:{value.pattern})\Z" if f"{name}.fullmatch" in source else value.pattern
                yield f"{info.name}.{name}", to_the_end, value.flags
    for path in ROOT.rglob("*.py"):
        for line, pattern in written(path):
            yield f"{path.relative_to(ROOT.parent)}:{line}", pattern, 0


@pytest.mark.slow
def test_ours() -> None:
    patterns = list(_patterns())
    assert len(patterns) > 250
    found = {}
    for where, pattern, flags in patterns:
        try:
            shared = sharing(pattern, flags)
        except re.error:  # a piece of one, to be filled in
            continue
        if shared:
            found[where] = (pattern, shared)
    assert not found, "\n".join(
        f"{where}: {pattern}\n    {shared}" for where, (pattern, shared) in found.items()
    )
