"""Words that keep a clause from stating what stands in it: over, denied, planned, partial, only said."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from wideseek_cli.table.model import Doubt, Reason
from wideseek_cli.tomlfile import parse_toml

_BREAK = re.compile(
    r"[;:]|\s[–—-]\s|,?\s(?:but|while|whereas|although|though|however)\s|,\s(?:and|who|which)\s"
)
_OF_THE_PRESENT = frozenset({Doubt.PAST, Doubt.PARTIAL, Doubt.COMPARED})
_ROUGH = re.compile(
    r"\b(?:about|around|approximately|approx|nearly|almost|over|more than|up to|at least|at most|less than"
    r"|fewer than|under|roughly|some|estimated|circa|c\.|between|several)\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _hedges() -> tuple[tuple[Doubt, re.Pattern[str]], ...]:
    file = files("wideseek_cli.facts").joinpath("hedges.toml")
    known = parse_toml(file.read_text(encoding="utf-8"), Path(str(file)))
    return tuple(
        (Doubt(name), re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE))
        for name, words in known.items()
    )


def clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a place of a sentence."""
    low, high = 0, len(sentence)
    for mark in _BREAK.finditer(sentence):
        if mark.end() <= start:
            low = mark.end()
        elif mark.start() >= end:
            return low, mark.start()
    return low, high


def doubts(said: str, lead: str, *, past: bool) -> list[Reason]:
    """Why a stretch of a sentence does not state what stands in it; `lead` is what stands before the value.

    `past`: what the field asks for is itself of the past (a birth): words for what is over do not matter.
    """
    found = []
    plain = said.replace("May", "")  # the month
    for doubt, words in _hedges():
        if doubt in _OF_THE_PRESENT and past:
            continue
        if match := words.search(plain):
            found.append(Reason(doubt, match.group()))
    if match := _ROUGH.search(lead):
        found.append(Reason(Doubt.ROUGH, match.group().strip()))
    return found
