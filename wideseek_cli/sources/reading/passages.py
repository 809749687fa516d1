"""A page cut into passages. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_TARGET = 600  # characters of a passage; longer blocks are cut at lines or sentences
_LONGEST_HEAD = (
    2_000  # characters; a line with more is no heading, and no table's header to show with each row
)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_SENTENCE = re.compile(r"(?<=[.!?;。！？；])\s+|(?<=[。！？；])")
_RULE = re.compile(r"\|[\s:|-]+\|?$")


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
        heading = _HEADING.match(line) if len(line) <= _LONGEST_HEAD else None
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
            self.header = line[:_LONGEST_HEAD]
            if len(line) > _LONGEST_HEAD:
                self._add(place, place + len(line), "")
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
