"""HTML to text: tables, lists and facts kept, and nothing that a page can hold makes it fail."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wideseek_cli.core.findings import PageStatus
from wideseek_cli.pages.html import read_all, read_html
from wideseek_cli.pages.pdf import extract_pdf
from wideseek_cli.sources.fetch import content as content_of
from wideseek_cli.sources.fetch.body import decode
from wideseek_cli.sources.fetch.content import read_content

BODY = "<p>" + "The committee reported on the state of the bridges in the county. " * 12 + "</p>"


def markdown(html: str) -> str:
    return read_all(f"<html><body>{html}</body></html>").text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h2>A <i>b</i></h2><p>one\ntwo<br>three</p>", "## A b\n\none two\nthree"),
        ("<ul><li>a<li>b<ol><li>c</ol></ul>", "- a\n- b\n  1. c"),
        ("<p>x <b>y </b>z</p>", "x y z"),
        ("<dl><dt>Area<dd>5 km<dt>Town<dd>Ely</dl>", "- Area: 5 km\n- Town: Ely"),
        ("loose <a href=x>link</a> text<div>block</div>tail", "loose link text\n\nblock\n\ntail"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<p hidden>no</p><p style='display: none'>no</p><script>no</script><nav>no</nav><p>yes</p>", "yes"),
        ("<p>1<sup class=reference>[2]</sup> m</p>", "1 m"),
        (
            "<table><tr><th>A<th>B<tr><td rowspan=2>1<td>x|y<tr><td>3</table>",
            "| A | B |\n| --- | --- |\n| 1 | x\\|y |\n| 1 | 3 |",
        ),
        ("<table><tr><td colspan=2>wide<tr><td>1<td>2</table>", "wide\n\n|  |  |\n| --- | --- |\n| 1 | 2 |"),
        ("<table><tr><th>Capital<td>Lima<tr><th>Area:<td>5</table>", "- Capital: Lima\n- Area: 5"),
        (
            "<table><tr><td><table><tr><td>in<td>ner<tr><td>1<td>2</table></table>",
            "|  |  |\n| --- | --- |\n| in | ner |\n| 1 | 2 |",
        ),
        ("<table><caption>Towns</caption><tr><td>only</table>", "Towns\n\nonly"),
    ],
)
def test_markdown(html: str, text: str) -> None:
    assert markdown(html) == text


def test_spans_of_absurd_size_are_cut() -> None:
    text = markdown("<table><tr><td colspan=99999999 rowspan=99999999>x<td>y<tr><td>z</table>")
    assert len(text) < 2000


def test_a_table_that_the_main_text_leaves_out_is_put_back() -> None:
    table = "<table><tr><th>Bridge</th><th>Built</th></tr><tr><td>Old Bridge</td><td>1742</td></tr></table>"
    html = f"<html><title>t</title><body><article>{BODY * 3}</article><div class=side>{table}</div></body>"
    text = read_html(html).text
    assert text.count("1742") == 1
    assert "| Old Bridge | 1742 |" in text


@pytest.mark.parametrize(
    ("mark", "date"),
    [
        ('<meta name=date content="2021-02-03">', "2021-02-03"),
        ('<script type="application/ld+json">{"datePublished": "2020-01-02T03:04"}</script>', "2020-01-02"),
        ('<p>Posted <time datetime="2019-12-31T10:00">on New Year</time></p>', "2019-12-31"),
        ('<meta name=date content="yesterday"><p>Posted 2018-01-01</p>', ""),
    ],
)
def test_dates_are_those_the_page_declares(mark: str, date: str) -> None:
    assert read_html(f"<html><body>{mark}{BODY}</body></html>").date == date


def test_the_main_text_without_what_surrounds_it() -> None:
    """No tag says that these are not the article: only trafilatura knows."""
    menu = "".join(f'<li><a href="/{i}">Topic {i}</a></li>' for i in range(30))
    around = f'<div class="menu"><ul>{menu}</ul></div>'
    related = '<div class="related-posts"><h3>You may also like</h3><a href="/z">Ten cats</a></div>'
    text = f"<h2>The <b>bridges</b></h2>{BODY}<p>Split by\na <em>soft</em> line.</p>"
    article = f'<div class="post-content">{text}</div>'
    found = read_html(f"<html><title>t</title><body>{around}{article}{related}</body></html>")
    assert "## The bridges" in found.text
    assert "Split by a soft line." in found.text
    assert "Topic 7" not in found.text
    assert "Ten cats" not in found.text


def test_infobox_rows_and_json_ld() -> None:
    box = "<table class=infobox><tr><th>Founded<td>1209<tr><th>Town<td>Ely</table>"
    data = '{"@graph": [{"@type": "Place", "name": "Ely", "geo": {"latitude": 52.4}, "url": "http://x"}]}'
    script = (
        f'<script type="application/ld+json">{data}</script><script type="application/ld+json">{{bad</script>'
    )
    text = read_html(f"<html><head>{script}</head><body>{box}<article>{BODY}</article></body></html>").text
    assert "1209" in text
    assert "- geo latitude: 52.4" in text
    assert "name: Ely" not in text
    assert "http://x" not in text


def test_title_language_date_and_links() -> None:
    head = '<title> A\n title </title><meta property="article:published_time" content="2024-03-05T10:00:00Z">'
    html = f'<html lang="de-AT"><head>{head}</head><body>{BODY}<a href="/b">b</a><a href="#c">c</a></body>'
    found = read_html(html, "http://a.test/x/y")
    assert (found.title, found.language, found.date) == ("A title", "de", "2024-03-05")
    assert found.links == ("http://a.test/b",)


@pytest.mark.parametrize("depth", [300, 5000, 100_000])
def test_deep_nesting(depth: int) -> None:
    for tag in ("div", "b", "table><tr><td", "ul><li"):
        read_html(f"<html><body><p>shallow</p>{f'<{tag}>' * depth}deep")


def test_text_too_deep_for_the_parser_is_not_lost() -> None:
    assert "the deep words" in read_html("<div>" * 1000 + "the deep words").text


PIECES = [
    "<table>",
    "<tr>",
    "<td>",
    "<td|colspan=9>",
    "</table>",
    "<ul>",
    "<li>",
    "<p>",
    "<h1>",
    "</",
    "<!--",
    "<![CDATA[",
    "<script>",
    "<title>",
    "<body>",
    "<a|href='http://[x'>",
    "<base|href='::'>",
    "&#0;",
    "&#xD800;",
    "\x00",
    "\x1b[31m",
    "<svg>",
    "<meta|charset=utf-7>",
    "text",
    "<frameset>",
    "é",
    '<script|type="application/ld+json">{"a":[[[',
]


@pytest.mark.slow
def test_very_large_pages_are_read_whole_and_quickly() -> None:
    rows = "".join(f"<tr><td>Peak {i}<td>{i} m<td>Range {i % 7}" for i in range(20_000))
    started = time.process_time()
    text = read_html(f"<html><body><table>{rows}</table></body></html>").text
    assert "| Peak 19999 | 19999 m | Range 0 |" in text
    assert time.process_time() - started < 3
    assert len(read_html("<html><body><p>" + "word " * 2_100_000).text) > 900_000


def test_html_beyond_what_a_tree_may_cost_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_of, "_MAX_HTML", 200_000)
    data = b"<html><body>" + b"<p>A line of some length that is not at all special.</p>\n" * 5_000
    content = read_content(data, "text/html", "http://a.test/", "http://a.test/")
    assert 100_000 < len(content.text) < 200_000
    assert content.text.endswith("(The page is longer; its first 8 MB were read.)")


HOSTILE = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=300).map(str.encode),
    st.lists(st.sampled_from(PIECES), max_size=60).map(
        lambda parts: "".join(parts).replace("|", " ").encode()
    ),
)


@settings(deadline=None, max_examples=150)
@given(
    HOSTILE,
    st.sampled_from(["text/html", "text/html; charset=gbk", "text/html; charset=x-none", "", "text/plain"]),
)
@example(b"<table><tr><tr><ul><li>\x1b", "text/html")
@example(b"<p>a\x1b<sup>6</sup> <b>\x1b</b><sup>7</sup></p>", "text/html")
def test_no_bytes_make_a_page_fail(data: bytes, kind: str) -> None:
    content = read_content(data, kind, "http://a.test/", "http://a.test/")
    assert bool(content.text) == (content.status is PageStatus.PAGE)
    assert not set(content.text + content.title) & set("\x00\x1b\x9b\u202e")
    assert (content.status is PageStatus.PAGE) or content.reason


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_make_a_pdf_fail(data: bytes, marked: bool) -> None:
    found = extract_pdf(b"%PDF-1.4\n" + data if marked else data)
    assert found.text or found.problem


@given(st.binary(max_size=200), st.text(max_size=20))
def test_any_bytes_decode(data: bytes, charset: str) -> None:
    assert isinstance(decode(data, charset), str)


def test_merged_cells_stand_in_every_column_and_row_they_go_over() -> None:
    towns = "".join(f"<tr><td>Town{n}<td>Seat{n}<td>{n}1,000<td>{n}2,000<td>{n}3" for n in range(1, 9))
    films = "".join(
        f"<tr><td rowspan=2>20{n}<td>Film{n}<td>Ann{n}<tr><td>Other{n}<td>Bob{n}" for n in range(10, 14)
    )
    page = (
        f"<html><body><article><h1>Towns</h1>{BODY}<table><tr><th rowspan=2>Town<th rowspan=2>Seat"
        f"<th colspan=2>People<th rowspan=2>Area<tr><th>2011<th>2022{towns}</table>{BODY}"
        f"<table><tr><th>Year<th>Film<th>Director{films}</table>{BODY}</article></body></html>"
    )
    text = read_html(page).text
    assert "| Town | Seat | People 2011 | People 2022 | Area |\n" in text
    assert "| 2012 | Other12 | Bob12 |" in text
    assert [text.count(word) for word in ("Town3", "Film12", "Bob12")] == [1, 1, 1]


def test_text_that_follows_a_table_is_kept() -> None:
    """It stands in no element of its own, and went with the table that is read elsewhere."""
    rows = "<tr><th>Town<th>People<tr><td>Ely<td>12<tr><td>Rye<td>13"
    after = "The figures above are of the last census, which the statistical office held in that spring."
    page = (
        f"<html><body><nav><a href=a>Home</a></nav><div>{BODY * 3}<table>{rows}</table>{after}</div></body>"
    )
    assert after in read_html(page).text
