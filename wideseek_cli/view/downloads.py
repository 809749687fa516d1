"""A run's table in every format that export has, as links or inside the page."""

from __future__ import annotations

import base64
import gzip
import tempfile
from pathlib import Path
from typing import Any

from wideseek_cli.core.state import RunState
from wideseek_cli.export.writing import FORMATS, ExportMeta, Format, export
from wideseek_cli.table.model import Table


def described(format: Format, run: str) -> dict[str, str]:
    """A format as the page's menu has it."""
    kind = FORMATS[format]
    file = f"wideseek-{run}{kind.endings[0]}"
    return {"format": format.value, "label": kind.label, "file": file, "type": kind.type}


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
