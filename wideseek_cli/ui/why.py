"""Why a cell should be believed: its value, its proof in context, and who found it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.table.model import Cell, Row, Table
from wideseek_cli.table.signs import CELLS
from wideseek_cli.ui.evidence import Finders, documents_of, excerpt
from wideseek_cli.values.words import name_key


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


def found_in(tables: Iterable[Table | None], row: str, column: str) -> tuple[Table, Place]:
    """In the first of these that has it; if none, as the first one says it."""
    failed: NotFoundError | None = None
    for table in filter(None, tables):
        try:
            return table, find_cell(table, row, column)
        except NotFoundError as error:
            failed = failed or error
    raise failed or NotFoundError("there is no table")


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
            raise UsageError(f"{wanted!r} fits {len(found)} {thing}s", hint=f"use its number: {some}{more}")
    some = ", ".join(clean_line(name, 40) for name in shown[:8]) + (", …" if len(shown) > 8 else "")
    raise NotFoundError(
        f"there is no {thing} {wanted!r}", hint=f"there are: {some}" if some else "there is none"
    )


def explain(state: RunState, table: Table, place: Place, events: Iterable[ev.Event]) -> Iterator[str]:
    """Lines that say all that is known about a cell of the run's table, or of the rows left out."""
    cell = place.cell
    key = next((c.text for c, k in zip(place.row.cells, table.columns, strict=True) if k.key), "")
    yield f"row:     {place.number + 1} ({clean_line(key, 80)})"
    yield f"column:  {clean_line(table.columns[place.column].name, 80)}"
    yield f"value:   {clean_line(cell.text) or '-'}"
    yield f"status:  {cell.status.value}: {clean_line(cell.note, 300) or CELLS[cell.status].means}"
    if cell.alternatives:
        yield f"others:  {'; '.join(clean_line(text, 80) for text in cell.alternatives)}"
    if cell.proof is None:
        return
    proof = cell.proof
    yield f"source:  {clean_line(proof.title, 100)} <{clean_line(proof.url)}>"
    documents = documents_of(state.documents, proof)
    is_snippet = bool(documents) and documents[0].kind == "snippet"
    yield f"fetched: {clean_line(proof.fetched_at) or '-'}{' (a search result)' if is_snippet else ''}"
    finders = list(Finders.of(events).of_page(proof.url))
    yield f"found by: {', '.join(finders) if finders else 'the run itself'}"
    yield "quote:"
    found = excerpt(proof, documents)
    for line in f"{found.before}»{found.quote}«{found.after}".splitlines():
        yield f"  {line}"
