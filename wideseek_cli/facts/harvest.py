"""The rows of a table on a page that answers the question. Pure.

Whether it answers is told by its words: title, headings and caption by the question's, labels by the columns.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.scope import other_scope
from wideseek_cli.facts.subject import LITTLE, names_another, subject_words
from wideseek_cli.pages.elements.cells import one_line
from wideseek_cli.pages.model import Grid
from wideseek_cli.table.asked import alike
from wideseek_cli.table.columns import is_counter
from wideseek_cli.table.fieldwords import GROUPS, stem
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import word_set, words

_COVERED = 0.6  # of the question's own words that title, headings, caption and labels must have
_SURELY = 0.75  # of them, where a column that was asked for is lacking
_OFTEN = 0.3  # of the rows' names have a word that says what they are
_SAMPLE = 40  # rows that show what a column holds
_MOST_NAME = 120
_STATES = word_set("former defunct past future proposed planned closed previous")
_YEAR_FIRST = re.compile(r"(?:1[0-9]|20)\d\d(?![\d,.–-])")
_MARK = re.compile(r"\s*\[[^\]]*\]$|\^[A-Z]{1,3}$")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"”“»]")
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


def harvest(question: str, columns: Sequence[Column], pages: Sequence[PageFacts]) -> Harvest | None:
    """The rows of the best source, with what it lacks taken from others by the row's name."""
    columns = tuple(columns)
    found = [s for page in pages for grid in page.grids if (s := _source(page, grid, question, columns))]
    if not found:
        return None
    best = max(found, key=lambda s: (len(s.places), s.covered, _fit(s.page, question), len(s.grid.rows)))
    same = _of_one_list(best, found, question)
    rows = _rows(same, columns)
    others = [s for s in found if s not in same and s.covered >= best.covered]
    table = _with_years(Table(columns, tuple(_joined(row, columns, others) for row in rows)), question)
    if len(table.rows) < 2:
        return None
    document = best.page.document
    return Harvest(table, document.url, document.title, _own(best.grid))


def lists_of(
    question: str, columns: Sequence[Column], pages: Sequence[PageFacts], *, whole: bool = True
) -> list[Harvest]:
    """Each page's rows for the question; `whole`: of pages whose tables have all that is asked, and not only
    half of it."""
    columns, made = tuple(columns), []
    wanted = sum(not column.key for column in columns)
    for page in pages:
        found = [s for grid in page.grids if (s := _source(page, grid, question, columns))]
        full = [source for source in found if len(source.places) == wanted or not whole]
        if full:
            best = max(full, key=lambda s: (s.covered, len(s.grid.rows)))
            rows = _rows(_of_one_list(best, full, question), columns)
            document = page.document
            table = Table(columns, tuple(rows))
            made.append(Harvest(table, document.url, document.title, _own(best.grid)))
    return made


def lacking(table: Table, found: Table) -> tuple[str, ...]:
    """The names of rows that were found and that a table lacks."""
    return missing_names(table, [row.cells[_key(found.columns)].text for row in found.rows])


def missing_names(table: Table, names: Iterable[str]) -> tuple[str, ...]:
    """Those of some names that no row of a table has."""
    has = {form for row in table.rows for form in forms(row.cells[_key(table.columns)].text)}
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
    here = [stem(word) for text in (*_over(page, grid), *grid.labels) for word in words(text)]
    if names_another(question, page.document.title, here):
        return None
    key, places = _places(grid, columns)
    covered = _coverage(page, grid, subject_words(question, columns), key)
    wanted = sum(not column.key for column in columns)
    if key is None or covered < _COVERED or 2 * len(places) < max(wanted, 1):
        return None
    if covered < _SURELY and len(places) < wanted:
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


def _coverage(page: PageFacts, grid: Grid, asked: Sequence[str], key: int | None = None) -> float:
    """The share of the asked words that title, headings, caption and labels have, or many of the rows' names
    (`Auckland Prison`)."""
    here = {stem(word) for text in (*_over(page, grid), *grid.labels) for word in words(text)}
    here |= _often(grid, key)
    met = sum(stem(word) in here or any(alike(word, other) for other in here) for word in asked)
    return met / len(asked) if asked else 0.0


def _fit(page: PageFacts, question: str) -> float:
    """The share of its title that the question says: of lists by letter, the one that is meant."""
    said, title = {stem(word) for word in words(question)}, words(page.document.title)
    return sum(stem(word) in said for word in title) / max(len(title), 1)


def _often(grid: Grid, key: int | None) -> set[str]:
    """Words that many of the rows' names have."""
    if key is None:
        return set()
    names = [row[key] for row in grid.rows[:_SAMPLE]]
    counts = Counter(stem(word) for name in names for word in set(words(name)))
    return {word for word, count in counts.items() if _OFTEN * len(names) <= count > 1}


def _over(page: PageFacts, grid: Grid) -> tuple[str, ...]:
    return tuple(filter(None, (page.document.title, *grid.headings, grid.caption)))


def _own(grid: Grid) -> str:
    return " ".join(filter(None, (*grid.headings[-1:], grid.caption)))


def _of_one_list(best: _Source, found: Iterable[_Source], question: str) -> list[_Source]:
    """The parts of a list that one page has as several tables. Where the question's words are in the headings
    of some of them only, these are meant; but not where the page as a whole is what was asked for."""
    same = [s for s in found if s.page is best.page and _same_labels(s, best)]
    title = {stem(word) for word in words(best.page.document.title)}
    asked = {stem(word) for word in subject_words(question, ())}
    if title - {stem(word) for word in LITTLE} <= {stem(word) for word in words(question)}:
        asked -= title
    heads = [" ".join((*s.grid.headings, s.grid.caption)).replace(best.page.document.title, "") for s in same]
    shares = [len(asked & {stem(word) for word in words(head)}) for head in heads]
    return [s for s, share in zip(same, shares, strict=True) if share == max(shares)]


def _same_labels(one: _Source, other: _Source) -> bool:
    """Whether the labels that answer are the same but for their wording."""
    if one.places.keys() != other.places.keys():
        return False
    pairs = [(one.key, other.key), *((place, other.places[at]) for at, place in one.places.items())]
    return all(match(one.grid.labels[a], other.grid.labels[b]) is not Match.NONE for a, b in pairs)


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
    """A row's name: its first line, without notes, marks and the quotes around all of it."""
    return _unquoted(_MARK.sub("", cell.split("\n", maxsplit=1)[0]).strip(" *†‡#^"))


def _text(cell: str) -> str:
    return _unquoted(one_line("\n".join(part.strip() for part in cell.split("\n") if part.strip())))


def _unquoted(text: str) -> str:
    found = _QUOTED.fullmatch(text)
    return found[1] if found else text


def _cell(text: str) -> Cell:
    return Cell(text) if text else Cell("", CellStatus.MISSING)


def _key(columns: Sequence[Column]) -> int:
    return next((at for at, column in enumerate(columns) if column.key), 0)
