"""XLSX by openpyxl: typed cells, states by colour and by a note, sources as links."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from wideseek_cli.core.errors import OutputError, UsageError
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.grid import Grid, Shown, harmless
from wideseek_cli.export.typed import Plain
from wideseek_cli.table.model import CellStatus
from wideseek_cli.table.signs import CELLS

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.worksheet.worksheet import Worksheet

_LONGEST = 32_767  # characters in a cell
_ROWS, _COLUMNS, _LINKS = 1_048_576, 16_384, 65_000
_EXACT = 10**15  # up to here a spreadsheet keeps every digit


def write_xlsx(path: Path, grid: Grid, question: str, raw: bool) -> None:
    """One sheet with the table, one with what the colours mean and the question."""
    if len(grid.rows) >= _ROWS or len(grid.header) > _COLUMNS:
        raise UsageError("the table is too large for a spreadsheet", hint="use -f csv or -f sqlite")
    from openpyxl.utils.exceptions import IllegalCharacterError

    try:
        _write(path, grid, question, raw)
    except (ValueError, IllegalCharacterError) as error:  # of what no spreadsheet can hold
        why = clean_line(str(error), 100)
        raise OutputError(f"a spreadsheet cannot hold this table: {why}", hint="use -f csv") from error


def _write(path: Path, grid: Grid, question: str, raw: bool) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    sheet: Worksheet = book.create_sheet("table", 0)
    for at, name in enumerate(grid.header, start=1):
        cell = sheet.cell(1, at)
        _put(cell, name, raw)
        cell.font = Font(bold=True)
    links = 0
    for line, row in enumerate(grid.rows, start=2):
        for at, shown in enumerate(row, start=1):
            cell = sheet.cell(line, at)
            put(cell, shown, raw=raw)
            cell.fill = PatternFill("solid", fgColor=CELLS[shown.cell.status].fill)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            if shown.url and links < _LINKS:
                cell.hyperlink = shown.url
                links += 1
    sheet.freeze_panes = "B2"
    if grid.header:
        sheet.auto_filter.ref = sheet.dimensions
    _widen(sheet, grid)
    _legend(book["Sheet"], question, raw)
    try:
        book.save(path)
    except Exception as error:
        # openpyxl writes its XML with lxml, whose errors on a full disk are not ours to import
        if not type(error).__module__.startswith("lxml"):
            raise
        where = f"{path.parent} or {tempfile.gettempdir()}"
        raise OutputError(f"cannot write in {where}: {error}", hint="free some space there") from error


def put(cell: Cell | MergedCell, shown: Shown, *, raw: bool) -> None:
    """A value with what it rests on as a comment."""
    from openpyxl.comments import Comment

    _put(cell, shown.value, raw)
    status, proof = shown.cell.status, shown.cell.proof
    doubtful = proof is None and status not in (CellStatus.PROVED, CellStatus.GIVEN) and shown.text
    if shown.url or doubtful:
        words = [status.value, clean_line(proof.quote) if proof else "", shown.url]
        cell.comment = Comment("\n".join(w for w in words if w)[:2000], "wideseek")


def _put(cell: Cell | MergedCell, value: Plain, raw: bool) -> None:
    """A value as what it is: text never becomes a formula unless it was asked for."""
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < _EXACT):
        cell.value = value
        return
    text = str(value)[:_LONGEST]
    cell.value = text if raw else harmless(text)
    if not raw and cell.data_type != "s":
        cell.data_type = "s"


def _widen(sheet: Worksheet, grid: Grid) -> None:
    from openpyxl.utils import get_column_letter

    for at, name in enumerate(grid.header):
        longest = max([len(name), *(len(row[at].text) for row in grid.rows[:500])])
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(60, max(10, longest + 2))


def _legend(sheet: Worksheet, question: str, raw: bool) -> None:
    from openpyxl.styles import PatternFill

    sheet.title = "about"
    _put(sheet.cell(1, 1), "question", raw)
    _put(sheet.cell(1, 2), question, raw)
    for line, (status, mark) in enumerate(CELLS.items(), start=2):
        _put(sheet.cell(line, 1), status.value, raw)
        _put(sheet.cell(line, 2), mark.means, raw)
        sheet.cell(line, 1).fill = PatternFill("solid", fgColor=mark.fill)
    sheet.column_dimensions["B"].width = 70
