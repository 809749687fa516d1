"""A saved document, taken apart once: words, numbers, dates with their places; headings, fields, tables."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from wideseek_cli.table.dates import Date, scan_dates
from wideseek_cli.table.model import Document
from wideseek_cli.table.numbers import Number, scan_number_words, scan_numbers
from wideseek_cli.table.words import tokens

_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_BOLD_LINE = re.compile(r"(\*\*|__)([^*_]{1,80})\1:?$")
_ITEM = re.compile(r"(\s*)(?:[-*+•]|\d{1,3}[.)])\s+")
_COLON = re.compile(r"[:：](?!//)[*_]*(?=\s|[^\x00-\x7f])")
_LABEL = re.compile(r"[*_\s]*((?:[^\W_]|[ ()/&'’,–-])+?)[*_\s]*")
_MOST_LABELS = 50  # in one line
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*$")
_CELL = re.compile(r"(?:\\.|[^|\\])+")
_SENTENCE_END = re.compile(r"[.!?]+[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-Þ\u3400-\u9fff])|[。！？]+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:st|mt|dr|mr|mrs|ms|jr|sr|no|vol|ca|approx|est|inc|ltd|co|corp|vs|e\.g|i\.e|etc|jan|feb|mar|apr|jun|jul|"
    r"aug|sept?|oct|nov|dec)|(?:^|[\s.(])[A-Za-z])\.\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Heading:
    """A heading and how far its section reaches."""

    level: int
    text: str
    start: int
    end: int


@dataclass
class TableRows:
    """A table in a document: header cells, and the blocks of its rows."""

    header: list[str] = field(default_factory=list)
    rows: list[Block] = field(default_factory=list)


@dataclass
class Block:
    """A line that means something: a field or list item, a table row, a paragraph."""

    start: int
    end: int
    kind: str  # "row", "item", "text", "heading"
    headings: tuple[Heading, ...] = ()  # outermost first
    parents: tuple[str, ...] = ()  # labels of the list items above, nearest first
    cells: list[tuple[int, int]] = field(default_factory=list)
    table: TableRows | None = None
    first: bool = False  # the first paragraph under its heading


@dataclass(frozen=True)
class Label:
    """What stands over a place in a line: the nearest label, those above it, and where its text goes."""

    leaf: str
    above: tuple[str, ...]
    start: int
    end: int
    own: bool  # the line itself has the label; else it is the heading's


class Indexed:
    """One document with its index. `vocabulary`: the words that will be asked for."""

    def __init__(self, document: Document, vocabulary: frozenset[str]) -> None:
        self.document = document
        self.text = document.text
        found = tokens(self.text)
        self.plain = [word for word, _, _ in found]
        self.starts = [start for _, start, _ in found]
        self.ends = [end for _, _, end in found]
        self.places: dict[str, list[int]] = {}
        for at, word in enumerate(self.plain):
            if word in vocabulary:
                self.places.setdefault(word, []).append(at)
        self.dates = list(scan_dates(self.text))
        self.numbers = sorted(_numbers(self.text, self.dates), key=lambda n: n.value)
        self._values = [n.value for n in self.numbers]
        self.in_order = sorted(self.numbers, key=lambda n: n.start)
        self._number_starts = [n.start for n in self.in_order]
        self.blocks, self.headings = _blocks(self.text)
        self._labels: dict[int, list[tuple[str, int, int, int]]] = {}  # by the start of their line
        self._block_starts = [b.start for b in self.blocks]

    def find(self, phrase: Sequence[str]) -> list[tuple[int, int]]:
        """Where words stand together, as offsets."""
        lists = [self.places.get(word) for word in phrase]
        if not all(lists):
            return []
        rare = min(range(len(phrase)), key=lambda n: len(lists[n] or ()))
        spans = []
        for place in lists[rare] or ():
            at = place - rare
            if at >= 0 and self.plain[at : at + len(phrase)] == list(phrase):
                spans.append((self.starts[at], self.ends[at + len(phrase) - 1]))
        return spans

    def numbers_like(self, claim: Number, *, rounded: bool) -> list[Number]:
        """Numbers that back a claim."""
        slack = abs(claim.value) * (0.021 if claim.approx else 1e-8) + (
            claim.step if claim.step != 1 or rounded else 0
        )
        low, high = (
            bisect_left(self._values, claim.value - slack),
            bisect_right(self._values, claim.value + slack),
        )
        return [n for n in self.numbers[low:high] if n.backs(claim, rounded=rounded)]

    def numbers_in(self, start: int, end: int) -> list[Number]:
        """The numbers of a stretch of text, in order."""
        low, high = bisect_left(self._number_starts, start), bisect_left(self._number_starts, end)
        return self.in_order[low:high]

    def words_in(self, start: int, end: int) -> tuple[list[str], list[int]]:
        """The words of a stretch and where each begins."""
        low, high = bisect_left(self.starts, start), bisect_left(self.starts, end)
        return self.plain[low:high], self.starts[low:high]

    def block_at(self, offset: int) -> Block | None:
        """The block that a place is in."""
        at = bisect_right(self._block_starts, offset) - 1
        return self.blocks[at] if at >= 0 and offset < self.blocks[at].end else None

    def blocks_in(self, start: int, end: int) -> list[Block]:
        """The blocks of a section."""
        return self.blocks[bisect_left(self._block_starts, start) : bisect_left(self._block_starts, end)]

    def sentence(self, block: Block, offset: int) -> tuple[int, int]:
        """The sentence around a place in a block."""
        start, end = block.start, block.end
        for match in _SENTENCE_END.finditer(self.text, block.start, block.end):
            if match.group()[0] == "." and _ABBREVIATION.search(
                self.text, max(start, match.start() - 12), match.end()
            ):
                continue
            if match.end() <= offset:
                start = match.end()
            else:
                end = match.end()
                break
        return start, end

    def label(self, block: Block, offset: int) -> Label:
        """The label that holds at a place: `land` in `Area: total: 5; land: 4`, else the heading's."""
        outer = tuple(h.text for h in reversed(block.headings))
        line_start = self.text.rfind("\n", block.start, offset) + 1 or block.start
        line_end = self.text.find("\n", offset, block.end)
        line_end = block.end if line_end < 0 else line_end
        stack: list[tuple[str, int]] = []
        stop = line_end
        labels = self._labels.get(line_start)
        if labels is None:
            labels = self._labels[line_start] = list(_labels(self.text, line_start, line_end))
        for name, begin, first, last in labels:
            if first > offset:
                stop = begin
                break
            if stack and self.text[stack[-1][1] : first].strip(" *_"):
                stack.pop()  # a label beside the last one, not under it
            stack.append((name, last))
        names = [name for name, _ in reversed(stack)]
        chain = (*names, *block.parents, *outer)
        begin = stack[-1][1] if stack else line_start
        leaf, above = (chain[0], chain[1:]) if chain else ("", ())
        return Label(leaf, above, begin, stop, own=bool(stack))


def _labels(text: str, start: int, end: int) -> Iterator[tuple[str, int, int, int]]:
    """`Area: total: 5; land: 4` has three: (name, start of its part, its start, its text's)."""
    if text.find(":", start, end) < 0 and text.find("：", start, end) < 0:
        return
    begin = start
    for colon in islice(_COLON.finditer(text, start, end), _MOST_LABELS):
        begin = max(begin, *(text.rfind(mark, begin, colon.start()) + 1 for mark in ";；.。!?"))
        match = _LABEL.fullmatch(text, begin, colon.start())
        if match and len(match.group(1)) <= 60 and len(match.group(1).split()) <= 8:
            yield match.group(1).strip(), begin, match.start(1), colon.end()
        begin = colon.end()


def _numbers(text: str, dates: Sequence[Date]) -> Iterator[Number]:
    """Numbers, but not the day of a date: of dates only the year counts."""
    inside = [(d.start, d.end, d.year) for d in dates if d.month or d.year < 0]
    starts = [start for start, _, _ in inside]
    for source in (scan_numbers(text), scan_number_words(text)):
        for number in source:
            at = bisect_right(starts, number.start) - 1
            if at >= 0 and number.start < inside[at][1] and number.value != inside[at][2]:
                continue
            yield number


def _blocks(text: str) -> tuple[list[Block], list[Heading]]:
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
        inner = bare.strip("|")
        at = start + bare.index(inner) if inner else start
        spans = [(at + m.start(), at + m.end()) for m in _CELL.finditer(inner)]
        if "||" in inner or "| |" in inner:
            spans = _cell_spans(inner, at)
        spans = [_trim(self.text, *span) for span in spans]
        if self.table is None:
            self.table = TableRows([self.text[s:e] for s, e in spans])
        block = Block(start, end, "row", cells=spans, table=self.table)
        self.table.rows.append(block)
        self._add(block)

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
