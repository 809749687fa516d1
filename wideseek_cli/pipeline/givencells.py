"""A table that the user has: which cells are theirs, which are to be filled, what is told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wideseek_cli.pipeline.repair import key_of
from wideseek_cli.pipeline.rowsearch import Tried
from wideseek_cli.table.model import Cell, CellStatus, Doubt, Row, Table

_MOST_TOLD = 5


def question_for(table: Table) -> str:
    """What is asked, in words: for the agents, the record, and the scope of proof."""
    key = next((column.name for column in table.columns if column.key), "row")
    gaps = [
        column.name
        for at, column in enumerate(table.columns)
        if any(row.cells[at].status is CellStatus.MISSING for row in table.rows)
    ]
    wanted = gaps or [column.name for column in table.columns if not column.key]
    listed = ", ".join(wanted[:-1]) + (" and " if wanted[1:] else "") + "".join(wanted[-1:])
    return f"List the {listed} of each {key}." if wanted else f"List each {key}."


def contradicted(table: Table) -> str:
    """How many given cells pages contradict, and the first of them."""
    wrong = [
        f"{row.cells[key_of(table)].text}, {column.name}: {cell.text} (a page says {_other(cell)})"
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
        if cell.given and cell.status is CellStatus.CONFLICT
    ]
    shown = "; ".join(wrong[:_MOST_TOLD]) + ("; …" if wrong[_MOST_TOLD:] else "")
    return f"given cells that pages contradict: {len(wrong)}" + (f": {shown}" if wrong else "")


def _other(cell: Cell) -> str:
    return cell.alternatives[0] if cell.alternatives else "something else"


def is_open(row: Row) -> bool:
    return any(not cell.given for cell in row.cells)


def has_gap(table: Table, at: int) -> bool:
    return any(not row.cells[at].given for row in table.rows)


def locked(before: Table, after: Table, check: bool) -> Table:
    """The table after a step, with the text of given cells as it was; only a check may change their state."""
    rows = []
    for old, new in zip(before.rows, after.rows, strict=True):
        cells = (
            (_checked(b) if check and b.text and b.text == a.text else a) if a.given else b
            for a, b in zip(old.cells, new.cells, strict=True)
        )
        rows.append(Row(tuple(cells)))
    return replace(after, rows=tuple(rows))


def _checked(cell: Cell) -> Cell:
    """A given cell as a check leaves it: in conflict with a page that states another value. One that only
    says more behind the same name (`Mogoton 2,085 m`) neither proves it nor is against it."""
    if not says_another(cell):
        return replace(cell, given=True)
    begun = any(_begins(cell.text, other) for other in cell.alternatives)
    return replace(cell, given=True, status=CellStatus.SEEN if begun else CellStatus.CONFLICT)


def says_another(cell: Cell) -> bool:
    """Whether a page states another value."""
    return any(reason.doubt is Doubt.OTHER_VALUE for reason in cell.reasons)


def _begins(name: str, other: str) -> bool:
    rest = other[len(name) :].lstrip()
    return other.casefold().startswith(name.casefold()) and name[-1:].isalpha() and not rest[:1].isalpha()


def noted(table: Table, tried: Sequence[Tried]) -> Table:
    """With what was tried beside the cells that stay empty."""
    rows = []
    for row, one in zip(table.rows, tried, strict=True):
        note = one.in_words()
        cells = (
            replace(cell, note=note)
            if cell.status is CellStatus.MISSING and note and not cell.given
            else cell
            for cell in row.cells
        )
        rows.append(Row(tuple(cells)))
    return replace(table, rows=tuple(rows))
