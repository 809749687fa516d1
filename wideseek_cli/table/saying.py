"""What the documents themselves say for a row and a column, where their label leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.dates import parse_date
from wideseek_cli.table.judge import Judge
from wideseek_cli.table.labels import NEAR, Wanted
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.readings import Read, Scope
from wideseek_cli.table.stated import Stated, right_year, stated

CLEAR = 0.9
_MANY = 20
_ROUGH = re.compile(
    r"(?:(?<!\w)(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|over|more than|less than|"
    r"under|at least|up to|ca?\.|circa)\s|[~≈<>≥≤约])\s*(?:US)?[$€£¥]?$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Said:
    """A value that a document states, in what year (0: not said), how well its label answers to the column,
    in what stretch of the document, and whether only roughly."""

    seen: Read
    text: str
    year: int
    marks: float
    within: Span
    rough: bool = False


def is_rough(text: str, at: int) -> bool:
    """Whether a word before a number says that it is not exact."""
    return bool(_ROUGH.search(text, max(0, at - 20), at))


def sayings(
    judge: Judge, documents: Sequence[Read], row: int, column: int, claim: Claim | None
) -> list[Said]:
    """The clearly labelled values of pages about the row, for numbers and dates, and short names."""
    found: list[Said] = []
    for seen in documents:
        if seen.is_own(row):
            found += fields_in(judge, seen, row, column, claim, Scope(2, 0, len(seen.doc.text)))
    return found


def fields_in(
    judge: Judge, seen: Read, row: int, column: int, claim: Claim | None, scope: Scope
) -> list[Said]:
    """The same for one part of a document that is about the row."""
    want = judge.wants[column]
    if not want.concepts:
        return []
    kind = _kind(judge.table.columns[column].type, claim)
    found: list[Said] = []
    marked = []
    for chained in judge.chained(seen, row, scope):
        marks = chained.marks(want)
        if marks >= CLEAR:
            marked.append((marks, chained.field.label))
    best = max((marks for marks, _ in marked), default=0.0)
    for marks, label in marked:
        if marks >= best - NEAR:
            for item in stated(seen.doc, label, kind, claim):
                if _fits(item, want, claim):
                    rough = is_rough(seen.doc.text, item.start)
                    found.append(Said(seen, item.text, item.year, marks, (label.start, label.end), rough))
    return found if len(found) <= _MANY else []  # a label that so many fields share tells nothing


def _fits(item: Stated, want: Wanted, claim: Claim | None) -> bool:
    if len(item.text) > 80 or (claim is not None and claim.is_text and parse_date(item.text)):
        return False  # `Born: 29 January 1954` says no place
    if claim is None:
        return not want.years or not item.year or item.year in want.years
    return right_year(want, claim, item.year)


def _kind(kind: ColumnType, claim: Claim | None) -> str:
    if claim is not None:
        return "number" if claim.is_number else "date" if claim.is_date else "text"
    if kind in (ColumnType.INT, ColumnType.FLOAT):
        return "number"
    return "date" if kind is ColumnType.DATE else "text"
