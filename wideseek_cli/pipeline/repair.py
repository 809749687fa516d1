"""Repair: what is not proved becomes subtasks, and what they find is taken where it is better."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.table.merge import with_other
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.words import name_key

_BAD = (CellStatus.MISSING, CellStatus.UNPROVED, CellStatus.CONFLICT)
_RANK = {
    CellStatus.MISSING: 0,
    CellStatus.UNPROVED: 1,
    CellStatus.CONFLICT: 2,
    CellStatus.SEEN: 3,
    CellStatus.PROVED: 4,
    CellStatus.GIVEN: 5,
}
_MOST_ROWS = 4  # of a table that one repair subtask looks after
CHOICES = 3  # values of other passages that are tried for a cell
_ROUNDS = 3  # so many times the width of subtasks, before rows share one


def repair_tasks(
    table: Table, prompts: PromptSet, width: int, nowhere: Collection[str] = ()
) -> tuple[str, ...]:
    """Subtasks for the rows with cells to look up again, but for those that are named `nowhere`; several
    rows to a subtask when they are many."""
    rows = [row for row in table.rows if row.cells[key_of(table)].text not in nowhere]
    asks = [ask for row in rows if (ask := _ask(table, row, prompts))]
    most = _ROUNDS * width
    per_task = min(-(-len(asks) // most), _MOST_ROWS) if asks else 1
    chunks = [asks[start : start + per_task] for start in range(0, len(asks), per_task)]
    return tuple("\n".join(chunk) for chunk in chunks[:most])


def key_of(table: Table) -> int:
    """Where the rows' names stand."""
    return next((number for number, column in enumerate(table.columns) if column.key), 0)


def row_names(table: Table) -> list[str]:
    """What the key column calls each row."""
    return [row.cells[key_of(table)].text for row in table.rows if row.cells[key_of(table)].text]


def bad_fields(table: Table, row: Row) -> list[str]:
    """The columns in which a row must be looked up again."""
    pairs = zip(table.columns, row.cells, strict=True)
    return [column.name for column, cell in pairs if not column.key and cell.status in _BAD]


def _ask(table: Table, row: Row, prompts: PromptSet) -> str:
    pairs = zip(table.columns, row.cells, strict=True)
    name = ", ".join(cell.text for column, cell in pairs if column.key and cell.text)
    fields = ", ".join(bad_fields(table, row))
    return prompts.fill("ask.repair", row=name, fields=fields) if name and fields else ""


def better(before: Table, after: Table) -> Table:
    """Cell by cell the value that is proved better or else the old one; the other is kept beside it."""
    rows = []
    for old_row, new_row in zip(before.rows, after.rows, strict=True):
        given = zip(old_row.cells, new_row.cells, before.columns, strict=True)
        rows.append(replace(old_row, cells=tuple(_better(*cells) for cells in given)))
    return replace(before, rows=tuple(rows))


def best_proved(table: Table, tried: Sequence[Table]) -> Table:
    """Cell by cell the one other value that is proved, where the table's own is not. Of several, the one
    whose passage is labelled with the column's very name; else the cell stays. Where sources contradict each
    other and the cell has nothing from any, it takes the first one's value, as the conflict that it is."""

    def chosen(cell: Cell, others: Sequence[Cell], column: Column) -> Cell:
        proved = {o.text: o for o in others if o.status is CellStatus.PROVED and o.text != cell.text}
        if cell.status in (CellStatus.PROVED, CellStatus.SEEN):
            return cell
        if not proved:
            disputed = _disputed(others) if cell.status is not CellStatus.CONFLICT else None
            return disputed or cell
        named = [o for o in proved.values() if _is_labelled(o, column)]
        best = list(proved.values()) if len(proved) == 1 else named
        return best[0] if len(best) == 1 else cell

    rows = []
    for number, row in enumerate(table.rows):
        others = [other.rows[number].cells for other in tried]
        cells = (
            chosen(cell, [o[at] for o in others], column)
            for at, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True))
        )
        rows.append(replace(row, cells=tuple(cells)))
    return replace(table, rows=tuple(rows))


def _disputed(others: Sequence[Cell]) -> Cell | None:
    """The first of two values that contradict each other."""
    found = [o for o in others if o.status is CellStatus.CONFLICT and o.proof is not None]
    pairs = ((a, b) for a in found for b in found if b.text in a.alternatives and a.text in b.alternatives)
    return next((a for a, _ in pairs), None)


def _is_labelled(cell: Cell, column: Column) -> bool:
    label = cell.proof.quote.partition(":")[0] if cell.proof else ""
    return name_key(label) == name_key(column.name)


def _better(old: Cell, new: Cell, column: Column) -> Cell:
    if new.text == old.text:
        return new
    best, other = (new, old) if _RANK[new.status] > _RANK[old.status] else (old, new)
    return best if column.key else with_other(best, other, column)
