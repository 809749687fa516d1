"""HTML that is odd or hostile: it becomes text, in time and memory that its size allows."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.core.findings import PageStatus
from wideseek_cli.pages.elements.tree import links, parse
from wideseek_cli.pages.html import read_all
from wideseek_cli.pages.model import Grid
from wideseek_cli.sources.fetch.content import read_content

SENTENCE = "Lima is the capital of Peru. "


@pytest.mark.parametrize("odd", ["\x01", "\x0b", "&#2;", "&#x1f;", "\ufffe", "&#xffff;", "\x1b[31m"])
@pytest.mark.parametrize(
    "place", ["<p>Lima{}\nPeru ", "<p>A<b>b</b>{}\n ", "<pre>a{}\nb</pre><p>", "<p id='{}'>"]
)
def test_characters_that_xml_forbids_cost_only_themselves(odd: str, place: str) -> None:
    html = f"<html><title>T</title><body>{place.format(odd)}{SENTENCE * 40}</body></html>"
    content = read_content(html.encode(), "text/html; charset=utf-8", "http://a.test/", "http://a.test/")
    assert content.status is PageStatus.PAGE
    assert content.text.count("capital") == 40
    assert "[31m" not in content.text


@pytest.mark.parametrize("before", ["", "\ufeff", "\n "])
def test_pages_may_begin_with_an_xml_declaration(before: str) -> None:
    html = f'{before}<?xml version="1.0" encoding="UTF-8"?>\n<html><title>Perú</title><body><p>{SENTENCE * 9}'
    content = read_content(html.encode(), "application/xhtml+xml", "http://a.test/", "http://a.test/")
    assert content.title == "Perú"
    assert content.text.count("capital") == 9
    assert "xml" not in content.text


def test_only_lines_of_pre_stay() -> None:
    text = read_all("<body><pre>a\n<b>b\n</b>\nc</pre>\nx\ny" + "<p>d\n<i>e\n</i>\nf</p>").text
    assert text == "a\nb\nc\n\nx y\n\nd e f"


DEEP = "<div>" * 400


@pytest.mark.parametrize(
    "hostile", ["<script ", "<style>", "<", "<\u2039", "</script ", "<title", "<script></"]
)
def test_what_is_nested_too_deep_is_read_in_one_go(hostile: str) -> None:
    source = f"<html><body>{DEEP}the deep words{hostile * 100_000}"
    started = time.process_time()
    text = read_all(source).text
    assert time.process_time() - started < 3
    assert "the deep words" in text


def test_flat_text_has_no_tags_scripts_or_styles() -> None:
    code = "<script>if (a < b) c()</script x><STYLE>p {}</style ><script>never closed"
    page = read_all(f"<title>The\ttitle</title>{DEEP}<p id=a>one<br>two > 1 &amp; 3</p>{code}")
    assert page.text.split("\n\n") == ["The title", "one", "two > 1 & 3", "never closed"]
    assert page.title == "The title"


@pytest.mark.parametrize(
    "table",
    [
        "<td colspan=1000 rowspan=1000>" + "word " * 20_000 + "</td>" + "<tr><td>x" * 50,
        "".join("<tr><td colspan=1000 rowspan=1000>a long cell" + "<tr><td>x" * 20 for _ in range(100)),
        "<tr>" + "<td>x" * 5_000 + "<tr><td>y" * 5_000,
        "<tr>" + "<td colspan=1000>" * 5_000,
    ],
    ids=["one large cell", "many cells", "one long row", "empty cells"],
)
def test_a_table_is_not_much_larger_than_its_source(table: str) -> None:
    tracemalloc.start()
    text = read_all(f"<body><table>{table}</table>").text
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(text) < 10 * len(table) + 4_000
    assert used < 40_000_000


def test_long_spans_are_laid_out() -> None:
    rows = "".join(f"<tr><td>County {i}</td><td>{i}</td></tr>" for i in range(1, 67))
    table = f"<tr><td rowspan=67>Pennsylvania</td><td>County 0</td><td>0</td></tr>{rows}"
    lines = read_all(f"<body><table>{table}</table>").text.split("\n")
    assert lines[-1] == "| Pennsylvania | County 66 | 66 |"


CELL = st.tuples(st.text("abc", min_size=1, max_size=5), st.integers(1, 5), st.integers(1, 5))


@given(st.lists(st.lists(CELL, min_size=2, max_size=5), min_size=2, max_size=8))
def test_every_cell_stands_in_its_row(lines: list[list[tuple[str, int, int]]]) -> None:
    marked = [
        [f"{text}{row}x{at}" for at, (text, _, _) in enumerate(cells)] for row, cells in enumerate(lines)
    ]
    rows = "".join(
        "<tr>"
        + "".join(f"<td colspan={c} rowspan={r}>{t}</td>" for (_, c, r), t in zip(cells, texts, strict=True))
        for cells, texts in zip(lines, marked, strict=True)
    )
    page = read_all(f"<body><table><tr><th>A<th>B{rows}</table>")
    (grid,) = [block for block in page.blocks if isinstance(block, Grid)]
    assert [set(texts) - set(row) for texts, row in zip(marked, grid.rows, strict=True)] == [set()] * len(
        lines
    )
    assert {len(row) for row in grid.rows} == {len(grid.labels)}
    for row, (start, end) in zip(grid.rows, grid.places, strict=True):
        assert page.text[start:end] == "| " + " | ".join(row) + " |"


@pytest.mark.parametrize(
    ("base", "link"),
    [
        ("/top/", "http://a.test/top/x"),
        ("https://b.test/c/d", "https://b.test/c/x"),
        ("up", "http://a.test/y/x"),
        ("javascript:alert(1)//", "http://a.test/y/x"),
        ("http://[", "http://a.test/y/x"),
        ("", "http://a.test/y/x"),
    ],
)
def test_links_start_from_the_base_that_the_page_declares(base: str, link: str) -> None:
    tree = parse(f'<head><base target=_top><base href="{base}"></head><body><a href="x">x</a>').tree
    assert links(tree, "http://a.test/y/z") == (link,)
    assert links(tree) == ("x",)


def test_links_that_no_address_can_be_are_no_links() -> None:
    """A long base and two thousand links were fifty megabytes of a page of eighty kilobytes."""
    tree = parse(
        f'<base href="http://b.test/{"b" * 5000}/"><a href="{"c" * 5000}">c</a><a href="x">x</a>'
    ).tree
    assert links(tree, "http://a.test/y/z") == ("http://a.test/y/x",)


@pytest.mark.parametrize(
    "page",
    [
        "<table>" + "<tr><td colspan=1000 rowspan=1000>x" * 100,
        "<span>" * 110 + "<br>" * 100_000,
        "<ul><li>" * 45 + "<li>x" * 10_000,
        "<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">",
        "<p>" + "\\" * 300_000,
        "<sup>[" + " " * 300_000 + "!</sup>",
        "<table>" + ("<tr>" + "<td>x" * 500) * 80,
    ],
    ids=["spans", "breaks", "lists", "attributes", "backslashes", "a note", "a wide table"],
)
def test_a_small_page_cannot_take_long(page: str) -> None:
    started = time.process_time()
    content = read_content(f"<p>begun</p>{page}".encode(), "text/html", "http://a.test/", "http://a.test/")
    assert time.process_time() - started < 3
    assert "begun" in content.text or "x" in content.text


def test_what_a_stylesheet_hides_is_no_text() -> None:
    style = "<style>.key, #note {display: none} @media print {.shown {display: none}}</style>"
    body = (
        "<p>Area <span class=key>000500</span>500</p><p id=note>no</p><p class=shown>yes</p>" + SENTENCE * 9
    )
    text = read_all(f"<html><head>{style}</head><body>{body}{SENTENCE * 9}</body></html>").text
    assert text.startswith("Area 500\n\nyes\n\n")
