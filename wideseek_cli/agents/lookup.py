"""What code can look up without a model: pages about rows, values they plainly state, lists of rows.

It stands between the lead's table and the repair waves: whatever a page about a row states under a clear
label needs no agent. Everything goes through the library, so budgets, addresses and evidence are the same.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wideseek_cli.agents.calls import Query, Target
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.repair import bad_fields, key_of
from wideseek_cli.aio import together
from wideseek_cli.findings import Hit
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table
from wideseek_cli.table.values import name_forms
from wideseek_cli.table.words import words

AGENT = "code"  # whom events name for what no agent did
_AT_ONCE = 4
_MOST_ROWS = 60
_MOST_LISTED = 200
_ITEM = re.compile(r"^[-*•]\s+(.{1,80})$|^\d+[.)]\s+(.{1,80})$")
_NARROWING = re.compile(
    r"\d|[<>≥≤]|\b(?:over|under|above|below|more|less|fewer|least|most|top|largest|smallest|biggest|highest|lowest|"
    r"longest|border|bordering|without|except|excluding|not|no|only|that|which|whose|where|who|between|since|"
    r"before|after|landlocked|first|last)\b|以上|以下|超过|少于|不|没有|最|前|除",
    re.IGNORECASE,
)
_LITTLE = frozenset(
    words("list lists of the a an in all and by table make give me every each for with their 列出 所有")
)


async def read_about(library: Library, table: Table, documents: Iterable[Document]) -> None:
    """Find and read a page about every row that lacks proof and whose page has not been read."""
    read = {form for document in documents if document.kind == "page" for form in name_forms(document.title)}
    key = key_of(table)
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(name: str, fields: Sequence[str]) -> None:
        async with gate:
            if not library.exhausted:
                await _read_one(library, name, fields)

    rows = [(row.cells[key].text, bad_fields(table, row)) for row in table.rows]
    wanted = [(name, bad) for name, bad in rows if bad and name and not read & set(name_forms(name))]
    await together(one(name, bad) for name, bad in wanted[:_MOST_ROWS])


async def _read_one(library: Library, name: str, fields: Sequence[str]) -> None:
    need = f"{name}: {', '.join(fields)}"
    found = await library.search(AGENT, Query(f"{name} {' '.join(fields[:2])}"))
    page = next((hit for hit in found.hits if _is_about(hit, name)), None)
    if page is None and found.settled:
        found = await library.search(AGENT, Query(name))
        page = next((hit for hit in found.hits if _is_about(hit, name)), None)
    if page is not None:
        await library.read(AGENT, Target(page.url, need))


def _is_about(hit: Hit, name: str) -> bool:
    """The title is the name, or begins with it and says where it is from (`Peru - Wikipedia`)."""
    heads = [hit.title, *re.split(r"\s+[-–—|:·]\s+", hit.title)[:1]]
    wanted = set(name_forms(name))
    return any(wanted & set(name_forms(head)) for head in heads)


def with_stated(table: Table) -> Table:
    """Cells without proof take the one value that pages about their row plainly state."""

    def taken(cell: Cell) -> Cell:
        weak = cell.status in (CellStatus.MISSING, CellStatus.UNPROVED)
        if not weak or len(cell.alternatives) != 1:
            return cell
        return Cell(cell.alternatives[0], alternatives=(cell.text,) if cell.text else ())

    key = key_of(table)
    rows = [
        replace(row, cells=tuple(c if at == key else taken(c) for at, c in enumerate(row.cells)))
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


def with_listed(table: Table, question: str, documents: Iterable[Document]) -> Table:
    """The table with rows that a list page has and it lacks. The page must be the list that is asked for:
    its title is what the question names, the question does not narrow it, and the table is drawn from it."""
    if _NARROWING.search(question):
        return table
    key = key_of(table)
    have = {form for row in table.rows for form in name_forms(row.cells[key].text)}
    for document in documents:
        names = listed_names(document)
        if (
            document.kind != "page"
            or not 2 <= len(names) <= _MOST_LISTED
            or not _is_asked_for(document, question)
        ):
            continue
        shared = [name for name in names if have & set(name_forms(name))]
        if len(shared) < min(2, len(table.rows)):
            continue
        missing = [name for name in names if not have & set(name_forms(name))]
        return replace(table, rows=(*table.rows, *(_named_row(table, name) for name in missing)))
    return table


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


def _is_asked_for(document: Document, question: str) -> bool:
    title = [word for word in words(document.title) if word not in _LITTLE]
    asked = set(words(question))
    return len(title) > 1 and all(word in asked for word in title)


def _named_row(table: Table, name: str) -> Row:
    key = key_of(table)
    return Row(
        tuple(Cell(name) if at == key else Cell("", CellStatus.MISSING) for at in range(len(table.columns)))
    )
