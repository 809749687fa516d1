"""A run's table in every format that export has, as links or inside the page."""

from __future__ import annotations

import base64
import gzip
import tempfile
from pathlib import Path
from typing import Any

from wideseek_cli.core.state import RunState
from wideseek_cli.export.writing import ExportMeta, Format, export
from wideseek_cli.table.model import Table

_TYPES = {
    Format.TABLE: ("Text", "txt", "text/plain; charset=utf-8"),
    Format.MD: ("Markdown", "md", "text/markdown; charset=utf-8"),
    Format.CSV: ("CSV", "csv", "text/csv; charset=utf-8"),
    Format.TSV: ("TSV", "tsv", "text/tab-separated-values; charset=utf-8"),
    Format.JSON: ("JSON, with sources", "json", "application/json"),
    Format.JSONL: ("JSON lines, with sources", "jsonl", "application/jsonl"),
    Format.XLSX: (
        "Excel",
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    Format.SQLITE: ("SQLite", "sqlite", "application/vnd.sqlite3"),
    Format.HTML: ("HTML, without script", "html", "text/html; charset=utf-8"),
}


def described(format: Format, run: str) -> dict[str, str]:
    """A format as the page's menu has it."""
    label, ending, kind = _TYPES.get(format, (format.value.upper(), format.value, "application/octet-stream"))
    return {"format": format.value, "label": label, "file": f"wideseek-{run}.{ending}", "type": kind}


def file_of(state: RunState, format: Format) -> bytes:
    """The table in one format."""
    with tempfile.TemporaryDirectory(prefix="wideseek-") as folder:
        path = Path(folder) / "table"
        meta = ExportMeta(state.question, state.run)
        export(state.table or Table(()), meta, format, str(path))
        return path.read_bytes()


def linked(run: str) -> list[dict[str, Any]]:
    """The menu of a page that has its server."""
    return [{**described(format, run), "href": f"{run}/table/{format.value}"} for format in Format]


def packed(state: RunState) -> list[dict[str, Any]]:
    """The menu of a page that is a file: each format compressed inside it."""
    return [
        {
            **described(format, state.run),
            "gzip": base64.b64encode(gzip.compress(file_of(state, format), mtime=0)).decode(),
        }
        for format in Format
    ]
