"""Tables of data, in the manner of an encyclopedia's pages: every cell is read, and nothing that is none."""

from __future__ import annotations

import pytest

from wideseek_cli.tools import htmltext
from wideseek_cli.tools.extract import extract_html

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
- Founders: Ada Low, Ben Hale
- Offices: Arden, Dale; Corin, Dale
- Headquarters: Arden, Dale, Norland
- Formerly: Arden Boats (1911–1920); Lake Boats (1920–1931); the Line
- Known for: The boats, which were the first on these lakes that ran on steam alone, and later on oil. The \
piers, of which it has more than any other company in the country, two of them of stone.
- Operating income: ~ 9.5 million
- Net income: 5.1 million"""


def text_of(body: str) -> str:
    page = f"<body><main><h1>Lake Ferries</h1>{body}</main></body>"
    return extract_html(f"<html><head><title>Lake Ferries</title></head>{page}</html>").text


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
    links = "".join(f"<tr><th>Group {n}</th><td><a href=/{n}>Firm {n}</a></td></tr>" for n in range(4))
    text = text_of(f"{PROSE * 3}<div class=navbox><table class=navbox-inner>{links}</table></div>")
    assert "Firm" not in text


def test_a_text_below_a_whole_row_stands_once() -> None:
    lines = "".join(
        f"<tr><th>{n}</th><td>Tale {n}</td><td>Cy Orr</td></tr>"
        f"<tr><td colspan=3>What tale {n} tells</td></tr>"
        for n in range(1, 4)
    )
    table = f"<table><tr><th>No.</th><th>Title</th><th>Written by</th></tr>{lines}</table>"
    for text in (text_of(table + PROSE * 3), htmltext.to_markdown(htmltext.parse(table))):
        assert text.count("What tale 2 tells") == 1
        assert "| 2 | Tale 2 | Cy Orr |" in text


@pytest.mark.parametrize(
    "shown", ["~ 5 [x] a_b * c < d `e`", "2020. A year", "- 5 degrees", r"a \ b", "5*6*7 and 8*9"]
)
def test_prose_is_as_it_was_shown(shown: str) -> None:
    assert f"\n\n{shown}\n\n" in text_of(f"{PROSE}<p>{shown.replace('<', '&lt;')}</p>{PROSE}")
