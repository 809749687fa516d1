"""A page as a list of blocks. Every block says where it stands in the page's kept text.

Whoever needs a page's structure takes it from here: nobody parses the kept text again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


@dataclass(frozen=True)
class Heading:
    """A heading, level 1 to 6. Its section reaches to the next heading of its level or above."""

    level: int
    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Item:
    """An item of a list; `depth` 0 is the outermost list, `listing` tells lists of a page apart."""

    text: str
    start: int
    end: int
    depth: int = 0
    listing: int = 0


class FieldOrigin(str, Enum):
    """How a page states a field."""

    INFOBOX = "infobox"  # a table of labels and values
    LIST = "list"  # a definition list, or an item `Label: value`
    LINE = "line"  # a line `Label: value`
    DECLARED = "declared"  # microdata, JSON-LD, meta elements


@dataclass(frozen=True)
class Field:
    """A label and its value. `group` is the label over it: `Area` over `Total`."""

    label: str
    value: str
    start: int
    end: int
    value_start: int
    value_end: int
    group: str = ""
    origin: FieldOrigin = FieldOrigin.LIST


@dataclass(frozen=True)
class GridCell:
    """One cell of a grid. `spanned` where a span repeats it, `header` where the page marks it as a header."""

    text: str
    start: int
    end: int
    header: bool = False
    spanned: bool = False


@dataclass(frozen=True)
class GridRow:
    """A row of a grid; `group` is the full-width row that it stands under (`Group A`), if there is one."""

    cells: tuple[GridCell, ...]
    start: int
    end: int
    group: str = ""


@dataclass(frozen=True)
class Grid:
    """A table of data. All rows have as many cells as there are columns; spans are expanded.

    `headers` are the header rows, outermost first; empty where the page's table has none.
    """

    headers: tuple[tuple[str, ...], ...]
    rows: tuple[GridRow, ...]
    start: int
    end: int
    caption: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """One label a column: the header rows joined, each word once."""
        columns = zip(*self.headers, strict=True)
        return tuple(" ".join(dict.fromkeys(part for part in column if part)) for column in columns)


Block: TypeAlias = Heading | Paragraph | Item | Field | Grid


@dataclass(frozen=True)
class PageText:
    """A page's kept text and its blocks, in the order of the text."""

    text: str
    blocks: tuple[Block, ...]
