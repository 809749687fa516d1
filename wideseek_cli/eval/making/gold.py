"""Gold tables: a row's values are taken only where two independent readings agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.eval.making.corpus_pages import SourcePage
from wideseek_cli.eval.making.intents import Intent, stated
from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.names import forms
from wideseek_cli.pages.elements.cells import as_name, as_value
from wideseek_cli.pages.model import Field, Grid
from wideseek_cli.values.cells import same_value
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.kinds import ColumnType

_MOST_AGAINST = 0.1  # of the cells that other pages state, so many may say something else


@dataclass(frozen=True)
class Agreed:
    """A task whose cells were read twice alike."""

    intent: Intent
    elsewhere: int  # cells that another page states as well
    against: int  # cells for which another page states something else
    cells: int


class Library:
    """What all pages of a corpus state of a name, in their fields and tables."""

    def __init__(self, pages: Sequence[SourcePage]) -> None:
        self._pages = pages
        self._rows: dict[str, list[tuple[int, Grid, int]]] = {}
        self._own: dict[str, list[int]] = {}
        for number, page in enumerate(pages):
            for form in forms(page.title):
                self._own.setdefault(form, []).append(number)
            for grid in page.grids:
                for at, row in enumerate(grid.rows):
                    for cell in row[:2]:
                        for form in forms(cell) if cell else ():
                            self._rows.setdefault(form, []).append((number, grid, at))

    def stated(self, name: str, label: str, apart: SourcePage) -> Iterator[str]:
        """What pages other than one say for a name and a label."""
        for form in forms(name):
            for number in self._own.get(form, ()):
                if self._pages[number] is not apart:
                    yield from _in_fields(self._pages[number].fields, label)
            for number, grid, at in self._rows.get(form, ()):
                if self._pages[number] is not apart:
                    yield from _in_row(grid, at, label)


def agree(intent: Intent, library: Library) -> Agreed | None:
    """The task with the rows that both readings have alike, or nothing.

    The second reading is of the page's text as agents see it, by another reader. What other pages state must
    not contradict.
    """
    again = _texts(intent) if intent.kind == "table" else _own_texts(intent)
    elsewhere = against = 0
    for row, own in zip(intent.rows, intent.owns or (intent.page,) * len(intent.rows), strict=True):
        for at, (label, kind) in enumerate(zip(intent.columns, intent.types, strict=True), start=1):
            value = row[at]
            if not _same(again.get((row[0], label)), value, kind):
                return None
            said = [text for text in library.stated(row[0], label, own) if not is_missing(text)]
            if said and not is_missing(value):
                right = any(_same(text, value, kind) for text in said)
                elsewhere, against = elsewhere + right, against + (not right)
    if against > _MOST_AGAINST * (elsewhere + against) and against > elsewhere / 2:
        return None
    cells = len(intent.rows) * len(intent.columns)
    return Agreed(intent, elsewhere, against, cells)


def _texts(intent: Intent) -> Mapping[tuple[str, str], str]:
    """What the page's text says, by row and label; what it says twice and differently is left out."""
    found: dict[tuple[str, str], set[str]] = {}
    wanted = {row[0] for row in intent.rows}
    for block in intent.page.in_text:
        if not isinstance(block, Grid) or not {intent.key, *intent.columns} <= set(block.labels):
            continue
        key = block.labels.index(intent.key)
        for row in block.rows:
            if row[key] in wanted:
                for label in intent.columns:
                    found.setdefault((row[key], label), set()).add(row[block.labels.index(label)])
    return {place: next(iter(texts)) for place, texts in found.items() if len(texts) == 1}


def _own_texts(intent: Intent) -> Mapping[tuple[str, str], str]:
    """What the text of each row's own page says in its fields."""
    return {
        (row[0], label): text
        for row, own in zip(intent.rows, intent.owns, strict=True)
        for label, text in stated(block for block in own.in_text if isinstance(block, Field)).items()
    }


def _in_fields(fields: Iterator[Field], label: str) -> Iterator[str]:
    for one in fields:
        if match(one.label, label) is Match.IDENTICAL:
            yield one.value


def _in_row(grid: Grid, at: int, label: str) -> Iterator[str]:
    for place, own in enumerate(grid.labels):
        if match(own, label) is Match.IDENTICAL:
            yield grid.rows[at][place]


def _same(said: str | None, value: str, kind: ColumnType) -> bool:
    if said is None:
        return False
    if is_missing(said) or is_missing(value):
        return is_missing(said) and is_missing(value)
    return said == value or same_value(said, value, kind)


def as_written(agreed: Agreed) -> Agreed | None:
    """The task with its cells as a finished table has them: without quotes and marks of notes. Rows with an
    empty cell are no gold: nothing says what is right there; nor are two of one name."""
    rows = tuple((as_name(row[0]), *map(as_value, row[1:])) for row in agreed.intent.rows)
    if any(is_missing(cell) for row in rows for cell in row) or len({row[0] for row in rows}) < len(rows):
        return None
    column, value = agreed.intent.condition
    return replace(agreed, intent=replace(agreed.intent, rows=rows, condition=(column, as_value(value))))
