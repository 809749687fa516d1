"""XLSX by openpyxl: one sheet, values and formulas as text; nothing is evaluated."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import SheetError, TableFileError, TooLargeError
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.xlsx import put
from wideseek_cli.table.columns import MAX_COLUMNS
from wideseek_cli.tablefile.raw import MOST_BYTES, Edits, RawTable, make_raw

_OURS = "about"  # the sheet that `-o table.xlsx` writes beside the table
_UNPACKED = 8 * MOST_BYTES


def read_workbook(name: str, data: bytes, sheet: str = "") -> RawTable:
    """The only sheet, or the named one."""
    import openpyxl

    _check_size(name, data)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    except Exception as error:  # openpyxl raises whatever its parts raise, on a file that is damaged
        raise _damaged(name, error) from error
    try:
        chosen = _chosen(name, book, sheet)
        return make_raw(name, _rows(name, chosen), "row")
    finally:
        book.close()


def write_edits(name: str, data: bytes, sheet: str, edits: Edits, target: Path, *, raw: bool) -> None:
    """The workbook with some cells written into one sheet, and all else as it was."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    chosen = _chosen(name, book, sheet)
    for place, cells in edits.items():
        for at, shown in cells.items():
            put(chosen.cell(place, at + 1), shown, raw=raw)
    book.save(target)


def _check_size(name: str, data: bytes) -> None:
    """A small file can unpack to a large one; the archive says how large, and is held to it."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise _damaged(name, error) from error
    if size > _UNPACKED:
        raise TooLargeError(f"{name} unpacks to {size // 1_000_000:,} MB", hint="save the table as CSV")


def _chosen(name: str, book: Any, wanted: str) -> Any:
    names = [one.title for one in book.worksheets]
    shown = ", ".join(clean_line(one, 40) for one in names[:10])
    if wanted:
        if wanted not in names:
            said = f"{name} has no sheet {clean_line(wanted, 60)!r}"
            raise SheetError(said, hint=f"its sheets: {shown}")
        return book[wanted]
    own = [one for one in names if one != _OURS or len(names) == 1]
    if len(own) != 1:
        raise SheetError(f"{name} has {len(names)} sheets: {shown}", hint="choose one with --sheet NAME")
    return book[own[0]]


def _rows(name: str, sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Cells as text; what the file says of its own size is not believed."""
    sheet.reset_dimensions()
    rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
    width = 0
    number = 0
    while True:
        number += 1
        try:
            cells = [_text(cell.value) for cell in next(rows)]
        except StopIteration:
            return
        except Exception as error:
            raise _damaged(name, error) from error
        while cells and not cells[-1]:
            cells.pop()
        width = width or len(cells)
        yield number, cells + [""] * (width - len(cells))


def _text(value: Any) -> str:
    """As a person would type it; a formula is its own text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 10**15 else repr(value)
    formula = getattr(value, "text", None)  # a formula over several cells
    return formula if isinstance(formula, str) else str(value)


def _damaged(name: str, error: Exception) -> TableFileError:
    why = clean_line(f"{error}" or type(error).__name__, 80)
    return TableFileError(f"{name} cannot be read as a workbook: {why}", hint="save it again, or as CSV")
