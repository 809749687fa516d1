"""What export shows: clean texts, typed values, and the evidence columns when they are wanted."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from wideseek_cli.table.dates import Date
from wideseek_cli.table.model import Cell, CellStatus, Column, ColumnType, Table
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.values import is_missing, parse_value
from wideseek_cli.text import clean_line, clean_text

Plain = str | int | float | bool

# What spreadsheets take for the beginning of a formula (or, the last four, skip before one).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?\d[\d,.\s]*%?$")


@dataclass(frozen=True)
class Shown:
    """A cell as it is shown; `cell` is the one it speaks of."""

    text: str
    value: Plain
    cell: Cell
    url: str = ""


@dataclass(frozen=True)
class Grid:
    """Header, columns and rows of what is shown."""

    header: tuple[str, ...]
    rows: tuple[tuple[Shown, ...], ...]


def make_grid(table: Table, *, evidence: bool = False) -> Grid:
    """Clean every text; with evidence, four more columns follow each column."""
    header: list[str] = []
    for column in table.columns:
        name = clean_line(column.name)
        header.append(name)
        if evidence:
            header += [f"{name} {part}" for part in ("status", "source", "quote", "alternatives")]
    rows = []
    for row in table.rows:
        shown: list[Shown] = []
        for cell, column in zip(row.cells, table.columns, strict=True):
            text = clean_line(cell.text)
            url = safe_url(cell.proof.url) if cell.proof else ""
            shown.append(Shown(text, typed(text, column), cell, url))
            if evidence:
                quote = clean_line(cell.proof.quote) if cell.proof else ""
                source = clean_text(cell.proof.url) if cell.proof else ""
                others = clean_line("; ".join(cell.alternatives))
                shown += [Shown(t, t, cell) for t in (cell.status.value, source, quote, others)]
        rows.append(tuple(shown))
    return Grid(tuple(header), tuple(rows))


def typed(text: str, column: Column) -> Plain:
    """A number, truth or ISO date where column and cell agree on one; else the text."""
    if column.type in (ColumnType.STR, ColumnType.URL) or is_missing(text, column.type):
        return text
    value = parse_value(text, column.type)
    if isinstance(value, bool):
        return value
    if isinstance(value, Date):
        return value.iso()
    if isinstance(value, Number) and math.isfinite(value.value):
        whole = value.value.is_integer() and abs(value.value) < 2**53
        return (
            int(value.value) if whole and (column.type is ColumnType.INT or value.step >= 1) else value.value
        )
    return text


def safe_url(url: str) -> str:
    """A web address that may become a link, or nothing."""
    url = clean_line(url)
    return url if re.match(r"https?://[^\s\"'<>]+$", url) and len(url) <= 2000 else ""


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe goes before a formula. Numbers stay."""
    if text.lstrip(" \u00a0").startswith(_FORMULA) and not _NUMBER.match(text.strip()):
        return "'" + text
    return text


SIGNS = {
    CellStatus.PROVED: "✓",
    CellStatus.SEEN: "~",
    CellStatus.UNPROVED: "?",
    CellStatus.MISSING: "–",
    CellStatus.CONFLICT: "≠",
}
"""A sign for each state, so that colour is never the only mark."""
