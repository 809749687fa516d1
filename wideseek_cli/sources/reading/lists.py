"""A page's table that answers a need for a list: whole, with the columns that are asked. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wideseek_cli.core.findings import Page, Passage
from wideseek_cli.facts.rows.answering import SURELY, named_in
from wideseek_cli.pages import blocks_of
from wideseek_cli.pages.elements.cells import one_line
from wideseek_cli.pages.model import Grid
from wideseek_cli.sources.reading.terms import query_terms, terms
from wideseek_cli.table.model import Document
from wideseek_cli.values.words import words

_LEAST_ROWS = 4
_MOST_CELL = 120  # characters that are shown of a cell
_MOST_LOOKED = 400  # rows whose words are looked at
_FROM = re.compile(r"\brows? (?:from )?(\d{1,6})\b")
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
    if not page.structure or not words(need):
        return None
    blocks = blocks_of(Document(page.url, page.title, page.text, structure=page.structure))
    tables = ((page.title, b) for b in blocks if isinstance(b, Grid) and len(b.rows) >= _LEAST_ROWS)
    found = named_in(_FROM.sub(" ", need), tables, SURELY)
    if found is None or _names_row(found.grid, query_terms(_FROM.sub(" ", need))):
        return None
    columns = tuple(sorted({found.key, *found.columns}))
    return Answering(found.grid, columns, _first_row(need, len(found.grid.rows)))


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


def _names_row(grid: Grid, asked: Sequence[str]) -> bool:
    """Whether a word that stands over no column is that of a row: then it is that row that is asked for."""
    labels = {term for text in (*grid.labels, *grid.headings, grid.caption) for term in terms(text)}
    rare = set(asked) - labels
    named = [at for at in range(len(grid.labels)) if _names(grid, at)]
    cells = [row[at] for row in grid.rows[:_MOST_LOOKED] for at in named]
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
