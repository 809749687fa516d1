"""A question after one fact is answered by the one cell that it describes, or by none."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.pagefacts import PageFacts, read_document
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.rows.onecell import asks_one, cell_asked
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.model import CellStatus, Document


def _document(title: str, labels: tuple[str, ...], *rows: tuple[str, ...], heading: str = "") -> Document:
    grid = Grid(labels, rows, (heading,) if heading else ())
    text = "\n".join(" | ".join(row) for row in rows)
    return Document(f"zim://a/{title}", title, text, structure=to_text((grid,)))


DOCUMENTS = [
    _document("List of lakes of Belvania", ("Name", "Area (km²)", "Depth"), ("Lake Ayr", "215.2", "12 m"),
              ("Lake Ost", "80.1", "9 m"), ("Lake Ayr South", "3.5", "2 m")),
    _document("Ross Prize", ("Year", "Laureate(s)", "Citizenship"), ("2005", "Ann Bel", "Belvania"),
              ("2006", "Jon Kells", "Corvia"), heading="Laureates"),
    _document("Roscons", ("Name", "Year", "City"), ("Nykon", "1939", "Ayr"), ("Chikon", "1940", "Ost")),
    _document("Ardovia", ("Province", "Capital", "Port"), ("Jan", "Jan", "Ost"), ("Kells", "Dun", "Dun"),
              heading="Provinces"),
    _document("List of towns of Corvia", ("Town", "Population", "Height (2010)", "Height (2012)"),
              ("Mill", "92,815", "10", "12"), ("Mew", "5,100", "7", "8")),
]  # fmt: skip
PAGES = [read_document(one) for one in DOCUMENTS]


@pytest.mark.parametrize(
    ("question", "row"),
    [
        ("What is the area of Lake Ayr?", ["Lake Ayr", "215.2"]),
        ("how deep is Lake Ost", ["Lake Ost", "9 m"]),
        ("Who won the Ross Prize in 2006?", ["2006", "Jon Kells"]),
        ("Which city hosted the 1939 Roscon?", ["1939", "Ayr"]),
        ("capital of Ardovia's province Jan", ["Jan", "Jan"]),
        ("how many people live in Mill, Corvia?", ["Mill", "92,815"]),
    ],
)
def test_the_row_and_the_column_that_say_the_question(question: str, row: list[str]) -> None:
    found = cell_asked(read_question(question), PAGES)
    assert found is not None
    assert [cell.text for cell in found.rows[0].cells] == row
    judged = prove(found, DOCUMENTS, question=question)
    assert [cell.status for cell in judged.rows[0].cells] == [CellStatus.PROVED] * 2


@pytest.mark.parametrize(
    "question",
    [
        "What is the area of Lake Bel?",  # no such row
        "What is the area of Lake Ayr in Corvia?",  # not this one
        "Who won the Ross Medal in 2006?",
        "What is the mayor of Mill?",  # no such column
        "What is the height of Mill?",  # two, and they differ
        "What is the population density of Mill?",
        "Who was the oldest winner of the Ross Prize?",
    ],
)
def test_what_no_cell_says_alone_has_no_answer(question: str) -> None:
    assert cell_asked(read_question(question), PAGES) is None


@pytest.mark.parametrize(
    ("question", "one"),
    [
        ("capital of Ardovia's province Jan", True),
        ("lakes of Belvania", False),
        ("Ross Prize with year and city", False),
        ("capital of Ardovia. Columns: name, capital", False),
    ],
)
def test_one_fact_or_a_list(question: str, one: bool) -> None:
    assert asks_one(read_question(question)) is one


def test_a_page_of_pages_only() -> None:
    assert cell_asked(read_question("area of Lake Ayr"), list[PageFacts]()) is None
