"""Markdown tables: out of a model's text, also while it is being written, and back into Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.messages import THINK_CLOSE, THINK_OPEN, split_thinking
from wideseek_cli.table.columns import MAX_COLUMNS, is_counter, match_columns, parse_columns, with_key
from wideseek_cli.table.model import Cell, CellStatus, Column, ColumnType, Row, Table
from wideseek_cli.table.otherforms import find_other_forms
from wideseek_cli.table.values import guess_type, is_missing
from wideseek_cli.table.words import name_key
from wideseek_cli.text import clean_text

__all__ = ["RawTable", "find_tables", "make_table", "parse_columns", "parse_partial", "parse_table", "render"]

MAX_ROWS = 20_000
MAX_CELL = 4_000
MAX_CELLS = 1_000
_FENCE = re.compile(r"^[ \t>]*(```+|~~~+)[ \t]*(markdown|md)\b[^\n]*\n", re.IGNORECASE | re.MULTILINE)
# Escaped punctuation waits in a private range while markup is removed, so that it is not taken for markup.
_SHELTER = 0xF0000
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])|[\U000f0021-\U000f007e]")
_SHELTERED = re.compile("[\U000f0021-\U000f007e]")
_SEPARATOR = re.compile(r"^[\s|:+\-–—=]*-[\s|:+\-–—=]*$")


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in the text: cells are Markdown still, rows may be ragged."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def parse_table(text: str, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table | None:
    """The table of an answer: the tables that fit the columns (or the first table's header), put one under
    another. None when the text has none. Looks into the reasoning only when the answer has no table."""
    answer = split_thinking(text)[1]
    tables = find_tables(answer)
    if not tables:
        tables = [RawTable(header, rows) for header, rows in find_other_forms(answer)]
    if not tables and answer != text:
        tables = find_tables(text)
    return _join(tables, columns, key)


def parse_partial(text: str, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table | None:
    """The same while the text still streams: what is complete so far."""
    if THINK_OPEN in text and THINK_CLOSE not in text:
        return None
    head, _, last = text.rpartition("\n")
    if "|" in last and not _SEPARATOR.match(last):
        head += "\n" + last[: last.rindex("|") + 1]
    tables = find_tables(split_thinking(head)[1])
    return _join(tables, columns, key)


def find_tables(text: str) -> list[RawTable]:
    """All tables of the first Markdown fence that has one, else of the whole text."""
    text = clean_text(text)
    for fence in _FENCE.finditer(text):
        mark = fence.group(1)
        end = re.compile(rf"^[ \t>]*{re.escape(mark)}", re.MULTILINE).search(text, fence.end())
        tables = _tables_in(text[fence.end() : end.start() if end else len(text)])
        if tables:
            return tables
    return _tables_in(text)


def make_table(raw: RawTable, columns: Sequence[Column] = (), key: Sequence[str] = ()) -> Table:
    """Typed columns and clean cells. Without columns the header names them and the values type them."""
    width = max([len(raw.header), *(len(row) for row in raw.rows)], default=0)
    header = [clean_cell(name) for name in raw.header] + [""] * (width - len(raw.header))
    grid = [_fit(row, len(raw.header) or width) for row in raw.rows[:MAX_ROWS]]
    if columns:
        places = match_columns(header[: len(raw.header)], columns)
        chosen = [places.get(number, -1) for number in range(len(columns))]
        shape = tuple(columns)
    else:
        chosen, shape = _free_columns(header[: len(raw.header)], grid, key)
    rows = []
    for source in grid:
        cells = [source[at] if at >= 0 else "" for at in chosen]
        row = Row(tuple(_cell(text, column) for text, column in zip(cells, shape, strict=True)))
        if any(cell.text for cell in row.cells):
            rows.append(row)
    return Table(shape, tuple(rows))


def clean_cell(text: str, kind: ColumnType = ColumnType.STR) -> str:
    """What a cell says, without markup: links, emphasis, code, tags, footnote marks, line breaks."""
    text = _ESCAPED.sub(_shelter, clean_text(text[:MAX_CELL]))
    text = _unlink(text, kind)
    text = re.sub(r"^(?:\s|<br\s*/?>)+|(?:\s|<br\s*/?>)+$", "", text, flags=re.IGNORECASE)
    text = re.sub(r"(?<=[,;:])\s*(?:<br\s*/?>|\n)\s*", " ", text, flags=re.IGNORECASE)
    text = re.sub(r"\s*(?:<br\s*/?>|\n)\s*", "; ", text, flags=re.IGNORECASE)
    text = re.sub(r"<(ref|script|style)\b[^<>]*>[^<>]*</\1>", "", text, flags=re.IGNORECASE)
    text = re.sub(r"<sup>\s*\[?[\da-z*†‡]{1,3}\]?\s*</sup>", _superscript, text, flags=re.IGNORECASE)
    text = re.sub(r"</?[a-zA-Z][^<>]*>", "", text)
    text = re.sub(r"\[\^[^\[\]]{1,20}\]|(?<=\S)\[\d{1,3}\]|【\d+[^】]{0,20}】", "", text)
    text = re.sub(r"(\*\*|__|~~)(?=\S)([^*_~]+?)(?<=\S)\1", r"\2", text)
    text = re.sub(r"(?<![\w*])([*_])(?=[^\s*_])([^*_]+?)(?<=\S)\1(?![\w*])", r"\2", text)
    text = re.sub(r"(`+)([^`]+)\1", r"\2", text)
    text = re.sub(r"(?<=[^\s†‡§])\s*[†‡§]+$|(?<=[^\s*])\*{1,3}$", "", text)
    text = re.sub(r"(?<=[\d.,)%])[¹²³⁴-⁹⁰]+$", "", text)
    text = clean_text(html.unescape(text))
    text = re.sub(r"\s+", " ", text).strip()
    return _SHELTERED.sub(lambda m: chr(ord(m.group()) - _SHELTER), text)


def render(table: Table) -> str:
    """A table as Markdown; what would break the table in a cell is escaped."""
    lines = ["| " + " | ".join(escape_cell(c.name) for c in table.columns) + " |"]
    lines.append("|" + " --- |" * len(table.columns))
    lines += ["| " + " | ".join(escape_cell(cell.text) for cell in row.cells) + " |" for row in table.rows]
    return "\n".join(lines) + "\n"


def escape_cell(text: str) -> str:
    """Text that a Markdown reader shows as it is, inside a table."""
    text = re.sub(r"\s+", " ", clean_text(text)).strip()
    text = re.sub(r"([\\`*_|\[\]~])", r"\\\1", text)
    return re.sub(r"[<>&](?=[A-Za-z/#!])|(?<=.)>", lambda m: html.escape(m.group()), text)


def _shelter(match: re.Match[str]) -> str:
    return chr(_SHELTER + ord(match.group(1))) if match.group(1) else ""


def _superscript(match: re.Match[str]) -> str:
    """An exponent stays (km², 10³), a footnote goes."""
    before = match.string[: match.start()]
    digits = re.sub(r"\D", "", match.group())
    if digits in {"2", "3"} and re.search(r"(?:\b(?:[ckm]?m|mi|ft|in|yd)|10)$", before):
        return {"2": "²", "3": "³"}[digits]
    return ""


def _unlink(text: str, kind: ColumnType) -> str:
    """Links become their text, or their address where the column wants one."""
    part = 2 if kind is ColumnType.URL else 1
    text = re.sub(
        r"!?\[([^\[\]]*)\]\(\s*<?([^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)*)>?[^()]*\)", rf"\{part}", text
    )
    return re.sub(r"<(https?://[^\s<>]+)>", r"\1", text)


def _join(tables: Sequence[RawTable], columns: Sequence[Column], key: Sequence[str]) -> Table | None:
    """Tables of one shape become one; of unlike tables the one that fits best leads."""
    if not tables:
        return None
    if columns:
        fits = [len(match_columns([clean_cell(h) for h in t.header], columns)) for t in tables]
        best = max(fits)
        tables = [t for t, fit in zip(tables, fits, strict=True) if fit == best]
        made = [make_table(t, columns) for t in tables]
        return Table(tuple(columns), tuple(row for table in made for row in table.rows))
    shapes: dict[tuple[str, ...], list[RawTable]] = {}
    for table in tables:
        shapes.setdefault(tuple(name_key(h) for h in table.header), []).append(table)
    chosen = max(shapes.values(), key=lambda alike: sum(len(t.rows) for t in alike))
    rows = tuple(row for table in chosen for row in table.rows)
    return make_table(RawTable(chosen[0].header, rows), (), key)


def _cell(text: str, column: Column) -> Cell:
    clean = clean_cell(text, column.type)
    if is_missing(clean, column.type):
        return Cell("", CellStatus.MISSING)
    return Cell(clean)


def _fit(row: Sequence[str], width: int) -> list[str]:
    """A row of the right width: short ones are padded; the surplus of long ones belongs to the last cell, but
    for what only says it again."""
    cells = list(row)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) > width > 0:
        cells = [*cells[: width - 1], " | ".join(dict.fromkeys(cells[width - 1 :]))]
    return cells + [""] * (width - len(cells))


def _free_columns(
    header: Sequence[str], grid: Sequence[Sequence[str]], key: Sequence[str]
) -> tuple[list[int], tuple[Column, ...]]:
    """The header's own columns: running numbers and empty columns go, doubled names get a number."""
    chosen: list[int] = []
    columns: list[Column] = []
    for at, name in enumerate(header[:MAX_COLUMNS]):
        values = [clean_cell(row[at]) for row in grid]
        if is_counter(name) and all(v in ("", str(n)) for n, v in enumerate(values, start=1)):
            continue
        base = label = name if name_key(name) else name or f"column {at + 1}"
        copies = 1
        while any(c.name.casefold() == label.casefold() for c in columns):
            copies += 1
            label = f"{base} {copies}"
        chosen.append(at)
        columns.append(Column(label, guess_type(values)))
    return chosen, with_key(columns, key)


def _tables_in(text: str) -> list[RawTable]:
    tables: list[RawTable] = []
    for block in _pipe_blocks(text):
        tables += _split_block(block)
    return tables


def _pipe_blocks(text: str) -> list[list[str]]:
    """Runs of lines that hold pipes; one blank line between two of them does not end a run of rows."""
    blocks: list[list[str]] = []
    gap = 2
    for line in text.splitlines():
        line = line.strip().lstrip(">").strip().replace("｜", "|")
        if "|" not in line:
            gap += 1 if not line else 2
            continue
        if gap >= 2:
            blocks.append([])
        blocks[-1].append(line)
        gap = 0
    return [b for b in blocks if len(b) > 1 or b[0].startswith("|")]


def _split_block(lines: Sequence[str]) -> list[RawTable]:
    """One run of pipe lines can hold several tables: a separator row makes a header of the line above it."""
    marks = [n for n, line in enumerate(lines) if _SEPARATOR.match(line)]
    rows = [(n, split_row(line)) for n, line in enumerate(lines) if n not in marks]
    if not rows:
        return []
    ruled = len(marks) > 2 and len(marks) >= len(rows) - 1  # a rule under every row, not tables
    heads = {rows[0][0]} if ruled else {rows[0][0], *(n - 1 for n in marks)}
    found: list[tuple[list[str], list[tuple[str, ...]]]] = []
    shape: list[str] = []
    for number, cells in rows:
        names = [name_key(c) for c in cells]
        if found and names == shape:
            continue  # the header again
        if number in heads or not found:
            found.append((cells, []))
            shape = names
        else:
            found[-1][1].append(tuple(cells))
    tables = [RawTable(tuple(header), tuple(body)) for header, body in found]
    return [t for t in tables if len(t.header) > 1 or t.rows or marks]


def split_row(line: str) -> list[str]:
    """The cells of a pipe line; an escaped pipe is text."""
    cells = [""]
    escaped = False
    for char in line.strip():
        if len(cells) > MAX_CELLS:
            break
        if char == "|" and not escaped:
            cells.append("")
        else:
            cells[-1] += char
        escaped = char == "\\" and not escaped
    if line.lstrip().startswith("|"):
        cells = cells[1:]
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip() for cell in cells]
