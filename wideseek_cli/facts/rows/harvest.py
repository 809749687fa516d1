"""The rows of the tables that answer a question (`answering.py`), joined by their names. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.facts.labels import Match, match_asked
from wideseek_cli.facts.names import forms, plain, same
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.answering import (
    Named,
    Source,
    is_enough,
    key_of,
    named_in,
    source_of,
    title_fit,
)
from wideseek_cli.facts.rows.asked import Listed, judge, own_heading, part_of
from wideseek_cli.facts.rows.lists import NameList
from wideseek_cli.facts.rows.sections import one_list
from wideseek_cli.pages.elements.cells import as_name, as_value
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import word_set, words

_MOST_NAME = 120
_SPREAD = 3  # cells of a line with one text, for it to speak of the whole line
_YEAR_FIRST = re.compile(r"(?:1[0-9]|20)\d\d(?![\d,.–-])")
_ROUNDED = 0.02  # by which the sum of rounded numbers may differ from what is said to be their total
_DASHES = " -‐‑‒–—―−."
_TOTALS = word_set("total totals sum average")


@dataclass(frozen=True)
class Harvest:
    """Rows that a page has for the question, and where."""

    table: Table
    url: str
    title: str
    under: str  # the heading or caption of the table
    part: str = ""  # of a list by letters, those that were read
    met: tuple[Condition, ...] = ()  # the conditions that are stated of all its rows
    unsaid: str = ""  # of these, the one that its title has only half of the words of
    twice: tuple[str, ...] = ()  # names that more than one row has
    beside: tuple[str, ...] = ()  # headings of its page under which it goes on, without what is asked
    more: int = 0  # rows there


def harvest(
    question: Question, columns: Sequence[Column], pages: Sequence[PageFacts], *, guessed: bool = False
) -> Harvest | None:
    """The rows of the best source, with what it lacks taken from others by the row's name."""
    columns, grids = tuple(columns), ((page, grid) for page in pages for grid in page.grids)
    every = (source_of(page, grid, question, columns, guessed=guessed) for page, grid in grids)
    found = [source for source in every if source and not source.unread]
    if not found:
        return None
    own = [one for one in found if guessed and _has_own(one, columns)]  # the table that named them
    best = max(own or found, key=lambda s: (*s.rank, title_fit(s.page, question), len(s.grid.rows)))
    whole = one_list(best, found, question, columns, guessed=guessed)
    same, rows = whole.taken, _rows(whole.taken, columns)
    others = [s for s in found if s not in same and s.covered >= best.covered and _has_most(s, rows, columns)]
    places = {*best.places, *(at for one in others for at in one.places)}
    if best.covered < 1 and not is_enough(places, columns, best.covered):
        return None
    table = Table(columns, tuple(_joined(row, columns, others) for row in rows))
    table = _with_years(table, question.listed)
    if len(table.rows) < 2:
        return None
    document = best.page.document
    parts = dict.fromkeys(part_of(source.page.document.title, question)[1] for source in same)
    over = " ".join((document.title, *best.grid.headings, best.grid.caption))
    half = next((m.text for m in best.met if not m.implied and not m.is_said_by(over, whole=True)), "")
    under = own_heading(best.grid)
    where = document.url, document.title, under, ", ".join(parts)
    return Harvest(table, *where, best.met, half, _twice(table), whole.under, whole.more)


def tables_listed(
    question: Question, columns: Sequence[Column], pages: Sequence[PageFacts], *, whole: bool = True
) -> list[NameList]:
    """The names of each page's rows for the question; `whole`: of pages whose tables have all that is asked,
    and not only half of it."""
    columns, made = tuple(columns), []
    wanted = sum(not column.key for column in columns)
    for page in pages:
        found = [s for grid in page.grids if (s := source_of(page, grid, question, columns))]
        full = [source for source in found if is_enough(source.places, columns, source.covered)]
        full = [source for source in full if len(source.places) == wanted or not whole]
        if full:
            best = max(full, key=lambda s: (*s.rank[1:], len(s.grid.rows)))
            rows = _rows(one_list(best, full, question, columns, guessed=False).taken, columns)
            names = tuple(row.cells[key_of(columns)].text for row in rows)
            where = page.document.url, page.document.title, own_heading(best.grid)
            made.append(NameList(names, *where, best.met))
    return made


def nearest(
    question: Question, columns: Sequence[Column], pages: Sequence[PageFacts]
) -> tuple[str, str] | None:
    """Of the tables that are not the one asked for the title of that which says most of the question's words,
    and those that it does not say."""
    grids = ((page.document.title, grid) for page in pages for grid in page.grids if len(grid.rows) > 1)
    judged = ((judge(question, Listed(title, grid), columns, None), title) for title, grid in grids)
    found = [(verdict, title) for verdict, title in judged if verdict.lacking and verdict.covered]
    if not found:
        return None
    verdict, title = max(found, key=lambda pair: pair[0].covered)
    return title, " ".join(dict.fromkeys(verdict.lacking))


def shape_of(question: Question, pages: Sequence[PageFacts]) -> tuple[Column, ...]:
    """Columns of a table that the question's words name: its key, and the labels that the question has, also
    in its conditions. Where no table has what is wished, the list itself, without it."""
    tables = [(page.document.title, grid) for page in pages for grid in page.grids]
    wished = _fields(question, (own_heading(grid) for _, grid in tables))
    found = named_in(question.listed, tables, details=question.text, whole=not wished)
    compared = [one.column for one in question.conditions if one.as_column]
    denied = any(one.sign.denies for one in question.conditions)  # what is told row by row
    if found is None and (wished or compared or denied):
        found = named_in(" ".join(question.subject()), tables, 1.0, bare=True)
    if found is None:
        return ()
    said = [found.grid.labels[at] for at in found.columns] or _wished(found, compared)
    names = [column.name for column in wished]
    labels = (found.grid.labels[found.key], *(_wished(found, names) if names else said))
    columns = tuple(Column(label, key=not at) for at, label in enumerate(labels))
    return columns if len(set(labels)) == len(labels) else ()


def with_lacking(found: Harvest, question: Question) -> Harvest:
    """With an empty column for each that is wished and that the list has not."""
    columns, fields = found.table.columns, _fields(question, [found.under])
    key = columns[key_of(columns)].name
    has = {c.name for c in fields if any(match_asked(o.name, c.name, key) is not Match.NONE for o in columns)}
    lacking = [column for column in fields if column.name not in has]
    empty = (Cell("", CellStatus.MISSING),) * len(lacking)
    rows = (replace(row, cells=(*row.cells, *empty)) for row in found.table.rows)
    return replace(found, table=Table((*columns, *lacking), tuple(rows)))


def _fields(question: Question, headings: Iterable[str]) -> list[Column]:
    """What is wished to be known: not what is the heading of a part of the list, `ladies' singles`."""
    heads = [set(words(heading)) for heading in headings]
    wished = [column for column in question.wished if not column.key]
    return [c for c in wished if not any(head and head == set(words(c.name)) for head in heads)]


def _wished(found: Named, wished: Sequence[str]) -> list[str]:
    """The labels for what a question says it wants to know; where it says that, no others."""
    others = [label for at, label in enumerate(found.grid.labels) if at != found.key]
    key = found.grid.labels[found.key]  # whose words a label may repeat: `County seat` of counties
    how = {
        label: max((match_asked(label, one, key) for one in wished), default=Match.NONE) for label in others
    }
    return [label for label, kind in how.items() if kind is not Match.NONE]


def _has_own(source: Source, columns: Sequence[Column]) -> bool:
    """Whether its labels are the names of all columns."""
    places = {**source.places, key_of(columns): source.key}
    return [source.grid.labels[places[at]] for at in sorted(places)] == [column.name for column in columns]


def _rows(sources: Sequence[Source], columns: Sequence[Column]) -> list[Row]:
    """A row for each line with a name; lines that are the same are one."""
    made: dict[Row, None] = {}
    for source in sources:
        lines = source.grid.rows[: -1 if _is_sum(source.grid, source.key) else None]
        for line in _lines_of_rows(lines, source):
            name = as_name(line[source.key])
            if any(map(str.isalnum, name)) and len(name) <= _MOST_NAME and name.casefold() not in _TOTALS:
                given = {at: as_value(line[place]) for at, place in source.places.items()}
                given[key_of(columns)] = name
                made.setdefault(Row(tuple(_cell(given.get(at, "")) for at in range(len(columns)))))
    return list(made)


def _lines_of_rows(lines: Sequence[tuple[str, ...]], source: Source) -> list[tuple[str, ...]]:
    """Without lines that say one thing over their whole width (`not held`), and names that several have of
    which nothing more is said (`vacant`)."""
    spread = [_spread(line) for line in lines]
    others = {cell for line, text in zip(lines, spread, strict=True) if not text for cell in line}
    kept = [line for line, text in zip(lines, spread, strict=True) if not text or text in others]
    told = set(source.places.values())
    bare = Counter(line[source.key] for line in kept if told and not any(line[at] for at in told))
    return [line for line in kept if bare[line[source.key]] < 2 or any(line[at] for at in told)]


def _spread(line: tuple[str, ...]) -> str:
    """The text that all cells of a line have but one."""
    counts = Counter(filter(None, line))
    text, count = next(iter(counts.most_common(1)), ("", 0))
    is_text = any(map(str.isalpha, text)) and not is_missing(text)
    return text if is_text and count >= max(_SPREAD, counts.total() - 1) else ""


def _is_sum(grid: Grid, key: int) -> bool:
    """Whether the last row says that it is a total, and its first number is the sum of those above it."""
    *above, last = grid.rows
    if _TOTALS.isdisjoint(words(last[key])[:1]):
        return False
    for at, cell in enumerate(last):
        total, parts = parse_number(cell), [parse_number(row[at]) for row in above]
        numbers = [part.value for part in parts if part]
        if total and total.value and len(numbers) == len(above):
            return abs(sum(numbers) - total.value) <= _ROUNDED * abs(total.value)
    return False


def _twice(table: Table) -> tuple[str, ...]:
    counts = Counter(row.cells[key_of(table.columns)].text for row in table.rows)
    return tuple(name for name, count in counts.items() if count > 1)


def _has_most(source: Source, rows: Sequence[Row], columns: Sequence[Column]) -> bool:
    """Whether a table has most of some rows."""
    has = {form for line in source.grid.rows for form in forms(line[source.key])}
    key = key_of(columns)
    return 2 * sum(not has.isdisjoint(forms(row.cells[key].text)) for row in rows) >= len(rows)


def _joined(row: Row, columns: Sequence[Column], others: Sequence[Source]) -> Row:
    """A row with its gaps filled from other tables that have its name."""
    name, cells = row.cells[key_of(columns)].text, list(row.cells)
    for source in others:
        line = _line_of(name, source)
        for at, place in source.places.items():
            if line is not None and not cells[at].text:
                cells[at] = _cell(as_value(line[place]))
    return replace(row, cells=tuple(cells))


def _line_of(name: str, source: Source) -> tuple[str, ...] | None:
    """The line that has a name word for word, else the only one that has it in another form."""
    lines = [line for line in source.grid.rows if same(name, line[source.key])]
    exact = [line for line in lines if plain(line[source.key]) == plain(name)]
    return exact[0] if exact else lines[0] if len(lines) == 1 else None


def _with_years(table: Table, question: str) -> Table:
    """Where years are asked and a column's cells all begin with one, just that: `1636 as New College`."""
    if not {"year", "years"} & set(words(question)):
        return table
    key = key_of(table.columns)
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


def _cell(text: str) -> Cell:
    return Cell(text) if text.strip(_DASHES) else Cell("", CellStatus.MISSING)
