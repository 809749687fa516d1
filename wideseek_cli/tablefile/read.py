"""A table out of a file, in any of the forms that people keep lists in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wideseek_cli.core.errors import EmptyTableError, NotFoundError, TableFileError, TooLargeError
from wideseek_cli.table.celltext import clean_cell
from wideseek_cli.table.pipes import find_tables
from wideseek_cli.tablefile.delimited import decoded, read_delimited
from wideseek_cli.tablefile.jsonrows import read_json, read_jsonl
from wideseek_cli.tablefile.raw import MOST_BYTES, RawTable, make_raw
from wideseek_cli.tablefile.workbook import read_workbook

_ZIP = b"PK\x03\x04"
KINDS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".md": "md",
    ".markdown": "md",
}
_OTHERS = {".xls", ".ods", ".numbers", ".parquet", ".html", ".htm", ".sqlite", ".db", ".pdf", ".gguf"}
_FORMS = "give CSV, TSV, JSON, JSONL, XLSX or Markdown"


def read_file(path: Path, sheet: str = "") -> RawTable:
    """The table of a file, its form told by its ending, else by how it begins."""
    name, ending = path.name or str(path), path.suffix.lower()
    if ending in _OTHERS:
        raise TableFileError(f"{name}: {ending} files are not read", hint=_FORMS)
    return read_bytes(name, file_bytes(path), KINDS.get(ending, ""), sheet)


def file_bytes(path: Path) -> bytes:
    """The whole of a file that is not too large."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except IsADirectoryError as error:
        raise TableFileError(f"{path} is a folder", hint="name a file in it") from error
    except OSError as error:
        raise TableFileError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if len(data) > MOST_BYTES:
        said = f"{path.name} is larger than {MOST_BYTES // 1_000_000} MB"
        raise TooLargeError(said, hint="split it, or leave columns out")
    return data


def read_bytes(name: str, data: bytes, kind: str = "", sheet: str = "") -> RawTable:
    """The table that bytes hold. Without a kind, they tell it."""
    if not data.strip():
        raise EmptyTableError(f"{name} is empty", hint=_FORMS)
    if kind == "xlsx" or (not kind and data.startswith(_ZIP)):
        return read_workbook(name, data, sheet)
    text = decoded(name, data)
    readers: dict[str, Callable[[], RawTable]] = {
        "csv": lambda: read_delimited(name, text),
        "tsv": lambda: read_delimited(name, text, "\t"),
        "json": lambda: read_json(name, text),
        "jsonl": lambda: read_jsonl(name, text),
        "md": lambda: _read_markdown(name, text),
    }
    return readers[kind or _told_by(text)]()


def _told_by(text: str) -> str:
    head = text.lstrip()[:2000]
    first, _, rest = head.partition("\n")
    if head.startswith("[") or (head.startswith("{") and not rest.lstrip().startswith("{")):
        return "json" if head.startswith("[") or not first.rstrip().endswith("}") or not rest else "jsonl"
    if head.startswith("{"):
        return "jsonl"
    return "md" if first.startswith("|") else "csv"


def _read_markdown(name: str, text: str) -> RawTable:
    """The one table of a Markdown text."""
    found = find_tables(text)
    tables = [table for table in found if table.ruled] or found
    if not tables:
        raise EmptyTableError(f"{name} holds no Markdown table", hint="| name | city | over | --- | --- |")
    if len(tables) > 1:
        raise TableFileError(
            f"{name} holds {len(tables)} tables", hint="keep one of them in a file of its own"
        )
    lines = [tables[0].header, *tables[0].rows]
    made = make_raw(name, enumerate(([clean_cell(cell) for cell in line] for line in lines), start=1), "row")
    return replace(made, named=tables[0].ruled)
