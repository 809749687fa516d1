"""A text's index finds names and values exactly where a search of the whole text does."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.pagefacts import Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.textindex import TextIndex
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.values.compare import find_value
from wideseek_cli.values.kinds import ColumnType

TEXT = """São Paulo (12.4 million people) and St. Ives, J. K. Ashby's town, were joined on 3 May 1921.
Saint Ives & Sons made 1,234 of them, 12 345 in all; twelve were blue, −4.5 °C the coldest.
ﷺ stands before Norden.
| Republic of Korea | 0.5 | yes | 1921-05-03 | https://www.norden.example/a/ |"""
TEXT_VALUES = ["São Paulo", "sao paulo", "St. Ives", "Saint Ives and Sons", "J.K. Ashby", "South Korea"]
NUMBERS = ["12", "1234", "12345", "345", "12.4 million", "12400000", "12 million", "-4.5", "0.5", "~1,240"]
DATES = ["3 May 1921", "May 1921", "1921", "4 May 1921"]


@pytest.mark.parametrize("value", [*TEXT_VALUES, *NUMBERS, *DATES, "Norden", "yes", "no such thing"])
@pytest.mark.parametrize("kind", [ColumnType.STR, ColumnType.INT, ColumnType.DATE, ColumnType.BOOL])
def test_a_value_is_found_where_a_search_finds_it(value: str, kind: ColumnType) -> None:
    assert TextIndex(TEXT).value(value, kind) == sorted(find_value(TEXT, value, kind))


def test_an_address_is_found_however_it_is_written() -> None:
    places = TextIndex(TEXT).value("http://norden.example/a", ColumnType.URL)
    assert [TEXT[start:end] for start, end in places] == ["https://www.norden.example/a/"]


def test_the_values_above_are_really_found() -> None:
    heard = TextIndex(TEXT)
    assert all(heard.value(value) for value in (*TEXT_VALUES, *NUMBERS[:9], *DATES[:2], "Norden"))


def test_a_page_is_read_once_for_two_proofs(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table((Column("Town", key=True), Column("Population")), (Row((Cell("Norden"), Cell("8,310"))),))
    page = Document("https://pages.example/n", "Norden", "Norden has a population of 8,310.")
    shelf = Shelf()
    first = prove(table, [page], shelf=shelf)

    def refuse(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr("wideseek_cli.facts.pagefacts.read_document", refuse)
    monkeypatch.setattr("wideseek_cli.facts.proof.sentence_facts", refuse)
    assert prove(table, [page], shelf=shelf) == first
    assert first.rows[0].cells[1].status is CellStatus.PROVED
