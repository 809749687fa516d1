"""Tables of data, in the manner of an encyclopedia's pages: every cell is read, and nothing that is none."""

from __future__ import annotations

import pytest

from wideseek_cli.pages.html import read_all, read_html

PROSE = """<p>The company runs ferries on the lakes, and its boats carry most of what the valley sells. It is
said to be the oldest of its kind, though two others say so too.</p>"""
NOTE = '<sup id=r1 class="reference"><a href="#n1">[1]</a></sup>'
FACTS = f"""<table class="infobox"><caption>Lake Ferries</caption>
<tr><td colspan=2><a href=/logo><img src=l.png></a></td></tr>
<tr><th><div><a href=/types>Type</a></div></th><td><a href=/public>Public</a></td></tr>
<tr><th>Founded</th><td>4 May 1911<br>(in Arden)</td></tr>
<tr><th>Founders</th>
<td><div><ul><li><a href=/p>Ada Low</a></li><li><a href=/b>Ben Hale</a></li></ul></div></td></tr>
<tr><th>Offices</th><td><ul><li>Arden, Dale</li><li>Corin, Dale</li></ul></td></tr>
<tr><th>Headquarters</th>
<td><div><a href=/a>Arden</a>, <a href=/d>Dale</a></div>, <div>Norland{NOTE}</div></td></tr>
<tr><th>Formerly</th><td>Arden Boats (1911–1920)<br>Lake Boats (1920–1931)<br>the Line</td></tr>
<tr><th>Known for</th>
<td>The boats, which were the first on these lakes that ran on steam alone, and later on oil.<br>
The piers, of which it has more than any other company in the country, two of them of stone.</td></tr>
<tr><th><a href=/ebit>Operating income</a></th><td>~ 9.5 <a href=/m>million</a></td></tr>
<tr><th><a href=/net>Net income</a></th><td>5.1 million</td></tr></table>"""
FACT_LINES = """- Type: Public
- Founded: 4 May 1911 (in Arden)
- Founders: Ada Low; Ben Hale
- Offices: Arden, Dale; Corin, Dale
- Headquarters: Arden, Dale, Norland
- Formerly: Arden Boats (1911–1920); Lake Boats (1920–1931); the Line
- Known for: The boats, which were the first on these lakes that ran on steam alone, and later on oil. The \
piers, of which it has more than any other company in the country, two of them of stone.
- Operating income: ~ 9.5 million
- Net income: 5.1 million"""


def text_of(body: str) -> str:
    page = f"<body><main><h1>Lake Ferries</h1>{body}</main></body>"
    return read_html(f"<html><head><title>Lake Ferries</title></head>{page}</html>").text


@pytest.mark.parametrize("around", ["{}", "<div class=content><div>{}</div></div>"])
def test_a_table_of_facts_is_read_whole_and_once(around: str) -> None:
    text = text_of(around.format(FACTS + PROSE * 3))
    assert FACT_LINES in text
    assert text.count("Net income") == 1


def test_notes_and_marks_for_editing_are_left_out() -> None:
    edit = "<span class=mw-editsection>[<a href=/e>edit</a>]</span>"
    doubt = '<sup class="noprint Inline-Template">[<i>citation needed</i>]</sup>'
    notes = (
        '<ol class="references"><li id="cite_note-1"><a href="#r1">^</a> The Dale Post, 3 May 1999.</li></ol>'
    )
    text = text_of(
        f"{PROSE}<h2>History{edit}</h2><p>It began small{doubt}.{NOTE}</p>{PROSE}<h2>Notes</h2>{notes}"
    )
    assert "## History\n" in text
    assert "It began small." in text
    for mark in ("edit", "citation", "[1]", "Dale Post", "\\"):
        assert mark not in text


def test_boxes_that_lead_elsewhere_are_no_facts() -> None:
    cells = [f"<td><a href=/{n}>Firm {n}</a> (since 199{n}, and before)</td>" for n in range(4)]
    links = "".join(f"<tr><th>Group {n}</th>{cell}</tr>" for n, cell in enumerate(cells))
    text = text_of(f"{PROSE * 3}<div class=navbox><table class=navbox-inner>{links}</table></div>")
    assert "Firm" not in text


def test_a_text_below_a_whole_row_stands_once() -> None:
    lines = "".join(
        f"<tr><th>{n}</th><td>Tale {n}</td><td>Cy Orr</td></tr>"
        f"<tr><td colspan=3>What tale {n} tells</td></tr>"
        for n in range(1, 4)
    )
    table = f"<table><tr><th>No.</th><th>Title</th><th>Written by</th></tr>{lines}</table>"
    for text in (text_of(table + PROSE * 3), read_all(table).text):
        assert text.count("What tale 2 tells") == 1
        assert "| 2 | Tale 2 | Cy Orr |" in text


@pytest.mark.parametrize(
    "shown", ["~ 5 [x] a_b * c < d `e`", "2020. A year", "- 5 degrees", r"a \ b", "5*6*7 and 8*9"]
)
def test_prose_is_as_it_was_shown(shown: str) -> None:
    assert f"\n\n{shown}\n\n" in text_of(f"{PROSE}<p>{shown.replace('<', '&lt;')}</p>{PROSE}")


TOWNS = """<table><tr><th>Town</th><th>Mayor</th><th>People</th></tr>
<tr><td><a href=/a>Arden</a></td><td><a href=/l>Ada Low</a></td><td>10,000</td></tr>
<tr><td><a href=/c>Corin</a></td><td><a href=/h>Bo Hale</a></td><td>20,000</td></tr></table>"""
AROUND = [
    "<form id=aspnetForm>{}</form>",
    "<div class=sticky-header>{}</div>",
    "<div class=references>{}</div>",
    "<div class='post tags'>{}</div>",
]


@pytest.mark.parametrize("around", AROUND)
def test_a_table_of_data_is_kept_whatever_the_part_around_it_is_called(around: str) -> None:
    page = f"<body><h1>Lake Ferries</h1>{around.format(PROSE * 3 + TOWNS)}</body>"
    text = read_html(f"<html><head><title>Lake Ferries</title></head>{page}</html>").text
    assert "| Corin | Bo Hale | 20,000 |" in text


@pytest.mark.parametrize("named", ["role=presentation", "class=table-header-fixed", "id=toc"])
def test_a_table_of_data_is_kept_whatever_it_is_called(named: str) -> None:
    assert "| Corin | Bo Hale | 20,000 |" in text_of(PROSE * 3 + TOWNS.replace("<table", f"<table {named}"))


def test_a_table_of_fields_is_left_out() -> None:
    fields = "<tr><td>Your name<td><input name=n></tr><tr><td>Your wish<td><textarea></textarea></tr>"
    assert "Your" not in text_of(PROSE * 3 + f"<form><table>{fields}</table></form>")


def test_what_stands_between_the_items_of_a_list_is_kept() -> None:
    cell = "<ul><p>On the lake</p><li>Arden</li>and once<li>Corin</li></ul>"
    text = text_of(
        PROSE * 3 + f"<table><tr><th>Run</th><td>{cell}</td></tr><tr><th>Boats</th><td>2</td></tr></table>"
    )
    assert "On the lake" in text
    assert "and once" in text


def test_a_cell_over_the_rest_of_its_row_stands_in_each_column() -> None:
    rows = "<tr><th>Year<th>Arden<th>Corin<th>Dale</tr><tr><td rowspan=2>2020<td>1<td>2<td>3</tr>"
    text = text_of(PROSE * 3 + f"<table>{rows}<tr><td colspan=3>closed</td></tr></table>")
    assert "| 2020 | closed | closed | closed |" in text


def test_lists_in_lists_without_a_word_take_no_time() -> None:
    deep = "<ul><li>" * 40 + "</li></ul>" * 40
    text = text_of(
        PROSE * 3 + f"<table><tr><th>Run</th><td>{deep}</td></tr><tr><th>Boats</th><td>2</td></tr></table>"
    )
    assert "Boats" in text
