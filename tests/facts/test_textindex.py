"""A text's index finds names and values exactly where a search of the whole text does."""

from __future__ import annotations

import random
from functools import lru_cache

import pytest

from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import Shelf, read_document
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.textindex import TextIndex
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table
from wideseek_cli.values.compare import find_name, parse_bool, parse_value
from wideseek_cli.values.dates import Date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, scan_number_words, scan_numbers
from wideseek_cli.values.words import tokens

TEXT = """São Paulo (12.4 million people) and St. Ives, J. K. Ashby's town, were joined on 3 May 1921.
Saint Ives & Sons made 1,234 of them, 12 345 in all; twelve were blue, −4.5 °C the coldest.
ﷺ stands before Norden.
| Republic of Korea | 0.5 | yes | 1921-05-03 | https://www.norden.example/a/ |"""
TEXT_VALUES = ["São Paulo", "sao paulo", "St. Ives", "Saint Ives and Sons", "J.K. Ashby", "South Korea"]
NUMBERS = ["12", "1234", "12345", "345", "12.4 million", "12400000", "12 million", "-4.5", "0.5", "~1,240"]
DATES = ["3 May 1921", "May 1921", "1921", "4 May 1921"]


@lru_cache(maxsize=2)
def _numbers(text: str) -> list[Number]:
    return [*scan_numbers(text), *scan_number_words(text)]


def _searched(text: str, value: str, kind: ColumnType) -> list[tuple[int, int]]:
    """Where the value stands, by reading all of the text for it alone."""
    parsed = parse_value(value, kind)
    if isinstance(parsed, Number):
        rounded = kind is ColumnType.INT
        return sorted((n.start, n.end) for n in _numbers(text) if n.backs(parsed, rounded=rounded))
    if isinstance(parsed, bool):
        return [
            (start, end) for word, start, end in tokens(text) if word.isalpha() and parse_bool(word) is parsed
        ]
    if isinstance(parsed, Date):
        return sorted((d.start, d.end) for d in scan_dates(text) if d.backs(parsed))
    return [] if parsed is None else find_name(text, value)


@pytest.mark.parametrize("value", [*TEXT_VALUES, *NUMBERS, *DATES, "Norden", "yes", "no such thing"])
@pytest.mark.parametrize("kind", [ColumnType.STR, ColumnType.INT, ColumnType.DATE, ColumnType.BOOL])
def test_a_value_is_found_where_a_search_finds_it(value: str, kind: ColumnType) -> None:
    assert TextIndex(TEXT).value(value, kind) == _searched(TEXT, value, kind)


def test_an_address_is_found_however_it_is_written() -> None:
    places = TextIndex(TEXT).value("http://norden.example/a", ColumnType.URL)
    assert [TEXT[start:end] for start, end in places] == ["https://www.norden.example/a/"]


def test_the_values_above_are_really_found() -> None:
    heard = TextIndex(TEXT)
    assert all(heard.value(value) for value in (*TEXT_VALUES, *NUMBERS[:9], *DATES[:2], "Norden"))


def test_a_number_is_found_however_it_begins() -> None:
    rnd = random.Random(7)
    sizes = [rnd.choice((0, 7, 12, 95, 96.5, 1.05, 0.5, 999.6, rnd.random() * 10 ** rnd.randint(0, 9)))
             for _ in range(48)]  # fmt: skip
    written = ["{:.0f}", "{:,.0f}", "{:.2f}", "{:,.1f} million", "€{:.1f}bn", "−{:.0f}", "0{:.0f}", "в{:.0f}"]
    said = [rnd.choice(written).format(size) for size in sizes for _ in range(2)]
    text = "\n".join(
        f"row {at}: {one}, {rnd.choice(('seven', 'ninety-six', 'zero'))}" for at, one in enumerate(said)
    )
    index = TextIndex(text)
    claims = [*said, "about 100", "1 million", "0", "96", "7"]
    for kind in (ColumnType.STR, ColumnType.INT, ColumnType.FLOAT):
        for claim in claims:
            assert index.value(claim, kind) == _searched(text, claim, kind), claim


def test_a_value_is_looked_for_in_these_places_alone() -> None:
    text = "Norden has 12 piers.\n\nSuden has 12 piers and 1921 boats."
    later = [(text.index("Suden"), len(text))]
    places = TextIndex(text).value("12", ColumnType.INT, later)
    assert places == [(text.rindex("12"), text.rindex("12") + 2)]
    assert TextIndex(text).value("1921-05-03", ColumnType.DATE, later) == []


def test_only_rows_with_the_words_of_a_name_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f"| Town {n} | {n} |\n" for n in range(300))
    page = read_document(
        Document("https://pages.example/t", "Towns", f"| Town | Size |\n| --- | --- |\n{rows}")
    )
    compared: list[str] = []

    def counted(name: str) -> frozenset[str]:
        compared.append(name)
        return forms(name)

    monkeypatch.setattr("wideseek_cli.facts.pagefacts.forms", counted)
    assert [spot.row for spot in page.find(forms("Town 17"))] == [17]
    assert set(compared) == {"Town 17", "17"}


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
