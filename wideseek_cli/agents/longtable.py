"""A table that takes more than one reply: where it broke off, and its parts put together."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wideseek_cli.core.messages import split_thinking
from wideseek_cli.core.text import clean_line, once_round
from wideseek_cli.table.markdown import find_tables
from wideseek_cli.values.words import name_key

_ROW_CHARS = 200  # of the last row, in the words that ask for the next
_FENCE = "```"
_BETWEEN_CELLS = re.compile(r"(?<!\\)\|")


class LongTable:
    """The replies of one table that were cut off in it, and the one that ends it."""

    def __init__(self) -> None:
        self._text = ""  # all up to the last whole row

    def __bool__(self) -> bool:
        return bool(self._text)

    def forget(self) -> None:
        """The agent went on with something else."""
        self._text = ""

    def cut_in(self, text: str) -> str:
        """Keep what a reply that was cut off has of the table, and tell its last whole row. Nothing where it
        was not cut off in a table, went round in it, or brought no new row."""
        whole = self._with(_whole_rows(text, self._header()))
        if once_round(text) != text or not _ends_in_table(whole) or whole == self._text:
            return ""
        self._text = whole
        return clean_line(_last_line(whole), _ROW_CHARS)

    def whole(self, text: str) -> str:
        """An answer behind the parts that it goes on from: of it only rows, and only new ones."""
        if not self._text:
            return text
        made = self._with(text)
        spoken = split_thinking(made)[1].splitlines()
        fences = sum(line.lstrip().startswith(_FENCE) for line in spoken)
        return f"{made}\n{_FENCE}" if fences % 2 else made

    def _with(self, text: str) -> str:
        if not self._text:
            return text
        known = {line.strip() for line in self._text.splitlines()}
        rows = [line for line in _rows(text, self._header()) if line not in known]
        return "\n".join([self._text, *rows])

    def _header(self) -> Sequence[str]:
        return _header_of(self._text)


def _header_of(text: str) -> Sequence[str]:
    tables = find_tables(split_thinking(text)[1])
    return tables[-1].header if tables else ()


def _whole_rows(text: str, header: Sequence[str]) -> str:
    """Without a last row of which something is missing, and without the blanks behind."""
    head, _, last = text.rpartition("\n")
    cells = _cells(last)
    whole = last.rstrip().endswith("|") and len(cells) >= len(header or _header_of(head))
    return (text if whole or last.startswith(_FENCE) else head).rstrip()


def _ends_in_table(text: str) -> bool:
    tables = find_tables(split_thinking(text)[1])
    return bool(tables and tables[-1].rows) and "|" in _last_line(text)


def _cells(line: str) -> list[str]:
    return _BETWEEN_CELLS.split(line.strip().removeprefix("|").removesuffix("|"))


def _last_line(text: str) -> str:
    return text.rpartition("\n")[2].strip()


def _rows(text: str, header: Sequence[str]) -> list[str]:
    """The rows of a reply that goes on; a rule, and the header above it, say nothing new."""
    known = {name_key(cell) for cell in header}
    rows: list[str] = []
    for line in split_thinking(text)[1].splitlines():
        if "|" not in line:
            continue
        if set(line) <= set("|-: \t"):
            if rows and known & {name_key(cell) for cell in _cells(rows[-1])}:
                rows.pop()
            continue
        rows.append(line.strip())
    return rows
