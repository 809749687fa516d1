"""Tables for scoring: plain strings, columns by plain names. From Markdown responses and from CSV."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.scoring.spec import plain_name

NOTHING = "nan"  # what the original's tables hold where a cell is empty
_FENCE = re.compile(r"```markdown[^\n]*\n(.*?)(?:```|\Z)", re.DOTALL)
_SEPARATOR = re.compile(r"[|\-: \t]+")
_PIPE = re.compile(r"(?<!\\)\|")
_INT = re.compile(r"[+-]?\d{1,4000}")  # Python makes no number of more digits
_FLOAT = re.compile(r"[+-]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?")
_MOST_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Frame:
    """Columns by plain name, rows of strings as long as the columns."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, name: str) -> list[str]:
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def renamed(self, names: Sequence[str]) -> Frame:
        return Frame(tuple(names), self.rows)

    def with_column(self, name: str, values: Sequence[str]) -> Frame:
        at = self.columns.index(name)
        rows = zip(self.rows, values, strict=True)
        return Frame(self.columns, tuple((*row[:at], value, *row[at + 1 :]) for row, value in rows))

    def only(self, names: Sequence[str]) -> Frame:
        places = [self.columns.index(name) for name in names]
        return Frame(tuple(names), tuple(tuple(row[at] for at in places) for row in self.rows))

    def without_repeats(self, key: Sequence[str]) -> Frame:
        """The first row of each key stays."""
        places = [self.columns.index(name) for name in key]
        first: dict[tuple[str, ...], tuple[str, ...]] = {}
        for row in self.rows:
            first.setdefault(tuple(row[at] for at in places), row)
        return Frame(self.columns, tuple(first.values()))


class ResponseError(EvaluationError):
    """The response holds no table that can be scored."""


def frame_of_response(text: str) -> Frame:
    """The first ```markdown fence, or else the first run of lines that hold pipes."""
    fence = _FENCE.search(text)
    lines = fence[1].splitlines() if fence else _first_run(text.splitlines())
    lines = [line.strip() for line in lines if line.strip() and not _SEPARATOR.fullmatch(line.strip())]
    if not lines:
        raise ResponseError("no table in the response")
    return make_frame(_cells(lines[0]), [_cells(line) for line in lines[1:]])


def frame_of_csv(path: Path) -> Frame:
    """A gold table, or any other."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise EvaluationError(f"{path.name} is over {_MOST_BYTES // 2**20} MB")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise EvaluationError(f"{path} cannot be read as CSV: {error}") from error
    if not rows:
        raise EvaluationError(f"{path} is empty")
    try:
        return make_frame(rows[0], rows[1:])
    except ResponseError as error:
        raise EvaluationError(f"{path}: {error}") from error


def make_frame(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Frame:
    """Unnamed columns go; short rows are filled; a row that is too long is an error."""
    names = [plain_name(name) for name in header]
    if len(set(filter(None, names))) < len(list(filter(None, names))):
        raise ResponseError("two columns have the same name")
    kept = [at for at, name in enumerate(names) if name]
    made: list[tuple[str, ...]] = []
    for number, row in enumerate(rows, 1):
        if len(row) > len(names):
            raise ResponseError(f"row {number} has {len(row)} cells for {len(names)} columns")
        full = [*row, *[""] * (len(names) - len(row))]
        made.append(tuple(full[at].strip() or NOTHING for at in kept))
    return Frame(tuple(names[at] for at in kept), tuple(made))


def alike(one: Frame, other: Frame) -> tuple[Frame, Frame]:
    """Numbers written one way on both sides: where one side has integers and the other decimals, decimals."""
    for name in one.columns:
        if name not in other.columns:
            continue
        kinds = [_kind(one.column(name)), _kind(other.column(name))]
        both = kinds if kinds[0] == kinds[1] or "str" in kinds else ["float", "float"]
        one = one.with_column(name, _written(one.column(name), both[0]))
        other = other.with_column(name, _written(other.column(name), both[1]))
    return one, other


def _kind(values: Sequence[str]) -> str:
    given = [value for value in values if value != NOTHING]
    if given and len(given) == len(values) and all(_INT.fullmatch(value) for value in given):
        return "int"
    decimal = given and all(_FLOAT.fullmatch(value) and math.isfinite(float(value)) for value in given)
    return "float" if decimal else "str"


def _written(values: Sequence[str], kind: str) -> list[str]:
    if kind == "int":
        return [str(int(value)) for value in values]
    if kind == "float":
        return [value if value == NOTHING else str(float(value)) for value in values]
    return list(values)


def _first_run(lines: Sequence[str]) -> list[str]:
    run: list[str] = []
    for line in lines:
        if "|" in line:
            run.append(line)
        elif run:
            break
    return run


def _cells(line: str) -> list[str]:
    line = line.removeprefix("|")
    line = line[:-1] if line.endswith("|") and not line.endswith("\\|") else line
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(line)]
