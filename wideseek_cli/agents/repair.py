"""Repair: what is not proved becomes subtasks, and what they find is taken where it is better."""

from __future__ import annotations

from dataclasses import replace

from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.table.model import Cell, CellStatus, Row, Table

_BAD = (CellStatus.MISSING, CellStatus.UNPROVED, CellStatus.CONFLICT)
_RANK = {
    CellStatus.MISSING: 0,
    CellStatus.UNPROVED: 1,
    CellStatus.CONFLICT: 2,
    CellStatus.SEEN: 3,
    CellStatus.PROVED: 4,
}
_MOST_ROWS = 4  # of a table that one repair subtask looks after


def repair_tasks(table: Table, prompts: PromptSet, width: int) -> tuple[str, ...]:
    """Subtasks for the rows with cells to look up again; several rows to a subtask when they are many."""
    asks = [ask for row in table.rows if (ask := _ask(table, row, prompts))]
    per_task = min(-(-len(asks) // width), _MOST_ROWS) if asks else 1
    chunks = [asks[start : start + per_task] for start in range(0, len(asks), per_task)]
    return tuple("\n".join(chunk) for chunk in chunks[:width])


def row_names(table: Table) -> list[str]:
    """What the key column calls each row."""
    at = next((number for number, column in enumerate(table.columns) if column.key), 0)
    return [row.cells[at].text for row in table.rows if row.cells[at].text]


def _ask(table: Table, row: Row, prompts: PromptSet) -> str:
    keys = [cell.text for column, cell in zip(table.columns, row.cells, strict=True) if column.key]
    fields = [
        column.name
        for column, cell in zip(table.columns, row.cells, strict=True)
        if not column.key and cell.status in _BAD
    ]
    name = ", ".join(key for key in keys if key)
    return prompts.fill("ask.repair", row=name, fields=", ".join(fields)) if name and fields else ""


def better(table: Table, before: Table, after: Table) -> Table:
    """Cell by cell the value that is proved better; a tie stays as it was."""
    rows = []
    for number, (old_row, new_row) in enumerate(zip(before.rows, after.rows, strict=True)):
        pairs = zip(old_row.cells, new_row.cells, strict=True)
        rows.append(replace(table.rows[number], cells=tuple(_better(old, new) for old, new in pairs)))
    return replace(table, rows=tuple(rows))


def _better(old: Cell, new: Cell) -> Cell:
    if new.text == old.text:
        return new
    return new if _RANK[new.status] > _RANK[old.status] else old
