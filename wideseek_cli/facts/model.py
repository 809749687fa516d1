"""What a page states, as data: facts, the doubts that go with them, and what a cell asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from wideseek_cli.table.model import ColumnType


class Place(str, Enum):
    """Where on a page a fact stands."""

    FIELD = "field"  # a label and its value
    CELL = "cell"  # a cell of a table
    SENTENCE = "sentence"


class Doubt(str, Enum):
    """Why a fact proves nothing. How each is worded for people: `reasons.py`."""

    OTHER_SUBJECT = "other subject"  # it is said of something else
    OTHER_LABEL = "other label"  # it is said of another field
    OTHER_SCOPE = "other scope"  # of another year, edition or place than the question's
    OTHER_VALUE = "other value"  # the page states another value in this very place
    PAST = "past"
    NEGATED = "negated"
    PLANNED = "planned"
    PARTIAL = "partial"  # of a part of it, or a part of the value
    ROUGH = "rough"  # at least, about, more than
    COMPARED = "compared"  # a comparison with something else
    CLAIMED = "claimed"  # somebody says, denies or alleges so
    NO_LABEL = "no label"  # beside the subject, but nothing says that it is this field
    NO_SUBJECT = "no subject"  # on a page, but not beside the subject
    AMBIGUOUS = "ambiguous"  # the page states several values, or has several such rows
    DISPUTED = "disputed"  # other pages state another value


@dataclass(frozen=True)
class Reason:
    """A doubt with the words that raised it, and where it helps, what was asked for instead."""

    doubt: Doubt
    words: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Fact:
    """A value that a page states. `start` and `end` are the value's place in the page's kept text."""

    subject: str
    label: str
    value: str
    place: Place
    start: int
    end: int
    scope: tuple[str, ...] = ()  # the page's title, headings and caption, outermost first
    doubts: tuple[Reason, ...] = ()

    @property
    def sure(self) -> bool:
        """Whether it may prove something."""
        return not self.doubts


@dataclass(frozen=True)
class Asked:
    """What a cell asks: the names of its row and of its column, and the value that is claimed, if one is."""

    names: tuple[str, ...]  # forms of the row's name, the usual one first
    label: str  # the column's name
    akin: tuple[str, ...] = ()  # other names of the field, from the vocabulary
    kind: ColumnType = ColumnType.STR
    value: str = ""
    others: tuple[str, ...] = field(default=())  # names of the other columns
    question: str = ""
