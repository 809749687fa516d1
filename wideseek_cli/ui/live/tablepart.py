"""A table in a box of so many columns and lines: what fits, a page at a time, and a count of the rest."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from wideseek_cli.table.model import Cell, CellStatus, Column, Table
from wideseek_cli.table.signs import CELLS
from wideseek_cli.ui.amounts import count, fit
from wideseek_cli.values.kinds import ColumnType

NARROWEST, WIDEST, HEAD, GAP = 7, 30, 16, 2
PAGE_SECONDS = 4.0


@dataclass(frozen=True)
class Look:
    """How a table is shown: with marks once there is proof, and which page of it (by time)."""

    marks: bool
    seconds: float = 0.0
    tail: bool = False  # a table that is being written shows its end


@dataclass(frozen=True)
class _Window:
    columns: tuple[int, ...]
    rows: range
    widths: dict[int, int]


def table_lines(table: Table, width: int, height: int, look: Look) -> list[Text]:
    """At most `height` lines, none wider than `width`: head, rows, and what is not shown."""
    if height < 3 or not table.columns:
        return []
    window = _choose(table, width, height, look)
    lines = [_head(table, window, look), Text("─" * width, "bright_black")]
    lines += [_row(table, number, window, look) for number in window.rows]
    rest = _rest(table, window)
    if rest:
        lines.append(Text(fit(rest, width), "bright_black"))
    return lines[:height]


def _choose(table: Table, width: int, height: int, look: Look) -> _Window:
    pages = _column_pages(table, width, look)
    room = height - 2 if len(table.rows) <= height - 2 and len(pages) == 1 else height - 3
    starts = list(range(0, max(len(table.rows), 1), max(room, 1)))
    turn = int(look.seconds / PAGE_SECONDS)
    start = starts[turn // len(pages) % len(starts)]
    if look.tail or start + room > len(table.rows):
        start = max(0, len(table.rows) - room)
    columns = pages[turn % len(pages)]
    rows = range(start, min(start + max(room, 0), len(table.rows)))
    return _Window(columns, rows, _widths(table, columns, width, look))


def _column_pages(table: Table, width: int, look: Look) -> list[tuple[int, ...]]:
    """Columns that fit together, the key's columns on every page."""
    wanted = {n: min(_natural(table, n, look), WIDEST) for n in range(len(table.columns))}
    small = {n: _small(table, n, size) for n, size in wanted.items()}
    if sum(small.values()) + GAP * (len(small) - 1) <= width:
        return [tuple(wanted)]
    keys = tuple(n for n, column in enumerate(table.columns) if column.key)[:1] or (0,)
    pages: list[tuple[int, ...]] = []
    page, used = list(keys), sum(small[n] for n in keys)
    for number in (n for n in wanted if n not in keys):
        if len(page) > len(keys) and used + GAP + small[number] > width:
            pages.append(tuple(page))
            page, used = list(keys), sum(small[n] for n in keys)
        page.append(number)
        used += GAP + small[number]
    return [*pages, tuple(page)]


def _natural(table: Table, number: int, look: Look) -> int:
    extra = 2 if look.marks else 0
    sample = table.rows[:100]
    cells = (cell_len(fit(_shown(row.cells[number]), WIDEST)) + extra for row in sample)
    head = min(cell_len(fit(table.columns[number].name, WIDEST)) + extra, HEAD)
    return max([NARROWEST, head, *cells])


def _small(table: Table, number: int, natural: int) -> int:
    """How far a column may be shortened before columns move to another page; keys stay longer."""
    return min(natural, 20 if table.columns[number].key else 12)


def _widths(table: Table, columns: tuple[int, ...], width: int, look: Look) -> dict[int, int]:
    """Natural widths; what is too much goes off the widest ones, below their small size only at the last."""
    widths = {n: min(_natural(table, n, look), WIDEST) for n in columns}
    small = {n: _small(table, n, size) for n, size in widths.items()}
    spare = width - GAP * (len(columns) - 1)
    while sum(widths.values()) > spare:
        loose = [n for n in widths if widths[n] > small[n]] or list(widths)
        widest = max(loose, key=lambda n: widths[n])
        if widths[widest] <= 3:
            break
        widths[widest] -= 1
    return widths


def _head(table: Table, window: _Window, look: Look) -> Text:
    indent = 2 if look.marks else 0
    names = []
    for number in window.columns:
        width = window.widths[number] - indent
        name = fit(table.columns[number].name, width)
        before, after = _spaces(cell_len(name), width, table.columns[number])
        names.append(" " * indent + before + name + after)
    return Text((" " * GAP).join(names), "bold")


def _row(table: Table, number: int, window: _Window, look: Look) -> Text:
    line = Text()
    for place, column in enumerate(window.columns):
        if place:
            line.append(" " * GAP)
        cell, width = table.rows[number].cells[column], window.widths[column]
        mark = CELLS[cell.status]
        sign = f"{mark.sign} " if look.marks else ""
        text = fit(_shown(cell), width - len(sign))
        before, after = _spaces(len(sign) + cell_len(text), width, table.columns[column])
        style = "italic" if not look.marks else "" if cell.status is CellStatus.PROVED else mark.style
        line.append(before).append(sign, mark.style).append(text, style).append(after)
    return line


def _spaces(used: int, width: int, column: Column) -> tuple[str, str]:
    """The room before and after a text: numbers stand at the right, with their mark."""
    spaces = " " * max(width - used, 0)
    return (spaces, "") if column.type in (ColumnType.INT, ColumnType.FLOAT) else ("", spaces)


def _shown(cell: Cell) -> str:
    return cell.text if cell.text or cell.status is not CellStatus.MISSING else ""


def _rest(table: Table, window: _Window) -> str:
    parts = []
    if len(window.rows) < len(table.rows):
        parts.append(f"rows {window.rows.start + 1}-{window.rows.stop} of {len(table.rows):,}")
    hidden = [column.name for n, column in enumerate(table.columns) if n not in window.columns]
    if hidden:
        parts.append(f"{count(len(hidden), 'more column')}: {', '.join(hidden)}")
    return "; ".join(parts)


def legend(table: Table) -> Text:
    """How many cells are in each state, with sign and colour."""
    line = Text()
    for status, number in table.counts().items():
        if number:
            line.append("  " if line else "")
            line.append(f"{CELLS[status].sign} {number:,} {status.value}", CELLS[status].style)
    return line
