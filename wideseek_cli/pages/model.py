"""A page as a list of blocks: headings, running text, items, fields and grids.

Whoever needs a page's structure takes it from here. Each block knows the headings that it stands under,
outermost first, so that it can be read alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

# Characters that are kept of a page: a book of 500 pages. Ranking and proof take seconds for as many.
MOST_TEXT = 1_000_000

Headings: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text, or an item of a list (`listing` tells lists apart, 0 is no list).

    `text` is as long as its place in the kept text: a line break there is a blank here.
    """

    text: str
    start: int
    end: int
    headings: Headings = ()
    listing: int = 0


class FieldOrigin(str, Enum):
    """How a page states a field."""

    TABLE = "table"  # a table of labels and values: an infobox
    LIST = "list"  # a definition list
    LINE = "line"  # a line `Label: value`
    DECLARED = "declared"  # by markup: microdata, JSON-LD, a class that names the field


@dataclass(frozen=True)
class Field:
    """A label and its value. `group` is the label over it: `Area` over `Total`.

    `start` and `end` are its place in the kept text, label and all; -1 where it is not known.
    """

    label: str
    value: str
    headings: Headings = ()
    group: str = ""
    origin: FieldOrigin = FieldOrigin.LINE
    start: int = -1
    end: int = -1


@dataclass(frozen=True)
class Grid:
    """A table of data: one label a column, and rows of as many cells. Spans are expanded.

    `groups` has the full-width row above each row (`Group A`), or nothing. A cell's lines are kept.
    `places` are the rows' places in the kept text, as many as rows, or none where they are not known.
    """

    labels: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    headings: Headings = ()
    caption: str = ""
    groups: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()


Block: TypeAlias = Paragraph | Field | Grid


@dataclass(frozen=True)
class PageText:
    """A page's kept text and its blocks, in the order of the text."""

    text: str
    blocks: tuple[Block, ...]
