"""Conditions that a text states of rows: `founded before 1900`, `not in Asia`, `landlocked`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wideseek_cli.table.conditions.clauses import clauses, places
from wideseek_cli.table.conditions.comparisons import comparisons
from wideseek_cli.table.conditions.condition import Condition
from wideseek_cli.table.conditions.words import Found

_COLUMNS = re.compile(r"\b(?:columns?|headers?)\s*[:：].*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Stated:
    """What a text wants of rows, and the text without it."""

    conditions: tuple[Condition, ...]
    plain: str


def stated(question: str) -> Stated:
    """The conditions of a question, in its order. What is said of columns is none."""
    text = _COLUMNS.sub("", question)
    found: list[Found] = []
    for one in (*comparisons(text), *places(text), *clauses(text)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    found.sort(key=lambda one: one.start)
    plain, at = "", 0
    for one in found:
        plain += text[at : one.start].rstrip()
        at = one.end
    plain += text[at:] + question[len(text) :]
    return Stated(tuple(one.condition for one in found), plain if found else question)
