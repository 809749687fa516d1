"""Pipe tables as they stand in a text: their headers and rows, also those that go on further down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, field

from wideseek_cli.core.text import clean_text
from wideseek_cli.values.words import name_key

MAX_CELLS = 1_000
_FENCE = re.compile(r"(?P<mark>`{3,40}|~{3,40})\s{0,9}(?P<word>\w{0,40})[^`|]*$")
_SEPARATOR = re.compile(r"^[\s|:+\-–—=]*-[\s|:+\-–—=]*$")
_BAR = re.compile(r"\\.|\|", re.DOTALL)
_NUMBER = re.compile(r"[\s,.%]*\d[\d\s,.%]*")
_LOOK_BACK = 20  # rows of a table that tell whether a column holds numbers


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in the text: cells are Markdown still, rows may be ragged."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    ruled: bool = True  # dashes stand under its header
    barred: bool = True  # each of its lines begins with a pipe
    fenced: bool = False  # it stands in a Markdown fence


@dataclass
class _Block:
    """A run of pipe lines."""

    fenced: bool
    lines: list[str] = field(default_factory=list)


@dataclass
class _Piece:
    """A table whose rows may still be joined by others."""

    header: Sequence[str]
    ruled: bool
    barred: bool
    fenced: bool
    rows: list[Sequence[str]] = field(default_factory=list)

    def as_raw(self) -> RawTable:
        rows = tuple(tuple(row) for row in self.rows)
        return RawTable(tuple(self.header), rows, self.ruled, self.barred, self.fenced)


def find_tables(text: str, *, growing: bool = False) -> list[RawTable]:
    """All tables of a text, in fences and outside. Rows that stand alone are those of the table above them.
    The last line of a text that is still `growing` may be the header of a table to come."""
    blocks = _blocks(clean_text(text))
    pieces: list[_Piece] = []
    above: _Piece | None = None  # the last table with a header that is plainly one
    for block in blocks:
        for piece in _split_block(block):
            begins = growing and block is blocks[-1] and not piece.rows
            if above is not None and not begins and _goes_on(above, piece):
                again = not piece.ruled and _is_header_again(above, piece)
                above.rows += piece.rows if again else [piece.header, *piece.rows]
            elif len(piece.header) > 1 or piece.rows or piece.ruled:
                pieces.append(piece)
                above = piece if piece.ruled else above
    return [piece.as_raw() for piece in pieces]


def is_rule(line: str) -> bool:
    """Whether a line is the dashes under a header."""
    return _SEPARATOR.match(line) is not None


def split_row(line: str) -> list[str]:
    """The cells of a pipe line; an escaped pipe is text."""
    cells = _pieces(line.strip())
    if line.lstrip().startswith("|"):
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]


def _pieces(line: str) -> list[str]:
    """A line cut at its pipes, not at escaped ones."""
    pieces: list[str] = []
    start = 0
    for mark in _BAR.finditer(line):
        if mark[0] == "|":
            pieces.append(line[start : mark.start()])
            start = mark.end()
            if len(pieces) == MAX_CELLS:
                return [*pieces, ""]
    return [*pieces, line[start:]]


def fit_row(row: Sequence[str], width: int) -> list[str]:
    """A row of the right width: short ones are padded; the surplus of long ones belongs to the last cell, but
    for what only says it again."""
    cells = list(row)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width > 0:
        cells = [*cells[: width - 1], " | ".join(dict.fromkeys(cells[width - 1 :]))]
    return cells + [""] * (width - len(cells))


def _blocks(text: str) -> list[_Block]:
    """Runs of lines that hold pipes; one blank line between two of them does not end a run of rows."""
    blocks: list[_Block] = []
    fence, fenced, gap = "", False, 2
    for line in text.splitlines():
        line = line.strip().lstrip(">").strip().replace("｜", "|")
        if mark := _FENCE.match(line):
            closes = bool(fence) and not mark["word"] and mark["mark"].startswith(fence)
            fence = "" if closes else mark["mark"]
            fenced, gap = bool(fence) and mark["word"].lower() in ("markdown", "md"), 2
        elif "|" not in line:
            gap += 1 if not line else 2
        else:
            if gap >= 2:
                blocks.append(_Block(fenced))
            blocks[-1].lines.append(line)
            gap = 0
    return [block for block in blocks if len(block.lines) > 1 or block.lines[0].startswith("|")]


def _split_block(block: _Block) -> list[_Piece]:
    """One run of pipe lines can hold several tables: a separator row makes a header of the line above it."""
    marks = {n for n, line in enumerate(block.lines) if is_rule(line)}
    rows = [(n, split_row(line)) for n, line in enumerate(block.lines) if n not in marks]
    if not rows:
        return []
    barred = all(line.startswith("|") for line in block.lines)
    found: list[_Piece] = []
    shape: list[str] = []
    heads = _heads([n for n, _ in rows], marks)
    for number, cells in rows:
        names = [name_key(c) for c in cells]
        if found and names == shape:
            continue  # the header again
        if number in heads or not found:
            found.append(_Piece(cells, number + 1 in marks, barred, block.fenced))
            shape = names
        else:
            found[-1].rows.append(cells)
    return found


def _heads(rows: Sequence[int], marks: Set[int]) -> Set[int]:
    """Which lines are headers."""
    ruled = len(marks) > 2 and len(marks) >= len(rows) - 1  # a rule under every row, not tables
    return {rows[0]} if ruled else {rows[0], *(n - 1 for n in marks)}


def _goes_on(above: _Piece, piece: _Piece) -> bool:
    """Whether lines are rows of the table above them: they are as wide and have no header of their own, or
    what looks like one holds a number where the table has numbers."""
    width = len(above.header)
    if not piece.ruled:
        lines = [piece.header, *piece.rows]
        return piece.barred == above.barred and 2 * sum(len(line) == width for line in lines) > len(lines)
    return len(piece.header) == width and any(_numbers_under(above, piece.header))


def _numbers_under(above: _Piece, cells: Sequence[str]) -> Iterator[bool]:
    for at, cell in enumerate(cells):
        rows = above.rows[-_LOOK_BACK:] if _NUMBER.fullmatch(cell) else []
        yield bool(rows) and all(len(row) > at and _NUMBER.fullmatch(row[at]) for row in rows)


def _is_header_again(above: _Piece, piece: _Piece) -> bool:
    pairs = zip(above.header, piece.header, strict=False)
    same = sum(bool(name_key(a)) and name_key(a) == name_key(b) for a, b in pairs)
    return 2 * same >= len(above.header)
