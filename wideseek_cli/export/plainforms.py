"""The forms that are plain text: a table for the terminal, Markdown, CSV and TSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from wideseek_cli.export.grid import Grid, harmless
from wideseek_cli.table.markdown import escape_cell
from wideseek_cli.table.model import CellStatus
from wideseek_cli.table.signs import CELLS

_NARROWEST = 6
_PADDED = 2  # tabulate makes a column this much wider than its header


def render_markdown(grid: Grid) -> str:
    """A pipe table whose cells cannot break it."""
    from tabulate import tabulate

    rows = [[escape_cell(cell.text) for cell in row] for row in grid.rows]
    header = [escape_cell(name) for name in grid.header]
    return tabulate(rows, header, tablefmt="pipe", disable_numparse=True) + "\n"


def render_csv(grid: Grid, mark: str, raw: bool) -> str:
    """RFC 4180, with lines that end as everywhere else on this system."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    keep = (lambda text: text) if raw else harmless
    writer.writerow([keep(name) for name in grid.header])
    for row in grid.rows:
        writer.writerow([keep(cell.text) for cell in row])
    return out.getvalue()


def render_table(grid: Grid, width: int = 0, color: bool = False) -> str:
    """For people: each cell with the sign of its state, wrapped to the width (0: as wide as it gets)."""
    from tabulate import tabulate

    cells = [[_signed(cell.text, cell.cell.status) for cell in row] for row in grid.rows]
    if not grid.header:
        return ""
    limits = _limits(grid.header, cells, width)
    text = tabulate(
        cells,
        grid.header,
        tablefmt="simple",
        maxcolwidths=limits,
        maxheadercolwidths=limits and [limit - _PADDED for limit in limits],
        disable_numparse=True,
        preserve_whitespace=False,
    )
    lines = [line.rstrip() for line in text.splitlines()]
    return "\n".join(_coloured(lines) if color else lines) + "\n"


def _signed(text: str, status: CellStatus) -> str:
    return f"{CELLS[status].sign} {text}".rstrip()


def _coloured(lines: Sequence[str]) -> list[str]:
    painted = []
    for line in lines:
        for status, mark in CELLS.items():
            if status is not CellStatus.MISSING:
                line = line.replace(f"{mark.sign} ", f"{mark.painted()} ")
        painted.append(line)
    return painted


def _limits(header: Sequence[str], cells: Sequence[Sequence[str]], width: int) -> list[int] | None:
    """Column widths that fit: narrow columns keep what they need, wide ones share the rest."""
    needs = [
        max([_columns(name) + _PADDED, *(_columns(row[at]) for row in cells)], default=1)
        for at, name in enumerate(header)
    ]
    room = width - 2 * (len(header) - 1)
    if width <= 0 or sum(needs) <= room:
        return None
    limits = list(needs)
    open_columns = set(range(len(header)))
    left = room
    while open_columns:
        share = max(_NARROWEST, left // len(open_columns))
        settled = {at for at in open_columns if needs[at] <= share}
        if not settled:
            for at in open_columns:
                limits[at] = share
            break
        left -= sum(needs[at] for at in settled)
        open_columns -= settled
    return limits


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(wcswidth(text), 0) or len(text)
