"""What `--columns` means, and finding the wanted columns in the model's header."""

from __future__ import annotations

import pytest

from wideseek_cli.core.errors import UsageError
from wideseek_cli.table.columns import columns_named, match_columns, parse_columns, under_names
from wideseek_cli.table.model import Cell, Column, Row, Table
from wideseek_cli.values.kinds import ColumnType


def test_names_types_and_key() -> None:
    assert parse_columns("name, city, founded:int") == (
        Column("name", ColumnType.STR, key=True),
        Column("city"),
        Column("founded", ColumnType.INT),
    )


def test_the_key_can_be_named_and_be_several() -> None:
    columns = parse_columns("year:int:key, country:key, gdp:float")
    assert [c.key for c in columns] == [True, True, False]


def test_quotes_and_chinese_punctuation() -> None:
    assert [c.name for c in parse_columns('"city, state", 面积：float，首都')] == [
        "city, state",
        "面积",
        "首都",
    ]


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        ("", "no columns are named"),
        ("name, , city", "a column has no name: ''"),
        ("name, founded:integer", "column 'founded' has an unknown type 'integer'"),
        ("name, Na me", "column 'Na me' is named twice"),
        (",".join(f"c{n}" for n in range(101)), "101 columns are too many (at most 100)"),
    ],
)
def test_bad_specs_say_what_is_wrong(spec: str, line: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_columns(spec)
    assert str(caught.value) == line
    assert "str int float date url bool" in caught.value.hint


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (["Name", "City", "Founded"], {0: 0, 1: 1, 2: 2}),
        (["founded", "NAME", "city"], {0: 1, 1: 2, 2: 0}),
        (["#", "Name", "City (state)", "Year founded"], {0: 1, 1: 2, 2: 3}),
        (["University", "City", "Founded"], {0: 0, 1: 1, 2: 2}),  # the last one left
        (["a", "b", "c"], {0: 0, 1: 1, 2: 2}),  # nothing fits: by place
        (["Name", "Notes", "Motto"], {0: 0}),
    ],
)
def test_match_columns(header: list[str], found: dict[int, int]) -> None:
    assert match_columns(header, parse_columns("name, city, founded:int")) == found


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Look up X.\nColumns: country, birth rate. Write nothing else.", ["country", "birth rate"]),
        ("… The column names are as follows in sequence: A, B (sq km), C", ["A", "B (sq km)", "C"]),
        ("The headers should be as follows:\nName, Date and age, and Sum.", ["Name", "Date and age", "Sum"]),
        ("请列出。列名：国家, 首都、人口。国家名称请用英文。", ["国家", "首都", "人口"]),
        ("List the countries with capital and area", []),
        ("Columns: only one", []),
        ("Which columns: " + "a long sentence " * 9 + ", and another", []),
        ("Columns: a, b, A.", []),
        ("Columns: , , ,", []),
    ],
)  # fmt: skip
def test_columns_that_a_question_names(question: str, names: list[str]) -> None:
    found = columns_named(question)
    assert [column.name for column in found] == names
    assert [column.key for column in found] == [True, False, False][: len(names)]


@pytest.mark.parametrize(
    ("header", "named", "becomes"),
    [
        (["name", "capital", "area"], ["country", "capital", "area"], ["Peru", "Lima", "1285216"]),
        (["area", "Country", "Capital"], ["country", "capital", "area"], ["Lima", "1285216", "Peru"]),
        (["name", "capital", "area"], ["country", "capital"], ["Peru", "Lima"]),  # one more than asked for
        (["capital", "country", "area"], ["country", "area"], ["Lima", "1285216"]),
        (["name", "capitals", "area"], ["country", "capital", "areas"], ["Peru", "Lima", "1285216"]),
        (["name", "area", "areas"], ["country", "areas", "area"], ["Peru", "1285216", "Lima"]),
        (["name", "area", "areas"], ["country", "size", "areas"], None),
        (["name", "rating", "area"], ["country", "rate", "area"], None),
        (["name", "seat", "size"], ["country", "capital", "area", "coast"], None),
        (["name", "seat", "area"], ["country", "capital", "area"], None),  # two that could be either
        (["country", "capital", "population"], ["country", "capital", "area"], None),
        (["country", "capital", "area (sq mi)"], ["country", "capital", "area (sq km)"], None),
        (
            ["country", "area", "capital"],
            ["country", "capital", "coast", "area"],
            ["Peru", "1285216", "", "Lima"],
        ),
        (
            ["name", "area", "capital"],
            ["country", "capital", "coast", "area"],
            None,
        ),  # perhaps a coast's name
        (["year", "winner", "city"], ["country", "capital", "area"], None),
        (["capital", "name", "area"], ["country", "capital", "area"], None),  # its key is the capital
    ],
)
def test_a_table_takes_the_names_a_question_gives_its_columns(
    header: list[str], named: list[str], becomes: list[str] | None
) -> None:
    row = Row((Cell("Peru"), Cell("Lima"), Cell("1285216")))
    table = Table(tuple(Column(name, ColumnType.STR, n == 0) for n, name in enumerate(header)), (row,))
    found = under_names(table, [Column(name, key=n == 0) for n, name in enumerate(named)])
    if becomes is None:
        assert found is table
    else:
        assert [column.name for column in found.columns] == named
        assert [cell.text for cell in found.rows[0].cells] == becomes


def test_a_column_said_in_more_words_has_the_name_that_was_asked_for() -> None:
    table = Table(
        parse_columns("school, total number of students, city"),
        (Row((Cell("Kells"), Cell("120"), Cell("Ayr"))),),
    )
    asked = columns_named("List the schools of Ardovia. Columns: School, Students, City.")
    assert [column.name for column in under_names(table, asked).columns] == ["School", "Students", "City"]
    two = Table(
        parse_columns("school, total number of students, full-time students"),
        (Row((Cell("Kells"), Cell("120"), Cell("90"))),),
    )
    assert under_names(two, asked).columns == two.columns


def test_columns_on_several_lines_and_one_without_end() -> None:
    assert [column.name for column in parse_columns("college,\ncity:str,\r\n founded")] == [
        "college",
        "city",
        "founded",
    ]
    with pytest.raises(UsageError, match="the columns cannot be read"):
        parse_columns("x" * 200_000)
