"""What a run keeps for its cells: where and when a value was read, and the values that other reports had."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    FakeSources,
    ListJournal,
    colleges,
    delegate,
    engine_for,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import CellStatus

SETTINGS = Settings(columns=COLUMNS, seed=1, repair=0)


async def ask(engine, sources, settings=SETTINGS):
    state = await answer(QUESTION, settings, engine=engine, sources=sources, journal=ListJournal())
    assert state.table is not None
    return state


async def test_a_cell_proved_by_a_search_result_knows_when_that_was_found() -> None:
    places = colleges(3)
    begun = datetime.now(timezone.utc).replace(microsecond=0)
    sources = FakeSources(places, dead=frozenset(place.url for place in places))
    state = await ask(engine_for(places, _from_memory(places)), sources, replace(SETTINGS, repair=1))
    keys = [row.cells[0] for row in state.table.rows]
    assert [cell.status for cell in keys] == [CellStatus.PROVED] * 3
    for cell in keys:
        document = state.documents["snippet", cell.proof.url]
        assert cell.proof.fetched_at == document.fetched_at
        assert begun <= datetime.fromisoformat(cell.proof.fetched_at) <= datetime.now(timezone.utc)


def _from_memory(places):
    return lambda opening, turns: table([(place.name, place.city, place.founded) for place in places])


async def test_waves_that_report_different_values_keep_them_all() -> None:
    """No page can be read and the lead writes nothing: the table is what the reports say."""
    places = colleges(2)
    first, second = (_reports(places[0].name, city) for city in ("Oneville", "Twoville"))
    sources = FakeSources(places, dead=frozenset(place.url for place in places))
    state = await ask(engine_for(places, _two_waves(places[0]), w1_s1=first, w2_s1=second), sources)
    (row,) = state.table.rows
    assert [cell.text for cell in row.cells] == [places[0].name, "Oneville", "1500"]
    assert (row.cells[1].status, row.cells[1].alternatives) == (CellStatus.UNPROVED, ("Twoville",))
    assert row.cells[2].alternatives == ()


async def test_a_row_that_the_lead_writes_twice_keeps_both_values() -> None:
    place = colleges(1)[0]
    rows = [(place.name, "Oneville", place.founded), (place.name, "Twoville", place.founded)]
    state = await ask(engine_for([place], lambda opening, turns: table(rows)), FakeSources([place]))
    (row,) = state.table.rows
    assert (row.cells[1].text, row.cells[1].alternatives) == ("Oneville", ("Twoville",))


def _reports(name, city):
    return lambda opening, turns: f"Report on {name}\n# {name}\n- City: {city}\n- Founded: 1500"


def _two_waves(place):
    tasks = [task_for(place), f"Find out more about {place.name}."]
    return lambda opening, turns: delegate(tasks[len(turns)]) if len(turns) < 2 else "I can not say."
