"""A finished table as text or as a file, in any of nine formats."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import clean_text
from wideseek_cli.export import plainforms, xlsx
from wideseek_cli.export.database import write_sqlite
from wideseek_cli.export.grid import Grid, make_grid
from wideseek_cli.export.output import write_file, write_out
from wideseek_cli.export.webpage import render_html
from wideseek_cli.table.model import CellStatus, Table
from wideseek_cli.table.summary import summary

__all__ = ["ExportMeta", "ExportOptions", "Format", "export", "format_of", "render", "to_json"]


class Format(str, Enum):
    """How a table is written."""

    TABLE = "table"
    MD = "md"
    CSV = "csv"
    TSV = "tsv"
    JSON = "json"
    JSONL = "jsonl"
    XLSX = "xlsx"
    SQLITE = "sqlite"
    HTML = "html"


BINARY = frozenset({Format.XLSX, Format.SQLITE})
_ENDINGS = {
    ".txt": Format.TABLE,
    ".md": Format.MD,
    ".markdown": Format.MD,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".xlsx": Format.XLSX,
    ".sqlite": Format.SQLITE,
    ".sqlite3": Format.SQLITE,
    ".db": Format.SQLITE,
    ".html": Format.HTML,
    ".htm": Format.HTML,
}


@dataclass(frozen=True)
class ExportMeta:
    """What a table is the answer to."""

    question: str = ""
    run: str = ""
    summary: dict[str, Any] = field(default_factory=dict)  # joins the counts of the table


@dataclass(frozen=True)
class ExportOptions:
    """`raw` leaves cells that a spreadsheet would run as formulas; `width` is what `table` has to fit."""

    evidence: bool = False
    raw: bool = False
    width: int = 0
    color: bool = False


def format_of(target: str, wanted: str = "") -> Format:
    """The format asked for, or the one a file's ending names."""
    if wanted:
        try:
            return Format(wanted.strip().lower())
        except ValueError:
            known = " ".join(f.value for f in Format)
            raise UsageError(f"unknown format {clean_text(wanted)!r}", hint=f"formats: {known}") from None
    if target in ("", "-"):
        return Format.CSV
    ending = Path(target).suffix.lower()
    found = _ENDINGS.get(ending)
    if found is None:
        raise UsageError(
            f"cannot tell a format from {clean_text(target)!r}",
            hint="name one with -f, or end in " + " ".join(_ENDINGS),
        )
    return found


def export(
    table: Table,
    meta: ExportMeta,
    format: Format | str | None = None,
    target: str = "-",
    options: ExportOptions | None = None,
) -> None:
    """Write a table to stdout (`-`) or to a file, whole or not at all."""
    options = options or ExportOptions()
    chosen = format if isinstance(format, Format) else format_of(target, format or "")
    if target not in ("", "-"):
        write_file(Path(target), lambda path: _fill(path, table, meta, chosen, options))
        return
    if chosen in BINARY and sys.stdout.isatty():
        raise UsageError(f"{chosen.value} is not for a terminal", hint=f"use -o table.{chosen.value}")
    write_out(_bytes(table, meta, chosen, options))


def render(table: Table, meta: ExportMeta, format: Format, options: ExportOptions | None = None) -> str:
    """A text format as one string, with its last newline."""
    options = options or ExportOptions()
    grid = make_grid(table, evidence=options.evidence)
    makers: dict[Format, Callable[[], str]] = {
        Format.TABLE: lambda: plainforms.render_table(grid, options.width, options.color),
        Format.MD: lambda: plainforms.render_markdown(grid),
        Format.CSV: lambda: plainforms.render_csv(grid, ",", options.raw),
        Format.TSV: lambda: plainforms.render_csv(grid, "\t", options.raw),
        Format.JSON: lambda: json.dumps(to_json(table, meta), ensure_ascii=False, indent=2) + "\n",
        Format.JSONL: lambda: _json_lines(table),
        Format.HTML: lambda: render_html(table, meta.question, meta.run, {**summary(table), **meta.summary}),
    }
    if format not in makers:
        raise UsageError(f"{format.value} is not text", hint=f"use -o table.{format.value}")
    return makers[format]()


def to_json(table: Table, meta: ExportMeta) -> dict[str, Any]:
    """The shape other programs rely on."""
    return {
        "question": clean_text(meta.question),
        "columns": [clean_text(column.name) for column in table.columns],
        "rows": _json_rows(table),
        "summary": {**summary(table), **meta.summary},
        "run": meta.run,
    }


def _json_rows(table: Table) -> list[dict[str, Any]]:
    names = [clean_text(column.name) for column in table.columns]
    rows = []
    for row in make_grid(table).rows:
        cells = {}
        for name, shown in zip(names, row, strict=True):
            cell, proof = shown.cell, shown.cell.proof
            made: dict[str, Any] = {
                "value": None if cell.status is CellStatus.MISSING and not shown.text else shown.value,
                "status": cell.status.value,
                "url": clean_text(proof.url) if proof else None,
                "quote": clean_text(proof.quote) if proof else None,
            }
            if cell.note:
                made["note"] = clean_text(cell.note)
            if cell.alternatives:
                made["alternatives"] = [clean_text(other) for other in cell.alternatives]
            cells[name] = made
        rows.append(cells)
    return rows


def _json_lines(table: Table) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in _json_rows(table))


def _bytes(table: Table, meta: ExportMeta, format: Format, options: ExportOptions) -> bytes:
    if format not in BINARY:
        return render(table, meta, format, options).encode("utf-8", "replace")
    import tempfile

    with tempfile.TemporaryDirectory(prefix="wideseek-") as folder:
        path = Path(folder) / f"table.{format.value}"
        _fill(path, table, meta, format, options)
        return path.read_bytes()


def _fill(path: Path, table: Table, meta: ExportMeta, format: Format, options: ExportOptions) -> None:
    grid: Grid = make_grid(table, evidence=options.evidence)
    if format is Format.XLSX:
        xlsx.write_xlsx(path, grid, clean_text(meta.question), options.raw)
    elif format is Format.SQLITE:
        write_sqlite(path, table, clean_text(meta.question), meta.run)
    else:
        path.write_bytes(render(table, meta, format, options).encode("utf-8", "replace"))
