"""Putting tables of several waves together: one row per key, gaps filled, contradictions kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from wideseek_cli.table.columns import match_columns
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.cells import same_value
from wideseek_cli.values.compare import is_missing, name_forms

_RANK = {
    CellStatus.MISSING: 0,
    CellStatus.UNPROVED: 1,
    CellStatus.CONFLICT: 2,
    CellStatus.SEEN: 3,
    CellStatus.PROVED: 4,
    CellStatus.GIVEN: 5,
}
_MOST = 8  # alternatives kept in a cell


def merge(tables: Sequence[Table]) -> Table:
    """One table with the first one's columns; later tables' columns are found by name, and new ones join.

    A row that repeats a key fills the gaps of the first. Where both have a value the better proved one
    stays, and the other is kept as an alternative; equally good ones that differ are in conflict.
    """
    tables = [t for t in tables if t.columns]
    if not tables:
        return Table(())
    columns = _columns(tables)
    rows = _Rows(columns)
    for table in tables:
        places = _places(table, columns)
        for row in table.rows:
            rows.add([row.cells[at] if at is not None else _gap() for at in places])
    return Table(columns, tuple(Row(tuple(cells)) for cells in rows.kept))


def drop_repeats(table: Table) -> Table:
    """The same for one table that names an entity twice."""
    return merge([table])


def _gap() -> Cell:
    return Cell("", CellStatus.MISSING)


def _columns(tables: Sequence[Table]) -> tuple[Column, ...]:
    columns = list(tables[0].columns)
    for table in tables[1:]:
        found = set(match_columns([c.name for c in table.columns], columns, guess=False).values())
        known = {c.name.casefold() for c in columns}
        columns += [
            replace(c, key=False)
            for at, c in enumerate(table.columns)
            if at not in found and not c.key and c.name.casefold() not in known
        ]
    return tuple(columns)


def _places(table: Table, columns: Sequence[Column]) -> list[int | None]:
    if tuple(table.columns) == tuple(columns):
        return list(range(len(columns)))
    found = match_columns([c.name for c in table.columns], columns, guess=False)
    return [found.get(number) for number in range(len(columns))]


@dataclass
class _Rows:
    """The rows so far, found again by any form of their key."""

    columns: Sequence[Column]
    kept: list[list[Cell]] = field(default_factory=list)
    places: dict[tuple[str, ...], int] = field(default_factory=dict)

    def add(self, cells: list[Cell]) -> None:
        forms = self._forms(cells)
        at = next((self.places[form] for form in forms if form in self.places), None)
        if at is None:
            at = len(self.kept)
            self.kept.append(cells)
        else:
            mine = self.kept[at]
            self.kept[at] = [
                _key_cell(a, b) if c.key else merge_cells(a, b, c)
                for a, b, c in zip(mine, cells, self.columns, strict=True)
            ]
        for form in forms:
            self.places.setdefault(form, at)

    def _forms(self, cells: Sequence[Cell]) -> list[tuple[str, ...]]:
        """The key as written and, for a single key, its other forms; none for a row without key."""
        keys = [n for n, c in enumerate(self.columns) if c.key] or [0]
        names = [name_forms(cells[n].text) for n in keys]
        if not any(names):
            return []
        if len(keys) == 1:
            return [(form,) for form in names[0]]
        return [tuple(forms[0] if forms else "" for forms in names)]


def _key_cell(a: Cell, b: Cell) -> Cell:
    return b if is_missing(a.text) or _RANK[b.status] > _RANK[a.status] else a


def merge_cells(a: Cell, b: Cell, column: Column) -> Cell:
    """Two cells of one entity and field."""
    if is_missing(b.text, column.type):
        return with_other(a, b, column)
    if is_missing(a.text, column.type):
        return with_other(b, a, column)
    better, worse = (b, a) if _RANK[b.status] > _RANK[a.status] else (a, b)
    made = with_other(better, worse, column)
    unsettled = _RANK[a.status] == _RANK[b.status] and not same_value(a.text, b.text, column.type)
    return replace(made, status=CellStatus.CONFLICT) if unsettled else made


def with_other(cell: Cell, other: Cell, column: Column) -> Cell:
    """A cell that keeps what another one of its entity and field says beside its own value."""
    values = (*cell.alternatives, other.text, *other.alternatives)
    return replace(cell, alternatives=other_values(cell.text, values, column))


def other_values(text: str, values: Iterable[str], column: Column) -> tuple[str, ...]:
    """Values that differ from the cell's and from each other, the first of them."""
    found: list[str] = []
    for value in values:
        if is_missing(value, column.type):
            continue
        if not any(same_value(value, known, column.type) for known in (text, *found)):
            found.append(value)
    return tuple(found[:_MOST])
