"""How much one call may ask for, which addresses may be opened, and how often is looked again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import (
    COLUMNS,
    LIST_URL,
    QUESTION,
    FakeSources,
    ListJournal,
    access,
    call,
    colleges,
    delegate,
    engine_for,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.state import RunState
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import CellStatus

PLACES = colleges(12)
SETTINGS = Settings(columns=COLUMNS, repair=0)
KIND = {ev.Searched: "searches", ev.PageRead: "pages"}


async def ask(engine: ScriptedEngine, sources: FakeSources, settings: Settings = SETTINGS):
    journal = ListJournal()
    state = await answer(QUESTION, settings, engine=engine, sources=sources, journal=journal)
    return state, journal.events


async def work(*words: str, sources: FakeSources | None = None):
    """What one subagent's words lead to: the sources, its events, and what it was told."""
    lead = [delegate("Look around."), table([("x", "y", 1)])]
    engine, sources = engine_for(PLACES, lead, w1_s1=[*words, "Done."]), sources or FakeSources(PLACES)
    _, events = await ask(engine, sources)
    own = [event for event in events if getattr(event, "agent", "") == "w1.s1"]
    (talk,) = engine.named("w1.s1")
    return sources, own, [turn.tool_result or "" for turn in talk.turns]


async def test_of_many_queries_the_first_five_are_asked_and_the_model_is_told() -> None:
    queries = [place.name for place in PLACES[:7]]
    sources, events, told = await work(search(*queries))
    assert sources.searched == queries[:5]
    assert "Only the first 5 of 7 items were taken; the others were dropped." in told[0]
    assert sum(isinstance(event, ev.AgentWarned) for event in events) == 1


async def test_of_many_addresses_the_first_five_are_opened_and_the_model_is_told() -> None:
    urls = [place.url for place in PLACES[:7]]
    found = search(*(place.name for place in PLACES[:5])), search(*(place.name for place in PLACES[5:7]))
    sources, _, told = await work(*found, access(*urls))
    assert sources.fetched == urls[:5]
    assert "Only the first 5 of 7 items were taken" in told[2]


@pytest.mark.parametrize(
    ("asked", "given"), [(50, 9), (9, 9), (4, 4), (0, 3), (-5, 3), ("ten", 3), (None, 3)]
)
async def test_the_count_of_results_is_capped_and_has_a_default(asked: object, given: int) -> None:
    names = " ".join(place.name for place in PLACES)
    _, events, told = await work(call("search", queries=[{"query": names, "count": asked}]))
    (searched,) = (event for event in events if isinstance(event, ev.Searched))
    assert len(searched.hits) == searched.count == given
    assert f"[Doc {given}]" in told[0]
    assert f"[Doc {given + 1}]" not in told[0]


async def test_an_address_that_a_read_page_links_to_may_be_opened_and_only_then() -> None:
    linked, other = PLACES[0].url, PLACES[1].url
    sources = FakeSources(PLACES, links={LIST_URL: (linked,)})
    steps = [search("list"), access(linked), access(LIST_URL), access(linked, other)]
    sources, events, told = await work(*steps, sources=sources)
    assert sources.fetched == [LIST_URL, linked]
    read = [(event.url, event.status) for event in events if isinstance(event, ev.PageRead)]
    assert read == [
        (linked, PageStatus.REFUSED),
        (LIST_URL, PageStatus.PAGE),
        (linked, PageStatus.PAGE),
        (other, PageStatus.REFUSED),
    ]
    assert "This address was not opened" in told[1]
    assert PLACES[0].city in told[3]


def repairs(events: list[object]) -> list[ev.Delegated]:
    return [event for event in events if isinstance(event, ev.Delegated) and event.by == "repair"]


@pytest.mark.parametrize(
    ("most", "waves", "found"), [(0, 0, False), (1, 1, False), (2, 2, True), (5, 2, True)]
)
async def test_repair_waves_go_on_as_long_as_allowed_and_needed(most: int, waves: int, found: bool) -> None:
    """The page is dead; the first repair finds nothing, the second a guide."""
    places, lost = PLACES[:3], PLACES[0]
    sources = FakeSources(places, dead=frozenset({lost.url}), guides={"fake://guide/lost": lost})
    rows = [(p.name, p.city, p.founded) if p is not lost else (p.name, "", "") for p in places]
    lead = [delegate(*map(task_for, places)), table(rows)]
    nothing = ["Nothing was found."] * 2
    engine = engine_for(places, lead, w1_s1=nothing, w2_s1=nothing)
    state, events = await ask(engine, sources, replace(SETTINGS, repair=most))
    assert [wave.wave for wave in repairs(events)] == list(range(2, 2 + waves))
    assert [cell.text for cell in row_of(state, lost.name)] == [
        lost.name,
        *([lost.city, str(lost.founded)] if found else ["", ""]),
    ]
    assert state.exit_code == (0 if found else 3)


def row_of(state: RunState, name: str):
    assert state.table is not None
    return next(row.cells for row in state.table.rows if row.cells[0].text == name)


async def test_a_conflict_is_looked_up_again_and_keeps_both_values() -> None:
    places, disputed = PLACES[:2], PLACES[0]
    guide = replace(disputed, founded=disputed.founded + 40)
    sources = FakeSources(
        places, guides={"fake://guide/other": guide}, guide_title="{name} - Encyclopedia of Ardovia"
    )
    lead = [delegate(*map(task_for, places)), table([(p.name, p.city, p.founded) for p in places])]
    reading = [search(disputed.name), access(disputed.url, "fake://guide/other"), "Report: they differ."]
    state, events = await ask(engine_for(places, lead, w1_s1=reading), sources, replace(SETTINGS, repair=1))
    (wave,) = repairs(events)
    assert wave.tasks == (
        f"Find the following about {disputed.name}: founded. Say which page each value stands on.",
    )
    _, city, founded = row_of(state, disputed.name)
    assert (city.status, founded.status) == (CellStatus.PROVED, CellStatus.CONFLICT)
    assert {founded.text, *founded.alternatives} == {str(disputed.founded), str(guide.founded)}
    assert state.exit_code == 3
