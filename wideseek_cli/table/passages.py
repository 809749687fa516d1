"""A saved document, taken apart once: words, numbers, dates with their places; headings, fields, tables."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from wideseek_cli.table.blocks import Block, read_blocks
from wideseek_cli.table.dates import Date, scan_dates
from wideseek_cli.table.model import Document
from wideseek_cli.table.numbers import Number, scan_number_words, scan_numbers
from wideseek_cli.table.scales import Scales, said
from wideseek_cli.table.values import parse_mark
from wideseek_cli.table.words import tokens

_COLON = re.compile(r"[:：](?!//)[*_]*(?=\s|[^\x00-\x7f])")
_LABEL = re.compile(r"[*_\s]*((?:[^\W_]|[ ()/&'’,–-])+?)[*_\s]*")
_ASIDE = 80  # characters from a bracket to a colon in it
_THE = re.compile(r"[^\S\n]+(?:the[^\S\n]+)+", re.IGNORECASE)
_MARK = 12  # characters of a check mark, with its note
_MOST_LABELS = 50  # in one line
_REACH = 1_000  # characters before and behind a place that its sentence has, at most
_SENTENCE_END = re.compile(r"(?<![.!?])[.!?]+[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9À-Þ\u3400-\u9fff])|[。！？]+")
_ABBREVIATION = re.compile(
    r"(?:\b(?:st|mt|dr|mr|mrs|ms|jr|sr|no|vol|ca|approx|est|inc|ltd|co|corp|vs|e\.g|i\.e|etc|jan|feb|mar|apr|jun|jul|"
    r"aug|sept?|oct|nov|dec)|(?<![^\s.(])[A-Za-z])\.\s+$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Label:
    """What stands over a place in a line: the nearest label, those above it, and where its text goes."""

    leaf: str
    above: tuple[str, ...]
    start: int
    end: int
    own: bool  # the line itself has the label; else it is the heading's


class Indexed:
    """One document with its index; `learn` the words that will be asked for."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.text = document.text
        found = tokens(self.text)
        same: dict[str, str] = {}  # one string for a word, however often it stands there
        self.plain = [same.setdefault(word, word) for word, _, _ in found]
        self.starts = array("l", [start for _, start, _ in found])
        self.ends = array("l", [end for _, _, end in found])
        self.places: dict[str, list[int]] = {}
        self._known: frozenset[str] = frozenset()
        self.dates = list(scan_dates(self.text))
        self.blocks, self.headings = read_blocks(self.text)
        self._whole: dict[int, str] = {}  # by its place: a number as it is with the scale of its header
        self.numbers = sorted(self._scaled(_numbers(self.text, self.dates)), key=lambda n: n.value)
        self._values = [n.value for n in self.numbers]
        self.in_order = sorted(self.numbers, key=lambda n: n.start)
        self._number_starts = [n.start for n in self.in_order]
        self._labels: dict[int, list[tuple[str, int, int, int]]] = {}  # by the start of their line
        self._ends: dict[int, list[int]] = {}  # where sentences end, by the start of their block
        self._block_starts = [b.start for b in self.blocks]

    def _scaled(self, numbers: Iterable[Number]) -> Iterator[Number]:
        """Numbers as large as their headers say: in millions, in thousands."""
        scales = Scales.of(self.text, self.blocks)
        if not scales.stretches:
            yield from numbers
            return
        for number in numbers:
            whole = scales.whole(self.text, number)
            if whole is not None:
                self._whole.setdefault(number.start, said(whole, self.text[number.start : number.end]))
            yield whole or number

    @cached_property
    def marks(self) -> list[tuple[int, int, bool]]:
        """The cells of tables that are a check mark or a cross."""
        cells = [cell for block in self.blocks for cell in block.cells if 0 < cell[1] - cell[0] <= _MARK]
        read = [(start, end, parse_mark(self.text[start:end])) for start, end in cells]
        return [(start, end, truth) for start, end, truth in read if truth is not None]

    def said(self, start: int, end: int) -> str:
        """The text of a value, a number whole where its header gives the scale."""
        return self._whole.get(start) or self.text[start:end]

    def learn(self, vocabulary: frozenset[str]) -> None:
        """Note where the words of a vocabulary stand that have not been asked for before."""
        fresh = vocabulary - self._known
        if not fresh:
            return
        self._known |= fresh
        for at, word in enumerate(self.plain):
            if word in fresh:
                self.places.setdefault(word, []).append(at)

    def find(self, phrase: Sequence[str]) -> list[tuple[int, int]]:
        """Where words stand together, as offsets; names are kept without `the`, so that it is passed over."""
        lists = [self.places.get(word) for word in phrase]
        if not all(lists):
            return []
        rare = min(range(len(phrase)), key=lambda n: len(lists[n] or ()))
        spans = []
        for place in lists[rare] or ():
            first = self._walk(place, phrase[:rare], -1)
            last = self._walk(place, phrase[rare + 1 :], 1)
            if first is not None and last is not None:
                spans.append((self.starts[first], self.ends[last]))
        return spans

    def _walk(self, place: int, phrase: Sequence[str], step: int) -> int | None:
        """The place of a phrase's other end, when it stands beside a place."""
        for word in phrase[::step]:
            after, place = place, place + step
            while 0 <= place < len(self.plain) and self.plain[place] == "the" != word:
                place += step
            if not 0 <= place < len(self.plain) or self.plain[place] != word:
                return None
            low, high = sorted((after, place))
            if high - low > 1 and not _THE.fullmatch(self.text, self.ends[low], self.starts[high]):
                return None
        return place

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
        return self.plain[low:high], self.starts[low:high].tolist()

    def block_at(self, offset: int) -> Block | None:
        """The block that a place is in."""
        at = bisect_right(self._block_starts, offset) - 1
        return self.blocks[at] if at >= 0 and offset < self.blocks[at].end else None

    def blocks_in(self, start: int, end: int) -> list[Block]:
        """The blocks of a section."""
        return self.blocks[bisect_left(self._block_starts, start) : bisect_left(self._block_starts, end)]

    def sentence(self, block: Block, offset: int) -> tuple[int, int]:
        """The sentence around a place in a block; of a very long one the part near the place."""
        ends = self._ends.get(block.start)
        if ends is None:
            ends = self._ends[block.start] = list(self._sentence_ends(block))
        at = bisect_right(ends, offset)
        start = ends[at - 1] if at else block.start
        end = ends[at] if at < len(ends) else block.end
        if offset - start > _REACH:
            start = self.text.find(" ", offset - _REACH, offset) + 1 or offset - _REACH
        if end - offset > _REACH:
            end = self.text.rfind(" ", offset, offset + _REACH) + 1 or offset + _REACH
        return start, end

    def _sentence_ends(self, block: Block) -> Iterator[int]:
        start = block.start
        for match in _SENTENCE_END.finditer(self.text, block.start, block.end):
            if match.group()[0] == "." and _ABBREVIATION.search(
                self.text, max(start, match.start() - 12), match.end()
            ):
                continue
            start = match.end()
            yield start

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


class Shelf:
    """The documents of a run with their indexes: each is taken apart once, however often cells are judged."""

    def __init__(self) -> None:
        self._indexes: dict[tuple[str, str], Indexed] = {}

    def take(self, documents: Iterable[Document], vocabulary: frozenset[str]) -> list[Indexed]:
        """The documents that say anything, ready to be asked for these words."""
        taken = []
        for document in documents:
            if document.text.strip():
                place = (document.kind, document.url)
                index = self._indexes.get(place)
                if index is None or index.document != document:
                    index = self._indexes[place] = Indexed(document)
                index.learn(vocabulary)
                taken.append(index)
        return taken


def _labels(text: str, start: int, end: int) -> Iterator[tuple[str, int, int, int]]:
    """`Area: total: 5; land: 4` has three: (name, start of its part, its start, its text's)."""
    if text.find(":", start, end) < 0 and text.find("：", start, end) < 0:
        return
    begin = start
    for colon in islice(_COLON.finditer(text, start, end), _MOST_LABELS):
        begin = max(begin, *(text.rfind(mark, begin, colon.start()) + 1 for mark in ";；.。!?"))
        match = _LABEL.fullmatch(text, begin, colon.start())
        if _in_bracket(text, max(start, colon.start() - _ASIDE), colon.start()):
            match = None  # `1,200,000 (2011: 1,100,000)`
        if match and len(match.group(1)) <= 60 and len(match.group(1).split()) <= 8:
            yield match.group(1).strip(), begin, match.start(1), colon.end()
        begin = colon.end()


def _in_bracket(text: str, start: int, end: int) -> bool:
    """Whether a bracket that opens in a stretch is still open at its end."""
    opened = max(text.rfind("(", start, end), text.rfind("（", start, end))
    return opened > max(text.rfind(")", start, end), text.rfind("）", start, end))


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
