"""Rows come from a table that answers; from none that is about something else."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.harvest import condition_in, harvest, lacking, shape_of
from wideseek_cli.facts.pagefacts import PageFacts, read_document
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, Document, Row, Table

QUESTION = "List the lighthouses of Ardovia with town and year built. Columns: Name, Town, Built."
COLUMNS = parse_columns("Name, Town, Built")


def _page(title: str, *grids: Grid) -> PageFacts:
    return read_document(Document("zim://a/1", title, "Some text.", structure=to_text(grids)))


def _grid(
    *rows: tuple[str, ...], heading: str = "", labels: tuple[str, ...] = ("Name", "Town", "Built")
) -> Grid:
    return Grid(labels, rows, (heading,) if heading else ())


NORTH = _grid(("Cape Ayr", "Ayr", "1850"), ("Low Point", "Dunmore", "1871"), heading="North")
SOUTH = _grid(("Old Head", "Kells", "1902"), ("White Rock", "Kells", "1911"), heading="South")


def _names(table: Table) -> list[str]:
    return [row.cells[0].text for row in table.rows]


def test_a_list_in_parts_is_taken_whole() -> None:
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", NORTH, SOUTH)])
    assert found is not None
    assert _names(found.table) == ["Cape Ayr", "Low Point", "Old Head", "White Rock"]
    assert [cell.text for cell in found.table.rows[3].cells] == ["White Rock", "Kells", "1911"]


def test_the_questions_word_in_one_heading_decides() -> None:
    question = QUESTION.replace("the lighthouses", "the South lighthouses")
    found = harvest(question, COLUMNS, [_page("Lighthouses of Ardovia", NORTH, SOUTH)])
    assert found is not None
    assert _names(found.table) == ["Old Head", "White Rock"]


@pytest.mark.parametrize(
    ("title", "heading"),
    [("Lighthouses of Belmaria", ""), ("Castles of Ardovia", ""), ("Lighthouses of Ardovia", "Former")],
)
def test_a_table_about_something_else_gives_no_rows(title: str, heading: str) -> None:
    grid = _grid(("Cape Ayr", "Ayr", "1850"), ("Low Point", "Dunmore", "1871"), heading=heading)
    assert harvest(QUESTION, COLUMNS, [_page(title, grid)]) is None


def test_another_edition_is_no_source() -> None:
    columns = parse_columns("Team, City")
    grid = _grid(("Reds", "Ayr"), ("Blues", "Kells"), labels=("Team", "City"))
    question = "Teams of the 2010 Ardovia Cup with city. Columns: Team, City."
    assert harvest(question, columns, [_page("2011 Ardovia Cup", grid)]) is None
    assert harvest(question, columns, [_page("2010 Ardovia Cup", grid)]) is not None


def test_a_column_of_another_table_is_joined_by_name() -> None:
    keepers = _grid(("Low Point", "1871"), ("Cape Ayr", "1850"), labels=("Name", "Built"))
    places = _grid(("Cape Ayr", "Ayr"), ("Low Point", "Dunmore"), labels=("Name", "Town"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", places, keepers)])
    assert found is not None
    assert {tuple(c.text for c in row.cells) for row in found.table.rows} == {
        ("Cape Ayr", "Ayr", "1850"),
        ("Low Point", "Dunmore", "1871"),
    }


def test_columns_that_nobody_named_are_the_pages() -> None:
    page = _page("Lighthouses of Ardovia", NORTH)
    assert [c.name for c in shape_of("list all Ardovia lighthouses building towns", [page])] == [
        "Name",
        "Town",
    ]


def test_conditions_and_what_a_table_lacks() -> None:
    assert condition_in("List the lighthouses of Ardovia built before 1900.") == "before 1900"
    assert not condition_in(QUESTION)
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", NORTH)])
    assert found is not None
    short = Table(COLUMNS, (Row((Cell("Cape Ayr"), Cell("Ayr"), Cell("1850"))),))
    assert lacking(short, found.table) == ("Low Point",)


def test_years_that_are_asked_are_taken_out_of_their_cells() -> None:
    grid = _grid(("Cape Ayr", "Ayr", "1850 as Ayr Light"), ("Low Point", "Dunmore", "1871"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", grid)])
    assert found is not None
    assert [row.cells[2].text for row in found.table.rows] == ["1850", "1871"]
