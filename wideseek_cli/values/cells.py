"""Cells of a column: which type they have, whether two say the same, which of many names one is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile

from wideseek_cli.values.compare import Value, is_missing, list_items, name_forms, parse_value, url_key
from wideseek_cli.values.dates import Date, parse_date
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number


def guess_type(values: Sequence[str]) -> ColumnType:
    """A type that every value of a column has, or text."""
    present = [v for v in values if not is_missing(v)]
    if not present:
        return ColumnType.STR
    if all(re.match(r"https?://\S+$", v) for v in present):
        return ColumnType.URL
    numbers = list(takewhile(lambda number: number is not None, map(_bare_number, present)))
    if len(numbers) == len(present):
        if any(re.match(r"0\d", v) for v in present):
            return ColumnType.STR  # a code
        whole = all(n is not None and n.step >= 1 for n in numbers)
        return ColumnType.INT if whole else ColumnType.FLOAT
    if all((date := parse_date(v)) is not None and date.month for v in present):
        return ColumnType.DATE
    if {v.casefold() for v in present} <= {"yes", "no", "true", "false", "是", "否"}:
        return ColumnType.BOOL
    return ColumnType.STR


def _bare_number(text: str) -> Number | None:
    """The number that a cell holds and nothing else."""
    number = parse_number(text)
    return number if number and not number.unit and (number.start, number.end) == (0, len(text)) else None


def same_value(a: str, b: str, kind: ColumnType = ColumnType.STR) -> bool:
    """Whether two cells say the same; the coarser one decides how closely."""
    left, right = parse_value(a, kind), parse_value(b, kind)
    if left is None or right is None:
        return left is right
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Number) and isinstance(right, Number):
        return _same_number(left, right)
    if isinstance(left, Date) and isinstance(right, Date):
        return left.backs(right) or right.backs(left)
    if isinstance(left, Date) or isinstance(right, Date):
        return _date_and_year(left, right)
    if kind is ColumnType.URL:
        return url_key(a) == url_key(b)
    return same_name(a, b)


def _same_number(a: Number, b: Number) -> bool:
    if a.backs(b) or b.backs(a):
        return True
    if {a.unit, b.unit} == {"%", ""}:
        share, other = (a, b) if a.unit == "%" else (b, a)
        return abs(share.value / 100 - other.value) <= 1e-9 * max(1.0, abs(other.value))
    return False


def _date_and_year(left: Value, right: Value) -> bool:
    date, other = (left, right) if isinstance(left, Date) else (right, left)
    return isinstance(date, Date) and isinstance(other, Number) and other.plain and date.year == other.value


def same_name(a: str, b: str) -> bool:
    """Whether two names or lists of names are the same: accents, case, `the`, punctuation, order."""
    if set(name_forms(a)) & set(name_forms(b)) or a.strip().casefold() == b.strip().casefold():
        return True
    items, others = list_items(a), list_items(b)
    if len(items) < 2 or len(items) != len(others):
        return False
    return {min(name_forms(i), default="") for i in items} == {min(name_forms(o), default="") for o in others}


@dataclass(frozen=True)
class Names:
    """Names and their forms, for looking many up: which of these is this one?"""

    forms: dict[str, str]

    @classmethod
    def of(cls, names: Sequence[str]) -> Names:
        """The first name of a form keeps it."""
        forms: dict[str, str] = {}
        for name in names:
            for form in name_forms(name):
                forms.setdefault(form, name)
        return cls(forms)

    def find(self, name: str) -> str | None:
        """The listed name that is the same as this one."""
        return next((self.forms[form] for form in name_forms(name) if form in self.forms), None)
