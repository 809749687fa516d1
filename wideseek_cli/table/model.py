"""A table of typed cells, each with a state and its proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from wideseek_cli.values.kinds import ColumnType


class CellStatus(str, Enum):
    """How far a cell can be believed."""

    PROVED = "proved"  # value and entity in one passage of a saved page
    SEEN = "seen"  # value on a saved page, but not beside the entity
    UNPROVED = "unproved"  # nowhere in what this run read
    MISSING = "missing"  # no value
    CONFLICT = "conflict"  # another source of this run says otherwise
    GIVEN = "given"  # the user's own, from a file; not checked


class Verdict(str, Enum):
    """What is shown of a row and a condition."""

    MEETS = "meets"
    FAILS = "does not"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class Column:
    """A named column. Key columns name the row's entity."""

    name: str
    type: ColumnType = ColumnType.STR
    key: bool = False
    verdict: bool = False  # it says whether rows meet the condition that it is named after
    aside: bool = (
        False  # only a condition needs it: kept as data, and not shown where nobody asks for evidence
    )


@dataclass(frozen=True)
class Document:
    """Something this run saved and may quote: a page's cleaned text, or a search snippet."""

    url: str
    title: str
    text: str
    fetched_at: str = ""
    kind: str = "page"  # "page" or "snippet"
    structure: str = ""  # the blocks of `text`, packed: `pages.blocks_of` reads them


@dataclass(frozen=True)
class Proof:
    """Where a value stands: offsets into the document's text."""

    url: str
    title: str
    quote: str
    start: int
    end: int
    fetched_at: str = ""


class Doubt(str, Enum):
    """Why a place of a page does not prove a value."""

    OTHER_SUBJECT = "other_subject"  # it stands beside another name
    OTHER_LABEL = "other_label"  # it stands under another label
    OTHER_SCOPE = "other_scope"  # the page or table is about another year or event
    OTHER_VALUE = "other_value"  # the page states another value for this row and column
    NO_LABEL = "no_label"  # nothing says that it is this field
    UNCLEAR = "unclear"  # a word of the field stands there, but not clearly for this row and value
    APART = "apart"  # it does not stand beside the row's name
    PAST = "past"
    NEGATED = "negated"
    PLANNED = "planned"
    PARTIAL = "partial"
    ROUGH = "rough"
    REPORTED = "reported"
    COMPARED = "compared"
    NOT_LISTED = "not_listed"  # the row is not on a list that answers the question
    NOWHERE = "nowhere"  # no page that was read has it


@dataclass(frozen=True)
class Reason:
    """A doubt, and the words of the page or question that raised it."""

    doubt: Doubt
    said: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Cell:
    """A value as written, and what is known about it."""

    text: str = ""
    status: CellStatus = CellStatus.UNPROVED
    proof: Proof | None = None
    alternatives: tuple[str, ...] = field(default=())  # other values met for the same entity and field
    note: str = ""  # why the state is not better, in words for people
    reasons: tuple[Reason, ...] = field(default=())  # the same as data
    given: bool = False  # the user's own: its text is never changed


@dataclass(frozen=True)
class Row:
    """Cells in column order."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """Columns and rows; every row has as many cells as there are columns."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...] = ()

    def without(self, leave: Callable[[Column], bool]) -> Table:
        """The table without some of its columns."""
        kept = [at for at, column in enumerate(self.columns) if not leave(column)]
        if len(kept) == len(self.columns):
            return self
        rows = (Row(tuple(row.cells[at] for at in kept)) for row in self.rows)
        return replace(self, columns=tuple(self.columns[at] for at in kept), rows=tuple(rows))

    @property
    def asked(self) -> Table:
        """Without the columns that only its conditions need."""
        return self.without(lambda column: column.aside)

    @property
    def opened(self) -> Table:
        """With them shown: to see why rows were left out."""
        return replace(self, columns=tuple(replace(column, aside=False) for column in self.columns))

    def counts(self) -> dict[CellStatus, int]:
        """How many cells are in each state."""
        totals = dict.fromkeys(CellStatus, 0)
        for row in self.rows:
            for cell in row.cells:
                totals[cell.status] += 1
        return totals
