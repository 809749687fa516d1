"""Which tables count for a question: of the asked event and year, under the asked label."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.proof import prove
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Row, Table

QUESTION = "List the nations of Rowing at the 2011 Coast Games with Gold."


def _page(title: str, labels: tuple[str, ...], *rows: tuple[str, ...]) -> Document:
    text = "\n".join(f"| {' | '.join(row)} |".replace("\n", " ") for row in (labels, *rows))
    structure = to_text([Grid(labels, rows)])
    return Document(f"https://pages.example/{len(title)}", title, text, structure=structure)


def _judge(column: str, value: str, question: str, *pages: Document, key: str = "Arland") -> Cell:
    columns = (Column("Nation", key=True), Column(column))
    table = Table(columns, (Row((Cell(key), Cell(value))),))
    return prove(table, pages, question=question).rows[0].cells[1]


@pytest.mark.parametrize("title", ["2011 Coast Games", "Rowing at the 2007 Coast Games"])
def test_a_page_of_another_event_or_year_proves_nothing(title: str) -> None:
    cell = _judge("Gold", "7", QUESTION, _page(title, ("Nation", "Gold"), ("Arland", "7")))
    assert cell.status is CellStatus.SEEN
    assert [reason.doubt for reason in cell.reasons] == [Doubt.OTHER_SCOPE]


def test_the_page_of_the_event_counts_beside_a_wider_one() -> None:
    own = _page("Rowing at the 2011 Coast Games", ("Nation", "Gold"), ("Arland", "2"))
    wider = _page("2011 Coast Games", ("Nation", "Gold"), ("Arland", "7"))
    assert _judge("Gold", "2", QUESTION, wider, own).status is CellStatus.PROVED
    assert _judge("Gold", "7", QUESTION, wider, own).status is not CellStatus.PROVED


def test_a_column_of_another_year_is_another_column() -> None:
    page = _page("Towns", ("Nation", "Population (2011)", "Population (2001)"), ("Arland", "5,100", "4,800"))
    assert _judge("Population (2011)", "5,100", "", page).status is CellStatus.PROVED
    wrong = _judge("Population (2011)", "4,800", "", page)
    assert wrong.status is CellStatus.UNPROVED
    assert wrong.alternatives == ("5,100",)


def test_a_name_of_several_lines_is_found_whole() -> None:
    page = _page("Songs", ("Nation", "Year"), ("Long Road\nDer lange Weg", "1999"))
    cell = _judge("Year", "1999", "", page, key="Long Road; Der lange Weg")
    assert cell.status is CellStatus.PROVED


def test_a_label_that_is_only_total_answers_no_column_by_itself() -> None:
    from wideseek_cli.facts.labels import Match, match, match_under

    assert match("total", "total area") is Match.NONE
    assert match_under("Population", "total", "total area") is Match.NONE
    assert match_under("Area", "total", "total area") is Match.AKIN
    assert match("total", "total") is Match.IDENTICAL
