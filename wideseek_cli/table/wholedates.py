"""The whole of a date where a model gave its year alone: what proves `1979` often says 12 July 1979."""

from __future__ import annotations

from dataclasses import replace

from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.dates import parse_date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.words import word_set, words

_ASK_A_DAY = word_set("date day birthday 日 期")


def with_whole_dates(table: Table) -> Table:
    """In columns that ask for a date, proved years and months filled up with what their passage says."""
    asked = [_asks_a_day(column) for column in table.columns]
    return Table(
        table.columns,
        tuple(
            Row(tuple(_whole(cell) if day else cell for cell, day in zip(row.cells, asked, strict=True)))
            for row in table.rows
        ),
    )


def _asks_a_day(column: Column) -> bool:
    return column.type is ColumnType.DATE or not _ASK_A_DAY.isdisjoint(words(column.name))


def _whole(cell: Cell) -> Cell:
    claimed = parse_date(cell.text) if cell.status is CellStatus.PROVED else None
    if claimed is None or claimed.day or cell.proof is None:
        return cell
    quote = cell.proof.quote
    said = {date.iso(): date for date in scan_dates(quote) if date.year == claimed.year}
    if len(said) != 1:  # `1979 (constitution of 12 July 1979)`
        return cell
    (date,) = said.values()
    return replace(cell, text=quote[date.start : date.end]) if date.day and date.backs(claimed) else cell
