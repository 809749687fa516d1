"""Markdown or plain text to blocks with their places in that very text; one walk over its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wideseek_cli.pages.labels import split_label
from wideseek_cli.pages.model import Block, Field, FieldOrigin, Headings, PageText, Paragraph
from wideseek_cli.pages.pipes import PipeRows

_HEADING = re.compile(r"(#{1,6})[ \t]+(?=\S)")
_BOLD_LINE = re.compile(r"(\*\*|__)([^*_]{1,80})\1:?")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+(?=\S)")
_FENCE = re.compile(r"(?:```|~~~)[^`|]{0,40}")
_LONGEST_HEADING = 2_000
_LONGEST_ITEM_VALUE = 1_500
_LONGEST_LABEL = 80
_LONG_LINE = 60  # characters of a line that was wrapped


def read_text(text: str) -> PageText:
    """The blocks of a text."""
    reader = _Reader(text)
    for start, end in _lines(text):
        reader.take(start, end)
    return PageText(text, reader.finish())


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        yield start, end
        start = end + 1


class _Reader:
    """Reads lines into blocks. What may go on in the next line is open: (start, end, is an item)."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._blocks: list[Block] = []
        self._over: list[tuple[int, str]] = []  # headings: level and text
        self._headings: Headings = ()
        self._table: PipeRows | None = None
        self._open: tuple[int, int, bool] | None = None
        self._items: list[tuple[int, str]] = []  # indentation and label of the items we are in
        self._group = ""
        self._listing = 1

    def take(self, start: int, end: int) -> None:
        """One line."""
        line = self._text[start:end]
        bare = line.strip()
        if not bare or _FENCE.fullmatch(bare):
            self._end_table()
            self._end_open()
            return
        indent = len(line) - len(line.lstrip())
        start, end = start + indent, start + indent + len(bare)
        if bare[0] == "#" and (match := _HEADING.match(bare)) and len(bare) <= _LONGEST_HEADING:
            self._heading(len(match[1]), bare[match.end() :].rstrip("#"))
        elif bare[0] in "*_" and (match := _BOLD_LINE.fullmatch(bare)):
            self._heading(7, match[2])
        elif "|" in bare and (bare[0] == "|" or self._table is not None):
            self._end_list()
            self._table = self._table or PipeRows()
            self._table.add(self._text, start, end)
        else:
            self._end_table()
            if match := _ITEM.match(line):
                self._item(indent, start + match.end() - indent, end)
            else:
                self._line(indent, start, end)

    def finish(self) -> tuple[Block, ...]:
        """All blocks."""
        self._end_table()
        self._end_open()
        return tuple(self._blocks)

    def _heading(self, level: int, name: str) -> None:
        self._end_table()
        self._end_list()
        while self._over and self._over[-1][0] >= level:
            self._over.pop()
        self._over.append((level, name.strip(" *_`")))
        self._headings = tuple(text for _, text in self._over if text)

    def _end_table(self) -> None:
        grid = self._table.grid(self._headings) if self._table else None
        if grid is not None:
            self._blocks.append(grid)
        self._table = None

    def _end_list(self) -> None:
        self._end_open()
        if self._items:
            self._listing += 1
            self._items = []

    def _item(self, indent: int, start: int, end: int) -> None:
        self._end_open()
        self._leave(indent)
        self._group = next((label for _, label in reversed(self._items) if label), "")
        self._open = (start, end, True)
        head = self._text[start : min(end, start + 2 * _LONGEST_LABEL)]
        places = split_label(head, _LONGEST_ITEM_VALUE)
        label = head[places.label_start : places.label_end] if places else head.strip(" *_:：")
        self._items.append((indent, label if len(label) <= _LONGEST_LABEL else ""))

    def _leave(self, indent: int) -> None:
        while self._items and self._items[-1][0] >= indent:
            self._items.pop()

    def _line(self, indent: int, start: int, end: int) -> None:
        """A line of text: it goes on with what is open, states a field, or begins a paragraph."""
        if self._open is not None and (
            indent > self._items[-1][0] if self._open[2] and self._items else self._goes_on(start)
        ):
            self._open = (self._open[0], end, self._open[2])
            return
        inside = bool(self._items) and indent > self._items[0][0]
        if not inside:
            self._end_list()
        self._end_open()
        self._open = (start, end, inside)
        if not inside and split_label(self._text[start:end]):
            self._end_open()

    def _goes_on(self, start: int) -> bool:
        """Whether a line goes on with the one above: hard-wrapped text."""
        if self._open is None or self._text[self._open[1] - 1] in ".:;!?。：；":
            return False
        before = self._text.rfind("\n", self._open[0], self._open[1])
        above = self._open[1] - max(self._open[0], before + 1)
        return self._text[start].islower() or above >= _LONG_LINE

    def _end_open(self) -> None:
        if self._open is None:
            return
        (start, end, is_item), self._open = self._open, None
        text = self._text[start:end].replace("\n", " ")
        places = split_label(text, _LONGEST_ITEM_VALUE) if is_item else split_label(text)
        if places is None:
            listing = self._listing if is_item else 0
            self._blocks.append(Paragraph(text, start, end, self._headings, listing))
            return
        label, value = (
            text[places.label_start : places.label_end],
            text[places.value_start : places.value_end],
        )
        origin, group = (FieldOrigin.LIST, self._group) if is_item else (FieldOrigin.LINE, "")
        self._blocks.append(Field(label, value, self._headings, group, origin, start, end))
