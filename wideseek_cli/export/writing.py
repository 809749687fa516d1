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
    text = FORMATS[format].text
    if text is None:
        raise UsageError(f"{format.value} is not text", hint=f"use -o table.{format.value}")
    return text(table, meta, options or ExportOptions())


def to_json(table: Table, meta: ExportMeta) -> dict[str, Any]:
    """The shape other programs rely on. `columns` and `summary` are of what is shown; rows have what only
    conditions need too, named in `aside`."""
    aside = [clean_text(column.name) for column in table.columns if column.aside]
    return {
        "question": clean_text(meta.question),
        "columns": [clean_text(column.name) for column in table.asked.columns],
        **({"aside": aside} if aside else {}),
        "rows": _json_rows(table),
        "summary": {**summary(table), **meta.summary},
        "run": meta.run,
    }


def _json_rows(table: Table) -> list[dict[str, Any]]:
    names = [clean_text(column.name) for column in table.columns]
    rows = []
    for row in make_grid(table, data=True).rows:
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
    if write := FORMATS[format].file:
        write(path, table, meta, options)
    else:
        path.write_bytes(render(table, meta, format, options).encode("utf-8", "replace"))


@dataclass(frozen=True)
class Kind:
    """A format: the name in a menu, the endings of its files, its media type, and what makes its `text`, or
    its `file` where it is none."""

    label: str
    endings: tuple[str, ...]
    type: str
    text: Callable[[Table, ExportMeta, ExportOptions], str] | None = None
    file: Callable[[Path, Table, ExportMeta, ExportOptions], None] | None = None


def _grid(table: Table, options: ExportOptions) -> Grid:
    return make_grid(table, evidence=options.evidence)


def _csv(separator: str) -> Callable[[Table, ExportMeta, ExportOptions], str]:
    return lambda t, meta, how: plainforms.render_csv(_grid(t, how), separator, how.raw)


def _html(table: Table, meta: ExportMeta, options: ExportOptions) -> str:
    return render_html(table, meta.question, meta.run, {**summary(table), **meta.summary})


FORMATS = {
    Format.TABLE: Kind(
        *("Text", (".txt",), "text/plain; charset=utf-8"),
        text=lambda t, meta, how: plainforms.render_table(_grid(t, how), how.width, how.color),
    ),
    Format.MD: Kind(
        *("Markdown", (".md", ".markdown"), "text/markdown; charset=utf-8"),
        text=lambda t, meta, how: plainforms.render_markdown(_grid(t, how)),
    ),
    Format.CSV: Kind("CSV", (".csv",), "text/csv; charset=utf-8", _csv(",")),
    Format.TSV: Kind("TSV", (".tsv", ".tab"), "text/tab-separated-values; charset=utf-8", _csv("\t")),
    Format.JSON: Kind(
        *("JSON, with sources", (".json",), "application/json"),
        text=lambda t, meta, how: json.dumps(to_json(t, meta), ensure_ascii=False, indent=2) + "\n",
    ),
    Format.JSONL: Kind(
        *("JSON lines, with sources", (".jsonl", ".ndjson"), "application/jsonl"),
        text=lambda t, meta, how: _json_lines(t),
    ),
    Format.XLSX: Kind(
        *("Excel", (".xlsx",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        file=lambda path, t, meta, how: xlsx.write_xlsx(
            path, _grid(t, how), clean_text(meta.question), how.raw
        ),
    ),
    Format.SQLITE: Kind(
        *("SQLite", (".sqlite", ".sqlite3", ".db"), "application/vnd.sqlite3"),
        file=lambda path, t, meta, how: write_sqlite(path, t, clean_text(meta.question), meta.run),
    ),
    Format.HTML: Kind("HTML, without script", (".html", ".htm"), "text/html; charset=utf-8", _html),
}
BINARY = frozenset(name for name, kind in FORMATS.items() if kind.text is None)
_ENDINGS = {ending: name for name, kind in FORMATS.items() for ending in kind.endings}
