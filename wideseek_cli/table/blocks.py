"""A document's lines as blocks: headings with their sections, list items, table rows, paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_BOLD_LINE = re.compile(r"(\*\*|__)([^*_]{1,80})\1:?$")
_ITEM = re.compile(r"(\s*)(?:[-*+•]|\d{1,3}[.)])\s+")
_RULE = re.compile(r"(?=[\s|:+]*-)[\s|:+-]*$")
_CELL = re.compile(r"(?:\\.|[^|\\])+")
_BULLET = re.compile(r"(?:[•·‣▪]\s*|[-–—*]\s+)(?=\w)")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_MOST_HEAD = 3  # rows of a table that are its header


@dataclass(frozen=True)
class Heading:
    """A heading and how far its section reaches."""

    level: int
    text: str
    start: int
    end: int


@dataclass
class TableRows:
    """A table in a document: header cells, and the blocks of its rows, of which the first `head` are the
    header's own."""

    header: list[str] = field(default_factory=list)
    rows: list[Block] = field(default_factory=list)
    head: int = 1

    @property
    def body(self) -> list[Block]:
        return self.rows[self.head :]


@dataclass
class Block:
    """A line that means something: a field or list item, a table row, a paragraph."""

    start: int
    end: int
    kind: str  # "row", "item", "text", "heading"
    headings: tuple[Heading, ...] = ()  # outermost first
    parents: tuple[str, ...] = ()  # labels of the list items or of the table's group above, nearest first
    cells: list[tuple[int, int]] = field(default_factory=list)
    table: TableRows | None = None
    first: bool = False  # the first paragraph under its heading
    leads: bool = False  # a table row that only heads the rows after it


def read_blocks(text: str) -> tuple[list[Block], list[Heading]]:
    reader = _Reader(text)
    for start, end in _lines(text):
        reader.take(start, end)
    return reader.finish()


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


class _Reader:
    """Reads lines into blocks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks: list[Block] = []
        self.open: list[tuple[int, str, int]] = []  # headings: level, text, start
        self.closed: list[tuple[int, str, int, int]] = []
        self.items: list[tuple[int, str]] = []  # indentation and label of the list items we are in
        self.table: TableRows | None = None
        self.group: Block | None = None  # the table row that heads those with bullets
        self.fresh = False
        self.over: tuple[Heading, ...] = ()  # the open headings

    def take(self, start: int, end: int) -> None:
        line = self.text[start:end]
        bare = line.strip()
        if not bare:
            self.table = None
            return
        start += len(line) - len(line.lstrip())
        end = start + len(bare)
        if bare[0] == "#" and (match := _HEADING.match(bare)):
            self._heading(len(match.group(1)), match.group(2), start, end)
        elif bare[0] in "*_" and (match := _BOLD_LINE.match(bare)):
            self._heading(7, match.group(2), start, end)
        elif "|" in bare and (bare[0] == "|" or self.table is not None):
            self._row(bare, start, end)
        elif match := _ITEM.match(line):
            self._item(match, start, end)
        else:
            self._paragraph(line, start, end)

    def _heading(self, level: int, name: str, start: int, end: int) -> None:
        while self.open and self.open[-1][0] >= level:
            self.closed.append((*self.open.pop(), start))
        self.open.append((level, re.sub(r"[*_`]", "", name).strip(), start))
        self.items, self.table, self.fresh = [], None, True
        self.over = tuple(Heading(*parts, -1) for parts in self.open)
        self._add(Block(start, end, "heading"))

    def _row(self, bare: str, start: int, end: int) -> None:
        if _RULE.match(bare):
            return
        inner = bare.removeprefix("|").removesuffix("|")  # `| a ||` ends with an empty cell
        at = start + bare.startswith("|")
        spans = [(at + m.start(), at + m.end()) for m in _CELL.finditer(inner)]
        if "||" in inner or "| |" in inner or "|" in (inner[:1], inner[-1:]):
            spans = _cell_spans(inner, at)
        spans = [_trim(self.text, *span) for span in spans]
        cells = [self.text[s:e] for s, e in spans]
        if self.table is None:
            self.table, self.group = TableRows(cells), None
        elif len(self.table.rows) == self.table.head < _MOST_HEAD:
            joined = cells if _is_title(self.table.header, cells) else _second_line(self.table.header, cells)
            if joined:
                self.table.header, self.table.head = joined, self.table.head + 1
        block = Block(start, end, "row", cells=spans, table=self.table)
        self.table.rows.append(block)
        if 0 < len(cells) <= 2 and len(self.table.header) <= 2:
            self._group(block, cells)
        self._add(block)

    def _group(self, block: Block, cells: list[str]) -> None:
        """Facts whose names begin with a bullet belong to the row above them: `Area`, then `• Total`."""
        bullet, over = _BULLET.match(cells[0]), self.group
        if bullet is None:
            self.group = block
        elif over is not None and block.table is not None and len(cells) == 2:
            said = list(dict.fromkeys(self.text[s:e] for s, e in over.cells if s < e))
            # `GDP | 2025 estimate` heads its bullets; under `Country | Population` each row has its figure.
            over.leads = len(said) == 1 or len({*block.table.header} - {""}) < 2
            block.parents = (" ".join(said if over.leads else said[:1]),)
            block.cells[0] = (block.cells[0][0] + bullet.end(), block.cells[0][1])

    def _item(self, match: re.Match[str], start: int, end: int) -> None:
        indent = len(match.group(1))
        while self.items and self.items[-1][0] >= indent:
            self.items.pop()
        parents = tuple(label for _, label in reversed(self.items) if label)
        body = start + len(match.group().lstrip())
        self._add(Block(body, end, "item", parents=parents))
        label = self.text[body:end].partition(":")[0].partition("：")[0].strip(" *_")
        self.items.append((indent, label if len(label) <= 80 else ""))
        self.table = None

    def _paragraph(self, line: str, start: int, end: int) -> None:
        indent = len(line) - len(line.lstrip())
        while self.items and self.items[-1][0] >= indent:
            self.items.pop()
        parents = tuple(label for _, label in reversed(self.items) if label)
        if self._goes_on(line, start):
            self.blocks[-1].end = end
            return
        self._add(Block(start, end, "item" if parents else "text", parents=parents, first=self.fresh))
        self.fresh, self.table = False, None

    def _goes_on(self, line: str, start: int) -> bool:
        """Whether a line goes on with the one above: hard-wrapped text."""
        last = self.blocks[-1] if self.blocks else None
        if last is None or last.kind != "text" or self.text[last.end : start].count("\n") != 1:
            return False
        above = self.text[last.start : last.end]
        return above[-1] not in ".:;!?。：；" and (line[:1].islower() or len(above.rpartition("\n")[2]) >= 60)

    def _add(self, block: Block) -> None:
        block.headings = self.over
        self.blocks.append(block)

    def finish(self) -> tuple[list[Block], list[Heading]]:
        while self.open:
            self.closed.append((*self.open.pop(), len(self.text)))
        headings = sorted((Heading(*parts) for parts in self.closed), key=lambda h: h.start)
        return self.blocks, headings


def _is_title(first: list[str], cells: list[str]) -> bool:
    """Whether the first row of a table of several columns is its title, and the second its header."""
    return (
        len(cells) > 2
        and all(cells)
        and bool(first)
        and bool(first[0])
        and not set(first[1:]) - {"", first[0]}
    )


def _second_line(header: list[str], cells: list[str]) -> list[str] | None:
    """The header with a second line joined to it: of a cell that goes over several columns, the name in each
    (`Population`, below it `2011`, `2022`). None when the row is no such line."""
    if len(cells) != len(header):
        return None
    names = list(header)
    for at, name in enumerate(header):
        names[at] = name or names[at - 1] if at else name
    told = [cell in ("", name) for name, cell in zip(names, cells, strict=True)]
    parts = [(name, cell) for name, cell, known in zip(names, cells, told, strict=True) if not known]
    years = all(_YEAR.fullmatch(cell) for _, cell in parts)
    if not parts or not all(names.count(name) > 1 for name, _ in parts) or not (told[0] or years):
        return None
    return [name if known else f"{name} {cell}" for name, cell, known in zip(names, cells, told, strict=True)]


def _cell_spans(inner: str, at: int) -> list[tuple[int, int]]:
    """Cell places when some are empty."""
    spans, start = [], 0
    for match in re.finditer(r"(?<!\\)\|", inner):
        spans.append((at + start, at + match.start()))
        start = match.end()
    return [*spans, (at + start, at + len(inner))]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
