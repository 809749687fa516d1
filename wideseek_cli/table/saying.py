"""What the documents themselves say for a row and a column, where their label leaves no doubt."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.table.judge import Judge
from wideseek_cli.table.labels import NEAR
from wideseek_cli.table.lookup import Claim
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.readings import Read, Scope
from wideseek_cli.table.stated import Stated, right_year, stated

_CLEAR = 0.9
_MANY = 20


def sayings(
    judge: Judge, documents: Sequence[Read], row: int, column: int, claim: Claim | None
) -> list[Stated]:
    """The clearly labelled values of pages about the row, for numbers and dates, and short names."""
    want = judge.wants[column]
    if not want.concepts:
        return []
    kind = _kind(judge.table.columns[column].type, claim)
    found: list[Stated] = []
    for seen in documents:
        if seen.title.get(row) != 2:
            continue
        scope = Scope(2, 0, len(seen.doc.text))
        marked = []
        for chained in judge.chained(seen, row, scope):
            marks = chained.marks(want)
            if marks >= _CLEAR:
                marked.append((marks, chained.field))
        best = max((marks for marks, _ in marked), default=0.0)
        for marks, item in marked:
            if marks >= best - NEAR:
                found += stated(seen.doc, item.label, kind, claim)
    if len(found) > _MANY:
        return []  # a label that so many fields share tells nothing
    fits = [s for s in found if len(s.text) <= 80 and (claim is None or right_year(want, claim, s.year))]
    if claim is None and want.years:
        fits = [s for s in fits if not s.year or s.year in want.years]
    return fits


def _kind(kind: ColumnType, claim: Claim | None) -> str:
    if claim is not None:
        return "number" if claim.is_number else "date" if claim.is_date else "text"
    if kind in (ColumnType.INT, ColumnType.FLOAT):
        return "number"
    return "date" if kind is ColumnType.DATE else "text"
