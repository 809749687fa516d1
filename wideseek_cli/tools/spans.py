"""A table's cells laid out in rows: one that spans rows or columns stands in each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# Spans let a few bytes ask for gigabytes. What is laid out is at most so many times what the cells hold.
_TIMES, _ROOM = 8, 2_000
_MARK = 3  # what a cell costs beside its text: " | "


class Cell(NamedTuple):
    """The text of a cell, and over how many columns and rows it goes."""

    text: str
    columns: int = 1
    rows: int = 1


def spread(lines: Sequence[Sequence[Cell]]) -> list[list[str]]:
    """Rows of texts. Where the room for repeated cells is used up, a cell stands but once."""
    room = _room([[cell.text for cell in line] for line in lines])
    hanging: dict[int, tuple[int, str]] = {}  # column -> (rows still to fill, text)
    rows: list[list[str]] = []
    for number, line in enumerate(lines):
        row: list[str] = []
        for text, columns, down in line:
            _hang(row, hanging)
            down = min(down, len(lines) - number)
            cost = (columns * down - 1) * (len(text) + _MARK)
            if cost > room:
                columns = down = 1
            else:
                room -= cost
            for _ in range(columns):
                if down > 1:
                    hanging[len(row)] = (down - 1, text)
                row.append(text)
        _hang(row, hanging)
        rows.append(row)
    return rows


def even(rows: list[list[str]]) -> list[list[str]]:
    """All rows as long as the longest, unless that would be mostly empty cells."""
    width = max(map(len, rows), default=0)
    if len(rows) * width * _MARK > _room(rows):
        return rows
    return [row + [""] * (width - len(row)) for row in rows]


def _room(rows: list[list[str]]) -> int:
    return _ROOM + _TIMES * sum(len(text) + _MARK for row in rows for text in row)


def _hang(row: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Put the cells that hang down from earlier rows where they belong."""
    while len(row) in hanging:
        left, text = hanging.pop(len(row))
        if left > 1:
            hanging[len(row)] = (left - 1, text)
        row.append(text)
