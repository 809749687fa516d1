"""Why a cell should be believed: its value, its proof in context, and who found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wideseek_cli import events as ev
from wideseek_cli.errors import NotFoundError, UsageError
from wideseek_cli.state import RunState
from wideseek_cli.table.model import Cell, CellStatus, Document, Proof, Row, Table
from wideseek_cli.table.words import name_key
from wideseek_cli.text import clean_line, clean_text

_AROUND = 240  # characters of the page on each side of the quote
_MEANING = {
    CellStatus.PROVED: "value and entity stand in one passage of a page that was read",
    CellStatus.SEEN: "the value stands on a page that was read, but not beside the entity",
    CellStatus.UNPROVED: "nothing that this run read holds the value",
    CellStatus.MISSING: "there is no value",
    CellStatus.CONFLICT: "another source of this run has another value",
}


@dataclass(frozen=True)
class Place:
    """A cell with its row and column, found by what the user wrote."""

    row: Row
    number: int
    column: int
    cell: Cell


def find_cell(table: Table, row: str, column: str) -> Place:
    """By the row's number or its name (or the beginning of it), and the column's number or name."""
    at = _find_column(table, column)
    number = _find_row(table, row)
    return Place(table.rows[number], number, at, table.rows[number].cells[at])


def _find_column(table: Table, wanted: str) -> int:
    if wanted.isdigit() and 1 <= int(wanted) <= len(table.columns):
        return int(wanted) - 1
    names = [name_key(column.name) for column in table.columns]
    return _one(wanted, names, "column", [column.name for column in table.columns])


def _find_row(table: Table, wanted: str) -> int:
    if wanted.isdigit() and 1 <= int(wanted) <= len(table.rows):
        return int(wanted) - 1
    keys = [n for n, column in enumerate(table.columns) if column.key] or [0]
    shown = [" ".join(row.cells[n].text for n in keys) for row in table.rows]
    return _one(wanted, [name_key(text) for text in shown], "row", shown)


def _one(wanted: str, names: list[str], thing: str, shown: list[str]) -> int:
    key = name_key(wanted)
    for fits in (key.__eq__, lambda name: name.startswith(key), lambda name: key in name):
        found = [number for number, name in enumerate(names) if key and fits(name)]
        if len(found) == 1:
            return found[0]
        if found:
            some = ", ".join(f"{number + 1} {clean_line(shown[number], 40)}" for number in found[:5])
            more = ", …" if len(found) > 5 else ""
            raise UsageError(
                f"{wanted!r} fits {len(found)} {thing}s", hint=f"Its number will do. They are: {some}{more}"
            )
    some = ", ".join(clean_line(name, 40) for name in shown[:8]) + (", …" if len(shown) > 8 else "")
    raise NotFoundError(
        f"there is no {thing} {wanted!r}", hint=f"There are: {some}" if some else "There is none."
    )


def explain(state: RunState, place: Place, events: Iterable[ev.Event]) -> Iterator[str]:
    """Lines that say all that is known about the cell."""
    cell = place.cell
    assert state.table is not None
    key = next((c.text for c, k in zip(place.row.cells, state.table.columns, strict=True) if k.key), "")
    yield f"row:     {place.number + 1} ({clean_line(key, 80)})"
    yield f"column:  {clean_line(state.table.columns[place.column].name, 80)}"
    yield f"value:   {clean_line(cell.text) or '-'}"
    yield f"status:  {cell.status.value}: {clean_line(cell.note, 300) or _MEANING[cell.status]}"
    if cell.alternatives:
        yield f"others:  {'; '.join(clean_line(text, 80) for text in cell.alternatives)}"
    if cell.proof is None:
        return
    proof = cell.proof
    yield f"source:  {clean_line(proof.title, 100)} <{clean_line(proof.url)}>"
    documents = documents_of(state, proof)
    is_snippet = bool(documents) and documents[0].kind == "snippet"
    yield f"fetched: {clean_line(proof.fetched_at) or '-'}{' (a search result)' if is_snippet else ''}"
    finders = list(_finders(proof.url, events))
    yield f"found by: {', '.join(finders) if finders else 'the run itself'}"
    yield "quote:"
    for line in in_context(proof, documents).splitlines():
        yield f"  {line}"


def documents_of(state: RunState, proof: Proof) -> list[Document]:
    """The saved texts at the proof's address, the page before the snippet."""
    kept = (state.documents.get((kind, proof.url)) for kind in ("page", "snippet"))
    return [document for document in kept if document is not None]


def in_context(proof: Proof, documents: list[Document]) -> str:
    """The quote between » and «, with what stands around it."""
    for document in documents:
        if document.text[proof.start : proof.end] == proof.quote or proof.quote in document.text:
            at = (
                proof.start
                if document.text.startswith(proof.quote, proof.start)
                else document.text.find(proof.quote)
            )
            end = at + len(proof.quote)
            before = document.text[max(0, at - _AROUND) : at]
            after = document.text[end : end + _AROUND]
            lead, trail = "…" if at > _AROUND else "", "…" if end + _AROUND < len(document.text) else ""
            return clean_text(f"{lead}{before}»{proof.quote}«{after}{trail}")
    return clean_text(f"»{proof.quote}«")


def _finders(url: str, events: Iterable[ev.Event]) -> Iterator[str]:
    """The agents that read the page, or else those whose search brought it."""
    tasks: dict[str, str] = {}
    readers: dict[str, None] = {}
    searchers: dict[str, str] = {}
    for event in events:
        match event:
            case ev.AgentStarted():
                tasks[event.agent] = event.task
            case ev.PageRead() if event.url == url:
                readers[event.agent] = None
            case ev.Searched() if any(hit.url == url for hit in event.hits):
                searchers.setdefault(event.agent, event.query)
            case _:
                pass
    for agent in readers or searchers:
        how = [clean_line(tasks[agent], 80)] if tasks.get(agent) else []
        how += [] if readers else [f"searching {clean_line(searchers[agent], 60)!r}"]
        yield f"{agent} ({', '.join(how)})" if how else agent
