"""Dates of a page that are tried in its row's empty cells."""

from __future__ import annotations

from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.rows.dated import dates_about
from wideseek_cli.pipeline.lookup import with_values
from wideseek_cli.pipeline.repair import best_proved
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table

TEXT = (
    "Ana Ruiz (born 3 May 1970 in Kells) is a painter. She moved to Ayr in June 1999.\n\n"
    "In 2004 she won the Ardovia Prize."
)


def table(columns: str, *names: str) -> Table:
    made = parse_columns(columns)
    empty = [Cell("", CellStatus.MISSING)] * (len(made) - 1)
    return Table(made, tuple(Row((Cell(name), *empty)) for name in names))


def filled(asked: Table, document: Document) -> Table:
    tried = list(dates_about(asked, [read_document(document)]))
    most = max((len(one.values) for one in tried), default=0)
    return best_proved(asked, [prove(with_values(asked, tried, at), [document]) for at in range(most)])


def test_the_date_that_a_sentence_states_fills_the_cell() -> None:
    made = filled(table("painter, date of birth", "Ana Ruiz", "Bo Lind"), Document("u", "Ana Ruiz", TEXT))
    assert [(row.cells[1].text, row.cells[1].status) for row in made.rows] == [
        ("3 May 1970", CellStatus.PROVED),
        ("", CellStatus.MISSING),
    ]


def test_dates_are_tried_only_where_it_is_asked_when_and_on_the_rows_own_page() -> None:
    page = read_document(Document("u", "Ana Ruiz", TEXT))
    asked = table("painter, place of birth, founder, died, prize", "Ana Ruiz", "Bo Lind")
    assert [(one.row, one.column) for one in dates_about(asked, [page])] == [(0, 3)]
    assert filled(asked, page.document).rows[0].cells[3].status is CellStatus.MISSING


def test_many_other_dates_before_it_do_not_hide_the_one_that_is_said() -> None:
    prizes = [f"She won the Kells Prize in {year} and spoke there." for year in range(1990, 2010)]
    document = Document("u", "Ana Ruiz", "\n\n".join((*prizes[:10], TEXT, *prizes[10:])))
    made = filled(table("painter, date of birth", "Ana Ruiz"), document)
    assert (made.rows[0].cells[1].text, made.rows[0].cells[1].status) == ("3 May 1970", CellStatus.PROVED)
