"""The rows of a table on a page that answers the question. Pure.

Whether it answers is told by its words: title, headings and caption by the question's, labels by the columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.scope import other_scope
from wideseek_cli.pages.model import Grid
from wideseek_cli.table.columns import is_counter
from wideseek_cli.table.fieldwords import GROUPS, stem
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.table.numbers import parse_number
from wideseek_cli.table.words import word_set, words

_COVERED = 0.6  # of the question's own words that title, headings, caption and labels must have
_SAMPLE = 40  # rows that show what a column holds
_MOST_NAME = 120
_SHOWN = 4  # words of a condition that name it
_COLUMNS = re.compile(r"\b(?:columns?|headers?)\s*[:：].*$", re.IGNORECASE | re.DOTALL)
_CONDITION = re.compile(
    r"\b(?:before|after|since|over|under|above|below|more than|less than|fewer|at least|at most|between|not"
    r"|without|except|excluding|only|largest|smallest|biggest|highest|lowest|oldest|newest|longest|top|first"
    r"|last|that (?:are|have|were|had)|which (?:are|have|were|had))\b|[<>≥≤]",
    re.IGNORECASE,
)
_LITTLE = word_set(
    "the a an all any each every list lists name names of in on for to and or at by from with as is are was"
    " were it its their they them what which who where when how many much give show find tell me please table"
    " year years date number whether"
)
_STATES = word_set("former defunct past future proposed planned closed previous")
_YEAR_FIRST = re.compile(r"(?:1[0-9]|20)\d\d(?![\d,.–-])")
_TOTALS = word_set("total totals sum average")


@dataclass(frozen=True)
class Harvest:
    """Rows that a page has for the question, and where."""

    table: Table
    url: str
    title: str
    under: str  # the heading or caption of the table


@dataclass(frozen=True)
class _Source:
    page: PageFacts
    grid: Grid
    key: int
    places: dict[int, int]  # asked column: the grid's
    covered: float


def condition_in(question: str) -> str:
    """The words by which a question wants only some of a list's rows, in a way that is not checked here."""
    found = _CONDITION.search(without_columns(question))
    return " ".join(question[found.start() :].split()[:_SHOWN]).rstrip(".?!") if found else ""


def without_columns(question: str) -> str:
    """A question without the names of columns at its end: `Columns: name, city`."""
    return _COLUMNS.sub("", question)


def subject_words(question: str, columns: Sequence[Column]) -> tuple[str, ...]:
    """What the question is about, in its order: without the words of its columns and little ones."""
    asked = {stem(word) for column in columns for word in words(column.name)}
    kept = [w for w in words(without_columns(question)) if w not in _LITTLE]
    return tuple(w for w in dict.fromkeys(kept) if stem(w) not in asked) or tuple(dict.fromkeys(kept))


def harvest(question: str, columns: Sequence[Column], pages: Sequence[PageFacts]) -> Harvest | None:
    """The rows of the best source, with what it lacks taken from others by the row's name."""
    columns = tuple(columns)
    found = [s for page in pages for grid in page.grids if (s := _source(page, grid, question, columns))]
    if not found:
        return None
    best = max(found, key=lambda s: (len(s.places), s.covered, len(s.grid.rows)))
    same = _of_one_list(best, found, question)
    rows = _rows(same, columns)
    others = [s for s in found if s not in same and s.covered >= best.covered]
    table = _with_years(Table(columns, tuple(_joined(row, columns, others) for row in rows)), question)
    if len(table.rows) < 2:
        return None
    document = best.page.document
    return Harvest(table, document.url, document.title, _own(best.grid))


def lists_of(question: str, columns: Sequence[Column], pages: Sequence[PageFacts]) -> list[Harvest]:
    """Each page's rows for the question, of pages whose tables have all that is asked."""
    columns, made = tuple(columns), []
    wanted = sum(not column.key for column in columns)
    for page in pages:
        found = [s for grid in page.grids if (s := _source(page, grid, question, columns))]
        full = [source for source in found if len(source.places) == wanted]
        if full:
            best = max(full, key=lambda s: (s.covered, len(s.grid.rows)))
            rows = _rows(_of_one_list(best, full, question), columns)
            document = page.document
            table = Table(columns, tuple(rows))
            made.append(Harvest(table, document.url, document.title, _own(best.grid)))
    return made


def lacking(table: Table, found: Table) -> tuple[str, ...]:
    """The names of rows that were found and that a table lacks."""
    has = {form for row in table.rows for form in forms(row.cells[_key(table.columns)].text)}
    names = (row.cells[_key(found.columns)].text for row in found.rows)
    return tuple(name for name in names if has.isdisjoint(forms(name)))


def shape_of(question: str, pages: Sequence[PageFacts]) -> tuple[Column, ...]:
    """Columns of a table that the question's words name: its key, and the labels that the question has."""
    said = [stem(word) for word in words(question)]
    best: tuple[tuple[float, int], tuple[Column, ...]] | None = None
    for page in pages:
        for grid in page.grids:
            key = _first_names(grid)
            named = [at for at, label in enumerate(grid.labels) if at != key and _said(label, said)]
            rank = (_coverage(page, grid, subject_words(question, ())), len(named))
            if key is not None and named and rank[0] >= _COVERED and (best is None or rank > best[0]):
                labels = (grid.labels[key], *(grid.labels[at] for at in named))
                best = rank, tuple(Column(label, key=not n) for n, label in enumerate(labels))
    return best[1] if best and len({c.name for c in best[1]}) == len(best[1]) else ()


def _said(label: str, said: Sequence[str]) -> bool:
    """Whether a question has a label, or another word for it."""
    wanted = {stem(word) for word in words(label)}
    if not wanted or is_counter(label):
        return False
    groups = [group for group in GROUPS if tuple(stem(w) for w in words(label)) in group.phrases]
    return wanted <= set(said) or any(set(p) <= set(said) for group in groups for p in group.phrases)


def _source(page: PageFacts, grid: Grid, question: str, columns: Sequence[Column]) -> _Source | None:
    if len(grid.rows) < 2 or any(other_scope(text, question) for text in _over(page, grid)):
        return None
    asked = set(words(question))
    if any(word in _STATES and word not in asked for word in words(_own(grid))):
        return None
    covered = _coverage(page, grid, subject_words(question, columns))
    key, places = _places(grid, columns)
    wanted = sum(not column.key for column in columns)
    if key is None or covered < _COVERED or 2 * len(places) < max(wanted, 1):
        return None
    return _Source(page, grid, key, places, covered)


def _places(grid: Grid, columns: Sequence[Column]) -> tuple[int | None, dict[int, int]]:
    """Where a grid has the row's name and the asked columns; a label that is one column's is no other's."""
    at_key = _key(columns)
    named = _answering(grid, columns[at_key].name, set())
    key = named if named is not None else _first_names(grid)
    places: dict[int, int] = {}
    for at, column in enumerate(columns):
        place = _answering(grid, column.name, {key, *places.values()}) if at != at_key else None
        if place is not None:
            places[at] = place
    return key, places


def _answering(grid: Grid, column: str, taken: set[int | None]) -> int | None:
    how = [(match(label, column), at) for at, label in enumerate(grid.labels) if at not in taken]
    best = max((kind for kind, _ in how), default=Match.NONE)
    fits = [at for kind, at in how if kind is best]
    sure = best is Match.IDENTICAL or (best is Match.AKIN and len(fits) == 1)
    return fits[0] if sure else None


def _first_names(grid: Grid) -> int | None:
    """The first column that holds names: not numbers, and hardly ever the same."""
    for at, label in enumerate(grid.labels):
        cells = [row[at] for row in grid.rows[:_SAMPLE] if row[at]]
        numbers = sum(parse_number(cell) is not None and cell[:1].isdigit() for cell in cells)
        if cells and not is_counter(label) and 2 * numbers <= len(cells) and 2 * len(set(cells)) > len(cells):
            return at
    return None


def _coverage(page: PageFacts, grid: Grid, asked: Sequence[str]) -> float:
    here = {stem(word) for text in (*_over(page, grid), *grid.labels) for word in words(text)}
    return sum(stem(word) in here for word in asked) / len(asked) if asked else 0.0


def _over(page: PageFacts, grid: Grid) -> tuple[str, ...]:
    return tuple(filter(None, (page.document.title, *grid.headings, grid.caption)))


def _own(grid: Grid) -> str:
    return " ".join(filter(None, (*grid.headings[-1:], grid.caption)))


def _of_one_list(best: _Source, found: Iterable[_Source], question: str) -> list[_Source]:
    """The parts of a list that one page has as several tables. Where the question's words are in the headings
    of some of them only, these are meant."""
    same = [s for s in found if s.page is best.page and s.grid.labels == best.grid.labels]
    asked = {stem(word) for word in subject_words(question, ())}
    shares = [len(asked & {stem(word) for word in words(_own(s.grid))}) for s in same]
    return [s for s, share in zip(same, shares, strict=True) if share == max(shares)]


def _rows(sources: Sequence[_Source], columns: Sequence[Column]) -> list[Row]:
    made: dict[str, Row] = {}
    for source in sources:
        for line in source.grid.rows:
            name = _name(line[source.key])
            if name and len(name) <= _MOST_NAME and name.casefold() not in _TOTALS:
                given = {at: _text(line[place]) for at, place in source.places.items()}
                given[_key(columns)] = name
                made.setdefault(name, Row(tuple(_cell(given.get(at, "")) for at in range(len(columns)))))
    return list(made.values())


def _joined(row: Row, columns: Sequence[Column], others: Sequence[_Source]) -> Row:
    """A row with its gaps filled from other tables that have its name."""
    names, cells = forms(row.cells[_key(columns)].text), list(row.cells)
    for source in others:
        line = next((r for r in source.grid.rows if not names.isdisjoint(forms(r[source.key]))), None)
        for at, place in source.places.items():
            if line is not None and not cells[at].text:
                cells[at] = _cell(_text(line[place]))
    return replace(row, cells=tuple(cells))


def _with_years(table: Table, question: str) -> Table:
    """Where years are asked and a column's cells all begin with one, just that: `1636 as New College`."""
    if not {"year", "years"} & set(words(question)):
        return table
    key = _key(table.columns)
    dated = [
        at
        for at in range(len(table.columns))
        if at != key
        and all(_YEAR_FIRST.match(row.cells[at].text) for row in table.rows if row.cells[at].text)
    ]
    return replace(table, rows=tuple(_dated(row, dated) for row in table.rows))


def _dated(row: Row, places: Sequence[int]) -> Row:
    return replace(
        row,
        cells=tuple(replace(c, text=c.text[:4]) if at in places else c for at, c in enumerate(row.cells)),
    )


def _name(cell: str) -> str:
    return re.sub(r"\s*\[[^\]]*\]$", "", cell.split("\n", maxsplit=1)[0]).strip(" *†‡#^")


def _text(cell: str) -> str:
    return ", ".join(part.strip() for part in cell.split("\n") if part.strip())


def _cell(text: str) -> Cell:
    return Cell(text) if text else Cell("", CellStatus.MISSING)


def _key(columns: Sequence[Column]) -> int:
    return next((at for at, column in enumerate(columns) if column.key), 0)
