"""The user's orders on the way, carried out on a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace

from wideseek_cli.core.steering import Orders
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.words import fold, name_key


def with_columns(columns: Sequence[Column], orders: Iterable[Orders]) -> tuple[Column, ...]:
    """The asked columns as the orders change them; none stay none, since the model chooses them then."""
    kept = list(columns)
    if not kept:
        return ()
    for one in orders:
        names = {name_key(column.name) for column in kept}
        kept += [Column(name) for name in one.add_columns if name_key(name) not in names]
        out = {name_key(name) for name in (*one.drop_columns, *one.drop)}
        kept = [column for column in kept if column.key or name_key(column.name) not in out]
    return tuple(kept)


def named_in(text: str, columns: Sequence[Column], orders: Iterable[Orders]) -> tuple[Column, ...]:
    """The columns without added ones that the text does not name: a model that has not heard of a column must
    not fill it with another by its place."""
    said = fold(text)
    added = {name_key(name) for one in orders for name in one.add_columns}
    return tuple(c for c in columns if name_key(c.name) not in added or fold(c.name) in said)


def carried_out(table: Table, orders: Iterable[Orders]) -> Table:
    """With the added columns, still empty, and without what was to be dropped; the keys always stay."""
    for one in orders:
        table = _without(with_new(table, map(Column, one.add_columns)), one)
    return table


def with_new(table: Table, columns: Iterable[Column]) -> Table:
    """The table with these columns, still empty, but those that it has."""
    known = {name_key(column.name) for column in table.columns}
    new = tuple(column for column in columns if name_key(column.name) not in known)
    if not new or not table.columns:
        return table
    empty = tuple(Cell("", CellStatus.MISSING) for _ in new)
    return Table((*table.columns, *new), tuple(Row((*row.cells, *empty)) for row in table.rows))


def _without(table: Table, orders: Orders) -> Table:
    out = {name_key(name) for name in (*orders.drop_columns, *orders.drop)}
    rows_out = {name_key(name) for name in (*orders.drop_rows, *orders.drop)}
    kept = [n for n, c in enumerate(table.columns) if c.key or name_key(c.name) not in out]
    rows = [row for row in table.rows if not _names(table, row) & rows_out]
    columns = tuple(table.columns[n] for n in kept)
    return replace(table, columns=columns, rows=tuple(Row(tuple(r.cells[n] for n in kept)) for r in rows))


def _names(table: Table, row: Row) -> set[str]:
    keys = [n for n, column in enumerate(table.columns) if column.key] or [0]
    return {name_key(row.cells[n].text) for n in keys if row.cells[n].text}


def droppable(table: Table) -> set[str]:
    """The names of its rows, and of its columns but those that name the rows."""
    columns = {name_key(column.name) for column in table.columns if not column.key}
    return columns.union(*(_names(table, row) for row in table.rows))


def not_found(known: Set[str], orders: Orders) -> tuple[str, ...]:
    """Names to drop that are none of these."""
    names = (*orders.drop, *orders.drop_rows, *orders.drop_columns)
    return tuple(name for name in names if name_key(name) not in known)
