"""A page cut into passages, and the ones that speak of a need. Pure."""

from __future__ import annotations

import math
import re
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from wideseek_cli.findings import Passage
from wideseek_cli.tools.words import guess_tokens, query_terms, terms

_TARGET = 600  # characters of a passage; longer blocks are cut at lines or sentences
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_SENTENCE = re.compile(r"(?<=[.!?;。！？；])\s+|(?<=[。！？；])")
_RULE = re.compile(r"\|[\s:|-]+\|?$")
_K1, _B = 1.2, 0.6
_GAP = "[…]"


@dataclass(frozen=True)
class Piece:
    """A passage with what must travel with it: the headings above, and the header of its table."""

    start: int
    end: int
    headings: tuple[str, ...] = ()
    header: str = ""


@dataclass
class _Cutter:
    """Walks the lines of a Markdown text."""

    text: str
    pieces: list[Piece] = field(default_factory=list)
    headings: list[tuple[int, str]] = field(default_factory=list)
    header: str = ""
    start: int = -1
    end: int = -1

    def run(self) -> list[Piece]:
        place = 0
        for line in self.text.split("\n"):
            self._line(line, place)
            place += len(line) + 1
        self._close()
        return self.pieces

    def _line(self, line: str, place: int) -> None:
        heading = _HEADING.match(line)
        if heading:
            self._close()
            self.header = ""
            level = len(heading.group(1))
            while self.headings and self.headings[-1][0] >= level:
                self.headings.pop()
            self.headings.append((level, line.strip()))
        elif line.startswith("|"):
            self._table_line(line, place)
        elif not line.strip():
            if self.end - self.start > _TARGET // 2:
                self._close()
            self.header = ""
        else:
            if self.header:
                self._close()
                self.header = ""
            self._extend(place, place + len(line))

    def _table_line(self, line: str, place: int) -> None:
        """Each row of a table is a passage; its first row is the header of the others."""
        self._close()
        if _RULE.match(line):
            return
        if not self.header:
            self.header = line
            return
        self._add(place, place + len(line), self.header)

    def _extend(self, start: int, end: int) -> None:
        if self.start >= 0 and end - self.start > _TARGET:
            self._close()
        if self.start < 0:
            self.start = start
        self.end = end

    def _close(self) -> None:
        if self.start >= 0:
            for start, end in _cut(self.text, self.start, self.end):
                self._add(start, end, "")
        self.start = self.end = -1

    def _add(self, start: int, end: int, header: str) -> None:
        self.pieces.append(Piece(start, end, tuple(text for _, text in self.headings), header))


def cut(text: str) -> list[Piece]:
    """The passages of a Markdown text, in its order."""
    return _Cutter(text).run()


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """One block as one span, or as several of about the target length, cut where a sentence ends."""
    if end - start <= _TARGET * 1.5:
        yield start, end
        return
    begin = last = start
    for match in _SENTENCE.finditer(text, start, end):
        if match.end() - begin > _TARGET and last > begin:
            yield from _hard(begin, last)
            begin = last
        last = match.end()
    if end - begin > _TARGET and last > begin:
        yield from _hard(begin, last)
        begin = last
    if begin < end:
        yield from _hard(begin, end)


def _hard(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Text without any sentence end is cut by length."""
    for begin in range(start, end, _TARGET * 2):
        yield begin, min(end, begin + _TARGET * 2)


@dataclass(frozen=True)
class Prepared:
    """A text cut into pieces, with the terms of each counted: made once per page, asked many times."""

    text: str
    pieces: tuple[Piece, ...]
    bags: tuple[Counter[str], ...]
    sizes: tuple[int, ...]
    title: frozenset[str]  # the words of the page's title tell nothing apart and weigh little


def prepare(text: str, title: str = "") -> Prepared:
    """Headings and table headers count as part of the pieces that they stand over."""
    pieces = tuple(cut(text))
    bags = tuple(_bag(text, piece) for piece in pieces)
    return Prepared(text, pieces, bags, tuple(bag.total() for bag in bags), frozenset(terms(title)))


def _bag(text: str, piece: Piece) -> Counter[str]:
    bag = Counter(terms(text[piece.start : piece.end]))
    bag.update(terms(piece.header))
    for depth, heading in enumerate(reversed(piece.headings)):
        for word in terms(heading):
            bag[word] += 2 if depth == 0 else 1
    return bag


def rank(page: Prepared, need: str) -> list[float]:
    """BM25 of each piece over this page."""
    mean = sum(page.sizes) / max(1, len(page.sizes)) or 1.0
    weights = {}
    for word in query_terms(need):
        met = sum(word in bag for bag in page.bags)
        rarity = math.log(1 + (len(page.bags) - met + 0.5) / (met + 0.5))
        weights[word] = rarity * (0.15 if word in page.title else 1.0)
    return [
        _score(bag, piece, weights, size / mean)
        for bag, piece, size in zip(page.bags, page.pieces, page.sizes, strict=True)
    ]


def _score(bag: Counter[str], piece: Piece, weights: dict[str, float], length: float) -> float:
    norm = _K1 * (1 - _B + _B * length)
    score = sum(w * bag[word] * (_K1 + 1) / (bag[word] + norm) for word, w in weights.items() if bag[word])
    if score and piece.headings:
        # the nearest heading that is all about the need ("Capital") outweighs a mention in passing
        own = set(terms(piece.headings[-1]))
        score += (
            sum(w for word, w in weights.items() if word in own)
            * len(own & weights.keys())
            / max(1, len(own))
        )
    return score


def choose(
    page: Prepared, need: str, budget: int, count: Callable[[str], int] = guess_tokens
) -> tuple[str, tuple[Passage, ...]]:
    """What fits the budget: (rendered text, passages), best passages taken first, shown in page order."""
    text, pieces = page.text, list(page.pieces)
    if len(text) < budget * 8 and count(text) <= budget:
        return text, tuple(Passage(text[p.start : p.end], p.start, p.end) for p in pieces)
    scores = rank(page, need)
    order = sorted((i for i, s in enumerate(scores) if s > 0), key=lambda i: (-scores[i], i))
    if not order:
        order = list(range(len(pieces)))  # nothing speaks of it: the page's beginning
    floor = scores[order[0]] * 0.1 if order else 0.0
    taken: list[int] = []
    left = budget
    shown: set[str] = set()
    for index in order:
        if scores[index] < floor or left <= 0:
            break
        piece = pieces[index]
        extras = [part for part in (*piece.headings, piece.header) if part and part not in shown]
        cost = count("\n".join([*extras, text[piece.start : piece.end], _GAP]))
        if cost > left and index == order[0]:
            room = left - count("\n".join([*extras, _GAP]))
            piece = pieces[index] = _clipped(text, piece, room, count)  # the best one must not be lost
            cost = left
        if cost <= left:
            left -= cost
            shown.update(extras)
            insort(taken, index)
    passages = tuple(Passage(text[p.start : p.end], p.start, p.end) for p in map(pieces.__getitem__, taken))
    return _render(text, pieces, taken), passages


def _clipped(text: str, piece: Piece, budget: int, count: Callable[[str], int]) -> Piece:
    """As much of a piece's beginning as fits, whole lines where there are any."""
    end = piece.end
    while end > piece.start + 1 and count(text[piece.start : end]) > budget:
        line = text.rfind("\n", piece.start + 1, end)
        end = line if line > piece.start else piece.start + (end - piece.start) * 3 // 4
    return replace(piece, end=end)


def _render(text: str, pieces: list[Piece], taken: list[int]) -> str:
    """The chosen pieces with their headings and table headers, each of these once per run."""
    lines: list[str] = []
    above: tuple[str, ...] = ()
    header = ""
    previous = -1
    for index in taken:
        piece = pieces[index]
        if lines and index != previous + 1:
            lines.append(_GAP)
        fresh = [
            h for depth, h in enumerate(piece.headings) if above[: depth + 1] != piece.headings[: depth + 1]
        ]
        lines += fresh
        if piece.header and (fresh or piece.header != header):
            lines += [piece.header, "|" + " --- |" * max(1, piece.header.count("|") - 1)]
        lines.append(text[piece.start : piece.end].strip())
        above, header, previous = piece.headings, piece.header, index
    return "\n".join(lines)


def best_snippet(page: Prepared, query: str, limit: int = 400) -> str:
    """A short stretch of a page that speaks of the query: its opening and its best passage."""
    text, pieces = page.text, page.pieces
    if not pieces:
        return ""
    scores = rank(page, query)
    best = max(range(len(pieces)), key=lambda i: scores[i])
    first, chosen = pieces[0], pieces[best]
    lead = text[first.start : first.end].strip()
    if best == 0 or scores[best] <= 0:
        return lead[:limit]
    heading = chosen.headings[-1].lstrip("# ") + ": " if chosen.headings else ""
    if chosen.header:
        heading += chosen.header.strip("| ") + " / "
    part = heading + text[chosen.start : chosen.end].strip()
    room = max(0, limit - len(part) - 3)
    return f"{lead[:room].rstrip()} … {part}" if room > 60 and len(lead) <= room else part[:limit]
