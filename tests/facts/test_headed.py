"""The list under a heading becomes rows where title and heading say what is asked."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.rows.headed import headed_list
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.html import read_html
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import columns_named
from wideseek_cli.table.model import Document


def of(*items: str) -> str:
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


PAGES = {
    "Dunmore": f"<h2>Contents</h2>{of('History', 'Suburbs', 'Notable people')}"
    f"<h2>Suburbs</h2>{of('Ayr', 'Kells', 'Low Bel')}"
    f"<h2>Notable people</h2>{of('Ann Bel (1901–1950)', 'Jon Ost (1911–1980)', 'Mo Kells (1920–1999)')}",
    "Lakes of Bel": f"<h2>Lakes smaller than 1 km²</h2>{of('Ayr', 'Kells', 'Ost')}",
    "Dunmore Cup": f"<h2>Winners</h2>{of('1986: Ayr Rovers', '1987: Kells Town', '1988: Ayr Rovers')}"
    f"<h2>Broadcasts</h2>{of('Ardovia: Channel 4', 'Belvania: BTV', 'Corvia: One')}"
    f"<h2>Trains</h2>{of('Ayr - Kells Express', 'Ost - Bel Mail', 'Bel - Ayr Flyer')}",
}


def rows(question: str) -> list[list[str]]:
    """The names of the columns, and the rows."""
    documents = []
    for title, html in PAGES.items():
        page = read_html(f"<html><title>{title}</title><body><h1>{title}</h1>{html}</body></html>", title)
        documents.append(Document(title, title, page.text, structure=to_text(page.blocks)))
    found = headed_list(
        read_question(question), columns_named(question), [read_document(one) for one in documents]
    )
    if found is None:
        return []
    return [[c.name for c in found.table.columns], *([c.text for c in r.cells] for r in found.table.rows)]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("suburbs of Dunmore", ["suburb / Ayr", "Kells"]),
        ("notable people from Dunmore", ["people / Ann Bel", "Jon Ost"]),
        ("Notable people of Dunmore with birth and death", ["people, birth, death / Ann Bel, 1901, 1950"]),
        ("winners of the Dunmore Cup", ["year, winner / 1986, Ayr Rovers", "1987, Kells Town"]),
        ("Winners of the Dunmore Cup by year", ["year, winner / 1986, Ayr Rovers"]),
        ("broadcasts of the Dunmore Cup with country and channel", ["country, channel / Ardovia, Channel 4"]),
        ("Dunmore Cup broadcasts with channel", ["broadcast, channel / Ardovia, Channel 4"]),
        ("lakes of Bel smaller than 1 km²", ["lake / Ayr", "Kells"]),
        ("Dunmore Cup trains", ["train / Ayr - Kells Express"]),
    ],
)
def test_the_list_under_the_heading(question: str, first: list[str]) -> None:
    assert " / ".join(", ".join(row) for row in rows(question)).startswith(" / ".join(first))


@pytest.mark.parametrize(
    "question",
    [
        "suburbs of Belvania",
        "rivers of Dunmore",
        "suburbs of Dunmore and Corvia",
        "the three largest suburbs of Dunmore",
        "Dunmore",
        "suburbs",
        "lakes of Bel larger than 1 km²",
        "suburbs of Dunmore by year",
    ],
)
def test_no_list_says_all_that_is_asked(question: str) -> None:
    assert rows(question) == []


def test_a_long_item_is_a_row_too() -> None:
    items = [
        "Ayr",
        "Kells",
        "Low Bel",
        "Ost",
        f"Mill ({'once a village of its own, ' * 6}since 1901 a suburb)",
    ]
    page = read_html(f"<html><title>Ost</title><body><h1>Ost</h1><h2>Suburbs</h2>{of(*items)}</body></html>")
    document = Document("Ost", "Ost", page.text, structure=to_text(page.blocks))
    found = headed_list(read_question("suburbs of Ost"), (), [read_document(document)])
    assert found is not None
    assert len(found.table.rows) == len(items)
