"""Conditions on rows: what code can compare, and what it leaves alone."""

from __future__ import annotations

import pytest

from wideseek_cli.core.errors import UsageError
from wideseek_cli.question.condition import with_columns_of
from wideseek_cli.question.judged import by_values, sorted_by
from wideseek_cli.question.reading import read_question
from wideseek_cli.question.where import parse_condition
from wideseek_cli.table.model import Cell, CellStatus, Column, Proof, Row, Table
from wideseek_cli.values.kinds import ColumnType

MEETS, FAILS, NOT_SHOWN = "meets", "does not", "not shown"


@pytest.mark.parametrize(
    ("condition", "value", "verdict"),
    [
        ("founded < 1900", "1899", MEETS),
        ("founded < 1900", "1900", FAILS),
        ("founded <= 1900", "1900", MEETS),
        ("founded before 1900", "3 May 1899", MEETS),
        ("founded after 1900", "3 May 1900", FAILS),
        ("founded > 1900", "1901-01-01", MEETS),
        ("opened after 3 May 1900", "1900", NOT_SHOWN),
        ("opened after 3 May 1900", "4 May 1900", MEETS),
        ("population >= 1,000,000", "1000000", MEETS),
        ("population >= 1 million", "999,999", FAILS),
        ("population > 1,210,000", "1.2 million", NOT_SHOWN),
        ("population > 1,300,000", "1.2 million", FAILS),
        ("area < 500 km2", "301,340 km2", FAILS),
        ("share >= 12.5", "12.5", MEETS),
        ("height > 100 m", "200 ft", NOT_SHOWN),
        ("founded < 1900", "long ago", NOT_SHOWN),
        ("height > 100 m", "Mount Bel 6,746 m", MEETS),
        ("height > 100 m", "Mount Bel 6,746 m; others 90 m", NOT_SHOWN),
        ("founded < 1900", "14-15 May 1811", MEETS),
        ("founded < 1900", "14-15 May 1811 (again in 1920)", NOT_SHOWN),
        ("state is Texas", "texas", MEETS),
        ("state is not Texas", "Texas", FAILS),
        ("state != Texas", "Ohio", MEETS),
        ("country in Peru, Chile", "Chile", MEETS),
        ("country in Peru, USA", "United States", MEETS),
        ("country not in Peru, Chile", "Cuba", MEETS),
        ("country not in Peru, Chile", "Peru", FAILS),
    ],
)
def test_what_a_value_says_of_a_condition(condition: str, value: str, verdict: str) -> None:
    one = parse_condition(condition)
    assert one.as_column is not None
    assert one.judge(value, one.as_column.type).value == verdict


@pytest.mark.parametrize("text", ["founded < soon", "= 5", "", "founded <", "a b c d e f g h i"])
def test_what_cannot_be_compared_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_condition(text)
    assert "--where" in caught.value.hint


def test_a_condition_brings_its_column() -> None:
    columns = (Column("name", key=True), Column("Founding year", ColumnType.INT))
    conditions = [parse_condition("founding year < 1900"), parse_condition("country is Peru")]
    made = with_columns_of(columns, conditions)
    assert [column.name for column in made] == ["name", "Founding year", "country"]
    assert not any(column.aside for column in made)
    said = read_question("Towers in Peru finished before 1900").conditions
    assert [c.aside for c in with_columns_of(columns, said, chosen=True)] == [False, False, True]
    assert not any(c.aside for c in with_columns_of(columns, said))
    assert with_columns_of((), [parse_condition("floors < 19")])[0].type is ColumnType.INT
    assert with_columns_of((), [parse_condition("founded < 1900")])[0].type is ColumnType.STR


def test_rows_that_are_shown_to_fail_leave_and_others_are_marked() -> None:
    proof = Proof("https://a", "A", "Founded: 1850", 0, 5)
    table = Table(
        (Column("name", key=True), Column("founded", ColumnType.INT)),
        tuple(
            Row((Cell(name, CellStatus.PROVED), Cell(year, status, proof)))
            for name, year, status in (
                ("Old", "1850", CellStatus.PROVED),
                ("New", "1950", CellStatus.PROVED),
                ("Guess", "1950", CellStatus.UNPROVED),
                ("None", "", CellStatus.MISSING),
            )
        ),
    )
    condition = parse_condition("founded < 1900")
    made = sorted_by(table, [condition], [by_values(table, condition)])
    assert [(row.cells[0].text, row.cells[2].text) for row in made.kept.rows] == [
        ("Old", MEETS),
        ("Guess", NOT_SHOWN),
        ("None", NOT_SHOWN),
    ]
    assert [row.cells[0].text for row in made.left_out.rows] == ["New"]
    assert made.kept.rows[0].cells[2].proof == proof
    assert made.kept.rows[0].cells[2].status is CellStatus.PROVED
    assert made.kept.rows[1].cells[2].status is CellStatus.UNPROVED
    assert made.kept.columns[2].name == "founded < 1900"


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("before 1900", "Ayr"),
        ("1900 or later", "Bel"),
        ("between 1850 and 1950", "Ayr Bel"),
        ("> 300 m", "Bel"),
        ("over 3", ""),  # two columns have plain numbers
        ("more than 3 km", ""),
    ],
)
def test_a_bound_alone_is_of_the_only_column_that_has_such_values(condition: str, rows: str) -> None:
    columns = tuple(Column(name) for name in ("peak", "climbed", "height", "huts", "lifts"))
    texts = (("Ayr", "1899", "200 m", "4", "1"), ("Bel", "3 May 1912", "400 m", "2", "9"))
    table = Table(columns, tuple(Row(tuple(Cell(t, CellStatus.GIVEN) for t in row)) for row in texts))
    cells = by_values(table, parse_condition(condition))
    met = [row[0] for row, cell in zip(texts, cells, strict=True) if cell.text == MEETS]
    assert " ".join(met) == rows
    assert rows or {cell.text for cell in cells} == {NOT_SHOWN}


@pytest.mark.parametrize(
    ("question", "column", "sign", "values"),
    [
        ("List lands in which Arda is spoken, with capital.", "spoken", "has", ("Arda",)),
        (
            "List lands where Arda is an official language with capital.",
            "official language",
            "has",
            ("Arda",),
        ),
        ("List the lakes in which there are islands", "", "has", ("islands",)),
        ("List the towns where there is no school", "", "has not", ("school",)),
        ("List towns where the mayor is Ann Bel", "mayor", "has", ("Ann Bel",)),
        ("List towns except for those in Ayr, Bel and Cam", "location", "has not", ("Ayr", "Bel", "Cam")),
        ("List Indian cities with mayor", "location", "has", ("Indian",)),
        ("List towns not founded before 1900", "founded", ">=", ("1900",)),
    ],
)
def test_the_conditions_of_a_question(question: str, column: str, sign: str, values: tuple[str, ...]) -> None:
    (one,) = read_question(question).every_condition
    assert (one.column, one.sign.value, one.values) == (column, sign, values)


def test_what_is_said_of_things_of_a_country_names_it() -> None:
    (one,) = read_question("List Indian cities with mayor").implied
    assert one.said_as == ("Indian", "india")
    assert one.is_said_by("Cities of India")
