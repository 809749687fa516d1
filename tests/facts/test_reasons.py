"""Why a cell is not proved: a reason that is true of the page, worded for people."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Row, Table


def _judge(column: str, value: str, text: str, *, title: str = "Tolbrek Systems") -> Cell:
    table = Table((Column("Name", key=True), Column(column)), (Row((Cell("Tolbrek Systems"), Cell(value))),))
    return prove(table, [Document("https://pages.example/a", title, text)]).rows[0].cells[1]


@pytest.mark.parametrize(
    ("column", "value", "text", "doubt", "said"),
    [
        ("headquarters", "Leeds", "Tolbrek Systems was based in Leeds until 2015.", Doubt.PAST, "until"),
        ("founder", "Marta Velin", "Marta Velin did not found Tolbrek Systems.", Doubt.NO_LABEL, ""),
        ("headquarters", "Leeds", "Tolbrek Systems is not based in Leeds.", Doubt.NEGATED, "not"),
        ("employees", "310", "Tolbrek Systems has about 310 employees.", Doubt.ROUGH, "about"),
        ("headquarters", "Leeds", "Tolbrek Systems showed the new offices in Leeds.", Doubt.NO_LABEL, ""),
        ("employees", "310", "Tolbrek Systems said employees of Orrey, 310 in all, left.", Doubt.UNCLEAR,
         "employees"),
        ("revenue", "310", "Tolbrek Systems makes pumps.\n\nA ticket for the fair costs 310.", Doubt.APART,
         "Tolbrek Systems"),
        ("founder", "Marta Velin", "Tolbrek Systems makes pumps.", Doubt.NOWHERE, ""),
    ],
)  # fmt: skip
def test_a_cell_says_why_it_is_not_proved(
    column: str, value: str, text: str, doubt: Doubt, said: str
) -> None:
    cell = _judge(column, value, text)
    assert cell.status in (CellStatus.SEEN, CellStatus.UNPROVED)
    assert (doubt, said) in {(reason.doubt, reason.said) for reason in cell.reasons}, cell.reasons
    assert cell.note


def test_a_page_that_only_has_the_value_is_named() -> None:
    cell = _judge("founder", "Marta Velin", "Marta Velin opened the fair.", title="Notes of a week")
    assert cell.reasons[0].doubt is Doubt.APART
    assert "Notes of a week" in cell.note
