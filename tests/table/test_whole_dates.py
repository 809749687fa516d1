"""Years filled up to the days that prove them."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table
from wideseek_cli.table.wholedates import with_whole_dates


@pytest.mark.parametrize(
    ("column", "given", "said", "kept"),
    [
        ("independence date", "1979", "12 July 1979 (from the UK)", "12 July 1979"),
        ("independence date", "July 1979", "12 July 1979", "12 July 1979"),
        ("independence:date", "1979", "July 12, 1979", "July 12, 1979"),
        ("independence", "1979", "12 July 1979", "1979"),  # a year may be all that is asked for
        ("independence date", "12 July 1979", "12 July 1979 (noon)", "12 July 1979"),
        ("independence date", "1979", "in 1979", "1979"),
        ("independence date", "1979", "12 July 1979, or 13 July 1979", "1979"),
        ("independence date", "1979", "1979 (constitution of 12 July 1979)", "1979"),
        ("independence date", "1979", "3/4/1979", "1979"),  # which of the two?
        ("independence date", "1980", "12 July 1979", "1980"),
    ],
)
def test_a_date_is_whole_where_its_passage_has_it(column: str, given: str, said: str, kept: str) -> None:
    page = Document("https://a.example/k", "Kiribati", f"# Kiribati\n\n- Independence: {said}\n")
    table = Table(parse_columns(f"country, {column}"), (Row((Cell("Kiribati"), Cell(given))),))
    before = prove(table, [page])
    after = with_whole_dates(before)
    assert after.rows[0].cells[1].text == kept
    assert prove(after, [page]).counts() == before.counts()


def test_what_is_only_seen_stays() -> None:
    cell = Cell("1979", CellStatus.SEEN)
    table = Table(parse_columns("country, date"), (Row((Cell("Kiribati"), cell)),))
    assert with_whole_dates(table).rows[0].cells[1] is cell
