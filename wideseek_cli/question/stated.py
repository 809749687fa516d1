"""The conditions that a text states, in its order."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.question.clauses import clauses
from wideseek_cli.question.comparisons import comparisons
from wideseek_cli.question.words import Found


def conditions_in(text: str) -> list[Found]:
    """What is compared goes before what is said in words."""
    found: list[Found] = []
    for one in (*comparisons(text), *clauses(text)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def without(text: str, found: Sequence[Found]) -> str:
    """A text without what was found in it."""
    plain, at = "", 0
    for one in found:
        plain += text[at : one.start].rstrip()
        at = one.end
    return plain + text[at:]
