"""A fact: what a page states of a subject under a label, where, and with which doubts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from wideseek_cli.facts.labels import Match
from wideseek_cli.table.model import Document, Reason


class Place(str, Enum):
    """Where in a page a fact stands."""

    FIELD = "field"
    CELL = "cell"
    SENTENCE = "sentence"


@dataclass(frozen=True)
class Fact:
    """A value that a page states for a row and a column. Without reasons to doubt it, it counts."""

    value: str
    label: str
    place: Place
    match: Match
    document: Document
    quote: str
    start: int = 0
    end: int = 0
    reasons: tuple[Reason, ...] = ()
    year: int = 0  # of which the value is, where the place says so

    @property
    def sure(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons
