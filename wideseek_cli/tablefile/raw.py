"""What every reader makes: a header and rows of text, each with its place in the file, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.core.errors import EmptyTableError, RaggedRowError, TooLargeError
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.grid import Shown
from wideseek_cli.table.columns import MAX_COLUMNS

MOST_BYTES = 64_000_000
MOST_ROWS = 100_000
MOST_CELLS = 1_000_000
MOST_CHARS = 32_767  # in a cell: as many as a spreadsheet holds
Edits = dict[int, dict[int, Shown]]  # what is to be written into a file, by a row's place and its column


@dataclass(frozen=True)
class RawRow:
    """A row as it is written, and where: the line of a text, the row of a sheet, the item of a JSON list."""

    place: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class RawTable:
    """A table as it is in a file. `unit`: what a place counts; `place`: the header's; `named`: whether the
    form says that it is one."""

    name: str
    header: tuple[str, ...]
    rows: tuple[RawRow, ...]
    unit: str = "line"
    place: int = 1
    named: bool = False


def make_raw(name: str, lines: Iterable[tuple[int, Sequence[str]]], unit: str = "line") -> RawTable:
    """The first row that is not empty names the columns. Columns at the end without name or value go."""
    rows = list(_within(name, lines, unit))
    if not rows:
        raise EmptyTableError(f"{name} holds no table", hint="the first line names the columns, then rows")
    header, at = rows[0].cells, rows[0].place
    rows = rows[1:]
    while header and not header[-1].strip() and not any(_cell(row, len(header) - 1) for row in rows):
        header = header[:-1]
    if not rows:
        raise EmptyTableError(f"{name} has a header and no rows", hint="each row needs at least a name")
    fitted = tuple(_fitted(name, row, len(header), unit) for row in rows)
    return RawTable(name, header, fitted, unit, at)


def _within(name: str, lines: Iterable[tuple[int, Sequence[str]]], unit: str) -> Iterator[RawRow]:
    """The rows that are not empty; a file above the limits stops here, before it fills the memory."""
    number = cells = 0
    for place, texts in lines:
        if not any(text.strip() for text in texts):
            continue
        number, cells = number + 1, cells + len(texts)
        if len(texts) > MAX_COLUMNS and any(text.strip() for text in texts[MAX_COLUMNS:]):
            raise TooLargeError(f"{name} has more than {MAX_COLUMNS} columns", hint="leave some of them out")
        if number > MOST_ROWS + 1 or cells > MOST_CELLS:
            hint = f"at most {MOST_ROWS:,} rows and {MOST_CELLS:,} cells: split it"
            raise TooLargeError(f"{name} has too many rows", hint=hint)
        long = next((at for at, text in enumerate(texts, start=1) if len(text) > MOST_CHARS), 0)
        if long:
            said = f"{unit} {place} of {name}: field {long} is longer than {MOST_CHARS:,} characters"
            raise TooLargeError(said, hint="is a quotation mark missing before it?")
        yield RawRow(place, tuple(texts))


def _fitted(name: str, row: RawRow, width: int, unit: str) -> RawRow:
    """The row with as many cells as there are columns."""
    cells = row.cells
    while len(cells) > width and not cells[-1].strip():
        cells = cells[:-1]
    if len(cells) != width:
        said = f"{unit} {row.place} of {name} has {len(cells)} fields, the header {width}"
        hint = f"it begins with {clean_line(cells[0], 40)!r}; text with a comma in it needs quotation marks"
        raise RaggedRowError(said, hint=hint)
    return RawRow(row.place, cells)


def _cell(row: RawRow, at: int) -> str:
    return row.cells[at].strip() if at < len(row.cells) else ""
