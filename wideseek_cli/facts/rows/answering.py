"""Whether a table answers a question, told by its words: title, headings and caption by the question's,
labels by the columns that are asked, or by the question where none are named. Pure.

The harvest of rows and the reader that shows an agent a table both ask here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.labels import Match, is_counter, spellings
from wideseek_cli.facts.match import best_columns
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.asked import COVERED, Listed, judge
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question
from wideseek_cli.question.words import LITTLE
from wideseek_cli.table.model import Column
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, stems, words

SURELY = 0.75  # of them, where a column that was asked for is lacking
_SAMPLE = 40  # rows that show what a column holds
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_EDITION = re.compile(r"(?:1[5-9]|20)\d\d\s[A-ZÀ-Þ](?!\S+\s\d)")  # `1908 London`, but no `1908 May 3`
_NOTE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]")


@dataclass(frozen=True)
class Source:
    page: PageFacts
    grid: Grid
    key: int
    places: dict[int, int]  # asked column: the grid's
    covered: float
    met: tuple[Condition, ...] = ()  # the conditions that title and headings state of all rows
    unread: str = ""  # words by which the question wants only some of the rows, and nobody can check
    named: int = 0  # words of the headings over it that the question has as they are

    @property
    def rank(self) -> tuple[int, int, float, int, int]:
        """The better answer: more columns, more of what is asked said over it."""
        implied = sum(one.implied for one in self.met)
        return len(self.places), len(self.met) - implied, self.covered, implied, self.named


def source_of(
    page: PageFacts,
    grid: Grid,
    asked: Question,
    columns: Sequence[Column],
    *,
    guessed: bool = False,
    given: tuple[int, dict[int, int]] | None = None,
) -> Source | None:
    """`guessed`: nobody has named the columns, so that these are the table's own and tell nothing for it.
    `given`: where it has the rows' names and the columns, as a part of a list that answers."""
    if len(grid.rows) < 2 and given is None:
        return None
    key, places = given or places_of(grid, columns, asked.text)
    one = Listed(page.document.title, grid, key)
    found = range(len(columns)) if given else places
    verdict = judge(asked, one, columns, None if guessed else found)
    said = verdict.covered == 1 and not verdict.lacking and len(verdict.unsaid) <= len(asked.subject())
    said = said and (key is None or grid.labels[key] != "")
    if key is None or verdict.other or not (places or given or said):
        return None  # a list that says all that is asked may lack its columns
    over = " ".join(one.over)
    question = asked.naming([c for c in verdict.met if not c.implied])
    unread, named = question.unread(columns, over), _named(one, asked.text)
    return Source(page, grid, key, places, verdict.covered, verdict.met, unread, named)


def _named(one: Listed, question: str) -> int:
    """How many words of the headings over a table the question has as they are, beside the page's title."""
    said, own = (f" {' '.join(words(text))} " for text in (question, one.title))
    said = said.replace(own, " | ")
    heads = (f" {' '.join(words(head))} " for head in one.over[1:])
    return sum(len(head.split()) for head in heads if head != own and head in said)


def is_enough(found: Collection[int], columns: Sequence[Column], covered: float) -> bool:
    """Whether tables with these columns answer: half of those asked, or all where a word is lacking."""
    wanted = sum(not column.key for column in columns)
    return 2 * len(found) >= wanted and (covered >= SURELY or len(found) == wanted)


def places_of(grid: Grid, columns: Sequence[Column], question: str) -> tuple[int | None, dict[int, int]]:
    """Where a grid has the row's name and the asked columns; a label that is one column's is no other's."""
    at_key = key_of(columns)
    named = _answering(grid, columns[at_key].name, set(), "")
    key = named if named is not None else first_names(grid)
    places: dict[int, int] = {}
    for at, column in enumerate(columns):
        place = _answering(grid, column.name, {key, *places.values()}, question) if at != at_key else None
        if place is not None:
            places[at] = place
    return key, places


def _answering(grid: Grid, column: str, taken: set[int | None], question: str) -> int | None:
    found = best_columns(grid, column, question, taken)
    best, fits = found[0][1] if found else Match.NONE, [at for at, _ in found]
    if len(fits) > 1 and (years := set(_YEAR.findall(column))):  # `inhabitants in 2010`
        fits = [at for at in fits if years == set(_YEAR.findall(grid.labels[at]))]
        best = Match.AKIN
    sure = best is Match.IDENTICAL or (best is Match.AKIN and len(fits) == 1)
    return fits[0] if sure else None


def first_names(grid: Grid) -> int | None:
    """The first column that holds names: not numbers or dates, and hardly ever the same; a column of years
    before it, where only these are all different."""
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_SAMPLE] if row[at]]
        digits = [cell for cell in cells if cell[:1].isdigit() and not _EDITION.match(cell)]
        numbers = sum(parse_number(cell) is not None for cell in digits)
        numbers += sum(parse_date(cell) is not None and not cell[:1].isdigit() for cell in cells)
        if cells and not is_counter(label) and 2 * numbers <= len(cells) and 2 * len(set(cells)) > len(cells):
            return next((y for y in range(at) if len(set(cells)) < len(cells) and _are_years(grid, y)), at)
    return None


def _are_years(grid: Grid, at: int) -> bool:
    cells = [row[at] for row in grid.rows]
    return all(map(_YEAR.fullmatch, cells)) and len(set(cells)) == len(cells)


def _kind_column(title: str, grid: Grid, text: str) -> int | None:
    """The column of names that is headed by what a text asks for, `Building` of buildings or `Cup season` of
    seasons; else the first."""
    kinds = [stem(word) for word in words(text) if word.endswith("s") and word not in LITTLE]
    own = [kind for kind in kinds if kind in set(map(stem, words(title)))]
    found = (_headed(grid, kind) for kind in own or kinds[:1])
    at = next((at for at in found if at is not None), None)
    return first_names(grid) if at is None else at


def _headed(grid: Grid, kind: str) -> int | None:
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_SAMPLE] if row[at]]
        named = all(any(map(str.isalpha, cell)) or _YEAR.fullmatch(cell) for cell in cells)
        if named and 2 * len(set(cells)) > len(cells) and [*stems(_NOTE.sub("", label))][-1:] == [kind]:
            return at
    return None


def title_fit(page: PageFacts, question: Question) -> float:
    """The share of its title that the question says: of lists by letter, the one that is meant."""
    said, title = {stem(word) for word in words(question.listed)}, words(page.document.title)
    return sum(stem(word) in said for word in title) / max(len(title), 1)


def key_of(columns: Sequence[Column]) -> int:
    return next((at for at, column in enumerate(columns) if column.key), 0)


@dataclass(frozen=True)
class Named:
    """A table, where its rows' names stand, and the columns that a text asks for in its own words."""

    grid: Grid
    key: int
    columns: tuple[int, ...]
    covered: float


def named_in(
    text: str,
    tables: Iterable[tuple[str, Grid]],
    least: float = COVERED,
    details: str = "",
    *,
    whole: bool = False,
    bare: bool = False,
) -> Named | None:
    """Of tables under their pages' titles the one that a text asks for: its words are in title, headings and
    labels, at least so many of them. `details`: a text that says more of its columns. `whole`: also a table
    of which no column is asked for, where it says all that is: then all of its columns; `bare`: then none."""
    asked = [word for word in words(text) if word not in LITTLE]
    best: Named | None = None
    ranked = (0.0, 0, 0)
    for title, grid in tables:
        key = _kind_column(title, grid, text)
        if key is None or (covered := Listed(title, grid).covers(asked)) < least:
            continue
        said = tuple(_labels_said(title, grid, key, details or text))
        columns = said or tuple(_own_columns(grid, key) if whole and covered == 1 else ())
        words_said = {stem(word) for at in said for word in words(grid.labels[at])} & set(map(stem, asked))
        rank = covered, len(words_said), len(grid.rows)
        if (columns or (bare and grid.labels[key])) and rank > ranked:
            best, ranked = Named(grid, key, columns, covered), rank
    return best


def _own_columns(grid: Grid, key: int) -> Iterator[int]:
    """The columns that say something of most rows."""
    for at, label in enumerate(grid.labels):
        told = sum(any(map(str.isalnum, row[at])) for row in grid.rows[:_SAMPLE])
        if at != key and label and not is_counter(label) and 2 * told > len(grid.rows[:_SAMPLE]):
            yield at


def _labels_said(title: str, grid: Grid, key: int, text: str) -> list[int]:
    """The labels that a text has, as they are or in other words; else those of which it has a word."""
    said = {stem(word) for word in words(text)}
    others = [at for at, label in enumerate(grid.labels) if at != key and label and not is_counter(label)]
    own = said - {stem(word) for word in words(title)} - {stem(word) for word in LITTLE}
    return [at for at in others if _is_said(grid.labels[at], said)] or [
        at for at in others if own & {stem(word) for word in words(grid.labels[at])}
    ]


def _is_said(label: str, said: set[str]) -> bool:
    bare = tuple(stem(word) for word in words(_NOTE.sub("", label)))
    return said.issuperset(bare) or any(map(said.issuperset, spellings(bare)))
