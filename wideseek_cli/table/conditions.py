"""Conditions that rows must meet, checked by code on proved values: `founded < 1900`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import clean_line
from wideseek_cli.table.columns import match_columns
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.compare import guess_type, name_forms, same_value
from wideseek_cli.values.dates import Date, parse_date
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number

_SIGNS = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "=", "before": "<", "after": ">", "is": "=", "is not": "!="}
_FORM = re.compile(
    r"(?P<column>[^<>=!≤≥≠]{1,80}?)\s*"
    r"(?P<sign><=|>=|!=|==|[<>=≤≥≠]|\b(?:before|after|is not|is|not in|in)\b)\s*(?P<value>\S.{0,300})",
    re.IGNORECASE | re.DOTALL,
)
_ORDERS: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_HINT = (
    'write it like --where "founded < 1900", --where "country in Peru, Chile", --where "state is not Texas"'
)
_KNOWN = (CellStatus.PROVED, CellStatus.GIVEN)


class Verdict(str, Enum):
    """What a row's value says of a condition."""

    MEETS = "meets"
    FAILS = "does not"
    NOT_SHOWN = "not shown"


@dataclass(frozen=True)
class Condition:
    """A column, how it is compared, and with what."""

    text: str
    column: str
    sign: str
    values: tuple[str, ...]

    @property
    def as_column(self) -> Column:
        """The column to be found, of the kind that the comparison needs."""
        kind = guess_type(list(self.values))
        return Column(self.column, ColumnType.STR if kind in (ColumnType.BOOL, ColumnType.URL) else kind)

    def judge(self, text: str, kind: ColumnType) -> Verdict:
        """Of one value; where it is too coarse to tell, it is not shown."""
        if self.sign in _ORDERS:
            return _compared(text, self.sign, self.values[0])
        found = any(_is(text, value, kind) for value in self.values)
        wanted = self.sign in ("=", "in")
        return Verdict.MEETS if found == wanted else Verdict.FAILS


def parse_condition(text: str) -> Condition:
    """Read `founded < 1900`. What cannot be compared is refused: nothing is let through unchecked."""
    line = clean_line(text, 400)
    found = _FORM.fullmatch(line)
    if found is None or found["column"].strip().lower() in ("", "not", "is", "are"):
        raise UsageError(f"the condition {line!r} names no column to compare", hint=_HINT)
    word = " ".join(found["sign"].lower().split())
    sign = _SIGNS.get(word, word)
    values = tuple(found["value"].split(",")) if sign in ("in", "not in") else (found["value"],)
    values = tuple(value.strip().strip("\"'") for value in values if value.strip())
    condition = Condition(line, found["column"].strip(), sign, values)
    if sign in _ORDERS and parse_number(values[0]) is None and parse_date(values[0]) is None:
        raise UsageError(f"{values[0]!r} in the condition {line!r} is not a number or date", hint=_HINT)
    return condition


def with_columns_of(columns: Sequence[Column], conditions: Sequence[Condition]) -> tuple[Column, ...]:
    """The columns, and those that conditions are about."""
    made = list(columns)
    for condition in conditions:
        if not match_columns([column.name for column in made], [condition.as_column], guess=False):
            made.append(condition.as_column)
    return tuple(made)


@dataclass(frozen=True)
class Sorted:
    """The rows that may stay, with a verdict for each condition, and those that do not meet one."""

    kept: Table
    left_out: Table


def sorted_by(table: Table, conditions: Sequence[Condition]) -> Sorted:
    """A column more for each condition: the verdict, with the proof of the value that it rests on. Rows that
    are shown not to meet one are left out; those of which nothing is shown stay, marked."""
    names = [column.name for column in table.columns]
    places = [match_columns(names, [one.as_column], guess=False).get(0) for one in conditions]
    columns = (*table.columns, *(Column(one.text) for one in conditions))
    kept: list[Row] = []
    left_out: list[Row] = []
    for row in table.rows:
        verdicts = [
            _verdict(one, row.cells[at], table.columns[at]) if at is not None else _not_shown()
            for one, at in zip(conditions, places, strict=True)
        ]
        fails = any(cell.text == Verdict.FAILS.value for cell in verdicts)
        (left_out if fails else kept).append(Row((*row.cells, *verdicts)))
    return Sorted(Table(columns, tuple(kept)), Table(columns, tuple(left_out)))


def _verdict(condition: Condition, cell: Cell, column: Column) -> Cell:
    if cell.status not in _KNOWN or not cell.text.strip():
        return _not_shown(f"{column.name} is {cell.status.value}")
    verdict = condition.judge(cell.text, column.type)
    if verdict is Verdict.NOT_SHOWN:
        return _not_shown(f"{column.name} is {clean_line(cell.text, 60)}")
    return Cell(verdict.value, cell.status, cell.proof)


def _not_shown(why: str = "no column of the table is about it") -> Cell:
    return Cell(Verdict.NOT_SHOWN.value, CellStatus.UNPROVED, note=why)


def _compared(text: str, sign: str, bound: str) -> Verdict:
    spans = _span_of(text), _span_of(bound, exact=True)
    if spans[0] is None or spans[1] is None or _units_differ(text, bound):
        return Verdict.NOT_SHOWN
    (low, high), (least, most) = spans[0], spans[1]
    edge = least if sign in ("<", ">=") else most  # after 1900 begins when 1900 is over
    answers = {_ORDERS[sign](value, edge) for value in (low, high)}
    if len(answers) > 1:
        return Verdict.NOT_SHOWN
    return Verdict.MEETS if answers.pop() else Verdict.FAILS


def _span_of(text: str, *, exact: bool = False) -> tuple[float, float] | None:
    """The least and the most that a value can be: a date's days, a number's precision."""
    number, date = parse_number(text), parse_date(text)
    if date is not None and (number is None or not _is_whole(number, text) or _is_year(number)):
        return _days(date)
    if number is None or number.start > 1:
        return None
    rough = number.step / 2 if not exact and (number.approx or number.step > 1) else 0.0
    return number.value - rough, number.value + rough


def _is_whole(number: Number, text: str) -> bool:
    return number.start == 0 and number.end >= len(text.strip())


def _is_year(number: Number) -> bool:
    return number.plain and 1000 <= number.value <= 2999


def _days(date: Date) -> tuple[float, float]:
    """A date as days, so coarse as it is; years alone compare with years alone as they should."""
    first = (date.year * 12 + (date.month or 1) - 1) * 31 + (date.day or 1) - 1
    last = (date.year * 12 + (date.month or 12) - 1) * 31 + (date.day or 31) - 1
    return float(first), float(last)


def _units_differ(text: str, bound: str) -> bool:
    one, other = parse_number(text), parse_number(bound)
    return bool(one and other and one.unit and other.unit and one.unit != other.unit)


def _is(text: str, value: str, kind: ColumnType) -> bool:
    return same_value(text, value, kind) or not set(name_forms(text)).isdisjoint(name_forms(value))


def without_columns(table: Table, names: Collection[str]) -> Table:
    """A table without its verdicts on these conditions."""
    kept = [at for at, column in enumerate(table.columns) if column.name not in names]
    rows = (Row(tuple(row.cells[at] for at in kept)) for row in table.rows)
    return Table(tuple(table.columns[at] for at in kept), tuple(rows))
