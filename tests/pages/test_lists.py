"""Lists of a page: those it is about are in its text, those that lead elsewhere are not."""

from __future__ import annotations

import time

import pytest

from wideseek_cli.pages.elements.lists import content_lists
from wideseek_cli.pages.elements.style import Hidden
from wideseek_cli.pages.elements.tree import parse
from wideseek_cli.pages.html import read_html

STATES = [
    "Bavaria", "Berlin", "Brandenburg", "Bremen", "Hamburg", "Hesse", "Lower-Saxony", "Saarland", "Saxony",
    "Saxony-Anhalt", "Thuringia",
]  # fmt: skip
INTRO = """<p>Germany is a federal republic of sixteen states. Since its reunification in October 1990 the
eastern ones are among them, and three are called city-states by most people who speak of them.</p>
<p>Each of them has its own constitution and is largely autonomous in its internal organisation; the creation
of the states began in 1946, when the Allied military governments had them formed in the western zones.</p>
"""
UL = "<ul>" + "".join(f'<li><a href="/wiki/{s}" title="{s}">{s}</a></li>' for s in STATES) + "</ul>"
HALVES = UL.replace('<li><a href="/wiki/Hesse"', '</ul><h2>Others</h2><ul><li><a href="/wiki/Hesse"')
MENU = "<div class=top><ul><li><a href=/>Start</a><li><a href=/a>Atlas</a><li><a href=/t>Trade</a></ul></div>"
SHELLS = {
    "article": "<header><nav><a href=/>Home</a></nav></header>"
    "<main><article><h1>States</h1>{}</article></main>",
    "plain": MENU + "<div class=wrap><h1>States</h1>{}</div><div><p>Printed in Ely</p></div>",
    "wiki": '<div id="content" class="mw-body"><h1 id="firstHeading">States</h1><div id="mw-content-text">'
    '<div class="mw-parser-output">{}</div></div></div>'
    '<div id="mw-navigation"><ul><li><a href=/>Main page</a></ul></div>',
}


def text_of(body: str, shell: str = "article") -> str:
    page = SHELLS[shell].format(body)
    return read_html(f"<!DOCTYPE html><html><head><title>t</title></head><body>{page}</body></html>").text


def rows(row: str) -> str:
    return "".join(row.format(state=state) for state in STATES)


@pytest.mark.parametrize("shell", list(SHELLS))
@pytest.mark.parametrize(
    "body",
    [
        INTRO + "<h2>All</h2>" + UL,
        INTRO + UL,
        INTRO + "<h2>Some</h2>" + HALVES,
        INTRO + f"<details><summary>All</summary>{UL}</details>",
        INTRO + f"<table><tr><td>{HALVES.replace('<h2>Others</h2>', '</td><td>')}</td></tr></table>",
        INTRO + "<div>" + rows('<div><a href="/{state}">{state}</a></div>') + "</div>",
        INTRO + rows('<p><a href="/{state}">{state}</a></p>'),
        INTRO + "<p>" + rows('<a href="/{state}">{state}</a><br>') + "</p>",
        INTRO + rows('<h3><a href="/{state}">{state}</a></h3>'),
        INTRO + rows('<h3><a href="/{state}">{state}</a></h3><p>It is one of sixteen.</p>'),
        INTRO + rows('<div class=card><a href="/{state}"><h3>{state}</h3></a><p>Founded 1946</p></div>'),
        f"<article>{INTRO * 2}</article><section><h2>All</h2>{UL}</section>",
    ],
    ids=[
        "headed list", "list", "sections", "details", "layout table", "rows", "paragraphs", "lines",
        "headings", "headings and facts", "cards", "section after the article",
    ],
)  # fmt: skip
def test_lists_of_links_that_the_page_is_about_are_read(body: str, shell: str) -> None:
    text = text_of(body, shell)
    after = text.partition("western zones")[2]
    assert [state for state in STATES if state not in after] == []
    assert "Printed" not in text or "Atlas" not in text


def test_a_list_stands_once_and_under_its_heading() -> None:
    text = text_of(f"<article>{INTRO * 2}</article><section><h2>All</h2>{UL}</section>")
    assert text.endswith("## All\n\n" + "\n".join(f"- {state}" for state in STATES))
    for shell in SHELLS:
        lines = text_of(INTRO + "<h2>Some</h2>" + HALVES + "<h2>End</h2>" + INTRO, shell).split("\n")
        places = [lines.index(line) for line in ("## Some", "- Bavaria", "## Others", "- Hesse", "## End")]
        assert places == sorted(places)
        assert lines.count("- Bavaria") == 1


FACTS = "<h2>Facts</h2><dl><dt>Founded</dt><dd>1871</dd><dt>Students</dt><dd>12,345</dd></dl>"


@pytest.mark.parametrize("shell", list(SHELLS))
@pytest.mark.parametrize(
    "around", ["{}", "<aside class=infobox>{}</aside>", "<div class=footer-facts>{}</div>"]
)
def test_facts_beside_the_text_are_read(around: str, shell: str) -> None:
    text = text_of(around.format(FACTS) + INTRO, shell)
    assert text.count("12,345") == 1
    assert "Founded" in text


def linked(*names: str, mark: str = "") -> str:
    return "<ul>" + "".join(f'<li><a {mark} href="/{n.lower()}">{n}</a></li>' for n in names) + "</ul>"


ZOO = linked("Zebra One", "Zebra Two", "Zebra Three")
CARDS = "<div class=card><a href=/z><h3>Zebra found in Ely</h3></a></div>" * 5
ELSEWHERE = {
    "nav": f"<nav>{ZOO}</nav>",
    "role": f"<div role=navigation>{ZOO}</div>",
    "class": f"<div class=mainMenu>{ZOO}</div>",
    "aside": f"<aside><h3>Zoo</h3>{ZOO}</aside>",
    "see also": f"<h2>See also</h2>{ZOO}",
    "related label": f"<p><b>Related articles:</b></p>{ZOO}",
    "related cards": f"<h2>You may also like</h2>{CARDS}",
    "most read": f"<div><h4>Most read</h4>{'<p><a href=/z>Zebra found in Ely</a></p>' * 5}</div>",
    "site": linked("Zebra Club", "About us", "Contact", "Privacy policy", "Jobs"),
    "home": linked("Home", "Zebras", "Yaks"),
    "share": "<ul><li><a href='https://social.test/sharer.php?u=x'>Zebra Book</a>"
    "<li><a href='mailto:?x'>Zebra</a><li><a href='https://b.test/intent/tweet?x'>Zebra</a></ul>",
    "tags": linked("Zebras", "Horses", "Stripes", mark='rel="category tag"'),
    "tag rows": "<div>" + "<span><a rel=tag href=/z>Zebra</a></span> " * 9 + "</div>",
    "pages": linked("1", "2", "3", "Next »", "Zebra"),
    "contents": "<ul><li><a href='#z'>Zebra</a><li><a href='#y'>Yaks</a><li><a href='#x'>Xenon</a></ul>",
    "languages": linked("Zebrisch", "Español", "Français", mark="hreflang=x"),
    "cookie banner": f"<div class=cookie-banner>{ZOO}</div>",
    "cookie choices": linked("Necessary cookies", "Analytics cookies", "Zebra cookies"),
    "wikipedia's": "<div class=reflist><ol class=references>"
    + "<li><a href=#c>^</a> <a href=http://z.test/>Zebra, 1990</a></li>" * 4
    + f"</ol></div><div class=navbox role=navigation>{ZOO}</div><div id=catlinks>{ZOO}</div>",
}


@pytest.mark.parametrize("shell", list(SHELLS))
@pytest.mark.parametrize("kind", list(ELSEWHERE))
def test_lists_that_lead_elsewhere_are_not_read(kind: str, shell: str) -> None:
    text = text_of(INTRO * 3 + ELSEWHERE[kind], shell)
    assert "western zones" in text
    assert "Zebra" not in text


@pytest.mark.parametrize(
    "page",
    [
        MENU.replace("Atlas", "Zebra") + f"<h1>States</h1>{INTRO * 2}",
        f"<div><div>{linked('Zebra', 'Yak', 'Emu')}</div><main>{INTRO * 2}</main></div>",
        f"<main>{INTRO * 2}</main><div><h3>Zoo</h3>{linked('Zebra', 'Yak', 'Emu')}</div>",
        f"<article><h1>States</h1>{INTRO * 2}</article><div>{linked('Zebra', 'Yak', 'Emu')}</div>",
        f"<h1>States</h1>{INTRO * 2}<h2>Latest news</h2><h4>Today</h4>{linked('Zebra', 'Yak', 'Emu')}",
    ],
    ids=["before anything", "before main", "after main", "after the article", "under more headings"],
)
def test_a_place_can_tell_a_menu(page: str) -> None:
    text = read_html(f"<html><head><title>t</title></head><body>{page}</body></html>").text
    assert "western zones" in text
    assert "Zebra" not in text


def test_content_after_a_section_of_links_is_content_again() -> None:
    text = text_of(INTRO + f"<h2>See also</h2>{linked('Zebra', 'Yak', 'Emu')}<h2>All</h2>" + UL + INTRO)
    assert "- Hesse" in text
    assert "Zebra" not in text


@pytest.mark.parametrize(
    "page",
    [
        "<div><div></div><div></div>" * 110 + "<p></p>" * 29_000,
        "<dl><dt>x<dd>" * 110 + "<dt>y<dd>z" * 10_000,
        "<p>" + "<a href=x>y</a>, " * 28_000,
        '<div class="share related">' * 200 + "<i></i>" * 29_000,
    ],
    ids=["nested rows", "nested terms", "a row of links", "nested names"],
)
def test_hostile_lists_take_no_more_than_their_size(page: str) -> None:
    tree = parse(f"<body><h1>t</h1>{page}").tree
    started = time.process_time()
    content_lists(tree, Hidden(tree), article=False)
    assert time.process_time() - started < 1.5
