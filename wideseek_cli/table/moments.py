"""Dates that need no label: a life in brackets behind a name, the year of a work."""

from __future__ import annotations

import re

from wideseek_cli.table.fieldwords import GROUPS, stems
from wideseek_cli.table.labels import Wanted
from wideseek_cli.table.lookup import Span
from wideseek_cli.table.words import words

_BORN, _DIED = stems("born"), stems("died")
_RELEASED = next(group.phrases for group in GROUPS if stems("released") in group.phrases)
_DATE = (
    r"(?:(?:born|died|b\.|d\.|c\.|ca\.|circa|\*|†)\s?)*"
    r"(?:\d{1,2}\.?\s(?:de\s)?[^\W\d_]+\.?,?\s(?:de\s)?|[^\W\d_]+\.?\s\d{1,2},\s|"
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*\.?\s)?"
    r"\d{3,4}(?:年(?:\d{1,2}月\d{1,2}日)?)?(?:(?:,|\sin)\s[^()（）\d–—;]{2,60})?"
)
_LIFE = re.compile(
    rf"\s?[(（](?:[^()（）]{{0,160}}[;；]\s)?{_DATE}\s?(?P<dash>[–—－-]|\bto\b)\s?{_DATE}[)）]"
)
_FIRST_NAME = re.compile(r"[A-ZÀ-Þ][^()（）,.;]{1,80}?(?=\s?[(（])")
_WORK_BEFORE = re.compile(r"(?:\s?[(（][^()（）]{0,80}[)）])?,?\s(?:is|was)\s(?:an?|the)\s")
_WORK_AFTER = re.compile(
    r"\s(?:[\w'’&-]+\s){0,7}?(?:film|movie|documentary|album|EP|song|single|novel|novella|memoir|book|play|musical|"
    r"opera|painting|(?:television |TV |web )?series|miniseries|sitcom|anime|manga|video game|game)\b"
)


def lifetime(text: str, reach: Span, span: Span, named: int | None, known: frozenset[str]) -> str:
    """`born` or `died` when a value stands in the brackets of a life, right behind the row's name or behind
    the name that the sentence of its own page begins with; else nothing."""
    places = [named] if named is not None else []
    first = _FIRST_NAME.match(text, *reach)
    if first and known & set(words(first.group())):
        places.append(first.end())
    for place in places:
        life = _LIFE.match(text, place, reach[1])
        if life and life.start() < span[0] < life.end():
            return "born" if span[0] < life.start("dash") else "died"
    return ""


def asked_end(want: Wanted) -> str:
    """Which end of a life a column asks for, if any."""
    return "born" if _BORN in want.spellings else "died" if _DIED in want.spellings else ""


def year_of_work(text: str, span: Span, named: int | None, want: Wanted) -> bool:
    """Whether a year is a work's, as the column asks: `Inception is a 2010 film`, `Inception (2010)`."""
    if named is None or not want.dated or (want.concepts and not want.spellings & _RELEASED):
        return False
    between, after = text[named : span[0]], text[span[1] : span[1] + 1]
    if re.fullmatch(r"\s?[(（]", between):
        return after in (")", "）")
    return bool(_WORK_BEFORE.fullmatch(between) and _WORK_AFTER.match(text, span[1]))
