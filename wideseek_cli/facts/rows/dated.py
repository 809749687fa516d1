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
from wideseek_cli.values.words import words

_MOST_PARAGRAPHS, _MOST_DATES = 12, 8
_BESIDE = 40  # characters


@dataclass(frozen=True)
class Candidates:
    """What may stand in a cell."""

    row: int
    column: int
    values: tuple[str, ...]


def dates_about(table: Table, pages: Sequence[PageFacts]) -> Iterator[Candidates]:
    """For each cell that is empty and asks when: dates on pages about its row, first those beside a word for
    what is asked (`born`)."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    when = [at for at, column in enumerate(table.columns) if at != key and relation_of(column.name).when]
    for number, row in enumerate(table.rows):
        wanted = [at for at in when if is_missing(row.cells[at].text, table.columns[at].type)]
        names = forms(row.cells[key].text) if wanted else frozenset()
        about = [page for page in pages if names and page.is_about(names)]
        for at in wanted:
            relation = relation_of(table.columns[at].name)
            found = [dates for page in about for dates in _dates(page, (*relation.cues, *relation.nouns))]
            dates = dict.fromkeys(date for _, date in sorted(found, key=lambda one: not one[0]))
            if dates:
                yield Candidates(number, at, tuple(dates)[:_MOST_DATES])


def _dates(page: PageFacts, said: tuple[str, ...]) -> Iterator[tuple[bool, str]]:
    """The dates of its first paragraphs, and whether one of these words stands beside them."""
    for paragraph in page.paragraphs[:_MOST_PARAGRAPHS]:
        text = paragraph.text
        for date in scan_dates(text):
            beside = set(words(text[max(0, date.start - _BESIDE) : date.end + _BESIDE]))
            yield any(beside.issuperset(words(one)) for one in said), text[date.start : date.end]
