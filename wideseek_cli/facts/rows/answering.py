"""Whether a table answers a question, told by its words: title, headings and caption by the question's,
labels by the columns that are asked, or by the question where none are named. Pure.

The harvest of rows and the reader that shows an agent a table both ask here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.facts.labels import Match, is_counter, match_asked, spellings
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.subject import is_of_another, is_said, names_another, says_another_place
from wideseek_cli.facts.scope import other_scope
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question
from wideseek_cli.question.words import LITTLE
from wideseek_cli.table.model import Column
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, word_set, words

COVERED = 0.6  # of the question's own words that title, headings, caption and labels must have
SURELY = 0.75  # of them, where a column that was asked for is lacking
_OFTEN = 0.3  # of the rows' names have a word that says what they are
_SAMPLE = 40  # rows that show what a column holds
_STATES = word_set("former defunct past future proposed planned closed previous")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
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
    named: int = 0  # headings and captions over it that the question has word for word

    @property
    def rank(self) -> tuple[int, int, float, int, int]:
        """The better answer: more columns, more of what is asked said over it."""
        implied = sum(one.implied for one in self.met)
        return len(self.places), len(self.met) - implied, self.covered, implied, self.named


def source_of(
    page: PageFacts, grid: Grid, asked: Question, columns: Sequence[Column], *, guessed: bool = False
) -> Source | None:
    """`guessed`: nobody has named the columns, so that these are the table's own and tell nothing for it."""
    title, over = page.document.title, " ".join(_over(page.document.title, grid))
    if len(grid.rows) < 2 or any(other_scope(text, asked.listed) for text in _over(title, grid)):
        return None
    met = tuple(one for one in asked.every_condition if one.is_said_by(over))
    question = asked.naming([one for one in met if not one.implied])
    said = set(words(asked.listed))
    if any(word in _STATES and word not in said for word in words(own_heading(grid))):
        return None
    here = [stem(word) for text in (*_over(title, grid), *grid.labels) for word in words(text)]
    if not says_another_place(question, title):  # `magazines from Bel` of a list of all magazines
        places_here = (one for one in asked.implied if not one.of_each and _has(grid, one))
        here += [stem(word) for one in places_here for name in one.values for word in words(name)]
    if names_another(question, title, here):
        return None
    key, places = _places(grid, columns, asked.text)
    where = [one for one in asked.implied if one not in met and not one.of_each]
    shown = all(_has(grid, one) for one in where)
    if not shown and says_another_place(question, title):
        return None
    left = {word for one in where for word in words(one.text)}  # asked of rows
    subject = [word for word in question.subject(columns) if word not in left]
    covered = _coverage(title, grid, subject, key)
    if key is None or covered < COVERED or not places:
        return None
    of_it = _coverage(title, replace(grid, labels=(grid.labels[key],)), subject, key) if guessed else covered
    if is_of_another(question, title, said_all=shown and of_it == 1, names_only=not guessed):
        return None
    unread, named = question.unread(columns, over), _named(title, grid, asked.text)
    return Source(page, grid, key, places, covered, met, unread, named)


def _named(title: str, grid: Grid, question: str) -> int:
    """How many of the headings over a table the question has word for word, beside the page's title."""
    said, own = (f" {' '.join(words(text))} " for text in (question, title))
    said = said.replace(own, " | ")
    heads = (f" {' '.join(words(head))} " for head in (*grid.headings, grid.caption))
    return sum(head.strip() != "" and head != own and head in said for head in heads)


def _has(grid: Grid, where: Condition) -> bool:
    """Whether any row has a place that the list itself does not say."""
    cells = (set(words(cell)) for row in grid.rows for cell in row)
    return any(any(cell.issuperset(words(name)) for name in where.values) for cell in cells)


def is_enough(found: Collection[int], columns: Sequence[Column], covered: float) -> bool:
    """Whether tables with these columns answer: half of those asked, or all where a word is lacking."""
    wanted = sum(not column.key for column in columns)
    return 2 * len(found) >= wanted and (covered >= SURELY or len(found) == wanted)


def _places(grid: Grid, columns: Sequence[Column], question: str) -> tuple[int | None, dict[int, int]]:
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
    how = [
        (match_asked(label, column, question), at) for at, label in enumerate(grid.labels) if at not in taken
    ]
    best = max((kind for kind, _ in how), default=Match.NONE)
    fits = [at for kind, at in how if kind is best]
    if len(fits) > 1 and (years := set(_YEAR.findall(column))):  # `inhabitants in 2010`
        fits = [at for at in fits if years == set(_YEAR.findall(grid.labels[at]))]
        best = Match.AKIN
    sure = best is Match.IDENTICAL or (best is Match.AKIN and len(fits) == 1)
    return fits[0] if sure else None


def first_names(grid: Grid) -> int | None:
    """The first column that holds names: not numbers or dates, and hardly ever the same."""
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_SAMPLE] if row[at]]
        numbers = sum(parse_number(cell) is not None and cell[:1].isdigit() for cell in cells)
        numbers += sum(parse_date(cell) is not None and not cell[:1].isdigit() for cell in cells)
        if cells and not is_counter(label) and 2 * numbers <= len(cells) and 2 * len(set(cells)) > len(cells):
            return at
    return None


def _kind_column(grid: Grid, text: str) -> int | None:
    """The column of names that is headed by what a text asks for, `Building` of buildings; else the first."""
    kinds = [stem(word) for word in words(text) if word.endswith("s") and word not in LITTLE][:1]
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_SAMPLE] if row[at]]
        named = 2 * len(set(cells)) > len(cells) and all(any(map(str.isalpha, cell)) for cell in cells)
        if named and kinds == [stem(word) for word in words(_NOTE.sub("", label))]:
            return at
    return first_names(grid)


def _coverage(title: str, grid: Grid, asked: Sequence[str], key: int | None = None) -> float:
    """The share of the asked words that title, headings, caption and labels have, or many of the rows' names
    (`Auckland Prison`)."""
    here = {stem(word) for text in (*_over(title, grid), *grid.labels) for word in words(text)}
    here |= _often(grid, key)
    met = sum(stem(word) in here or is_said(word, here) for word in asked)
    return met / len(asked) if asked else 0.0


def title_fit(page: PageFacts, question: Question) -> float:
    """The share of its title that the question says: of lists by letter, the one that is meant."""
    said, title = {stem(word) for word in words(question.listed)}, words(page.document.title)
    return sum(stem(word) in said for word in title) / max(len(title), 1)


def _often(grid: Grid, key: int | None) -> set[str]:
    """Words that many of the rows' names have."""
    if key is None:
        return set()
    names = [row[key] for row in grid.rows[:_SAMPLE]]
    counts = Counter(stem(word) for name in names for word in set(words(name)))
    return {word for word, count in counts.items() if _OFTEN * len(names) <= count > 1}


def _over(title: str, grid: Grid) -> tuple[str, ...]:
    return tuple(filter(None, (title, *grid.headings, grid.caption)))


def own_heading(grid: Grid) -> str:
    return " ".join(filter(None, (*grid.headings[-1:], grid.caption)))


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
    text: str, tables: Iterable[tuple[str, Grid]], least: float = COVERED, details: str = ""
) -> Named | None:
    """Of tables under their pages' titles the one that a text asks for: its words are in title, headings and
    labels, at least so many of them. `details`: a text that says more of its columns."""
    asked = [word for word in words(text) if word not in LITTLE]
    best: Named | None = None
    for title, grid in tables:
        key = _kind_column(grid, text)
        if key is None or (covered := _coverage(title, grid, asked)) < least:
            continue
        found = Named(grid, key, tuple(_labels_said(title, grid, key, details or text)), covered)
        if found.columns and (best is None or _rank(found) > _rank(best)):
            best = found
    return best


def _rank(found: Named) -> tuple[float, int, int]:
    return found.covered, len(found.columns), len(found.grid.rows)


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
