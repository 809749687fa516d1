"""What export shows: clean texts, typed values, and the evidence columns when they are wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.export.typed import Plain, Reader
from wideseek_cli.table.model import Cell, Table

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


def make_grid(table: Table, *, evidence: bool = False, data: bool = False) -> Grid:
    """Clean every text; with evidence, four more columns follow each column. For reading, what only the
    question's conditions need is left out; evidence and data have it."""
    table = table if evidence or data else table.asked
    header: list[str] = []
    for column in table.columns:
        name = clean_line(column.name)
        header.append(name)
        if evidence:
            header += [f"{name} {part}" for part in ("status", "source", "quote", "alternatives")]
    texts = [[_clean(cell) for cell in row.cells] for row in table.rows]
    readers = [Reader.of(c, [row[at] for row in texts]) for at, c in enumerate(table.columns)]
    rows = []
    for row, line in zip(table.rows, texts, strict=True):
        shown: list[Shown] = []
        for cell, text, reader in zip(row.cells, line, readers, strict=True):
            url = safe_url(cell.proof.url) if cell.proof else ""
            shown.append(Shown(text, _value(cell, text, reader), cell, url))
            if evidence:
                quote = clean_line(cell.proof.quote) if cell.proof else ""
                source = clean_text(cell.proof.url) if cell.proof else ""
                others = clean_line("; ".join(cell.alternatives))
                shown += [Shown(t, t, cell) for t in (cell.status.value, source, quote, others)]
        rows.append(tuple(shown))
    return Grid(tuple(header), tuple(rows))


def _clean(cell: Cell) -> str:
    """On one line; the user's own text as it was, where it holds nothing that a screen would obey."""
    return clean_text(cell.text) if cell.given else clean_line(cell.text)


def _value(cell: Cell, text: str, reader: Reader) -> Plain:
    """What a format with types holds; the user's own text becomes a number only if it is written as one."""
    value = reader.read(text)
    return text if cell.given and str(value) != text else value


def safe_url(url: str) -> str:
    """A web address that may become a link, or nothing."""
    url = clean_line(url)
    return url if re.match(r"https?://[^\s\"'<>]+$", url) and len(url) <= 2000 else ""


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: an apostrophe goes before a formula. Numbers stay."""
    if text.lstrip(" \u00a0").startswith(_FORMULA) and not _NUMBER.match(text.strip()):
        return "'" + text
    return text
