"""Which labels of a page answer a column."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.labels import Match, match, match_asked, match_under
from wideseek_cli.facts.proof import prove
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("School life expectancy", "life expectancy"),
        ("Fixed capital", "capital"),
        ("Night bus lines", "bus lines"),
        ("Population", "population growth"),
        ("GDP", "GDP per capita"),
        ("State", "state capital"),
    ],
)
def test_a_label_with_words_of_its_own_before_the_columns_is_another(label: str, column: str) -> None:
    assert match(label, column) is Match.NONE


@pytest.mark.parametrize(
    ("label", "column"),
    [
        ("Life expectancy at birth", "life expectancy"),
        ("Total area", "area"),
        ("Capacity", "stadium capacity"),
        ("Speed", "top speed"),
        ("Founded", "founding year"),
        ("Population", "population in 2020"),
    ],
)
def test_a_label_that_goes_on_or_says_less_is_akin(label: str, column: str) -> None:
    assert match(label, column) is Match.AKIN


def test_the_whole_under_a_heading_answers_for_it() -> None:
    assert match_under("Life expectancy at birth", "total population", "life expectancy") is Match.AKIN
    assert match_under("Life expectancy at birth", "male", "life expectancy") is Match.NONE


def test_values_are_offered_without_remarks_in_brackets() -> None:
    page = Document("u", "Mexico", "# Mexico\n\n- Capital: Mexico City (Ciudad de México)\n")
    table = Table(parse_columns("country, capital"), (Row((Cell("Mexico"), Cell("", CellStatus.MISSING))),))
    assert prove(table, [page]).rows[0].cells[1].alternatives == ("Mexico City",)


def test_a_plain_label_inside_a_value_is_no_part_of_it() -> None:
    page = Document("u", "Peru", "# Peru\n\nCapital: name: Lima\n")
    table = Table(parse_columns("country, capital"), (Row((Cell("Peru"), Cell("", CellStatus.MISSING))),))
    assert prove(table, [page]).rows[0].cells[1].alternatives == ("Lima",)


def test_words_are_no_value_of_a_column_of_numbers() -> None:
    page = Document("u", "Peru", "# Peru\n\n- Population: one third lives in Lima\n")
    table = Table(
        parse_columns("country, population:int"), (Row((Cell("Peru"), Cell("one third lives in Lima"))),)
    )
    assert prove(table, [page]).rows[0].cells[1].status is not CellStatus.PROVED


def test_a_place_may_be_given_coarser_but_not_a_list_in_part() -> None:
    page = Document(
        "u", "Acme", "# Acme\n\n- Headquarters: Chicago, Illinois, U.S.\n- Languages: English, French\n"
    )

    def status(column: str, value: str) -> CellStatus:
        table = Table(parse_columns(f"company, {column}"), (Row((Cell("Acme"), Cell(value))),))
        return prove(table, [page]).rows[0].cells[1].status

    assert status("headquarters", "Chicago") is CellStatus.PROVED
    assert status("headquarters", "Illinois") is not CellStatus.PROVED
    assert status("languages", "English") is not CellStatus.PROVED


def test_a_narrower_label_answers_where_the_question_says_by_what() -> None:
    question = "List the colleges of Ardovia with city, affiliation and founding year."
    assert match_asked("Founding affiliation", "Affiliation", question) is Match.AKIN
    assert match_asked("Founding affiliation", "Affiliation", "Colleges with affiliation") is Match.NONE
    assert match_asked("School life expectancy", "Life expectancy", question) is Match.NONE
    assert match_asked("Founded", "Founded", "") is Match.IDENTICAL


def test_what_is_of_one_year_is_compared_without_it() -> None:
    assert match("Population (2011)", "inhabitants in 2011") is Match.AKIN
    assert match("Population (2002)", "inhabitants in 2011") is Match.NONE
    assert match("2011", "inhabitants in 2011") is Match.NONE
