"""A table element as a grid of data, as fields, or as neither (it lays out the page)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from wideseek_cli.pages.elements.cells import one_line, text_of
from wideseek_cli.pages.elements.style import Hidden
from wideseek_cli.pages.labels import split_label
from wideseek_cli.pages.model import Field, FieldOrigin, Grid

_MOST_ROWS, _MOST_COLUMNS, _MOST_CELLS = 20_000, 500, 300_000
_MOST_NESTED = 20  # tables in a table
_MOST_SPAN = 1_000  # the most that browsers take
# Spans let a few bytes ask for gigabytes. What they repeat is at most so many times what the cells hold.
_TIMES, _ROOM = 8, 20_000
_MOST_HEAD = 4
_LONG_HEAD = 60  # characters on average: more tells of the row above
_LONG = 300  # characters of a cell: more is running text
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class _Cell:
    text: str
    header: bool
    wide: int  # columns that it spans in the page


_Line = list[_Cell]


class Read(NamedTuple):
    """What a table says: a grid, or fields; and whether rows were left out because there were too many."""

    grid: Grid | None
    fields: tuple[Field | str, ...] = ()  # a text is a row that is no field: it heads others, or stands alone
    title: str = ""
    cut: bool = False


def read_table(table: Any, hidden: Hidden, *, lone_heads: bool = False) -> Read | None:
    """What a table says; None where it only lays out the page.

    Tables that were made of Markdown have no spans: a row of one text heads the others (`lone_heads`).
    """
    if _lays_out(table):
        return None
    found = table.find("caption")
    caption = one_line(text_of(found, hidden)) if found is not None else ""
    laid = _Laid(hidden)
    laid.take(table)
    lines = laid.lines
    if not lines:
        return Read(None, title=caption)
    width = laid.even()
    if width == 1 or sum(len(c.text) > _LONG for line in lines for c in line) * 4 > sum(map(len, lines)):
        return None
    if _states_by_line(lines):
        return None
    made = _fields(lines, width, caption)
    if made is not None:
        return Read(None, tuple(made[1]), made[0], laid.cut)
    if lone_heads:
        lines = [_as_head(line) for line in lines]
    return Read(_grid(lines, width, caption), cut=laid.cut)


def _states_by_line(lines: Sequence[_Line]) -> bool:
    """Whether it sets lines `Label: value` side by side, several to a cell."""
    parts = [part for line in lines for cell in line if "\n" in cell.text for part in cell.text.split("\n")]
    cells = sum(bool(cell.text) for line in lines for cell in line)
    stated = sum(split_label(part) is not None for part in parts)
    return stated >= 2 and stated * 2 > len(parts) and stated > cells


def _lays_out(table: Any) -> bool:
    """Whether tables inside hold most of it; small ones are parts of cells."""
    if table.get("role") in ("presentation", "none") and next(table.iter("th"), None) is None:
        return True
    inner = 0
    for count, nested in enumerate(table.iter("table")):
        if count > _MOST_NESTED:
            return True
        if nested is not table:
            inner += sum(1 for _ in nested.iter("td", "th"))
    return inner * 2 >= sum(1 for _ in table.iter("td", "th")) if inner else False


def _rows(table: Any) -> Iterator[tuple[Any, bool]]:
    """The table's own rows, and whether they stand in its head."""
    for part in table:
        if part.tag == "tr":
            yield part, False
        elif part.tag in ("thead", "tbody", "tfoot", "form"):
            for row in part:
                if row.tag == "tr":
                    yield row, part.tag == "thead"


@dataclass
class _Laid:
    """Cells laid out in rows: one that spans rows or columns stands in each of them."""

    hidden: Hidden
    lines: list[_Line] = field(default_factory=list)
    cut: bool = False
    _below: dict[int, tuple[_Cell, int]] = field(
        default_factory=dict
    )  # column -> what goes on for how many rows
    _cells: int = 0
    _room: int = _ROOM

    def take(self, table: Any) -> None:
        for row, in_head in _rows(table):
            if self.hidden.hides(row):
                continue
            if len(self.lines) >= _MOST_ROWS or self._cells > _MOST_CELLS:
                self.cut = True
                return
            line = self._row(row, in_head)
            self._cells += len(line)
            if any(cell.text for cell in line):
                self.lines.append(line)

    def even(self) -> int:
        """How wide the table is; rows that are much longer than most are cut, as the others would be all
        blanks."""
        width = max(map(len, self.lines))
        held = sum(len(cell.text) + 3 for line in self.lines for cell in line)
        room = (_ROOM + _TIMES * held) // (3 * len(self.lines))
        if width > max(2, room):
            width, self.cut = max(2, room), True
            self.lines = [line[:width] for line in self.lines]
        return width

    def _row(self, row: Any, in_head: bool) -> _Line:
        line: _Line = []
        for part in row:
            if part.tag not in ("td", "th") or self.hidden.hides(part):
                continue
            self._fill(line)
            text = text_of(part, self.hidden)
            wide, tall = self._spans(part, len(text))
            cell = _Cell(text, in_head or part.tag == "th", wide)
            for _ in range(wide):
                if len(line) >= _MOST_COLUMNS:
                    self.cut = True
                    return line
                if tall > 1:
                    self._below[len(line)] = (cell, tall - 1)
                line.append(cell)
        self._fill(line)
        return line

    def _spans(self, part: Any, size: int) -> tuple[int, int]:
        """Over how many columns and rows a cell goes, where there is room to repeat it."""
        wide, tall = _span(part, "colspan"), _span(part, "rowspan")
        cost = (wide * tall - 1) * (size + 3)
        self._room += _TIMES * (size + 3)
        if cost > self._room:
            return 1, 1
        self._room -= cost
        return wide, tall

    def _fill(self, line: _Line) -> None:
        while len(line) in self._below and len(line) < _MOST_COLUMNS:
            cell, left = self._below.pop(len(line))
            if left > 1:
                self._below[len(line)] = (cell, left - 1)
            line.append(cell)


def _span(cell: Any, name: str) -> int:
    match = re.match(r"\s{0,9}(\d{1,4})", cell.get(name) or "")
    return max(1, min(int(match[1]), _MOST_SPAN)) if match else 1


def _alone(line: _Line) -> bool:
    """A row that says one thing over its whole width."""
    return len({id(cell) for cell in line}) == 1 or (
        bool(line[0].text)
        and line[0].wide * 2 > len(line)
        and not any(cell.text for cell in line[line[0].wide :])
    )


def _fields(lines: list[_Line], width: int, caption: str) -> tuple[str, list[Field | str]] | None:
    """A table of labels and values: most rows have a heading cell (or a label with a colon) and one value."""
    pairs = [line for line in lines if len({id(c) for c in line}) == 2 and line[0].text]
    labelled = [
        line for line in pairs if (line[0].header and not line[-1].header) or line[0].text.endswith(":")
    ]
    if (
        len(labelled) < 2
        or len(labelled) * 3 < len(lines)
        or width > 3
        or (lines[0] not in labelled and _all_heads(lines[0]))
    ):
        return None
    if labelled and lines[0] in pairs and lines[0][0].header and lines[0][-1].header and not _alone(lines[0]):
        return None
    title = caption or (one_line(lines[0][0].text) if _alone(lines[0]) else "")
    made: list[Field | str] = []
    group = ""
    for at, line in enumerate(lines):
        label = one_line(line[0].text)
        others = {id(cell): cell.text for cell in line if cell is not line[0]}
        value = "\n".join(text for text in others.values() if text)
        if _alone(line):
            group = label if len(label) < 80 and (at or caption) else ""
            made.extend([label] if at or caption else [])
        elif not label or not value:
            group = label or group
            made.append(label or one_line(value))
        else:
            bullet = label[:1] in "•·‣-–"
            name = label.lstrip("•·‣-– ").rstrip(": ") or label
            made.append(Field(name, value, group=group if bullet else "", origin=FieldOrigin.TABLE))
            group = group if bullet else label
    return title, made


def _as_head(line: _Line) -> _Line:
    """A row whose first cell alone says something, as one cell over all columns."""
    alone = len(line) > 2 and bool(line[0].text) and not any(cell.text for cell in line[1:])
    return [_Cell(line[0].text, False, len(line))] * len(line) if alone else line


def _all_heads(line: _Line) -> bool:
    return (
        all(cell.header for cell in line if cell.text) and len({cell.text for cell in line if cell.text}) > 1
    )


def _grid(lines: list[_Line], width: int, caption: str) -> Grid:
    while len(lines) > 1 and _alone(lines[0]) and width > 1:
        caption = " ".join(filter(None, (caption, one_line(lines[0][0].text))))
        lines = lines[1:]
    count = _head(lines)
    heads, body = lines[:count], lines[count:]
    labels = tuple(_label([line[at].text for line in heads if at < len(line)]) for at in range(width))
    rows: list[tuple[str, ...]] = []
    groups: list[str] = []
    group = ""
    heads_others = _heads_others(body) if width > 2 else []
    for line, is_head in zip(body, heads_others or [False] * len(body), strict=True):
        texts = tuple(cell.text for cell in line) + ("",) * (width - len(line))
        if is_head:
            group = one_line(line[0].text)
        elif _alone(line) and width > 2:
            rows.append((line[0].text, *[""] * (width - 1)))
            groups.append(group)
        elif not (_all_heads(line) and tuple(t.replace("\n", " ") for t in texts) == labels):
            rows.append(texts)
            groups.append(group)
    return Grid(labels, tuple(rows), (), caption, tuple(groups))


def _heads_others(body: Sequence[_Line]) -> list[bool]:
    """Which rows are one text that heads the rows below: not one that nothing follows, nor where each row has
    one below that tells more of it."""
    alone = [_alone(line) for line in body]
    texts = [line[0].text for line, lone in zip(body, alone, strict=True) if lone]
    if sum(map(len, texts)) > _LONG_HEAD * len(texts) and len(texts) * 3 > len(body):
        return [False] * len(body)
    return [lone and not after for lone, after in zip(alone, [*alone[1:], True], strict=True)]


def _head(lines: Sequence[_Line]) -> int:
    """How many rows are the header's."""
    count = 0
    while count < min(_MOST_HEAD, len(lines) - 1) and _all_heads(lines[count]):
        count += 1
    if count:
        return count
    first = [cell.text for cell in lines[0]]
    plain = (
        len(lines) > 2 and all(first) and len(set(first)) == len(first) and not any(map(_DIGIT.search, first))
    )
    return 1 if plain else 0


def _label(parts: Sequence[str]) -> str:
    """The header's parts of one column, each once."""
    return " ".join(dict.fromkeys(" ".join(part.split()) for part in parts if part))
