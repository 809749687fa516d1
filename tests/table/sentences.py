"""One sentence, one cell: what the proof says of it."""

from __future__ import annotations

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table


def status(column: str, row: str, value: str, sentence: str, title: str = "Facts") -> CellStatus:
    """The status of a cell on a page of one sentence; with the row's name as title, the page is its own."""
    table = Table(parse_columns(f"name, {column}"), (Row((Cell(row), Cell(value))),))
    page = Document("https://example.org/page", title, f"# {title}\n\n{sentence}\n")
    return prove(table, (page,)).rows[0].cells[1].status
