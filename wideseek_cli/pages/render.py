"""Pieces to the text that is kept, and to blocks that know their place in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from wideseek_cli.pages.elements.cells import one_line
from wideseek_cli.pages.model import Block, Field, FieldOrigin, Grid, Headings, PageText, Paragraph
from wideseek_cli.pages.pieces import Kind, Piece

_MOST_DEPTH = 8  # of lists in lists, as it is shown
_TIMES = 8  # a grid's text may be so many times that of its cells


class Writer:
    """Writes piece after piece."""

    def __init__(self, limit: int) -> None:
        self.blocks: list[Block] = []
        self.cut = False
        self._limit = limit
        self._parts: list[str] = []
        self._at = 0
        self._over: list[tuple[int, str]] = []
        self._headings: Headings = ()
        self._last: Piece | None = None
        self._group: tuple[int, str] = (0, "")

    def done(self) -> PageText:
        """The text and its blocks."""
        return PageText("".join(self._parts), tuple(self.blocks))

    def write(self, pieces: Iterable[Piece]) -> None:
        """All pieces that there is room for."""
        for piece in pieces:
            if self._at > self._limit:
                self.cut = True
                return
            self._write(piece)

    def hear(self, level: int, text: str) -> None:
        """A heading, shown or not: it is over what follows."""
        while self._over and self._over[-1][0] >= level:
            self._over.pop()
        self._over.append((level, text))
        self._headings = tuple(text for _, text in self._over)

    def add_unplaced(self, fields: Iterable[Field]) -> None:
        """Fields that the page states, but not in the kept text."""
        self.blocks.extend(replace(stated, headings=self._headings) for stated in fields)

    def _write(self, piece: Piece) -> None:
        self._separate(piece)
        if piece.kind is Kind.HEADING:
            self.hear(piece.level, piece.text)
            self._add("#" * piece.level + " " + piece.text)
        elif piece.grid is not None:
            self._grid(piece.grid)
        elif piece.kind is Kind.FIELD and piece.stated is not None:
            self._field(piece.stated, piece.listing)
        else:
            self._line(piece)
        self._last = piece

    def _separate(self, piece: Piece) -> None:
        last = self._last
        if last is None:
            return
        same = piece.listing > 0 and last.listing > 0 and piece.kind is not Kind.GRID
        self._add("\n" if same or (piece.close and piece.stamp == last.stamp) else "\n\n")

    def _add(self, text: str) -> int:
        """Where the text begins."""
        start = self._at
        self._parts.append(text)
        self._at += len(text)
        return start

    def _line(self, piece: Piece) -> None:
        if piece.kind is Kind.ITEM:
            indent = "  " * min(piece.level, _MOST_DEPTH)
            self._add(indent + (piece.mark or "  "))
        start = self._add(piece.text)
        end = self._at
        if piece.stated is not None:
            self.blocks.append(replace(piece.stated, headings=self._headings, start=start, end=end))
        else:
            self.blocks.append(Paragraph(piece.text, start, end, self._headings, piece.listing))
        for named in piece.named:
            at = piece.text.find(named.value)
            place = (start + at, start + at + len(named.value)) if at >= 0 else (-1, -1)
            self.blocks.append(replace(named, headings=self._headings, start=place[0], end=place[1]))

    def _field(self, stated: Field, listing: int) -> None:
        if stated.group and self._group != (listing, stated.group):
            self._add(f"- {stated.group}:\n")
        self._group = (listing, stated.group)
        self._add("  - " if stated.group else "- ")
        start = self._add(f"{stated.label}: {one_line(stated.value)}")
        self.blocks.append(replace(stated, headings=self._headings, start=start, end=self._at))

    def _grid(self, grid: Grid) -> None:
        if grid.caption:
            self._add(grid.caption + "\n\n")
        self._add(_row(grid.labels))
        self._add("\n|" + " --- |" * len(grid.labels))
        places: list[tuple[int, int]] = []
        group = ""
        for row, over in zip(grid.rows, grid.groups, strict=True):
            if over != group:
                self._add("\n" + _row([over, *[""] * (len(row) - 1)]))
                group = over
            self._add("\n")
            start = self._add(_row(row))
            places.append((start, self._at))
            if self._at > self._limit:
                self.cut = True
                break
        made = replace(grid, headings=self._headings, places=tuple(places))
        if len(places) < len(grid.rows):
            made = replace(made, rows=grid.rows[: len(places)], groups=grid.groups[: len(places)])
        self.blocks.append(made)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in cells) + " |"


def unplaced(piece: Piece) -> list[Field]:
    """The fields of a piece that is not in the kept text."""
    return [*([piece.stated] if piece.stated is not None else []), *piece.named]


def write_facts(writer: Writer, facts: Sequence[tuple[str, str]]) -> None:
    """What the page declares, as a section of its own."""
    if not facts:
        return
    pieces = [Piece(Kind.HEADING, "Facts the page declares", level=2)]
    for label, value in facts:
        stated = Field(label, value, origin=FieldOrigin.DECLARED)
        pieces.append(Piece(Kind.FIELD, stated=stated, listing=1))
    writer.write(pieces)
