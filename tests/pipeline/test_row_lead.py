"""A lead for a given table: it plans what code could not fill, and looks for rows that are new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    FakeSources,
    ListJournal,
    colleges,
    delegate,
    engine_for,
    good_subagent,
    table,
    task_for,
)
from tests.answering import answer, run_of
from wideseek_cli.core import events as ev
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.core.task import About
from wideseek_cli.pipeline.givencells import question_for
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import Table
from wideseek_cli.tablefile.given import opened, table_of
from wideseek_cli.tablefile.read import read_bytes

PLACES = colleges(4)
SETTINGS = Settings(seed=1, width=5, repair=0)


def hidden() -> FakeSources:
    """A world in which code finds no page about two of the rows: they stand under other titles."""
    lost = {place.url for place in PLACES[2:]}
    guides = {f"fake://guide/{place.name.split()[0]}": place for place in PLACES[2:]}
    return FakeSources(PLACES, dead=frozenset(lost), guides=guides)


async def fill(
    words: object, text: str = "", **more: object
) -> tuple[RunState, list[ev.Event], ScriptedEngine]:
    text = text or "college,city\n" + "".join(f"{place.name},\n" for place in PLACES)
    given = opened(table_of(read_bytes("t", text.encode()), ""), "", "t")
    engine, journal = ScriptedEngine(by_label({"lead": words, "w.s": good_subagent})), ListJournal()
    run = run_of(
        question_for(given),
        SETTINGS,
        engine=engine,
        sources=hidden(),
        journal=journal,
        given=About(given=given, **more),
    )
    return await run.go(), journal.events, engine


async def test_the_lead_plans_the_rows_that_code_could_not_fill_and_only_these() -> None:
    asked: list[str] = []

    def lead(opening: Opening, turns: Sequence[Turn]) -> str:
        asked.append(opening.user)
        if not turns:
            return delegate(*(task_for(place) for place in PLACES[2:]))
        return table([(p.name, p.city) for p in PLACES[2:]], ("college", "city"))

    state, events, _ = await fill(lead, lead=True)
    assert state.table is not None
    assert [[c.status.value for c in row.cells] for row in state.table.rows] == [["given", "proved"]] * 4
    assert state.exit_code == 0
    assert all(place.name in asked[0] for place in PLACES[2:])
    assert not any(place.name in asked[0] for place in PLACES[:2])
    folded = fold(events)
    assert folded.lead
    assert [wave.by for wave in folded.waves] == ["lead"]


async def test_the_lead_is_asked_for_the_columns_that_are_open_and_the_others_stay() -> None:
    def lead(opening: Opening, turns: Sequence[Turn]) -> str:
        if not turns:
            return delegate(*(task_for(place) for place in PLACES[2:]))
        return table([(p.name, p.city) for p in PLACES[2:]], ("college", "city"))

    text = "college,founded,city\n" + "".join(f"{p.name},{p.founded},\n" for p in PLACES)
    state, _, _ = await fill(lead, text, lead=True)
    assert state.table is not None
    assert [[c.text for c in row.cells] for row in state.table.rows] == [
        [p.name, str(p.founded), p.city] for p in PLACES
    ]


async def test_without_it_no_lead_is_asked() -> None:
    state, _, engine = await fill(lambda opening, turns: "never")
    assert not engine.conversations
    assert state.exit_code == 3


async def test_a_lead_that_looks_for_new_rows_is_told_the_old_ones() -> None:
    places = colleges(5)
    before = await answer(
        QUESTION,
        Settings(columns=COLUMNS, seed=1),
        engine=engine_for(places[:3]),
        sources=FakeSources(places[:3]),
        journal=ListJournal(),
    )
    old = before.table
    assert isinstance(old, Table)
    asked: list[str] = []

    def lead(opening: Opening, turns: Sequence[Turn]) -> str:
        asked.append(opening.user)
        if not turns:
            return delegate(*(task_for(place) for place in places[2:4]))
        return table([(p.name, p.city, p.founded) for p in places[2:4]])

    run = run_of(
        QUESTION,
        replace(SETTINGS, columns=()),
        engine=ScriptedEngine(by_label({"lead": lead, "w.s": good_subagent})),
        sources=FakeSources(places),
        journal=ListJournal(),
        given=About(given=old, refresh=True, lead=True),
    )
    state = await run.go()
    assert state.table is not None
    assert all(place.name in asked[0] for place in places[:3])
    assert [row.cells[0].text for row in state.table.rows] == [p.name for p in places[:4]]
    assert state.exit_code == 10
