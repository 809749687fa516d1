"""A table in one line: how much of it can be believed."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wideseek_cli.core.text import clean_line
from wideseek_cli.table.model import Cell, CellStatus, Row, Table, Verdict

_MOST_NAMED = 5  # rows in a line
_ALWAYS = (CellStatus.PROVED, CellStatus.SEEN, CellStatus.UNPROVED, CellStatus.MISSING)


def size(table: Table) -> dict[str, int]:
    """Rows, columns and cells of what is shown."""
    rows, columns = len(table.rows), len(table.asked.columns)
    return {"rows": rows, "columns": columns, "cells": rows * columns}


def summary(table: Table) -> dict[str, int]:
    """Its size, and the cells in each state."""
    counts = {s.value: n for s, n in table.asked.counts().items() if n or s is not CellStatus.GIVEN}
    return {**size(table), **counts}


def summary_line(table: Table) -> str:
    """`12 rows, 36 cells: 30 proved, 3 seen, 1 unproved, 2 missing`; conflicts only if there are some."""
    counts = table.counts()
    shown = [s for s in CellStatus if s in _ALWAYS or counts[s]]
    parts = ", ".join(f"{counts[status]:,} {status.value}" for status in shown)
    return f"{_count(len(table.rows), 'row')}, {_count(sum(counts.values()), 'cell')}: {parts}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


@dataclass(frozen=True)
class Met:
    """How many rows meet a condition, how many were left out by it, and of which it is not shown."""

    condition: str
    meets: int
    left_out: int
    not_shown: tuple[str, ...]

    def __str__(self) -> str:
        some = ", ".join(clean_line(name, 40) for name in self.not_shown[:_MOST_NAMED])
        more = ", …" if len(self.not_shown) > _MOST_NAMED else ""
        parts = [f"{_count(self.meets, 'row')} {'meets' if self.meets == 1 else 'meet'} it"]
        parts += [f"{self.left_out:,} left out"] if self.left_out else []
        parts += [f"not shown for {len(self.not_shown):,} ({some}{more})"] if self.not_shown else []
        return f"{clean_line(self.condition, 80)}: {', '.join(parts)}"


def conditions_met(table: Table, left_out: Table | None) -> list[Met]:
    """What a table's verdicts come to, a line for each condition."""
    return [_met(table, left_out, at) for at, column in enumerate(table.columns) if column.verdict]


def _met(table: Table, left_out: Table | None, at: int) -> Met:
    name, key = table.columns[at].name, next((n for n, c in enumerate(table.columns) if c.key), 0)
    said = [(row.cells[key].text, row.cells[at].text) for row in table.rows]
    gone = (
        [row.cells[n].text for n, c in enumerate(left_out.columns) if c.name == name for row in left_out.rows]
        if left_out
        else []
    )
    return Met(
        name,
        sum(verdict == Verdict.MEETS.value for _, verdict in said),
        gone.count(Verdict.FAILS.value),
        tuple(row for row, verdict in said if verdict == Verdict.NOT_SHOWN.value),
    )


def complete(table: Table) -> bool:
    """Whether every cell is proved, or given: what is only seen is mostly another row's."""
    counts = table.counts()
    return bool(table.rows) and counts[CellStatus.PROVED] + counts[CellStatus.GIVEN] == sum(counts.values())


def strict(table: Table) -> Table:
    """Without the values that nothing was found for: unproved cells become missing."""
    return Table(table.columns, tuple(Row(tuple(map(_emptied, row.cells))) for row in table.rows))


def _emptied(cell: Cell) -> Cell:
    if cell.status is not CellStatus.UNPROVED or cell.given:
        return cell
    return replace(cell, text="", status=CellStatus.MISSING, proof=None)
