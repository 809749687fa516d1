"""Values of typed columns: what a format with numbers and dates gets of them."""

from __future__ import annotations

import pytest

from wideseek_cli.export.typed import Plain, Reader
from wideseek_cli.table.model import Column
from wideseek_cli.values.kinds import ColumnType

INT, FLOAT, DATE = ColumnType.INT, ColumnType.FLOAT, ColumnType.DATE
COLUMNS: list[tuple[ColumnType, dict[str, Plain]]] = [
    # which of day and month comes first is what the column shows, and nobody's guess
    (DATE, {"9/30/2001": "2001-09-30", "9/11/2001": "2001-09-11", "7/4/1776": "1776-07-04"}),
    (DATE, {"30/9/2001": "2001-09-30", "9/11/2001": "2001-11-09", "7.4.1776": "1776-04-07"}),
    (DATE, {"9/11/2001": "9/11/2001", "11/11/2001": "2001-11-11", "4 July 1776": "1776-07-04"}),
    (DATE, {"30/9/2001": "2001-09-30", "9/30/2001": "2001-09-30", "3/4/2001": "3/4/2001"}),
    (INT, {"753 BC": -753, "公元前753年": -753, "1636": 1636, "c. 1800": 1800, "not found": "not found"}),
    (INT, {"1,234,567 km2": 1234567, "3 million": 3000000, "2.0": 2, "12.5": 12.5, "-40": -40}),
    # a point may group thousands
    (INT, {"357.022": "357.022", "12": 12}),
    (INT, {"357.022": 357022, "1.285.216": 1285216}),
    (FLOAT, {"357.022": 357.022, "12": 12, "0.123": 0.123}),
    (FLOAT, {"357.022": 357022, "1.285.216,5": 1285216.5}),
    # every digit, however many
    (INT, {"12345678901234567": 12345678901234567, "-12,345,678,901,234,567": -12345678901234567}),
    (INT, {"9" * 400: "9" * 400}),
]


@pytest.mark.parametrize(("kind", "cells"), COLUMNS)
def test_a_column_is_read_as_a_whole(kind: ColumnType, cells: dict[str, Plain]) -> None:
    reader = Reader.of(Column("x", kind), list(cells))
    assert {text: reader.read(text) for text in cells} == cells
    assert [type(reader.read(text)) for text in cells] == [type(value) for value in cells.values()]
