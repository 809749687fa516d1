"""Markdown tables: out of a model's text, also while it is being written, and back into Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.core.messages import THINK_CLOSE, THINK_OPEN, split_thinking
from wideseek_cli.facts.labels import is_counter
from wideseek_cli.table.celltext import clean_cell, escape_cell
from wideseek_cli.table.columns import MAX_COLUMNS, match_columns, parse_columns, with_key
from wideseek_cli.table.joining import join
from wideseek_cli.table.merge import drop_repeats
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.table.otherforms import find_other_forms
from wideseek_cli.table.pipes import RawTable, find_tables, fit_row, is_rule
from wideseek_cli.values.cells import guess_type
from wideseek_cli.values.compare import is_missing
from wideseek_cli.values.words import name_key

__all__ = [
    "Answer",
    "RawTable",
    "clean_cell",
    "escape_cell",
    "find_tables",
    "make_table",
    "parse_columns",
    "parse_partial",
    "parse_table",
    "read_answer",
    "render",
]

MAX_ROWS = 20_000


@dataclass(frozen=True)
class Answer:
    """The table of an answer. `lost`: some of its rows could not be read."""

    table: Table | None
    lost: bool = False


def parse_table(text: str, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table | None:
    """The table of an answer. None when the text has none."""
    return read_answer(text, columns, key).table


def read_answer(
    text: str,
    columns: Sequence[Column] = (),
    key: Sequence[str] = (),
    *,
    question: str = "",
    cut: bool = False,
) -> Answer:
    """The tables of an answer that fit the columns, or the one that says most of what the question asks for,
    put together. Looks into the reasoning only when the answer has no table. `cut`: the text broke off."""
    answer = split_thinking(text)[1]
    tables = find_tables(answer, growing=cut)
    if not tables:
        tables = [RawTable(header, rows) for header, rows in find_other_forms(answer)]
    if not tables and answer != text:
        tables = find_tables(text)
    return _join(tables, columns, key, question)


def parse_partial(text: str, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table | None:
    """The same while the text still streams: what is complete so far."""
    if THINK_OPEN in text and THINK_CLOSE not in text:
        return None
    head, _, last = text.rpartition("\n")
    if "|" in last and not is_rule(last):
        head += "\n" + last[: last.rindex("|") + 1]
    tables = find_tables(split_thinking(head)[1], growing=True)
    table = _join(tables, columns, key).table
    return drop_repeats(table) if table is not None and len(tables) > 1 else table


def make_table(raw: RawTable, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table:
    """Typed columns and clean cells. Without columns the header names them and the values type them."""
    width = max([len(raw.header), *(len(row) for row in raw.rows)], default=0)
    header = [clean_cell(name) for name in raw.header] + [""] * (width - len(raw.header))
    grid = [fit_row(row, len(raw.header) or width) for row in raw.rows[:MAX_ROWS]]
    if columns:
        places = match_columns(header[: len(raw.header)], columns)
        chosen = [places.get(number, -1) for number in range(len(columns))]
        shape = tuple(columns)
    else:
        chosen, shape = _free_columns(header[: len(raw.header)], grid, key)
    rows = []
    for source in grid:
        cells = [source[at] if at >= 0 else "" for at in chosen]
        row = Row(tuple(_cell(text, column) for text, column in zip(cells, shape, strict=True)))
        if any(cell.text for cell in row.cells):
            rows.append(row)
    return Table(shape, tuple(rows))


def render(table: Table) -> str:
    """A table as Markdown; what would break the table in a cell is escaped."""
    lines = ["| " + " | ".join(escape_cell(c.name) for c in table.columns) + " |"]
    lines.append("|" + " --- |" * len(table.columns))
    lines += ["| " + " | ".join(escape_cell(cell.text) for cell in row.cells) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


def _join(
    tables: Sequence[RawTable], columns: Sequence[Column], key: Sequence[str], question: str = ""
) -> Answer:
    if not tables:
        return Answer(None)
    joined = join(tables, columns, question)
    return Answer(make_table(joined.table, columns, key), joined.lost or len(joined.table.rows) > MAX_ROWS)


def _cell(text: str, column: Column) -> Cell:
    clean = clean_cell(text, column.type)
    if is_missing(clean, column.type):
        return Cell("", CellStatus.MISSING)
    return Cell(clean)


def _free_columns(
    header: Sequence[str], grid: Sequence[Sequence[str]], key: Sequence[str]
) -> tuple[list[int], tuple[Column, ...]]:
    """The header's own columns: running numbers and empty columns go, doubled names get a number."""
    chosen: list[int] = []
    columns: list[Column] = []
    for at, name in enumerate(header[:MAX_COLUMNS]):
        values = [clean_cell(row[at]) for row in grid]
        if is_counter(name) and all(v in ("", str(n)) for n, v in enumerate(values, start=1)):
            continue
        base = label = name if name_key(name) else name or f"column {at + 1}"
        copies = 1
        while any(c.name.casefold() == label.casefold() for c in columns):
            copies += 1
            label = f"{base} {copies}"
        chosen.append(at)
        columns.append(Column(label, guess_type(values)))
    return chosen, with_key(columns, key)
