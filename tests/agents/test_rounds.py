"""Agents that send the same again, or what cannot be read, and those whose failure was made good."""

from __future__ import annotations

from collections.abc import Sequence

from models.scripted import Play, ScriptedEngine
from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    FakeSources,
    ListJournal,
    access,
    colleges,
    delegate,
    engine_for,
    good_lead,
    reported,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import DecodeError
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, ToolUse
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.settings.config import Settings

SETTINGS = Settings(columns=COLUMNS, repair=0)
UNREADABLE = f'{CALL_OPEN}\n{{"name": "search", arguments: nothing}}\n{CALL_CLOSE}'


async def ask(engine: ScriptedEngine, sources: FakeSources):
    journal = ListJournal()
    state = await answer(QUESTION, SETTINGS, engine=engine, sources=sources, journal=journal)
    return state, journal.events


def waves_of(events: Sequence[object]) -> list[tuple[int, int]]:
    """How many subtasks each wave had, and how many were dropped."""
    return [(len(event.tasks), event.dropped) for event in events if isinstance(event, ev.Delegated)]


def warnings_of(events: Sequence[object], agent: str) -> list[str]:
    return [event.text for event in events if isinstance(event, ev.AgentWarned) and event.agent == agent]


def sends_all_again(places, times: int):
    """A lead that knows no better than to hand out all of its list each time."""

    def lead(opening, turns) -> str:
        ordered = turns and "final answer now" in turns[-1].tool_result
        return table(list(reported(turns).values())) if ordered or len(turns) == times else all_of_them

    all_of_them = delegate(*map(task_for, places))
    return lead


async def test_a_list_that_is_sent_whole_again_goes_on_where_it_was_cut() -> None:
    places = colleges(25)
    engine = engine_for(places, sends_all_again(places, times=3))
    state, events = await ask(engine, FakeSources(places))
    assert waves_of(events) == [(10, 15), (10, 5), (5, 0)]
    assert len(state.table.rows) == 25
    assert state.ending is ev.Ending.COMPLETE
    assert [text[:22] for text in warnings_of(events, "lead")] == [
        "Only the first 10 of 2",
        "Only the first 10 of 1",
    ]
    third = engine.named("lead")[0].turns[2].tool_result
    assert third.count("# Subtask") == 10, "no more than can be handed out, and the new ones are among them"
    assert third.count("Report on") == third.count("handed out before") == 5


async def test_only_a_list_with_nothing_new_is_repeating() -> None:
    places = colleges(12)
    _, events = await ask(engine_for(places, sends_all_again(places, times=9)), FakeSources(places))
    assert waves_of(events) == [(10, 2), (2, 0)]
    assert ["repeating" in text for text in warnings_of(events, "lead")] == [False, True, True]


async def test_a_list_sent_again_resumes_to_the_same_waves() -> None:
    places = colleges(12)
    _, events = await ask(engine_for(places, sends_all_again(places, times=2)), FakeSources(places))
    over = next(
        n for n, event in enumerate(events) if isinstance(event, ev.AgentFinished) and "w2" in event.agent
    )
    journal, engine = ListJournal(), engine_for(places, sends_all_again(places, times=2))
    state = await answer(
        QUESTION,
        SETTINGS,
        engine=engine,
        sources=FakeSources(places),
        journal=journal,
        resume_from=fold(events[: over + 1]),
    )
    assert len(state.table.rows) == 12
    assert {talk.opening.label for talk in engine.conversations} <= {"lead", "w2.s1", "w2.s2"}


async def test_two_unreadable_calls_apart_end_no_subagent() -> None:
    places = colleges(2)
    url = places[0].url
    words = [UNREADABLE, search(places[0].name), UNREADABLE, access(url), f"City: {places[0].city}"]
    lead = [delegate("Find it."), table([(place.name, place.city, place.founded) for place in places])]
    engine, sources = engine_for(places, lead, w1_s1=words), FakeSources(places)
    await ask(engine, sources)
    assert url in sources.fetched
    assert all(limits.tool_use is ToolUse.AUTO for limits in engine.named("w1.s1")[0].limits)


async def test_two_unreadable_calls_in_a_row_end_a_subagent_also_after_work() -> None:
    places = colleges(2)
    words = [search(places[0].name), UNREADABLE, UNREADABLE, "Nothing."]
    lead = [delegate("Find it."), table([(place.name, place.city, place.founded) for place in places])]
    engine = engine_for(places, lead, w1_s1=words)
    await ask(engine, FakeSources(places))
    assert [limits.tool_use for limits in engine.named("w1.s1")[0].limits][-1] is ToolUse.NONE


async def test_two_unreadable_calls_apart_end_no_lead() -> None:
    places = colleges(4)
    first, second = delegate(*map(task_for, places[:2])), delegate(*map(task_for, places[2:]))

    def lead(opening, turns) -> str:
        words = [UNREADABLE, first, UNREADABLE, second]
        return words[len(turns)] if len(turns) < 4 else table(list(reported(turns).values()))

    state, events = await ask(engine_for(places, lead), FakeSources(places))
    assert waves_of(events) == [(2, 0), (2, 0)]
    assert len(state.table.rows) == 4


async def missing_a_cell(**others: object) -> RunState:
    """The end of a run that lacks values, with an engine that broke on the way."""
    places = colleges(3)
    good = good_lead(places)

    def lead(opening, turns) -> str:
        text = good(opening, turns)
        return text.replace("\n```", "\n| Nowhere College | | |\n```") if "| ---" in text else text

    state, _ = await ask(engine_for(places, lead, **others), FakeSources(places))
    assert state.agents["w2.s1"].why == "the device is gone"
    return state


async def test_a_failure_of_the_engine_that_a_later_report_replaced_ends_no_run() -> None:
    gone = [Play("Hm", error=DecodeError("the device is gone"))]
    state = await missing_a_cell(w2_s1=gone)
    assert state.agents["w3.s1"].task == state.agents["w2.s1"].task
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)


async def test_one_that_nothing_replaced_does() -> None:
    gone = [Play("Hm", error=DecodeError("the device is gone"))]
    state = await missing_a_cell(w2_s1=gone, w3_s1=gone, w4_s1=gone, w5_s1=gone)
    assert (state.ending, state.reason) == (ev.Ending.FAILED, "the device is gone")


async def test_addresses_that_were_not_opened_are_no_pages() -> None:
    places = colleges(2)
    words = [
        access("http://invented.example/1", "http://invented.example/2"),
        access("http://invented.example/3"),
    ]
    words += [search(places[0].name, places[1].name), access(places[0].url, places[1].url), "Done."]
    lead = [delegate("Find it."), table([(place.name, place.city, place.founded) for place in places])]
    dead = frozenset({places[1].url})
    state, events = await ask(engine_for(places, lead, w1_s1=words), FakeSources(places, dead=dead))
    assert sum(isinstance(event, ev.PageRead) for event in events) == 5
    assert state.pages == 1
