"""Proof and harvest take time in proportion to a page, whatever is on it over and over."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from wideseek_cli.facts.pagefacts import Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.facts.rows.completeness import expected_rows
from wideseek_cli.facts.rows.harvest import harvest, shape_of
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.html import read_html
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, Document, Row, Table
from wideseek_cli.values import dates

QUESTION = "List the capitals of Peru and Chile"
BEFORE = "<title>Peru</title><p>Peru is a country, whose capital is named somewhere in this long text.</p>"
HEAD = "<table><tr><th>Country<th>Capital"
PAIRS = [("Peru", "Lima"), ("Chile", "Santiago")]
TABLE = Table(parse_columns("country, capital"), tuple(Row((Cell(a), Cell(b))) for a, b in PAIRS))
COUNT = 2000
FLOOR = 0.2  # seconds; less is noise
GROWTH = 8.0  # of the time for four times the page; a square makes it 16


def _numbered(piece: str, count: int) -> str:
    return "".join(piece.format(n) for n in range(count))


SHAPES: dict[str, Callable[[int], str]] = {
    "rows that contradict": lambda n: (
        HEAD + _numbered("<tr><td>Peru<td>Lima<tr><td>Peru<td>Cusco {}", n // 2)
    ),
    "the same row": lambda n: HEAD + "<tr><td>Peru<td>Lima" * n,
    "rows of three": lambda n: f"{HEAD}<th>x" + _numbered("<tr><td>Peru<td>Lima {0}<td>{0}", n),
    "rows without a head": lambda n: "<table>" + _numbered("<tr><td>Peru<td>Lima {0}<td>{0}", n),
    "tables": lambda n: f"{HEAD}<tr><td>Peru<td>Lima</table>" * (n // 4),
    "columns": lambda n: f"<table><tr>{'<th>Capital' * 200}" + f"<tr>{'<td>Peru' * 200}" * (n // 200),
    "fields": lambda n: "<h1>Peru</h1>" + _numbered("<p>Capital: Lima {}</p>", n),
    "definitions": lambda n: "<h1>Peru</h1><dl>" + _numbered("<dt>Capital<dd>Lima {}", n),
    "items": lambda n: "<h2>Peru</h2><ul>" + "<li>Capital: Lima" * n,
    "items of names": lambda n: "<ul>" + _numbered("<li>Peru {}", n),
    "nested items": lambda n: f"{'<ul><li>Peru' * 20}{'<li>Lima' * 20}{'</ul>' * 20}" * (n // 40),
    "sentences": lambda n: "<p>" + _numbered("The capital of Peru is Lima {}. ", n),
    "paragraphs": lambda n: _numbered("<p>The capital of Peru is Lima {}.", n),
    "pronouns": lambda n: f"<p>Peru is here. {'It is there. ' * n}Its capital is Lima.",
    "one sentence": lambda n: "<p>" + "the capital of Peru, Lima, " * n,
    "headings": lambda n: _numbered("<h2>Peru {}</h2><p>Lima", n),
    "brackets": lambda n: f"<p>Peru {'(a ' * n}Lima{')' * n}",
    "names": lambda n: "<p>" + "Peru " * n,
    "values": lambda n: "<p>Peru " + "Lima " * n,
    "a list": lambda n: "<p>Peru: " + "Lima, " * n,
    "a caption": lambda n: (
        f"<table><caption>{'Peru ' * n}</caption><tr><th>Country<th>Capital<tr><td>Peru<td>Lima"
    ),
    "a label": lambda n: f"<table><tr><th>Country<th>{'Capital ' * n}<tr><td>Peru<td>Lima<tr><td>Chile<td>x",
    "a cell": lambda n: f"{HEAD}<tr><td>Peru<td>{'Lima (a) ' * n}<tr><td>Chile<td>{'a, ' * n}",
    "a name": lambda n: f"{HEAD}<tr><td>{'Peru ' * n}<td>Lima<tr><td>Chile<td>x",
}


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _document(body: str) -> Document:
    read = read_html(BEFORE + body, "http://a.test/")
    return Document("http://a.test/", read.title, read.text, "2026-01-02", structure=to_text(read.blocks))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_time_grows_with_the_page(name: str) -> None:
    times: dict[str, list[float]] = {}
    for count in (COUNT, 4 * COUNT):
        document, shelf = _document(SHAPES[name](count)), Shelf()
        pages = shelf.take([document])
        works: dict[str, Callable[[], object]] = {
            "taken apart": lambda document=document: Shelf().take([document]),  # type: ignore[misc]
            "proved": lambda document=document, shelf=shelf: prove(  # type: ignore[misc]
                TABLE, [document], question=QUESTION, shelf=shelf
            ),
            "counted": lambda pages=pages: expected_rows(read_question(QUESTION), TABLE, pages),  # type: ignore[misc]
            "harvested": lambda pages=pages: harvest(read_question(QUESTION), TABLE.columns, pages),  # type: ignore[misc]
            "shaped": lambda pages=pages: shape_of(read_question(QUESTION), pages),  # type: ignore[misc]
        }
        for what, work in works.items():
            times.setdefault(what, []).append(min(_seconds(work), _seconds(work)))
    slow = {w: t for w, t in times.items() if t[1] > FLOOR and t[1] > GROWTH * max(t[0], FLOOR / 8)}
    assert not slow


def test_dates_are_looked_for_as_often_as_a_page_may_hold_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dates, "_MOST_LOOKS", 5)
    assert len(list(dates.scan_dates("30/4/2001 " * 9))) == 5
    assert len(list(dates.scan_dates("2001; " * 9))) == 9
