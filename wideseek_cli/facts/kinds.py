"""The words of `kinds.toml`: what a row may be called, and what tells things of one name apart."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from wideseek_cli.settings.tomlfile import parse_toml


@lru_cache(maxsize=8)
def lines(name: str) -> tuple[str, ...]:
    """The lines of a list."""
    file = files("wideseek_cli.facts").joinpath("kinds.toml")
    known = parse_toml(file.read_text(encoding="utf-8"), Path(str(file)))
    return tuple(known[name].strip().split("\n"))


@lru_cache(maxsize=8)
def kinds(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(word for line in lines(name) for word in line.split())
