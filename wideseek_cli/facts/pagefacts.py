"""One document, read once for all rows: where which name stands in its grids, fields and text."""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from wideseek_cli.facts.names import begins_with, forms, stands_whole, title_forms
from wideseek_cli.facts.textindex import TextIndex
from wideseek_cli.pages import blocks_of
from wideseek_cli.pages.model import Block, Field, Grid, Paragraph
from wideseek_cli.table.model import Document
from wideseek_cli.values.compare import name_forms

_YEAR = re.compile(r"(?<![\d.,])(1[5-9]\d\d|20\d\d)(?![\d,]|\.\d)")
_MOST_KEY = 120  # characters of a cell that may be a name
_FIRST_HEADINGS = 2
_MOST_ITEM = 120  # characters of an item of a list that may be a name
_FIRST_PARAGRAPHS = 4
_BEGINNING = 40  # characters of a paragraph in which its subject stands
_T = TypeVar("_T")


@dataclass(frozen=True)
class Spot:
    """A cell of a grid: which grid, row and column."""

    grid: int
    row: int
    column: int


@dataclass(eq=False)
class PageFacts:
    """A document's structure with an index of names."""

    document: Document
    grids: list[Grid] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    paragraphs: list[Paragraph] = field(default_factory=list)
    subjects: frozenset[str] = frozenset()  # forms of what the page is about
    _kept: dict[Hashable, object] = field(default_factory=dict)

    def keep(self, key: Hashable, made: Callable[[], Iterable[_T]]) -> tuple[_T, ...]:
        """What was once made of this page, for as long as the page is kept."""
        if key not in self._kept:
            self._kept[key] = tuple(made())
        return cast(tuple[_T, ...], self._kept[key])

    @cached_property
    def index(self) -> TextIndex:
        """The words and numbers of its text."""
        return TextIndex(self.document.text)

    @cached_property
    def _titled(self) -> TextIndex:
        return TextIndex(self.document.title)

    @cached_property
    def items(self) -> dict[str, Paragraph]:
        """The items of its lists, by the forms of what they may name."""
        found: dict[str, Paragraph] = {}
        for item in self.paragraphs:
            if item.listing:
                for form in forms(item.text[:_MOST_ITEM]):
                    found.setdefault(form, item)
        return found

    @cached_property
    def _sections(self) -> frozenset[str]:
        heads = {heading for field in self.fields for heading in field.headings}
        return frozenset(form for heading in heads for form in name_forms(heading))

    def has_row(self, names: frozenset[str]) -> bool:
        """Whether a cell, an item, a section with fields, or the page is called by one of these names."""
        called = (self._sections, self.items.keys(), self.subjects)
        return not all(map(names.isdisjoint, called)) or bool(self.find(names))

    def find(self, names: frozenset[str]) -> tuple[Spot, ...]:
        """The cells that are one of these names. Only rows with the words of one are looked at."""
        return self.keep(("spots", names), lambda: self._spots(names))

    def _spots(self, names: frozenset[str]) -> Iterator[Spot]:
        words = [start for name in names for start, _ in self.index.rarest(name)] if self.grids else []
        rows = sorted({bisect_right(self._rows, (start, sys.maxsize)) - 1 for start in words})
        for _, number, row in [*(self._rows[at] for at in rows if at >= 0), *self._unplaced]:
            for column, cell in enumerate(self.grids[number].rows[row]):
                if cell and len(cell) <= _MOST_KEY:
                    lines = forms(cell.replace("\n", "; ")) if "\n" in cell else frozenset()
                    if not names.isdisjoint(forms(cell) | lines):
                        yield Spot(number, row, column)

    @cached_property
    def _rows(self) -> list[tuple[int, int, int]]:
        """Where the rows of its grids begin: (place, grid, row)."""
        return sorted(
            (start, number, row)
            for number, grid in enumerate(self.grids)
            for row, (start, _) in enumerate(grid.places[: len(grid.rows)])
        )

    @cached_property
    def _unplaced(self) -> list[tuple[int, int, int]]:
        """The rows of which that is not known."""
        return [
            (0, number, row)
            for number, grid in enumerate(self.grids)
            for row in range(len(grid.places), len(grid.rows))
        ]

    def names(self, names: frozenset[str]) -> bool:
        """Whether any of these names stands anywhere on the page."""
        return self.speaks_of(names) or any(map(self.index.has, names)) or bool(self.find(names))

    def speaks_of(self, names: frozenset[str]) -> bool:
        """Whether the page as a whole is about it, or its title names it and its text begins with it."""
        if self.is_about(names):
            return True
        if not any(map(self._titled.has, names)):
            return False
        if begins_with(self.document.title, names):
            return True
        begun = [item.text[:_BEGINNING] for item in self.paragraphs[:_FIRST_PARAGRAPHS]]
        return stands_whole(self.document.title, names) and any(stands_whole(text, names) for text in begun)

    def is_about(self, names: frozenset[str]) -> bool:
        """Whether the page as a whole is about what has these names."""
        return not self.subjects.isdisjoint(names)


def years(text: str) -> frozenset[str]:
    """The years that a text names."""
    return frozenset(_YEAR.findall(text))


def read_document(document: Document) -> PageFacts:
    """Take a document apart."""
    page = PageFacts(document)
    for block in blocks_of(document):
        if isinstance(block, Paragraph):
            page.paragraphs.append(block)
        elif isinstance(block, Grid):
            page.grids.append(block)
        else:
            page.fields.append(block)
    page.subjects = _subjects(document, page)
    return page


def _subjects(document: Document, page: PageFacts) -> frozenset[str]:
    """By its title; and by its first headings, where the title begins with them or has them."""
    found = set(title_forms(document.title))
    blocks: list[Block] = [*page.fields, *page.grids, *page.paragraphs]
    heads = dict.fromkeys(heading for block in blocks for heading in block.headings[:1])
    title = " ".join(sorted(forms(document.title)))
    for heading in list(heads)[:_FIRST_HEADINGS]:
        found |= {form for form in title_forms(heading) if form in title}
    return frozenset(found)


class Shelf:
    """Documents taken apart, kept for as long as a run lasts."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], tuple[Document, PageFacts]] = {}

    def take(self, documents: Sequence[Document]) -> list[PageFacts]:
        """These documents, each read once."""
        pages = []
        for document in documents:
            known = self._read.get((document.kind, document.url))
            if known is None or known[0] != document:
                known = (document, read_document(document))
                self._read[(document.kind, document.url)] = known
            pages.append(known[1])
        return pages

    def keep(self, documents: Sequence[Document]) -> None:
        """Let go of all others."""
        kept = {(document.kind, document.url) for document in documents}
        self._read = {key: read for key, read in self._read.items() if key in kept}
