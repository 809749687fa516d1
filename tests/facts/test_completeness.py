"""How many rows there should be, by what was read."""

from __future__ import annotations

from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.rows.completeness import expected_rows
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.expected import By, shortfall
from wideseek_cli.table.model import Cell, Document, Row, Table

QUESTION = "List the lighthouses of Ardovia with height."
HEAD = "# Lighthouses of Ardovia\n\n"
GRID = (
    "| Lighthouse | Height |\n| --- | --- |\n| Old Head | 30 m |\n| Low Point | 22 m |\n| Cape Ayr | 18 m |\n"
)


def page(text: str, title: str = "Lighthouses of Ardovia") -> Document:
    return Document("https://coast.example/lights", title, text)


def table(*names: str) -> Table:
    columns = parse_columns("lighthouse, height")
    return Table(columns, tuple(Row((Cell(name), Cell("1 m"))) for name in names))


def told(text: str, *names: str, **more: str) -> str:
    pages = [read_document(page(text, **more))]
    return shortfall(expected_rows(read_question(QUESTION), table(*names), pages), len(names))


def test_rows_that_a_list_has_and_the_table_has_not_are_named() -> None:
    said = told(HEAD + GRID, "Old Head", "Low Point")
    assert said == "the list on Lighthouses of Ardovia has 3 rows, the table 2: it lacks Cape Ayr"
    assert told(HEAD + GRID, "Old Head", "Low Point", "Cape Ayr") == ""


def test_rows_that_the_user_left_out_are_not_lacking() -> None:
    pages = [read_document(page(HEAD + GRID))]
    (one,) = expected_rows(read_question(QUESTION), table("Old Head", "Low Point"), pages, ["Cape Ayr"])
    assert (one.by, one.rows, one.lacking) == (By.LIST, 2, ())


def test_a_count_that_a_page_about_the_list_states() -> None:
    text = HEAD + "The coast of Ardovia has four working lighthouses, all of them lit."
    said = told(text, "Old Head", "Low Point")
    assert said.startswith(
        "Lighthouses of Ardovia speaks of 4, the table has 2: The coast of Ardovia has four"
    )
    assert told(text, "a", "b", "c", "d") == ""


def test_a_count_that_the_table_has_is_believed_before_others() -> None:
    text = HEAD + "Ardovia has 12 lighthouses. It is one of 3 lighthouses that are lit."
    assert told(text, "a", "b", "c") == ""
    assert told(text, "a", "b").startswith("Lighthouses of Ardovia speaks of")


def test_counts_of_other_things_and_on_other_pages_say_nothing() -> None:
    assert told(HEAD + "The coast has four harbours and a lighthouse of 4 floors.", "Old Head") == ""
    assert told("# Ferries\n\nArdovia has nine lighthouses.", "Old Head", title="Ferries") == ""


def test_rows_that_the_question_names() -> None:
    found = expected_rows(
        read_question(QUESTION), table("Old Head", "Low Point"), [], (), ["Old Head", "Low Point", "Cape Ayr"]
    )
    assert shortfall(found, 2) == "the question names 3, the table has 2: it lacks Cape Ayr"
