"""What a table's cell states: which header answers to a column, and which of the cell's values counts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wideseek_cli.table.blocks import Block, TableRows
from wideseek_cli.table.fieldwords import stems
from wideseek_cli.table.labels import GOOD, NEAR, Wanted, score, tells_date, unit_and_scale, years_in
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.passages import Indexed, Label
from wideseek_cli.table.stated import Stated, right_year, stated_in
from wideseek_cli.table.words import word_set, words

# What a header may say beside its label, of how it counts.
_MEASURES = frozenset(
    stems(
        "total number in of the per est estimated thousand thousands mil mio million millions bn billion"
        " billions us usd eur euro euros gbp dollar dollars percent pct km2 ha km m ft sq mi"
    )
)
_YEAR_COLUMNS = word_set("year date as of 年 份 年份 日期")


def in_order(table: TableRows, block: Block) -> bool:
    """Whether a row's cells stand under their headers: one that has more or fewer stands under none, unless
    what it lacks has no header."""
    has, named = len(block.cells), len(table.header)
    return named <= 1 or has == named or (1 < has < named and not any(table.header[has:]))


def is_head(table: TableRows, block: Block) -> bool:
    return any(block is row for row in table.rows[: table.head])


def heads_facts(table: TableRows, want: Wanted) -> bool:
    """Whether the first row of a table of two columns may be a fact, as of those that have no header; but
    `Population | 2022` is one."""
    value = table.header[-1]
    return table.head == 1 and len(table.header) == 2 and (want.dated or not re.fullmatch(r"\d{4}", value))


def stated_cell(
    doc: Indexed, cell: Span, names: Sequence[str], want: Wanted, claim: Claim, span: Span
) -> Stated | None:
    """The value at a place in a cell if it is what the cell states, for a year that is asked for. `names`
    are what stands over or before the cell."""
    label = Label(" ".join(names), (), *cell, own=True)
    if not (claim.is_number or claim.is_date):
        year = next(iter(years_in(label.leaf)), 0)
        return Stated(doc.text[slice(*span)], *span, year) if right_year(want, claim, year) else None
    found = stated_in(doc, label, claim, span)
    return found if found and right_year(want, claim, found.year) else None


def header_marks(
    want: Wanted, claim: Claim, table: TableRows, at: int, above: tuple[str, ...], whole: bool
) -> float:
    """How well a cell's header answers to a column, if it is the one that answers best; else 0. `whole`: the
    place is no part of a longer name."""
    header = table.header
    marks = [_score(want, claim, name, above) for name in header]
    mine = marks[at] if at < len(marks) else 0.0
    best = max(marks, default=1.0)
    if not want.concepts:  # `year`, `total`
        dates = [place for place, name in enumerate(header) if tells_date(name)]
        return 1.0 if mine == 1 else 0.5 if want.dated and dates == [at] else 0.0
    if mine < GOOD or mine < best - NEAR or (claim.is_text and not whole):
        return 0.0
    tied = [name for name, mark in zip(header, marks, strict=True) if mark >= best - NEAR]
    if len(tied) > 1 and not _newest(want, header[at], tied):
        return 0.0
    years = years_in(header[at])
    return 0.0 if want.years and years and want.years.isdisjoint(years) else mine


def _score(want: Wanted, claim: Claim, name: str, above: tuple[str, ...]) -> float:
    """How well a header answers to a column: one in another unit does not."""
    unit, scale = unit_and_scale(name)
    asked = want.unit or (claim.value.unit if isinstance(claim.value, Number) else "")
    if not name or (unit and asked and unit != asked):
        return 0.0
    bare = re.sub(r"[(（\[].{0,300}?[)）\]]", " ", name) if unit or scale != 1 else name
    return score(want, bare if bare.strip() else name, above)


def _newest(want: Wanted, mine: str, tied: Sequence[str]) -> bool:
    """Of columns that differ in their year: the one asked for, else the newest."""
    years = years_in(mine)
    if want.years:
        return bool(set(years) & want.years)
    newest = max((y for name in tied for y in years_in(name)), default=0)
    return newest in years if newest else mine == tied[0]


def tells_year(name: str) -> bool:
    """Whether a header says that its column holds the years of the others: `Year`, `As of`."""
    said = words(name)
    return bool(said) and set(said) <= _YEAR_COLUMNS


def row_year_fits(doc: Indexed, want: Wanted, claim: Claim, table: TableRows, block: Block) -> bool:
    """Whether a row's figure is for the year asked for: where a table has rows for it, only theirs are."""
    if not want.years or not claim.is_number:
        return True
    for at, name in enumerate(table.header):
        mine = _years_at(doc, block, at) if tells_year(name) else []
        if mine and not right_year(want, claim, mine[-1]):
            return all(want.years.isdisjoint(_years_at(doc, row, at)) for row in table.body)
    return True


def is_series(doc: Indexed, want: Wanted, table: TableRows, block: Block, header: str) -> bool:
    """Whether a row is the only one of the year asked for in a table of nothing but figures: they are its
    page's own, where the header says no more than the column does (`Population of Lima`)."""
    mine = _years_at(doc, block, 0)
    return (
        bool(mine)
        and want.years.issuperset(mine)
        and not any(row is not block and mine == _years_at(doc, row, 0) for row in table.body)
        and tells_year(table.header[0] if table.header else "")
        and not any(re.search(r"[^\W\d_]{4}", doc.text[slice(*cell)]) for cell in block.cells)
        and not set(stems(header)).difference(_MEASURES, *want.spellings)
    )


def _years_at(doc: Indexed, block: Block, at: int) -> list[int]:
    return years_in(doc.text[slice(*block.cells[at])]) if at < len(block.cells) else []
