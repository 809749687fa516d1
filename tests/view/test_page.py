"""The page's data and its look, without a browser: nothing foreign as markup, colours that can be read."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.record.sample import all_events
from tests.ui import story
from tests.view import wide_run
from wideseek_cli.core import events as ev
from wideseek_cli.export.document import base_style
from wideseek_cli.export.writing import ExportMeta, Format, render
from wideseek_cli.record.store import Store
from wideseek_cli.runs import RecordedRun, Runs
from wideseek_cli.table.model import CellStatus
from wideseek_cli.view import document
from wideseek_cli.view.document import make_document, script, style
from wideseek_cli.view.rundata import RunData, states
from wideseek_cli.view.workdata import MOST

HOSTILE = "</script><script>alert(1)</script><!-- & \u2028 ]]>"
PAGES = Path(document.__file__).parent / "page"
# what is written -> what it is written on
PAIRS = {
    ("ink", "bg"),
    ("ink", "surface"),
    ("ink", "raised"),
    ("ink", "mark"),
    *((name, ground) for name in ("quiet", "accent") for ground in ("bg", "surface", "raised")),
    *(
        (name, ground)
        for name in ("good", "part", "bad", "work", "none")
        for ground in ("bg", "surface", "raised")
    ),
    *((s.value, "surface") for s in CellStatus),
    *((name, f"{name}-bg") for name in ("seen", "unproved", "missing", "conflict")),
    *(("ink", f"{name}-bg") for name in ("seen", "unproved", "missing", "conflict", "good", "bad")),
}


def variables(theme: int) -> dict[str, str]:
    """The style sheet's colours in the light (0) or dark (1) theme."""
    roots = re.findall(r":root \{(.*?)\n\}", style(), re.S)
    written = dict(re.findall(r"--([\w-]+): (.*?);", "".join(roots)))
    return {name: resolved(value, written, theme) for name, value in written.items()}


def resolved(value: str, written: dict[str, str], theme: int) -> str:
    other = re.fullmatch(r"var\(--([\w-]+)\)", value)
    return resolved(written[other[1]], written, theme) if other else re.findall(r"#[0-9a-f]{6}", value)[theme]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_what_is_written_can_be_read(theme: int) -> None:
    colours = variables(theme)
    poor = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: round(value, 2) for pair, value in poor.items() if value < 4.5} == {}
    for edge in ("edge", "accent", "search", "page"):  # borders of controls, focus, ticks
        assert contrast(colours[edge], colours["surface"]) >= 3, edge


def test_every_state_has_a_sign_and_a_colour_of_its_own() -> None:
    signs = {state["sign"] for state in states()}
    assert len(signs) == len(CellStatus) + 1  # what is not checked has none
    for status in CellStatus:
        assert f".s-{status.value}::before" in style()
        assert f".s-{status.value} {{ --state: var(--{status.value}); }}" in style()


def test_the_exported_page_has_the_same_colours() -> None:
    html = render(story.proved_table(), ExportMeta("q"), Format.HTML)
    assert base_style() in html
    assert style().startswith(base_style())


def test_focus_is_never_taken_away() -> None:
    """Only where another element shows it, or a script moved it to a heading or the whole page."""
    without = re.findall(r"([^{}]*)\{[^{}]*outline: none", style())
    assert [selector.strip() for selector in without] == ["main:focus", '[role="tabpanel"]:focus']


def test_the_script_makes_no_markup() -> None:
    banned = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser|\.on\w+ ="
    )
    assert re.search(banned, script()) is None
    assert re.search(r"</script|<!--", script(), re.I) is None
    assert re.search(r"</style|@import|url\(", style(), re.I) is None
    assert re.search(r"""\s(on\w+|style)=""", make_document("x", {}).html.split("<script>")[0]) is None


def test_files_stay_short() -> None:
    lines = {file.name: len(file.read_text(encoding="utf-8").splitlines()) for file in PAGES.iterdir()}
    assert "main.js" in lines
    assert max(lines.values()) < 300, lines


def test_data_cannot_leave_its_element() -> None:
    made = make_document(HOSTILE, {"x": HOSTILE, HOSTILE: [HOSTILE]}).html
    assert made.count("</script>") == 3
    assert made.count("<!--") == 0
    assert "<title>&lt;/script&gt;" in made
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', made, re.S)
    assert data
    assert json.loads(data[1]) == {"x": HOSTILE, HOSTILE: [HOSTILE]}


def test_the_policy_allows_just_our_script_and_style() -> None:
    made = make_document("x", {})
    meta = re.search(r'Content-Security-Policy" content="([^"]*)"', made.html)
    assert meta
    assert made.policy.replace("'", "&#x27;").startswith(meta[1])
    assert made.policy.count("sha256-") == 3
    assert "unsafe" not in made.policy


def strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "runs.sqlite") as opened:
        yield opened


def keep(store: Store, events: Iterable[ev.Event], run: str = "01k2x7abc") -> RecordedRun:
    """A run with these events, that no process is at."""
    journal = store.journal(run)
    for event in events:
        journal.commit(event)
    journal.close()
    return Runs(store).find(run)


def news(run: RecordedRun) -> dict[str, Any]:
    """What a page hears of it that knew nothing."""
    run.look((data := RunData(run)).hear)
    return data.news()


def test_each_event_is_told_once(store: Store) -> None:
    """What a page got at once, or bit by bit, is the same."""
    run = keep(store, events := list(all_events("01k2x7abc")))
    at_once = news(run)
    searches: list[object] = []
    agents: dict[str, object] = {}
    again = Runs(store).find(run.id)
    bits = RunData(again)
    for number in range(len(events) + 1):
        again.look(bits.hear, before=number)
        told = bits.news()
        searches += told.get("searches", [])
        agents |= {agent["name"]: agent for agent in told.get("agents", [])}
    assert at_once["head"]["counted"][1:] == ["3 rows, by the list on A list"]
    assert searches == at_once["searches"]
    assert list(agents.values()) == at_once["agents"]
    assert bits.news() == {"head": at_once["head"]}


def test_control_characters_and_passwords_do_not_reach_the_page(store: Store) -> None:
    evil = "a\x1b[31mb\u202ec"
    events = [
        ev.RunStarted("x", evil, {}, evil, evil, "1", "en"),
        ev.AgentStarted("w1.s1", ev.Role.SUBAGENT, evil, 1),
        ev.Replied("w1.s1", 1, f"<think>{evil * MOST}</think>{evil}", (), ev.Stop.END, 1, 1.0),
        ev.PageRead("w1.s1", "https://me:secret@example.org/", evil, ev.PageStatus.PAGE, evil),
        ev.PageRead("w1.s1", "javascript:alert(1)", evil, ev.PageStatus.PAGE, evil),
        ev.Noticed(evil),
        ev.RunEnded(ev.Ending.NOTHING, 1, evil, evil),
    ]
    told = news(keep(store, events))
    assert not any(char in text for text in strings(told) for char in "\x1b\u202e")
    assert not any("secret" in page["url"] for page in told["pages"])
    assert told["pages"][1]["href"] == ""
    assert len(told["agents"][0]["turns"][0]["thought"]) < MOST + 100


def test_a_run_that_waits_says_so(store: Store) -> None:
    before, waiting = store.journal("before"), store.journal("waiting")
    for journal in (before, waiting):
        journal.commit(ev.RunQueued(journal.run, "Which?", {}, at=time.time()))
    heads = []
    for journal in (before, waiting):
        heads.append(news(Runs(store).find("waiting"))["head"])
        journal.close()
    heads.append(news(Runs(store).find("waiting"))["head"])
    assert [head["state"] for head in heads] == ["queued", "starting", "cut off"]
    assert (heads[-1]["begun"], heads[-1]["seconds"]) == (False, 0.0)


def test_cells_share_their_passage(store: Store) -> None:
    table = news(keep(store, wide_run.events("02lakes00", 20), "02lakes00"))["table"]
    assert len(table["passages"]) == 20
    assert len(table["sources"]) == 2
    passage = table["passages"][table["rows"][3][1]["p"]]
    assert passage["quote"] == f"| {' | '.join(wide_run.lake(3))} |"
    assert passage["before"].endswith(" |\n")
    assert table["sources"][0]["finders"] == [
        "w1.s1 (List the lakes of district 1 with river, area, depth and survey)"
    ]
    assert [cell.get("n") for cell in table["rows"][1]] == [None, None, 396.9, 34, None, None]


def test_a_run_that_was_cut_off_says_so(store: Store) -> None:
    told = news(keep(store, story.until_delegation()))
    assert told["head"]["state"] == "cut off"
    assert [agent["start"] for agent in told["agents"][:3]] == [pytest.approx(0.1), None, None]
