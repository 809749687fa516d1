"""What code can look up without a model: pages about rows, values they plainly state, lists of rows.

It stands between the lead's table and the repair waves: whatever a page about a row states under a clear
label needs no agent. Everything goes through the library, so budgets, addresses and evidence are the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, replace

from wideseek_cli.agents.calls import Query, Target
from wideseek_cli.agents.library import Library
from wideseek_cli.core.aio import together
from wideseek_cli.core.findings import Hit
from wideseek_cli.facts.subject import subject_words, without_columns
from wideseek_cli.pipeline.repair import bad_fields, key_of
from wideseek_cli.table.asked import are_several, first_line, list_queries, whole_lists
from wideseek_cli.table.fieldwords import stem
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.values.compare import name_forms, parse_number
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.words import name_key, words

AGENT = "code"  # whom events name for what no agent did
_AT_ONCE = 4
_MOST_QUERY = 200  # characters of a question that is searched for
_MOST_SOURCES, _SOURCES_READ = 6, 2  # pages that may have the table asked for
_MOST_NAMES = 3  # of one thing that are searched for
MOST_ROWS = 60  # whose own pages code looks for
_LEAST_LISTED, _MOST_LISTED = 2, 200
_WEAK = (CellStatus.MISSING, CellStatus.UNPROVED, CellStatus.CONFLICT)
_ITEM = re.compile(r"^[-*•]\s+(.{1,80})$|^\d+[.)]\s+(.{1,80})$")
_NAME_AND_MEASURE = re.compile(r"(\D{3,200}?)\s+[\d,.]+\s?(?:m|km|ft|mi|sq km|kg)$")
_MOST_LISTED = 500  # parts of one sentence of a question
_PLACING = frozenset(["of", "in", "from", "across", "within"])
_ABOUT = frozenset(["details", "facts", "figures", "names", "values", "lists"])
_JOINERS = frozenset(["and", "of", "the", "de", "la"])
_MOST_NAME_WORDS = 6


async def read_about(library: Library, table: Table, documents: Iterable[Document]) -> None:
    """Find and read a page about every row that lacks proof, if none has been read."""
    key = key_of(table)
    rows = [(row.cells[key].text, _doubtful_fields(table, row)) for row in table.rows]
    await read_named(library, [(name, bad) for name, bad in rows if bad], documents)


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


async def read_sources(library: Library, question: str, columns: Sequence[Column]) -> None:
    """Find and read pages titled after the question's subject: they may have the table asked for. The
    question itself is the search: its details are the labels of such a table."""
    if library.exhausted:
        return
    asked = {stem(word) for word in subject_words(question, columns)}
    query = " ".join(without_columns(question).split())[:_MOST_QUERY]
    found = await library.search(AGENT, Query(query, _MOST_SOURCES))
    best = [hit for hit in found.hits if asked & {stem(word) for word in words(hit.title)}]
    await together(library.read(AGENT, Target(hit.url, query)) for hit in best[:_SOURCES_READ])


async def read_named(
    library: Library, wanted: Iterable[tuple[str, Sequence[str]]], documents: Iterable[Document]
) -> None:
    """Find and read, for each name and what is wanted of it, a page about it, if none has been read."""
    read = {form for document in documents if document.kind == "page" for form in name_forms(document.title)}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str, fields: Sequence[str]) -> None:
        async with gate:
            if not library.exhausted:
                await _read_one(library, name, fields)

    unread = [(name, fields) for name, fields in wanted if name and not read & set(name_forms(name))]
    await together(one(name, fields) for name, fields in unread[:MOST_ROWS])


async def _read_one(library: Library, name: str, fields: Sequence[str]) -> None:
    need = f"{name}: {', '.join(fields)}"
    found = await library.search(AGENT, Query(f"{name} {' '.join(fields[:2])}"))
    page = next((hit for hit in found.hits if _is_about(hit, name)), None)
    for other in other_names_of(name):
        if page is None and found.settled:
            found = await library.search(AGENT, Query(other))
            page = next((hit for hit in found.hits if _is_about(hit, name)), None)
    if page is not None:
        await library.read(AGENT, Target(page.url, need))


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


async def read_list(library: Library, question: str, table: Table) -> None:
    """Find and read the list pages that the question names, if there are any."""
    columns = {word for column in table.columns if not column.key for word in words(column.name)}
    asked = [word for word in first_line(question).split() if not set(words(word)) & columns]
    found = await library.search(AGENT, Query(" ".join(asked)[:200]))
    for unsure in (name for name in names_in(question) if " and " in name):
        await library.search(AGENT, Query(unsure))  # titles tell which `and` is the list's
    hits = list(found.hits)
    named = whole_lists(question, [hit.title for hit in hits])
    for query in list_queries(question):  # a search gives few hits, and each list is one of them
        if named:
            break
        hits += (await library.search(AGENT, Query(query))).hits
        named = whole_lists(question, [hit.title for hit in hits])
    if named and not are_several(question, named):
        named = named[:1]
    for title in named:
        url = next(hit.url for hit in hits if hit.title == title)
        await library.read(AGENT, Target(url, question[:200]))


def with_stated(table: Table, choice: int) -> Table:
    """The table with, in cells without proof, the value number `choice` of those that pages about their row
    plainly state. Whether it is the better one is for the proof to say."""

    def taken(cell: Cell, column: Column) -> Cell:
        stated = _plain_ones(cell.alternatives, column)
        if cell.given or cell.status not in _WEAK or choice >= len(stated):
            return cell
        others = (cell.text, *(value for value in stated if value != stated[choice]))
        return Cell(_tidied(stated[choice], column), alternatives=tuple(filter(None, others)))

    key = key_of(table)
    return replace(
        table,
        rows=tuple(
            replace(
                row,
                cells=tuple(
                    cell if at == key else taken(cell, column)
                    for at, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True))
                ),
            )
            for row in table.rows
        ),
    )


def _plain_ones(values: Sequence[str], column: Column) -> list[str]:
    """For a column of numbers: without shares and measures, where a plain number is among them."""
    if column.type not in (ColumnType.INT, ColumnType.FLOAT):
        return list(values)
    numbers = [(value, parse_number(value)) for value in values]
    plain = [value for value, number in numbers if number is not None and not number.unit]
    return plain or list(values)


@dataclass(frozen=True)
class Listed:
    """A table brought in line with a list, and the rows that were not on it."""

    table: Table
    left_out: tuple[str, ...] = ()
    found: bool = False  # there is such a list


def with_listed(table: Table, question: str, documents: Iterable[Document]) -> Listed:
    """The table with the rows of a list, and no others: the question's own (`for Peru, Chile and Cuba`), or a
    page's. The page must be the list that is asked for: the question names its title and does not narrow it.
    The table must be drawn from the list already, or be empty; a row without a name is none."""
    documents = tuple(documents)
    pages = [document for document in documents if document.kind == "page"]
    titles = whole_lists(question, [page.title for page in pages])
    asked_for = names_asked_for(question, pages, titles)
    key = key_of(table)
    fields = {name_key(column.name) for column in table.columns}
    table = replace(
        table, rows=tuple(r for r in table.rows if name_key(r.cells[key].text) not in {"", *fields})
    )
    have = {form for row in table.rows for form in name_forms(row.cells[key].text)}
    own = names_in(question, [document.title for document in documents])
    if _are_places_of(question, own, table) or _are_of_lists(own, titles):
        own = []
    for names in (own, *asked_for):
        if fields & {name_key(name) for name in names}:
            continue  # the question listed what it wants to know
        missing = [name for name in names if not have & set(name_forms(name))]
        shared = len(names) - len(missing)
        least = 1 if names is own else 2  # a name that the question gives is no chance
        if _LEAST_LISTED <= len(names) <= _MOST_LISTED and shared >= min(least, len(table.rows)):
            forms = {form for name in names for form in name_forms(name)}
            trusted = 2 * shared >= min(len(table.rows), len(names))  # else the others may be what was meant
            kept = [row for row in table.rows if not trusted or forms & set(name_forms(row.cells[key].text))]
            rows = (*kept, *(_named_row(table, name) for name in missing))
            others = tuple(row.cells[key].text for row in table.rows if row not in kept)
            return Listed(replace(table, rows=rows), others, found=True)
    return Listed(table)


def names_asked_for(question: str, pages: Sequence[Document], named: Sequence[str]) -> list[list[str]]:
    """What the named lists have, apart, or together where only all of them are the set."""
    lists = [listed_names(page) for page in pages if page.title in named]
    if not are_several(question, named):
        return lists
    if any(len(names) < _LEAST_LISTED for names in lists):
        return []  # a page that should be one of the lists has none: the others are not the whole set
    return [list(dict.fromkeys(name for names in lists for name in names))]


def _are_places_of(question: str, names: Sequence[str], table: Table) -> bool:
    """Whether the names only say where the rows are: `countries of Asia, Africa and Europe`; not so where a
    column is asked of them: `the capitals of Peru, Chile and Cuba`."""
    before = question.partition(names[0])[0].removesuffix("the ").split()[-2:] if names else []
    if len(before) < 2 or before[1] not in _PLACING or not before[0].endswith("s") or before[0] in _ABOUT:
        return False
    columns = (column.name for column in table.columns if not column.key)
    return stem(before[0].casefold()) not in {stem(word) for name in columns for word in words(name)}


def _are_of_lists(names: Sequence[str], titles: Sequence[str]) -> bool:
    """Whether the names are those of the lists that the question asks for."""
    return set(words(" ".join(names))) <= {"and", *words(" ".join(titles))}


def names_in(question: str, titles: Iterable[str] = ()) -> list[str]:
    """The names that a question lists, three or more: `for Peru, Trinidad and Tobago and Chile`. Which `and`
    is the list's is told by the titles of pages."""
    known = {form for title in titles for form in name_forms(title)}
    best: list[str] = []
    before = ""
    for sentence in re.split(r"([:;.?!](?:\s|$)|\n)", without_columns(question)):
        parts = sentence.split(", ")[:_MOST_LISTED]
        for start in range(len(parts) - 1):
            names = _names_from(parts, start, known, whole=bool(start) or before.startswith(":"))
            if len(names) > max(2, len(best)):
                best = names
        before = sentence
    return best


def _names_from(parts: Sequence[str], start: int, known: Set[str], *, whole: bool) -> list[str]:
    """The names of a list that begins at the end of one part and ends at the beginning of a later one. The
    first word of a sentence is mostly none; behind a colon (`whole`) it is one."""
    first = parts[start].split()
    names = [_name_words(first[: None if whole else 0 : -1], backwards=True)]
    for part in parts[start + 1 :]:
        part = part.removeprefix("and ")
        if _name_words(part.split()) != part or " and " in part:
            if _name_words(part.split()) == part and part != parts[-1]:
                names.append(part)  # a name with an `and` of its own, inside the list
                continue
            names += _last_two(_name_words(part.split()), known)
            break
        names.append(part)
    names = [name for name in names if name]
    return names if all(_is_name(name) for name in names) else []


def _last_two(part: str, known: Set[str]) -> list[str]:
    """The last two names of a list, either of which may have an `and` of its own."""
    pieces = part.split(" and ")
    ways = [[" and ".join(pieces[:at]), " and ".join(pieces[at:])] for at in range(len(pieces) - 1, 0, -1)]
    ways = [way for way in ways if all(map(_is_name, way))] or [[part]]
    return max(ways, key=lambda way: sum(bool(known & set(name_forms(name))) for name in way))


def _name_words(said: Sequence[str], *, backwards: bool = False) -> str:
    """The capitalised words at the beginning, with the small ones between them."""
    taken: list[str] = []
    for word in said:
        if not (word[:1].isupper() or word in _JOINERS):
            break
        taken.append(word)
    if backwards:
        taken.reverse()
    while taken and taken[0] in _JOINERS:
        taken.pop(0)
    while taken and taken[-1] in _JOINERS:
        taken.pop()
    return " ".join(taken)


def _is_name(text: str) -> bool:
    return text[:1].isupper() and len(text.split()) <= _MOST_NAME_WORDS


def listed_names(document: Document) -> list[str]:
    """The items of a page's first list."""
    names: list[str] = []
    for line in document.text.splitlines():
        item = _ITEM.match(line.strip())
        if item:
            names.append((item[1] or item[2]).strip())
        elif names and line.strip():
            break
    return names


def _named_row(table: Table, name: str) -> Row:
    key = key_of(table)
    return Row(
        tuple(Cell(name) if at == key else Cell("", CellStatus.MISSING) for at in range(len(table.columns)))
    )
