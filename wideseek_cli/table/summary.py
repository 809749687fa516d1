"""A table in one line: how much of it can be believed."""

from __future__ import annotations

from dataclasses import replace

from wideseek_cli.table.model import Cell, CellStatus, Row, Table

_ALWAYS = (CellStatus.PROVED, CellStatus.SEEN, CellStatus.UNPROVED, CellStatus.MISSING)


def size(table: Table) -> dict[str, int]:
    """Rows, columns and cells."""
    rows, columns = len(table.rows), len(table.columns)
    return {"rows": rows, "columns": columns, "cells": rows * columns}


def summary(table: Table) -> dict[str, int]:
    """Its size, and the cells in each state."""
    counts = {s.value: n for s, n in table.counts().items() if n or s is not CellStatus.GIVEN}
    return {**size(table), **counts}


def summary_line(table: Table) -> str:
    """`12 rows, 36 cells: 30 proved, 3 seen, 1 unproved, 2 missing`; conflicts only if there are some."""
    counts = table.counts()
    shown = [s for s in CellStatus if s in _ALWAYS or counts[s]]
    parts = ", ".join(f"{counts[status]:,} {status.value}" for status in shown)
    return f"{_count(len(table.rows), 'row')}, {_count(sum(counts.values()), 'cell')}: {parts}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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
