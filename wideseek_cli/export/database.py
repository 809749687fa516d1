"""SQLite: the table with typed columns, and beside it the evidence of every cell."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from wideseek_cli.core.errors import OutputError, UsageError
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.export.grid import make_grid
from wideseek_cli.export.typed import Plain
from wideseek_cli.table.model import CellStatus, Column, Table
from wideseek_cli.values.kinds import ColumnType

_TYPES = {ColumnType.INT: "INTEGER", ColumnType.FLOAT: "REAL", ColumnType.BOOL: "INTEGER"}
_MOST_COLUMNS = 1000
_EVIDENCE = """
CREATE TABLE evidence (
  row INTEGER NOT NULL, "column" TEXT NOT NULL, value TEXT, status TEXT NOT NULL,
  url TEXT, title TEXT, quote TEXT, "start" INTEGER, "end" INTEGER, fetched_at TEXT, alternatives TEXT,
  PRIMARY KEY (row, "column")
) WITHOUT ROWID
"""


def write_sqlite(path: Path, table: Table, question: str, run: str) -> None:
    """Tables `result`, `evidence` (by the result's row number) and `about`."""
    if len(table.columns) > _MOST_COLUMNS:
        raise UsageError("the table has too many columns for SQLite", hint="use -f csv")
    names = _names(table)
    try:
        connection = sqlite3.connect(path)
        try:
            with connection:
                _fill(connection, table, names)
                connection.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT)")
                connection.executemany(
                    "INSERT INTO about VALUES (?, ?)", [("question", question), ("run", run)]
                )
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise OutputError(f"cannot write the database: {error}") from error


def _fill(connection: sqlite3.Connection, table: Table, names: list[str]) -> None:
    grid = make_grid(table, data=True)
    held = [[_stored(row[at].value) for row in grid.rows] for at in range(len(names))]
    parts = [f"{_quoted(n)} {_type(c, v)}" for n, c, v in zip(names, table.columns, held, strict=True)]
    connection.execute(f"CREATE TABLE result ({', '.join(['row INTEGER PRIMARY KEY', *parts])})")
    marks = ", ".join("?" * (len(names) + 1))
    rows = ((at, *row) for at, row in enumerate(zip(*held, strict=True), start=1))
    connection.executemany(f"INSERT INTO result VALUES ({marks})", rows)  # noqa: S608 - only question marks
    connection.execute(_EVIDENCE)
    connection.executemany(f"INSERT INTO evidence VALUES ({', '.join('?' * 11)})", _evidence(table, names))  # noqa: S608


def _type(column: Column, values: Sequence[Plain | None]) -> str:
    """The column's own, none where a cell could not be read as that: SQLite would read it all the same."""
    own = _TYPES.get(column.type, "TEXT")
    return own if own == "TEXT" or not any(isinstance(value, str) for value in values) else ""


def _stored(value: Plain) -> Plain | None:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    return None if value == "" else value


def _evidence(table: Table, names: list[str]) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(table.rows, start=1):
        for cell, name in zip(row.cells, names, strict=True):
            proof = cell.proof
            value = None if cell.status is CellStatus.MISSING else clean_text(cell.text)
            others = "; ".join(clean_line(text) for text in cell.alternatives) or None
            source: tuple[object, ...] = (None,) * 6
            if proof:
                source = (
                    *(clean_line(text) for text in (proof.url, proof.title, proof.quote)),
                    proof.start,
                    proof.end,
                    clean_line(proof.fetched_at),
                )
            yield (number, name, value, cell.status.value, *source, others)


def _names(table: Table) -> list[str]:
    """Column names that SQLite can tell apart (it does not mind case)."""
    taken = {"row"}
    names = []
    for column in table.columns:
        base = name = clean_line(column.name) or "column"
        copies = 1
        while name.casefold() in taken:
            copies += 1
            name = f"{base} {copies}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
