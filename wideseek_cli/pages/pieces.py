"""The pieces of a page as one walk over its tree finds them, before it is known which are its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from wideseek_cli.pages.model import Field, Grid


class Kind(Enum):
    """What a piece is in the page."""

    HEADING = auto()
    TEXT = auto()
    ITEM = auto()
    FIELD = auto()
    GRID = auto()


@dataclass(slots=True)
class Piece:
    """A line or a table of the page. `kept` is None where finding the main text decides."""

    kind: Kind
    text: str = ""
    level: int = 0  # of a heading; of an item or field how deep it stands
    mark: str = ""  # before an item
    listing: int = 0
    close: bool = False  # stands in the line right after the piece before
    stamp: int = -1
    kept: bool | None = None
    leads_away: bool = False  # a heading that is a link, or that stands over links to elsewhere
    around: bool = False  # about the site: `nav`, `footer`, `aside`
    stated: Field | None = None
    grid: Grid | None = None
    named: Sequence[Field] = ()  # what markup names in it
