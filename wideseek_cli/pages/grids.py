"""A table element as a grid of data, as fields, or as neither (it lays out the page)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from wideseek_cli.pages.cells import Hidden, text_of
from wideseek_cli.pages.model import Block, Field, FieldOrigin, Grid, Headings

_MOST_ROWS, _MOST_COLUMNS, _MOST_CELLS = 5_000, 200, 100_000
_MOST_HEAD = 4
_LONG = 300  # characters of a cell: more is running text
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class _Cell:
    text: str
    header: bool
    wide: int  # columns that it spans in the page


_Line = list[_Cell]


def read_table(table: Any, hidden: Hidden, headings: Headings) -> list[Block] | None:
    """What a table says; None where it only lays out the page."""
    found = table.find("caption")
    caption = " ".join(text_of(found, hidden).split()) if found is not None else ""
    lines = _spread(table, hidden)
    if not lines:
        return []
    width = max(map(len, lines))
    if width == 1 or sum(len(c.text) > _LONG for line in lines for c in line) * 4 > sum(map(len, lines)):
        return None
    if (fields := _fields(lines, width, caption, headings)) is not None:
        return list(fields)
    return [_grid(lines, width, caption, headings)]


def _spread(table: Any, hidden: Hidden) -> list[_Line]:
    """Rows of cells; a cell that spans rows or columns stands in each of them."""
    lines: list[_Line] = []
    below: dict[int, tuple[_Cell, int]] = {}  # column -> a cell that goes on for so many rows
    cells = 0
    for row in table.iter("tr"):
        if hidden.hides(row) or len(lines) >= _MOST_ROWS or cells > _MOST_CELLS:
            continue
        line: _Line = []

        def fill(line: _Line = line) -> None:
            while len(line) in below:
                cell, left = below[len(line)]
                below[len(line)] = (cell, left - 1)
                if left <= 1:
                    del below[len(line)]
                line.append(cell)

        for part in row:
            if part.tag not in ("td", "th") or hidden.hides(part):
                continue
            fill()
            wide, tall = _span(part, "colspan"), _span(part, "rowspan")
            cell = _Cell(text_of(part, hidden), part.tag == "th", wide)
            for _ in range(wide):
                if len(line) >= _MOST_COLUMNS:
                    break
                if tall > 1:
                    below[len(line)] = (cell, tall - 1)
                line.append(cell)
        fill()
        cells += len(line)
        if any(cell.text for cell in line):
            lines.append(line)
    return lines


def _span(cell: Any, name: str) -> int:
    match = re.match(r"\s*(\d{1,4})", cell.get(name) or "")
    return max(1, min(int(match[1]), _MOST_COLUMNS)) if match else 1


def _alone(line: _Line) -> bool:
    """A row that says one thing over its whole width."""
    return len({id(cell) for cell in line}) == 1 or (
        bool(line[0].text)
        and line[0].wide * 2 > len(line)
        and not any(cell.text for cell in line[line[0].wide :])
    )


def _fields(lines: list[_Line], width: int, caption: str, headings: Headings) -> list[Field] | None:
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
    title = caption or (lines[0][0].text if _alone(lines[0]) else "")
    over = (*headings, title) if title else headings
    made: list[Field] = []
    group = ""
    for line in lines:
        label, value = line[0].text, line[-1].text
        if _alone(line):
            group = label if len(label) < 80 else ""
        elif label and value:
            bullet = label[:1] in "•·‣-–"
            made.append(
                Field(
                    label.lstrip("•·‣-– ").rstrip(": "),
                    value,
                    over,
                    group if bullet else "",
                    FieldOrigin.TABLE,
                )
            )
            group = group if bullet else label
        elif label:
            group = label
    return made


def _all_heads(line: _Line) -> bool:
    return (
        all(cell.header for cell in line if cell.text) and len({cell.text for cell in line if cell.text}) > 1
    )


def _grid(lines: list[_Line], width: int, caption: str, headings: Headings) -> Grid:
    while len(lines) > 1 and _alone(lines[0]) and width > 1:
        caption = " ".join(filter(None, (caption, lines[0][0].text.replace("\n", " "))))
        lines = lines[1:]
    count = _head(lines)
    heads, body = lines[:count], lines[count:]
    labels = tuple(_label([line[at].text for line in heads if at < len(line)]) for at in range(width))
    rows: list[tuple[str, ...]] = []
    groups: list[str] = []
    group = ""
    for line in body:
        texts = tuple(cell.text for cell in line) + ("",) * (width - len(line))
        if _alone(line) and width > 2:
            group = line[0].text.replace("\n", " ")
        elif not (_all_heads(line) and tuple(t.replace("\n", " ") for t in texts) == labels):
            rows.append(texts)
            groups.append(group)
    return Grid(labels, tuple(rows), headings, caption, tuple(groups))


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
