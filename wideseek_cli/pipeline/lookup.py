"""What code can look up without a model: pages about rows, values they plainly state, lists of rows.

It stands between the lead's table and the repair waves: whatever a page about a row states under a clear
label needs no agent. Everything goes through the library, so budgets, addresses and evidence are the same.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wideseek_cli.agents.calls import Query, Target
from wideseek_cli.agents.library import Library
from wideseek_cli.core.aio import together
from wideseek_cli.core.findings import Hit
from wideseek_cli.facts.names import forms
from wideseek_cli.facts.rows.asked import lacks_names
from wideseek_cli.facts.rows.dated import Candidates
from wideseek_cli.facts.rows.lists import list_queries, titles_meant
from wideseek_cli.pipeline.repair import bad_fields, key_of
from wideseek_cli.question.reading import Question, without_columns
from wideseek_cli.question.rownames import names_in
from wideseek_cli.question.spelling import misspelt
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, words

AGENT = "code"  # whom events name for what no agent did
_AT_ONCE = 4
_MOST_QUERY = 200  # characters of a question that is searched for
_MOST_SOURCES, _SOURCES_READ = 6, 2  # pages that may have the table asked for
_MOST_NAMES = 3  # of one thing that are searched for
_IN_VAIN = 10  # rows that were searched for and have no page, before others are not
MOST_ROWS = 60  # whose own pages code looks for
_MOST_LISTS = 8  # pages that together have the rows
_WEAK = (CellStatus.MISSING, CellStatus.UNPROVED, CellStatus.CONFLICT)
_SHORT = re.compile(r"\b[A-Z]{2,5}\b")
_NAME_AND_MEASURE = re.compile(r"(\D{3,200}?)\s+[\d,.]+\s?(?:m|km|ft|mi|sq km|kg)$")


async def read_about(
    library: Library, table: Table, documents: Iterable[Document], *, mentions: bool = True
) -> frozenset[str]:
    """Find and read a page about every row that lacks proof, if none has been read. The rows of which no
    page that is still unread says anything: an agent would find no more. Without `mentions` only a page about
    the row counts: a list has already said of it what it has."""
    key = key_of(table)
    rows = [(row.cells[key].text, _doubtful_fields(table, row)) for row in table.rows]
    wanted = [(name, bad) for name, bad in rows if bad]
    return await _read_named(library, wanted, documents, mentions)


def _doubtful_fields(table: Table, row: Row) -> list[str]:
    """The columns in which a row lacks proof; all of them where its values are only seen somewhere: perhaps
    nobody has looked for it, and they are another row's."""
    pairs = [
        (column.name, cell.status)
        for column, cell in zip(table.columns, row.cells, strict=True)
        if not column.key
    ]
    if any(status is CellStatus.PROVED for _, status in pairs):
        return bad_fields(table, row)
    return [name for name, _ in pairs]


async def read_sources(
    library: Library, question: Question, columns: Sequence[Column], *, titled: bool = True
) -> None:
    """Find and read pages titled after the question's subject: they may have the table asked for. The
    question itself is the search, its details are the labels of such a table; and once more without what may
    be the list's own words, where it has such. Where no title has the names that it has, its words alone. Not
    `titled`: the names may be those of rows, so pages with any title."""
    subject = question.naming(question.conditions).subject(columns)
    asked = {stem(word) for word in subject}
    longer = (max(name_forms(name), key=len) for name in _SHORT.findall(question.line))  # `US`
    bare = " ".join((*longer, *subject, *(column.name for column in columns if not column.key)))
    named = False
    for text in dict.fromkeys((question.listed, question.plain, bare)):
        if library.exhausted or (named and text == bare):
            return
        query = " ".join(without_columns(text).split())[:_MOST_QUERY]
        found = await library.search(AGENT, Query(query, _MOST_SOURCES))
        titles = {hit: {stem(word) for word in words(hit.title)} for hit in found.hits}
        best = [hit for hit, title in titles.items() if asked & title or not titled]
        named = named or any(not lacks_names(question, titles[hit]) for hit in best)
        await together(library.read(AGENT, Target(hit.url, query)) for hit in best[:_SOURCES_READ])


async def spelt_right(library: Library, question: Question, known: Sequence[str]) -> dict[str, str]:
    """The question's misspelt words with those of pages that are meant. A word that any page has is none."""
    found = misspelt(question.line, known)
    for word in list(found):
        hits = (await library.search(AGENT, Query(word))).hits if not library.exhausted else ()
        if any(word.casefold() in words(f"{hit.title} {hit.snippet}") for hit in hits):
            del found[word]
    return found


async def _read_named(
    library: Library,
    wanted: Iterable[tuple[str, Sequence[str]]],
    documents: Iterable[Document],
    mentions: bool,
) -> frozenset[str]:
    read = {form for document in documents if document.kind == "page" for form in name_forms(document.title)}
    gate = asyncio.Semaphore(_AT_ONCE)
    somewhere: set[str] = set()
    nowhere: set[str] = set()

    async def one(name: str, fields: Sequence[str]) -> None:
        async with gate:
            if library.exhausted:
                return
            vain = len(nowhere) >= _IN_VAIN and not somewhere  # such rows have no pages here
            found = not vain and await _read_one(library, name, fields, mentions)
            (somewhere if found else nowhere).add(name)

    unread = [(name, fields) for name, fields in wanted if name and not read & set(name_forms(name))]
    await together(one(name, fields) for name, fields in unread[:MOST_ROWS])
    return frozenset(nowhere)


async def _read_one(library: Library, name: str, fields: Sequence[str], mentions: bool) -> bool:
    """Read the page about a name; whether there is one, or another to look at, or nobody knows."""
    need, searched = f"{name}: {', '.join(fields)}", [f"{name} {' '.join(fields[:2])}", *other_names_of(name)]
    said = False
    for query in searched:
        found = await library.search(AGENT, Query(query))
        if page := next((hit for hit in found.hits if _is_about(hit, name)), None):
            await library.read(AGENT, Target(page.url, need))
            return True
        unread = (hit for hit in found.hits if library.status(hit.url) is None)
        said = said or any(mentions and _names(f"{hit.title} {hit.snippet}", name) for hit in unread)
        if not found.settled:
            return True
    return said


def _names(text: str, name: str) -> bool:
    return f" {' '.join(words(name))} " in f" {' '.join(words(text))} "


def other_names_of(name: str) -> list[str]:
    """The name, and others that a page may have it under: `USA`, `united states`."""
    plain = " ".join(words(name))
    return [name, *(form for form in name_forms(name) if form != plain)][:_MOST_NAMES]


def _is_about(hit: Hit, name: str) -> bool:
    """The title is the name, or begins with it and says where it is from (`Peru - Wikipedia`)."""
    heads = [hit.title, *re.split(r"(?<!\s)\s+[-–—|:·]\s+", hit.title)[:1]]
    wanted = set(name_forms(name))
    return any(wanted & set(name_forms(head)) for head in heads)


def _tidied(value: str, column: Column) -> str:
    """A name without the measure that stands behind it on the page: `Mount Fuji 3,776 m`."""
    named = _NAME_AND_MEASURE.match(value) if column.type is ColumnType.STR else None
    return named[1] if named else value


async def read_lists(library: Library, question: Question, columns: Sequence[Column]) -> None:
    """Find and read the pages that are titled as the lists that the question asks for. A search gives few
    hits, and each of several lists is one of them: where some are not found, each name is searched for."""
    hits: dict[str, Hit] = {}
    for query in list_queries(question, columns):
        if library.exhausted:
            return
        found = await library.search(AGENT, Query(" ".join(query.split())[:_MOST_QUERY]))
        hits.update((hit.title, hit) for hit in found.hits)
        meant, whole = titles_meant(question, columns, hits)
        if whole:
            break
    await together(
        library.read(AGENT, Target(hits[t].url, question.plain[:_MOST_QUERY])) for t in meant[:_MOST_LISTS]
    )


async def rows_named(library: Library, question: Question) -> list[str]:
    """The rows that a question names. Which `and` is the list's own is told by the titles of pages."""
    titles: list[str] = []
    for unsure in (name for name in names_in(question) if " and " in name):
        if not library.exhausted:
            titles += [hit.title for hit in (await library.search(AGENT, Query(unsure))).hits]
    return names_in(question, titles)


def with_stated(table: Table, choice: int) -> Table:
    """The table with, in cells without proof, the value number `choice` of those that pages about their row
    plainly state. Whether it is the better one is for the proof to say. Of several rows of one name that are
    not the user's nobody can tell whose it is."""

    def taken(cell: Cell, column: Column) -> Cell:
        stated = _plain_ones(cell.alternatives, column)
        if cell.given or cell.status not in _WEAK or choice >= len(stated):
            return cell
        others = (cell.text, *(value for value in stated if value != stated[choice]))
        return Cell(_tidied(stated[choice], column), alternatives=tuple(filter(None, others)))

    key = key_of(table)
    called = [forms(row.cells[key].text) for row in table.rows]
    counts = Counter(form for names in called for form in names)
    rows = list(table.rows)
    for number, (row, names) in enumerate(zip(table.rows, called, strict=True)):
        if row.cells[key].given or all(counts[form] == 1 for form in names):
            pairs = enumerate(zip(row.cells, table.columns, strict=True))
            rows[number] = Row(tuple(cell if at == key else taken(cell, c) for at, (cell, c) in pairs))
    return replace(table, rows=tuple(rows))


def with_values(table: Table, tried: Iterable[Candidates], choice: int) -> Table:
    """The table with value number `choice` of those that are to be tried in its cells."""
    rows = [list(row.cells) for row in table.rows]
    for one in tried:
        if choice < len(one.values):
            rows[one.row][one.column] = Cell(one.values[choice])
    return replace(table, rows=tuple(Row(tuple(cells)) for cells in rows))


def _plain_ones(values: Sequence[str], column: Column) -> list[str]:
    """For a column of numbers: without shares and measures, where a plain number is among them."""
    if column.type not in (ColumnType.INT, ColumnType.FLOAT):
        return list(values)
    numbers = [(value, parse_number(value)) for value in values]
    plain = [value for value, number in numbers if number is not None and not number.unit]
    return plain or list(values)


def in_line(table: Table, names: Sequence[str]) -> tuple[Table, tuple[str, ...]]:
    """The table with a row for each name and no others, and the names that it had besides."""
    key = key_of(table)
    rows: dict[str, Row] = {}
    for row in table.rows:
        for form in name_forms(row.cells[key].text):
            rows.setdefault(form, row)
    made = [next((rows[form] for form in name_forms(name) if form in rows), None) for name in names]
    kept = [row or _named_row(table, name) for name, row in zip(names, made, strict=True)]
    known = set(map(id, kept))
    others = (row.cells[key].text for row in table.rows if id(row) not in known)
    return replace(table, rows=tuple(kept)), tuple(name for name in others if name)


def shared(table: Table, names: Sequence[str]) -> int:
    """How many of some names a table has."""
    has = {form for row in table.rows for form in name_forms(row.cells[key_of(table)].text)}
    return sum(not has.isdisjoint(name_forms(name)) for name in names)


def _named_row(table: Table, name: str) -> Row:
    key = key_of(table)
    return Row(
        tuple(Cell(name) if at == key else Cell("", CellStatus.MISSING) for at in range(len(table.columns)))
    )
