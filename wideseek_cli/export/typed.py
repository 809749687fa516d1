"""Values as what their column says they are, for formats that have numbers, dates and truths.

How a single cell is to be read can depend on the others: 9/11/2001 and 357.022 may each be two things.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.model import Column
from wideseek_cli.values.compare import is_missing, parse_value
from wideseek_cli.values.dates import date_readings, month_first, parse_date
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, exact_whole, has_point_groups, may_be_point_group

Plain = str | int | float | bool


@dataclass(frozen=True)
class Reader:
    """Reads the cells of one column. What cannot be told stays the text that it is."""

    kind: ColumnType
    month_first: bool | None = None  # in 9/11/2001; None: not known
    points_group: bool = False  # 1.285.216 is there, so 357.022 is no fraction

    @classmethod
    def of(cls, column: Column, texts: Sequence[str]) -> Reader:
        """For a column with these texts in it."""
        return cls(column.type, month_first(texts), any(map(has_point_groups, texts)))

    def read(self, text: str) -> Plain:
        """A number, truth or ISO date where column and cell agree on one; else the text."""
        if self.kind in (ColumnType.STR, ColumnType.URL) or is_missing(text, self.kind):
            return text
        if self.kind is ColumnType.DATE:
            return self._date(text)
        if self.kind is not ColumnType.BOOL and (date := parse_date(text)) and date.year < 0:
            return date.year  # 753 BC
        value = parse_value(text, self.kind)
        if isinstance(value, bool):
            return value
        return self._number(text, value) if isinstance(value, Number) else text

    def _date(self, text: str) -> str:
        readings = date_readings(text)
        if len({reading.iso() for reading in readings}) == 1:
            return readings[0].iso()
        if not readings or self.month_first is None:
            return text
        day_first, with_month_first = readings
        return (with_month_first if self.month_first else day_first).iso()

    def _number(self, text: str, number: Number) -> Plain:
        if may_be_point_group(text) and (self.points_group or self.kind is ColumnType.INT):
            return round(number.value * 1000) if self.points_group else text
        if not math.isfinite(number.value):
            return text
        if not number.value.is_integer() or (self.kind is not ColumnType.INT and number.step < 1):
            return number.value
        exact = exact_whole(text)
        return int(number.value) if exact is None else exact
