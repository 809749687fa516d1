"""A document as the judge has read it: who is named where, which fields a part of it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.labels import Wanted, score
from wideseek_cli.table.lookup import Span
from wideseek_cli.table.naming import IS_NAME
from wideseek_cli.table.passages import Indexed, Label
from wideseek_cli.table.stated import Stated, is_prose, stated

NOBODY = -1  # the row of a name that is none of the table's
SURE = 3.0  # what fields and tables are worth at least


@dataclass(frozen=True)
class Scope:
    """The part of a document that is about an entity: 2 surely, 1 perhaps."""

    strength: int
    start: int
    end: int
    parent: str = ""


@dataclass
class Field:
    """A labelled value in a document."""

    label: Label
    block: Block


@dataclass(frozen=True)
class Chained:
    """A field with the labels that matter for one row."""

    field: Field
    leaf: str
    above: tuple[str, ...]
    said: frozenset[str]

    def marks(self, want: Wanted) -> float:
        """How well the labels answer to a column."""
        if want.concepts and want.beginnings.isdisjoint(self.said):
            return 0.0
        return score(want, self.leaf, self.above)


@dataclass
class Read:
    """A document with what was found out about it for the rows of the table."""

    doc: Indexed
    named: list[tuple[int, int, int]] = field(default_factory=list)  # start, end, row; in order
    of_row: dict[int, list[Span]] = field(default_factory=dict)
    chains: dict[tuple[int, int, int, str], list[Chained]] = field(default_factory=dict)
    best: dict[tuple[int, int, str, int, str], float] = field(default_factory=dict)
    title: dict[int, int] = field(default_factory=dict)  # how far the title is about a row
    namesakes: frozenset[int] = frozenset()  # rows whose names mean something else here: Paris, Texas

    def is_own(self, row: int) -> bool:
        """Whether the document's title is the row's name."""
        return self.title.get(row) == IS_NAME


@dataclass(frozen=True)
class Find:
    """A place that proves a value, or merely holds it; `marks`: how well its label answers to the column."""

    worth: float
    seen: Read
    span: Span
    stated: Stated | None = None
    marks: float = 0.0


def read_fields(doc: Indexed, scope: Scope) -> Iterator[Field]:
    for block in doc.blocks_in(scope.start, scope.end):
        if scope.parent and scope.parent not in block.parents:
            continue
        if block.kind == "row":
            if len(block.cells) == 2 and not block.leads and block.table and len(block.table.header) <= 2:
                (start, end), (first, last) = block.cells
                above = (*block.parents, *(h.text for h in reversed(block.headings)))
                yield Field(Label(doc.text[start:end], above, first, last, own=True), block)
        elif block.kind != "heading":
            offset = block.start
            while offset < block.end:
                label = doc.label(block, offset)
                if label.own or not is_prose(doc.text, label):
                    yield Field(label, block)
                offset = _next_label(doc, label, offset)


def _next_label(doc: Indexed, label: Label, offset: int) -> int:
    """Past this label's text; when the label stands further on in the line, to it."""
    return max(label.start if label.start > offset else label.end, offset) + 1


def holds(doc: Indexed, label: Label, kind: str, want: Wanted) -> bool:
    """Whether a field states a value of a kind (and unit) at all."""
    found = stated(doc, label, kind)
    if kind != "number" or not want.unit:
        return bool(found)
    numbers = doc.numbers_in(label.start, label.end)  # also `158 m (518 ft)`, for feet
    return any(s.number and s.number.unit in ("", want.unit) for s in found) or (
        bool(found) and any(number.unit == want.unit for number in numbers)
    )
