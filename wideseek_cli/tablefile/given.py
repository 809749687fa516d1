"""From what a file holds to a table: named and typed columns, a key, and what is to be filled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from wideseek_cli.core.errors import (
    ColumnFullError,
    NoHeaderError,
    RepeatedNameError,
    UnknownColumnError,
    UsageError,
)
from wideseek_cli.core.text import clean_line
from wideseek_cli.table.columns import MAX_COLUMNS, parse_columns, with_key
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.tablefile.heading import Heading, heading
from wideseek_cli.tablefile.raw import RawRow, RawTable
from wideseek_cli.values.cells import guess_type
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.words import name_key

_PADDED = re.compile(r"0\d")  # 007 is no number
_GAP = Cell("", CellStatus.MISSING)


def table_of(raw: RawTable, key: str = "") -> Table:
    """Every cell as given, in columns whose types the values tell."""
    header = [" ".join(name.split()) for name in raw.header]
    _check_header(raw, header, chosen=bool(key.strip()))
    columns = [Column(name, _type([row.cells[at] for row in raw.rows])) for at, name in enumerate(header)]
    named = _key_names(key, header, raw.name)
    shape = with_key(columns, named)
    _check_rows(raw, shape, named)
    rows = (Row(tuple(Cell(text, CellStatus.GIVEN, given=True) for text in row.cells)) for row in raw.rows)
    return Table(shape, tuple(rows))


def headed(raw: RawTable, names: str) -> RawTable:
    """A table without a header, with its first row as a row and these names over it."""
    header = tuple(column.name for column in parse_columns(names))
    if len(header) != len(raw.header):
        said = f"{raw.name} has {len(raw.header)} columns, --header names {len(header)}"
        raise UsageError(said, hint="new ones are named in --columns")
    rows = (RawRow(raw.place, raw.header), *raw.rows)
    return replace(raw, header=header, rows=rows, place=0, named=True)


def with_key_named(table: Table, key: str, name: str) -> Table:
    """A run's table with another key."""
    named = _key_names(key, [column.name for column in table.columns], name)
    return replace(table, columns=with_key(table.columns, named)) if named else table


def opened(table: Table, columns: str, name: str) -> Table:
    """The table with gaps where something is to be filled: in the named columns, those that are new at the
    end; without any, wherever a cell is empty. The key is never a gap."""
    wanted = [replace(column, key=False) for column in parse_columns(columns)] if columns.strip() else []
    asked = {name_key(column.name) for column in wanted}
    known = {name_key(column.name) for column in table.columns}
    new = [column for column in wanted if name_key(column.name) not in known]
    if len(table.columns) + len(new) > MAX_COLUMNS:
        raise UnknownColumnError(f"more than {MAX_COLUMNS} columns", hint="fill fewer at a time")
    rows = []
    for row in table.rows:
        cells = zip(row.cells, table.columns, strict=True)
        kept = (_opened(cell, column, asked) for cell, column in cells)
        rows.append(Row((*kept, *(_GAP for _ in new))))
    types = {name_key(column.name): column.type for column in wanted if column.type is not ColumnType.STR}
    shape = [replace(column, type=types.get(name_key(column.name), column.type)) for column in table.columns]
    made = Table((*shape, *new), tuple(rows))
    _check_gaps(made, wanted, new, name)
    return made


def gaps(table: Table) -> int:
    """How many cells are to be filled."""
    return sum(cell.status is CellStatus.MISSING for row in table.rows for cell in row.cells)


def _opened(cell: Cell, column: Column, asked: set[str]) -> Cell:
    """What has a text stays, as proved as it was."""
    if cell.text.strip():
        return replace(cell, given=True)
    wanted = not column.key and (not asked or name_key(column.name) in asked)
    return _GAP if wanted else replace(cell, status=CellStatus.GIVEN, given=True)


def _check_gaps(table: Table, wanted: Sequence[Column], new: Sequence[Column], name: str) -> None:
    for column in wanted:
        at = next(n for n, c in enumerate(table.columns) if name_key(c.name) == name_key(column.name))
        if column not in new and not any(row.cells[at].status is CellStatus.MISSING for row in table.rows):
            said = f"{name} has a column {clean_line(column.name, 60)!r} already, and no row of it is empty"
            raise ColumnFullError(said, hint="--check compares its values with sources")


def _key_names(key: str, header: Sequence[str], name: str) -> list[str]:
    wanted = [part.strip() for part in key.split(",") if part.strip()]
    known = {name_key(column) for column in header}
    for part in wanted:
        if name_key(part) not in known:
            shown = ", ".join(clean_line(column, 40) for column in header[:12])
            raise UnknownColumnError(f"{name} has no column {part!r}", hint=f"its columns: {shown}")
    return wanted


def _check_header(raw: RawTable, header: Sequence[str], *, chosen: bool) -> None:
    """`chosen`: the user names one of them."""
    unnamed = next((at for at, name in enumerate(header, start=1) if not name), 0)
    if unnamed:
        said = f"column {unnamed} of {raw.name} has no name"
        raise NoHeaderError(said, hint='the first line must name every column; or --header "name, city, …"')
    seen: set[str] = set()
    for name in header:
        if name_key(name) in seen:
            said = f"{raw.name} has two columns called {clean_line(name, 60)!r}"
            raise RepeatedNameError(said, hint="give each column a name of its own")
        seen.add(name_key(name))
    what, cell = (Heading.NAMES, "") if chosen or raw.named else heading(raw)
    if what is Heading.ROW:
        said = f"the first line of {raw.name} has {clean_line(cell, 40)!r} where a column's name should be"
        hint = f'--header "name, …" names its columns; or --key "{clean_line(header[0], 40)}": it is a name'
        raise NoHeaderError(said, hint=hint)


def _check_rows(raw: RawTable, columns: Sequence[Column], named: Sequence[str]) -> None:
    """No two rows have the same key."""
    keys = [at for at, column in enumerate(columns) if column.key]
    first: dict[tuple[str, ...], int] = {}
    for row in raw.rows:
        mark = _mark(row.cells, keys)
        if not any(mark):
            continue
        if mark in first:
            shown = ", ".join(clean_line(row.cells[at], 60) for at in keys)
            hint = _other_key(raw, columns, keys)
            said = f"{raw.unit}s {first[mark]} and {row.place} of {raw.name} have the same key: {shown}"
            raise RepeatedNameError(said, hint=hint)
        first[mark] = row.place


def _mark(cells: Sequence[str], keys: Sequence[int]) -> tuple[str, ...]:
    return tuple(" ".join(cells[at].split()).casefold() for at in keys)


def _other_key(raw: RawTable, columns: Sequence[Column], keys: Sequence[int]) -> str:
    """Which further column would tell the rows apart, if one does."""
    for at in range(len(columns)):
        marks = [_mark(row.cells, [*keys, at]) for row in raw.rows]
        if at not in keys and len(set(marks)) == len(marks):
            names = ", ".join(columns[place].name for place in (*keys, at))
            return f'tell them apart by another column: --key "{names}"'
    return "remove one of them, or add a column that tells them apart and name it in --key"


def _type(values: Sequence[str]) -> ColumnType:
    filled = [value for value in values if value.strip()]
    if not filled or any(_PADDED.match(value.strip()) for value in filled):
        return ColumnType.STR
    return guess_type(filled)
