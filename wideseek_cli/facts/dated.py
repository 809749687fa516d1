"""Dates that a page about a row may state for it: each is then proved, or not, like any other claim. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.relations import relation_of
from wideseek_cli.table.model import Table
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.dates import scan_dates

_MOST_PARAGRAPHS, _MOST_DATES = 12, 8


@dataclass(frozen=True)
class Candidates:
    """What may stand in a cell."""

    row: int
    column: int
    values: tuple[str, ...]


def dates_about(table: Table, pages: Sequence[PageFacts]) -> Iterator[Candidates]:
    """For each cell that is empty and asks when: the first dates on pages about its row."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    when = [at for at, column in enumerate(table.columns) if at != key and _asks_when(column.name)]
    for number, row in enumerate(table.rows):
        wanted = [at for at in when if is_missing(row.cells[at].text, table.columns[at].type)]
        names = forms(row.cells[key].text) if wanted else frozenset()
        dates = [date for page in pages if names and page.is_about(names) for date in _dates(page)]
        if dates:
            values = tuple(dict.fromkeys(dates))[:_MOST_DATES]
            yield from (Candidates(number, at, values) for at in wanted)


def _asks_when(column: str) -> bool:
    """Whether a field is of something that happened, and neither where nor by whom."""
    relation = relation_of(column)
    return relation.past and not relation.place and not relation.after


def _dates(page: PageFacts) -> list[str]:
    texts = [paragraph.text for paragraph in page.paragraphs[:_MOST_PARAGRAPHS]]
    return [text[date.start : date.end] for text in texts for date in scan_dates(text)]
