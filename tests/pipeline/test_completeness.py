"""A run knows the lists that it has read: complete means complete."""

from __future__ import annotations

from collections.abc import Sequence

from tests.agents.fakeworld import (
    LIST_URL,
    College,
    FakeSources,
    ListJournal,
    access,
    colleges,
    delegate,
    engine_for,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState, whole
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.columns import parse_columns

QUESTION = "List all colleges of Ardovia with city and founding year."
COLUMNS = parse_columns("college, city, founded")


def rows(places: Sequence[College]) -> str:
    return table([(place.name, place.city, place.founded) for place in places])


async def run(
    lead: Sequence[str], places: Sequence[College], **more: object
) -> tuple[RunState, list[ev.Event]]:
    words = [search("list of colleges"), access(LIST_URL, need="the colleges"), "Found."]
    engine = engine_for(places, [delegate(task_for(places[0])), *lead], w_s=words)
    journal = ListJournal()
    state = await answer(
        QUESTION,
        Settings(columns=COLUMNS, **more),
        engine=engine,
        sources=FakeSources(places, tabled=True),
        journal=journal,
    )
    return state, journal.events


async def test_a_lead_that_forgets_rows_of_a_list_is_told_once() -> None:
    places = colleges(5)
    state, events = await run([rows(places[:3]), rows(places)], places)
    told = [event.text for event in events if isinstance(event, ev.AgentWarned)]
    assert any(places[3].name in text and places[4].name in text for text in told)
    assert (state.ending, state.exit_code) == (ev.Ending.COMPLETE, 0)
    assert state.table is not None
    assert len(state.table.rows) == 5


async def test_a_table_without_rows_of_a_list_is_not_complete_and_says_why() -> None:
    places = colleges(5)
    state, _ = await run([rows(places[:3]), rows(places[:3])], places)
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)
    assert state.reason.startswith("the list on Colleges of Ardovia has 5 rows, the table 3: it lacks")
    (expected,) = whole(state)["expected"]
    assert (expected["by"], expected["rows"], len(expected["lacking"])) == ("list", 5, 2)


async def test_a_condition_that_only_the_model_has_seen_to_is_said() -> None:
    places = colleges(3)
    engine = engine_for(places, [delegate(*map(task_for, places)), rows(places)])
    state = await answer(
        "List the three oldest colleges of Ardovia with city and founding year.",
        Settings(columns=COLUMNS),
        engine=engine,
        sources=FakeSources(places),
        journal=ListJournal(),
    )
    assert state.ending is ev.Ending.INCOMPLETE
    assert "oldest colleges" in state.reason
    assert whole(state)["unchecked"].startswith("oldest colleges")
