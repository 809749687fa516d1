"""A page about another of the row's name proves nothing; a title that only says what the row is does."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.names import beside_name
from wideseek_cli.facts.proof import prove
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Row, Table


def _judge(title: str, key: str, question: str, *, text: str = "It has a population of 24,171.") -> Cell:
    table = Table((Column("Name", key=True), Column("Population")), (Row((Cell(key), Cell("24,171"))),))
    page = Document("https://pages.example/a", title, f"{key} is a place.\n\n{text}\n\nPopulation: 24,171")
    return prove(table, [page], question=question).rows[0].cells[1]


@pytest.mark.parametrize(
    ("title", "key", "question"),
    [
        ("Merve, Texas", "Merve", "List the capitals of Europe with population."),
        ("Merve, Texas | Atlas", "Merve", "List the capitals of Europe with population."),
        ("Orland (U.S. state)", "Orland", "List the countries of the Caucasus with population."),
        ("Tolle (film)", "Tolle", "List the towns on the Lenn with population."),
    ],
)
def test_a_page_of_another_of_the_name_proves_nothing(title: str, key: str, question: str) -> None:
    cell = _judge(title, key, question)
    assert cell.status is CellStatus.SEEN
    assert [(reason.doubt, reason.said) for reason in cell.reasons] == [(Doubt.OTHER_SUBJECT, title)]


@pytest.mark.parametrize(
    ("title", "key", "question"),
    [
        ("Merve, Texas", "Merve", "List towns in Texas with population."),
        ("Merve, Texas", "Merve, Texas", "List towns with population."),
        ("Orland (U.S. state)", "Orland", "List U.S. states with population."),
        ("Orland (country)", "Orland", "List the nations of the Caucasus with population."),
        ("Tolle (town)", "Tolle", "List the towns on the Lenn with population."),
        ("Tolle - Atlas of Towns", "Tolle", "List the towns on the Lenn with population."),
    ],
)
def test_a_title_that_says_what_the_row_is_does_not_disturb(title: str, key: str, question: str) -> None:
    assert _judge(title, key, question).status is CellStatus.PROVED


_GLASS = "| Glass | Index |\n| --- | --- |\n| Flint (raw) | 1.60 |\n"


@pytest.mark.parametrize(
    ("rows", "claim", "status"),
    [
        ("| Flint (pure) | 1.52 |\n", "1.52", CellStatus.PROVED),
        ("| Flint (pure) | 1.52 |\n", "1.60", CellStatus.UNPROVED),
        ("", "1.60", CellStatus.SEEN),
    ],
)
def test_a_row_that_adds_another_word_in_brackets_is_another(
    rows: str, claim: str, status: CellStatus
) -> None:
    table = Table((Column("Glass", key=True), Column("Index")), (Row((Cell("Flint (pure)"), Cell(claim))),))
    cell = prove(table, [Document("u", "Glasses", _GLASS + rows)]).rows[0].cells[1]
    assert cell.status is status


def _grid(heading: str, *rows: tuple[str, ...], labels: tuple[str, ...] = ("Church", "Rector")) -> Grid:
    return Grid(labels, rows, (heading,))


@pytest.mark.parametrize(
    ("name", "proved"), [("St Anne (Chapel)", False), ("St Anne", True), ("St Bede (Order of Light)", False)]
)
def test_a_value_of_one_without_the_words_in_brackets_is_not_of_one_with_them(
    name: str, proved: bool
) -> None:
    """Neither in another part of the list nor in that of another page."""
    parts = _grid("North", ("St Anne (Chapel)", "")), _grid("South", ("St Anne", "Al Moor"))
    others = (_grid("All", ("St Bede", "Al Moor"), ("St Cyr", "Ed Fen")),)
    documents = [
        Document(f"https://pages.example/{at}", "Churches of Ardovia", "Text.", structure=to_text(grids))
        for at, grids in enumerate((parts, others))
    ]
    table = Table((Column("Church", key=True), Column("Rector")), (Row((Cell(name), Cell("Al Moor"))),))
    cell = prove(table, documents, question="churches of Ardovia with rector").rows[0].cells[1]
    assert (cell.status is CellStatus.PROVED) is proved


def test_initials_in_brackets_are_the_same_name() -> None:
    assert beside_name("Bel Harbour Office (BHO)") == beside_name("Bel Harbour Office")
    assert beside_name("Bel (Ayr)") != beside_name("Bel (Kells)")
