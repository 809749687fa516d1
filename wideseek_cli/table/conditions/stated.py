"""Conditions that a text states of rows: `founded before 1900`, `not in Asia`, `landlocked`. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.conditions.clauses import clauses, places
from wideseek_cli.table.conditions.comparisons import comparisons
from wideseek_cli.table.conditions.condition import Condition
from wideseek_cli.table.conditions.words import Found

_COLUMNS = re.compile(r"\b(?:columns?|headers?)\s*[:：].*$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Stated:
    """What a text wants of rows, and the text without it. In `said` the words stay that may be those of the
    list itself: `lighthouses that are in East Ardovia`, `albums that topped the Meridian 200`."""

    conditions: tuple[Condition, ...]
    plain: str
    said: str


def stated(question: str) -> Stated:
    """The conditions of a question, in its order. What is said of columns is none."""
    text = _COLUMNS.sub("", question)
    found: list[Found] = []
    for one in (*comparisons(text), *places(text), *clauses(text)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    found.sort(key=lambda one: one.start)
    conditions = tuple(one.condition for one in found)
    others = [one for one in found if not one.condition.may_name_a_list]
    return Stated(conditions, _without(question, text, found), _without(question, text, others))


def _without(question: str, text: str, found: Sequence[Found]) -> str:
    """A question without what was found in its beginning."""
    plain, at = "", 0
    for one in found:
        plain += text[at : one.start].rstrip()
        at = one.end
    return plain + question[at:]
