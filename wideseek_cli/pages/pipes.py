"""The lines of a Markdown table to a grid: its header rows, its title, the rows that head others."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wideseek_cli.pages.labels import trim
from wideseek_cli.pages.model import Grid, Headings

_RULE = re.compile(r"[\s|:+-]+")
_BULLET = re.compile(r"(?:[•·‣▪]\s*|[-–—*]\s+)(?=\w)")
_NUMBER = re.compile(r"[^\w]*\d[\d\W_]*")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_MOST_HEAD = 3  # rows of a table that are its header
_MAX_CELLS = 2_000  # in a row
_TIMES = 8  # a row is filled up with empty cells to at most so many times the cells that there are
_Texts = list[str]


def is_rule(line: str) -> bool:
    """Whether a line is the dashes under a header."""
    return "-" in line and _RULE.fullmatch(line) is not None


class PipeRows:
    """The rows of a table as they are met, and after how many of them its rule stood."""

    def __init__(self) -> None:
        self._rows: list[tuple[_Texts, tuple[int, int]]] = []
        self._ruled_after = -1

    def add(self, text: str, start: int, end: int) -> None:
        """One line of the table."""
        if is_rule(text[start:end]):
            if self._ruled_after < 0:
                self._ruled_after = len(self._rows)
        else:
            self._rows.append((split_cells(text, start, end), (start, end)))

    def grid(self, headings: Headings) -> Grid | None:
        """The table; None when it has no row."""
        if not self._rows:
            return None
        width = max(len(cells) for cells, _ in self._rows)
        if width * len(self._rows) > _TIMES * sum(len(cells) for cells, _ in self._rows):
            width = len(self._rows[0][0])
        rows = [(_even(cells, width), place) for cells, place in self._rows]
        heads, caption, used = _headers([cells for cells, _ in rows], self._ruled_after)
        labels = tuple(_label(line[at] for line in heads) for at in range(width)) if heads else ("",) * width
        return _grouped(rows[used:], labels, headings, caption)


def split_cells(text: str, start: int, end: int) -> _Texts:
    """The cells of a line `| a | b |`; an escaped pipe is text."""
    start += text[start] == "|"
    if text[end - 1] == "|" and end - 1 > start and text[end - 2] != "\\":
        end -= 1
    cells: _Texts = []
    at = start
    while at <= end and len(cells) < _MAX_CELLS:
        close = _next_pipe(text, at, end)
        left, right = trim(text, at, close)
        cells.append(text[left:right].replace("\\|", "|"))
        at = close + 1
    return cells


def _next_pipe(text: str, at: int, end: int) -> int:
    close = text.find("|", at, end)
    while close > at and text[close - 1] == "\\":
        close = text.find("|", close + 1, end)
    return end if close < 0 else close


def _even(row: _Texts, width: int) -> _Texts:
    return row[:width] + [""] * (width - len(row))


def _label(parts: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(part for part in parts if part))


def _headers(rows: list[_Texts], ruled_after: int) -> tuple[list[_Texts], str, int]:
    """Header rows, the title over them, and how many rows that were."""
    if ruled_after < 0 and (len(rows) < 2 or any(map(_NUMBER.fullmatch, rows[0]))):
        return [], "", 0
    used = min(max(1, ruled_after), _MOST_HEAD)
    heads, caption = rows[:used], ""
    if used == 1 and len(rows) > 2 and _is_title(rows[0], rows[1]):
        caption, heads, used = rows[0][0], [rows[1]], 2
    names = heads[-1]
    while used < min(_MOST_HEAD, len(rows)) and (line := _second_line(names, rows[used])):
        heads, names, used = [*heads, line], line, used + 1
    return heads, caption, used


def _is_title(first: _Texts, cells: _Texts) -> bool:
    """Whether the first row of a table of several columns is its title, and the second its header."""
    numbers = any(map(_NUMBER.fullmatch, cells))
    return len(cells) > 2 and all(cells) and not numbers and bool(first[0]) and {*first} <= {"", first[0]}


def _second_line(header: _Texts, cells: _Texts) -> _Texts | None:
    """A second header row, where the first has names over several columns (`Population`, below it `2011` and
    `2022`): its cells, empty where it says the same. None when the row is no such line."""
    names = list(header)
    for at, name in enumerate(header):
        names[at] = name or names[at - 1] if at else name
    told = [cell in ("", name) for name, cell in zip(names, cells, strict=True)]
    parts = [(name, cell) for name, cell, known in zip(names, cells, told, strict=True) if not known]
    years = all(_YEAR.fullmatch(cell) for _, cell in parts)
    counts = {name: names.count(name) for name in {*names}}
    if not parts or not all(counts[name] > 1 for name, _ in parts) or not (told[0] or years):
        return None
    return ["" if known else cell for cell, known in zip(cells, told, strict=True)]


def _grouped(
    body: list[tuple[_Texts, tuple[int, int]]], labels: tuple[str, ...], headings: Headings, caption: str
) -> Grid:
    """The rows, each with the row that heads it: one text over the whole width, or, in a table of two
    columns, the row over those with bullets."""
    rows: list[tuple[str, ...]] = []
    groups: list[str] = []
    places: list[tuple[int, int]] = []
    group = over = ""
    for cells, place in body:
        first = cells[0]
        if len(cells) > 2 and first and {*cells} <= {"", first} and len(body) > 1:
            group = first
            continue
        bullet = _BULLET.match(first) if len(cells) <= 2 else None
        if bullet is None:
            over = first
        else:
            cells = [first[bullet.end() :], *cells[1:]]
        rows.append(tuple(cells))
        groups.append(over if bullet else group)
        places.append(place)
    return Grid(labels, tuple(rows), headings, caption, tuple(groups), tuple(places))
