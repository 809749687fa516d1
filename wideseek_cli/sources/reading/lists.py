"""A page's table that answers a need for a list: whole, with the columns that are asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wideseek_cli.core.findings import Page, Passage
from wideseek_cli.pages import blocks_of
from wideseek_cli.pages.elements.cells import one_line
from wideseek_cli.pages.model import Grid
from wideseek_cli.sources.reading.terms import query_terms, terms
from wideseek_cli.table.model import Document

_LEAST_ROWS = 4
_COVERED = 0.75  # of the need's words that the page's title, the table's headings and labels must have
_MOST_CELL = 120  # characters that are shown of a cell
_MOST_LOOKED = 400  # rows whose words are looked at
_FROM = re.compile(r"\brows? (\d{1,6})\b")
_ROOM = 24  # tokens for what is said of the rows that are left out


@dataclass(frozen=True)
class Answering:
    """A table and the columns of it that a need asks for."""

    grid: Grid
    columns: tuple[int, ...]
    first: int = 0  # of its rows that is shown


def answering(page: Page, need: str) -> Answering | None:
    """The table that a need asks for as a whole: its words are in title, headings and labels, and none of
    them names a row."""
    asked = [term for term in query_terms(_FROM.sub(" ", need)) if term != "row"]
    if not page.structure or not asked:
        return None
    blocks = blocks_of(Document(page.url, page.title, page.text, structure=page.structure))
    best: tuple[tuple[float, int, int], Answering] | None = None
    for grid in (block for block in blocks if isinstance(block, Grid)):
        share, said = _share(page, grid, asked)
        if len(grid.rows) < _LEAST_ROWS or share < _COVERED or not said or _names_row(grid, asked):
            continue
        rank = (share, len(said), len(grid.rows))
        if best is None or rank > best[0]:
            key = next((at for at in range(len(grid.labels)) if _names(grid, at)), 0)
            columns = tuple(sorted({key, *said}))
            best = rank, Answering(grid, columns, _first_row(need, len(grid.rows)))
    return best[1] if best else None


def shown(
    found: Answering, page: Page, budget: int, count: Callable[[str], int]
) -> tuple[str, tuple[Passage, ...]]:
    """The table as lines, as many rows as fit, and what is left out; with its place on the page."""
    grid, rows = found.grid, found.grid.rows
    heads = [heading for heading in (*grid.headings, grid.caption) if heading]
    lines = [f"## {' / '.join(dict.fromkeys(heads))}"] if heads else []
    lines.append(_line([grid.labels[at] for at in found.columns]))
    left, end = budget - _ROOM - count("\n".join(lines)), found.first
    for row in rows[found.first :]:
        line = _line([one_line(row[at])[:_MOST_CELL] if row[at] else "" for at in found.columns])
        left -= count(f"{line}\n")
        if left < 0 and end > found.first:
            break
        lines.append(line)
        end += 1
    if end - found.first < len(rows):
        lines.append(
            f"(rows {found.first + 1}–{end} of {len(rows)}" + ("; ask for more)" if end < len(rows) else ")")
        )
    places = grid.places[found.first : end]
    if not places:
        return "\n".join(lines), ()
    start, stop = places[0][0], places[-1][1]
    return "\n".join(lines), (Passage(page.text[start:stop], start, stop),)


def _share(page: Page, grid: Grid, asked: Sequence[str]) -> tuple[float, list[int]]:
    """How much of what is asked stands over the table, and which labels have a word of it that the title has
    not."""
    title = set(terms(page.title))
    over = title.union(*(terms(text) for text in (*grid.headings, grid.caption)))
    labels = [set(terms(label)) for label in grid.labels]
    met = sum(term in over or any(term in label for label in labels) for term in asked)
    said = [at for at, label in enumerate(labels) if label & (set(asked) - title)]
    return met / len(asked), said


def _names_row(grid: Grid, asked: Sequence[str]) -> bool:
    """Whether a word that stands over no column is that of a row: then it is that row that is asked for."""
    labels = {term for text in (*grid.labels, *grid.headings, grid.caption) for term in terms(text)}
    rare = set(asked) - labels
    cells = [row[at] for row in grid.rows[:_MOST_LOOKED] for at in range(len(row)) if _names(grid, at)]
    return any(sum(term in terms(cell) for cell in cells) in (1, 2) for term in rare)


def _names(grid: Grid, at: int) -> bool:
    """Whether a column's cells are mostly words, and differ."""
    cells = [row[at] for row in grid.rows[:40] if row[at]]
    wordy = sum(cell[:1].isalpha() or cell[:1] == '"' for cell in cells)
    return bool(cells) and 2 * wordy > len(cells) and 2 * len(set(cells)) > len(cells)


def _first_row(need: str, rows: int) -> int:
    found = _FROM.search(need)
    return min(max(int(found[1]) - 1, 0), rows - 1) if found else 0


def _line(cells: Sequence[str]) -> str:
    return "|".join(cell.replace("|", "/") for cell in cells)
