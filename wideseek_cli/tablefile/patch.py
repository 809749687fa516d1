"""A filled table put into the file that it came from: what the file has stays, down to its separators, styles
and formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wideseek_cli.core.errors import UnknownColumnError
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.grid import Shown, make_grid
from wideseek_cli.table.model import Cell, CellStatus, Table
from wideseek_cli.tablefile.delimited import rewritten
from wideseek_cli.tablefile.raw import Edits, RawTable
from wideseek_cli.tablefile.read import KINDS, file_bytes, read_bytes
from wideseek_cli.tablefile.workbook import write_edits
from wideseek_cli.values.words import name_key

FORMS = (".csv", ".tsv", ".tab", ".xlsx")


def has_news(table: Table) -> bool:
    """Whether anything was found that a file has not."""
    cells = (cell for row in table.rows for cell in row.cells)
    return any(cell.status is not CellStatus.MISSING and not cell.given for cell in cells)


def patch(source: Path, target: Path, table: Table, sheet: str = "", *, raw: bool = False) -> None:
    """Write a file as it is now, with its gaps filled, to another path."""
    data, name, kind = file_bytes(source), source.name, KINDS[source.suffix.lower()]
    was = read_bytes(name, data, kind, sheet)
    edits = edits_of(was, table)
    if kind == "xlsx":
        write_edits(name, data, sheet, edits, target, raw=raw)
    else:
        width = max((at + 1 for row in edits.values() for at in row), default=0)
        target.write_bytes(rewritten(name, data, kind, edits, max(width, len(was.header)), raw=raw))


def edits_of(was: RawTable, table: Table) -> Edits:
    """What a table has for the empty cells of a file's rows, and for new columns behind them."""
    grid, shape = make_grid(table), table.asked.columns
    known = {name_key(name): at for at, name in enumerate(was.header)}
    new = [name for name in grid.header if name_key(name) not in known]
    places = {name_key(name): len(was.header) + number for number, name in enumerate(new)} | known
    at = [places[name_key(name)] for name in grid.header]
    keys = [number for number, column in enumerate(shape) if column.key]
    if gone := next((shape[number].name for number in keys if at[number] >= len(was.header)), ""):
        said = f"{was.name} has no column {clean_line(gone, 60)!r} any more"
        raise UnknownColumnError(said, hint="wideseek runs export has the filled table")
    filled = {_mark([row[number].cell.text for number in keys]): row for row in grid.rows}
    edits: Edits = {was.place: {places[name_key(name)]: Shown(name, name, Cell()) for name in new}}
    for line in was.rows:
        mark = _mark([line.cells[at[number]] for number in keys])
        pairs = zip(at, filled.get(mark, ()) if any(mark) else (), strict=False)
        cells = [*line.cells, *[""] * len(new)]
        edits[line.place] = {n: shown for n, shown in pairs if shown.text and not cells[n].strip()}
    return edits


def _mark(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(text.split()).casefold() for text in texts)
