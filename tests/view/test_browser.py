"""The page in a headless Chromium: what it shows, how it is worked, what it refuses."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui import story
from tests.view import chromium, wide_run
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.steering import read_orders
from wideseek_cli.export.writing import Format
from wideseek_cli.record.store import Store
from wideseek_cli.runs import Runs
from wideseek_cli.table.model import Cell, Column, Row, Table
from wideseek_cli.view.server import serve
from wideseek_cli.view.site import Site, run_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium.BINARY is None, reason="no Chromium here: apt-get install chromium"),
]
HOSTILE = "</script><img src=x onerror=alert(1)>"
LAKES, MANY, STORY = "02lakes00", "03thousand", "01k2x7abc"
NAMELESS = """[...document.querySelectorAll('button, a, input, summary, [role=tab], [role=region]')]
  .filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim())).map((e) => e.outerHTML)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    with chromium.browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "runs.sqlite"
    wide_run.keep(path, LAKES, 300)
    wide_run.keep(path, MANY, 1000)
    with Store.open(path) as store:
        journal = store.journal(STORY)
        for event in story.whole_run(STORY):
            journal.commit(event)
        journal.close()
    return path


@pytest.fixture(scope="module")
def address(record: Path) -> Iterator[str]:
    with serve(Site(record)) as serving:
        yield serving.address


@pytest.fixture
def tab(browser: chromium.Browser, address: str) -> Iterator[chromium.Tab]:
    opened = browser.open(f"{address}run/{LAKES}")
    yield opened
    complaints = opened.complaints()
    opened.close()
    assert complaints == []


def rows(tab: chromium.Tab) -> int:
    return int(tab.js("document.querySelectorAll('.grid tbody tr').length"))


def text(tab: chromium.Tab, selector: str) -> str:
    return str(tab.js(f"document.querySelector({selector!r}).innerText"))


def test_table_first_with_a_sign_in_each_cell(tab: chromium.Tab) -> None:
    tab.wait("document.querySelectorAll('.grid tbody tr').length === 300")
    signs = tab.js(
        "[...document.querySelectorAll('.grid tbody > tr:first-child > *')]"
        ".map((cell) => getComputedStyle(cell, '::before').content)"
    )
    assert [sign[1] for sign in signs] == ["✓", "✓", "✓", "?", "✓", "–"]
    assert "300 rows, 6 columns, 1,800 cells" in text(tab, ".worth")


def test_outside_text_stays_text(tab: chromium.Tab) -> None:
    """A notice and a page's title hold a script."""
    assert tab.js("document.title").startswith("Which lakes")
    assert tab.js("document.scripts.length") == 3
    assert "<script>document.title='taken'" in text(tab, ".notes")


def test_a_cell_by_mouse_and_by_keys(tab: chromium.Tab) -> None:
    tab.js("document.querySelector('.grid tbody .s-conflict').click()")
    assert "conflict" in text(tab, ".cell")
    assert "Other values" in text(tab, ".cell")
    assert tab.js("document.querySelector('.cell mark').textContent.startsWith('| ')")
    tab.press("Escape")
    assert tab.js("document.querySelector('.cell').hidden")
    tab.js("document.querySelector('.grid tbody [tabindex=\"0\"]').focus()")
    first = tab.js("document.activeElement.textContent")
    tab.press("ArrowDown", "ArrowRight", "Enter")
    assert tab.js("document.activeElement.id") == "cell-title"
    tab.press("Escape")
    assert tab.js("document.activeElement.closest('tbody') !== null")
    assert tab.js("document.activeElement.textContent") != first


def test_filter_and_sort(tab: chromium.Tab) -> None:
    tab.press("/")
    assert tab.js("document.activeElement.id") == "filter"
    tab.type("heron tarn")
    fitting = [
        n for n in range(300) if all(word in " ".join(wide_run.lake(n)).lower() for word in ("heron", "tarn"))
    ]
    tab.wait(f"document.querySelector('.shown').textContent === '{len(fitting)} of 300 rows'")
    assert rows(tab) == len(fitting)
    tab.press("Escape")
    tab.js("document.querySelector('.chip.s-conflict').click()")
    assert tab.js(
        "[...document.querySelectorAll('.grid tbody tr')].every((r) => r.querySelector('.s-conflict'))"
    )
    tab.js("document.querySelector('.chip.s-conflict').click()")
    head = "document.querySelectorAll('.grid thead button')[2]"
    area = "parseFloat(document.querySelector('.grid tbody tr').children[2].textContent)"
    tab.js(f"{head}.click()")
    lowest = tab.js(area)
    tab.js(f"{head}.click()")
    assert tab.js(area) > 390 > 10 > lowest
    assert tab.js("document.querySelectorAll('[aria-sort]').length") == 1


@pytest.mark.parametrize("part", [0, 1, 2])
def test_everything_has_a_name_and_its_focus_is_seen(tab: chromium.Tab, part: int) -> None:
    tab.js(f"document.getElementById('tab-{part}').click()")
    assert tab.js(NAMELESS) == []
    assert tab.js("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size") == tab.js(
        "document.querySelectorAll('[id]').length"
    )
    for _ in range(8):
        tab.press("Tab")
        seen = tab.js(
            "[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert seen[1] == "solid", seen


def test_narrow_screens_scroll_down_alone(browser: chromium.Browser, address: str) -> None:
    for path in ("", f"run/{LAKES}", f"run/{STORY}"):
        opened = browser.open(address + path, width=400, height=800)
        for part in range(3) if path else (0,):
            opened.js(f"document.getElementById('tab-{part}')?.click()")
            assert opened.js("document.documentElement.scrollWidth") <= 400, (path, part)
        opened.close()


def test_colours_follow_the_system_and_the_button(browser: chromium.Browser, address: str) -> None:
    shade = "getComputedStyle(document.body).backgroundColor"
    light, dark = browser.open(address), browser.open(address, dark=True)
    white, black = light.js(shade), dark.js(shade)
    assert white != black
    dark.js("document.getElementById('theme').click()")
    assert dark.js(shade) == white
    light.close()
    dark.close()


ODD = {
    "just begun": [],
    "a short answer": [
        ev.TableChanged(ev.Stage.FINAL, Table((Column("answer", key=True),), (Row((Cell("Lima"),)),))),
        ev.RunEnded(ev.Ending.ANSWERED, 0, "Lima"),
    ],
    "no columns": [ev.TableChanged(ev.Stage.WRITTEN, Table(())), ev.RunEnded(ev.Ending.NOTHING, 1)],
    "no rows": [ev.TableChanged(ev.Stage.WRITTEN, Table((Column("a"), Column(""))))],
    "no key, many columns": [
        ev.TableChanged(
            ev.Stage.FINAL,
            Table(
                tuple(Column(HOSTILE * (n % 3)) for n in range(60)),
                (Row(tuple(Cell("x" * n) for n in range(60))),),
            ),
        )
    ],
    "an agent nobody began": [ev.AgentFinished("w9.s9", ev.Outcome.FAILED, HOSTILE, Cause.ENGINE, HOSTILE)],
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_runs(browser: chromium.Browser, tmp_path: Path, kind: str) -> None:
    with Store.open(tmp_path / "runs.sqlite") as store:
        journal = store.journal("0odd")
        journal.commit(ev.RunStarted("0odd", HOSTILE + "long " * 200, {}, HOSTILE, HOSTILE, "1", "en"))
        for event in ODD[kind]:
            journal.commit(event)
        journal.close()
        file = tmp_path / "run.html"
        file.write_text(run_page(Runs(store), "0odd").html, encoding="utf-8")
    opened = browser.open(file.as_uri(), width=400, height=800)
    opened.js("document.querySelector('.grid tbody td, .grid tbody th')?.click()")
    for part in range(3):
        opened.js(f"document.getElementById('tab-{part}').click()")
        assert opened.js("document.documentElement.scrollWidth") <= 400, part
    assert opened.js(NAMELESS) == []
    assert HOSTILE in text(opened, "h1")
    assert opened.js("document.scripts.length") == 3
    assert opened.complaints() == []
    opened.close()


def test_a_thousand_rows_without_lag(browser: chromium.Browser, address: str) -> None:
    opened = browser.open(f"{address}run/{MANY}")
    opened.wait("document.querySelectorAll('.grid tbody tr').length === 1000")
    slowest = opened.js("""(async () => {
      const input = document.getElementById('filter'), times = [];
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      for (const act of [
        () => { input.value = 'heron'; input.dispatchEvent(new Event('input')); },
        () => { input.value = ''; input.dispatchEvent(new Event('input')); },
        () => document.querySelectorAll('.grid thead button')[2].click(),
        () => document.querySelector('.grid tbody td').click(),
      ]) {
        const begun = performance.now(); act(); await painted(); times.push(performance.now() - begun);
      }
      return Math.max(...times);
    })()""")
    opened.close()
    assert slowest < 1000, slowest  # on a machine that has other things to do; measured alone: view/README.md


def test_a_running_run_is_followed(browser: chromium.Browser, record: Path) -> None:
    """Without a reload: the page hears of events that are committed while it is open."""
    run = "04running"
    told = [
        replace(event, run=run) if isinstance(event, ev.RunStarted) else event
        for event in story.whole_run(run)
    ]
    with Store.open(record) as store, serve(Site(record)) as serving:
        journal = store.journal(run)
        for event in told[:5]:
            journal.commit(event)
        opened = browser.open(f"{serving.address}run/{run}")
        assert text(opened, ".standing").endswith("running")
        opened.press("s")
        assert opened.js("document.activeElement.id") == "steer"
        opened.type("also give the motto; be nice")
        opened.press("Enter")
        opened.wait("document.querySelector('.told').textContent.startsWith('told: add column')")
        (letter,) = journal.inbox.take()
        journal.commit(ev.Steered(letter.id, letter.text, read_orders(letter.text)))
        opened.wait("document.querySelector('.notes')?.innerText.includes('You said: also give the motto')")
        assert "only the lead can do this, and may not: be nice" in text(opened, ".notes")
        assert text(opened, ".told") == ""  # the note says it now
        assert opened.js("document.getElementById('panel-0').hidden")  # there is no table yet
        final = next(at for at, one in enumerate(told) if getattr(one, "stage", "") is ev.Stage.WRITTEN) + 1
        for event in told[5:final]:
            journal.commit(event)
        opened.wait("document.querySelectorAll('.grid tbody tr').length === 8")
        assert text(opened, ".worth").endswith("as the lead wrote it, not yet checked")
        assert opened.js("document.querySelectorAll('.chip, .s-unproved, .s-missing').length") == 0
        opened.js("document.querySelector('.steer button[title]').click()")
        opened.wait("document.querySelector('.told').textContent.startsWith('it stops and keeps')")
        assert [letter.kind for letter in journal.inbox.take()] == ["stop"]
        for event in told[final:]:
            journal.commit(event)
        opened.wait("document.querySelector('.standing').innerText.endsWith('incomplete')")
        assert not opened.js("document.getElementById('panel-0').hidden")
        assert text(opened, "#tab-0") == "Table 8"
        assert opened.js("document.querySelectorAll('.grid tbody .s-proved').length") == 20
        journal.close()
        opened.wait("!document.title.startsWith('●')")
        assert opened.js("document.querySelector('.steer').hidden")
        assert "tells the run" not in text(opened, ".keys")
        opened.js("document.getElementById('tab-1').click()")
        opened.wait("document.querySelector('#panel-1').innerText.includes('w2.s1')")
        assert opened.complaints() == []
        opened.close()


def test_a_server_that_has_ended_is_told(browser: chromium.Browser, record: Path) -> None:
    with Store.open(record) as store:
        journal = store.journal("05left")
        journal.commit(ev.RunStarted("05left", "q", {}, "m", "s", "1", "en"))
        with serve(Site(record)) as serving:
            opened = browser.open(f"{serving.address}run/05left")
            assert text(opened, ".lost") == ""
        journal.commit(ev.Noticed("nobody hears this"))
        journal.close()
    opened.wait("document.querySelector('.lost').textContent.startsWith('Not connected')")
    opened.close()


def test_a_file_needs_no_server(browser: chromium.Browser, record: Path, tmp_path: Path) -> None:
    with Store.open(record, read_only=True) as store:
        html = run_page(Runs(store), LAKES).html
    file = tmp_path / "run.html"
    file.write_text(html, encoding="utf-8")
    opened = browser.open(file.as_uri())
    opened.wait("document.querySelectorAll('.grid tbody tr').length === 300")
    data: dict[str, Any] = opened.js("JSON.parse(document.getElementById('data').textContent)")
    assert [entry["format"] for entry in data["downloads"]] == [format.value for format in Format]
    by_name = {
        entry["format"]: gzip.decompress(base64.b64decode(entry["gzip"])) for entry in data["downloads"]
    }
    assert by_name["csv"].decode().splitlines()[1].startswith("Black Lake 0,River Black")
    assert by_name["xlsx"].startswith(b"PK")
    opened.js("URL.createObjectURL = (blob) => { window.made = blob; return 'blob:none'; }")
    opened.js("[...document.querySelectorAll('.menu button')].find((b) => b.textContent === 'CSV').click()")
    opened.wait("window.made !== undefined")
    assert opened.js("window.made.text()").encode() == by_name["csv"]
    opened.close()
