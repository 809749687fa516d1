"""Tables that are longer than one reply, and thoughts that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.scripted import Play, ScriptedEngine
from tests.agents.fakeworld import (
    LIST_URL,
    QUESTION,
    FakeSources,
    ListJournal,
    access,
    colleges,
    delegate,
    engine_for,
    reported,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.agents.longtable import LongTable
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import Stop, ToolUse, Turn
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.markdown import parse_table

PLACES = colleges(260)
MOTTO = "Light and truth and a good view of {city} from the tower of the old gate, for all who come"
HEADER = ("college", "city", "founded", "motto", "rector")
ROWS = [
    (p.name, p.city, p.founded, MOTTO.format(city=p.city), f"Dr. {p.city} {p.name.split()[0]}")
    for p in PLACES
]
SETTINGS = Settings(repair=0)
BOUNDED = replace(SETTINGS, max_reply_tokens=4500)
GO_ON = "Go on with the next row"

Words = Callable[[Sequence[tuple]], str]


async def ask(engine: ScriptedEngine, run_settings: Settings = SETTINGS, known: RunState | None = None):
    journal = ListJournal()
    state = await answer(
        QUESTION, run_settings, engine=engine, sources=FakeSources(PLACES), journal=journal, resume_from=known
    )
    return state, journal.events


def names_of(state: RunState) -> list[str]:
    return [row.cells[0].text for row in state.table.rows]


def told_to(events: Sequence[object], agent: str = "lead") -> list[str]:
    return [event.text for event in events if isinstance(event, ev.AgentWarned) and event.agent == agent]


def limits_of(engine: ScriptedEngine, agent: str = "lead"):
    return engine.named(agent)[0].limits


NAMES = "The colleges are: " + ", ".join(place.name for place in PLACES)
FINDER = [search("list of colleges"), access(LIST_URL), NAMES]


def lead_with(words: Words):
    """A lead that sends one agent, then writes all rows, or those behind the row that it is told."""

    def lead(opening, turns: Sequence[Turn]) -> str:
        if not turns:
            return delegate("List all colleges of Ardovia.")
        told = turns[-1].tool_result or ""
        done = next(
            (n for n, row in enumerate(ROWS, start=1) if f"| {row[0]} |" in told and GO_ON in told), 0
        )
        return f"<think>Row {done}.</think>\n{words(ROWS[done:]) if done else table(ROWS, HEADER)}"

    return lead


def engine_with(words: Words, **others: object) -> ScriptedEngine:
    return engine_for(PLACES, lead_with(words), w1_s1=FINDER, **others)


def whole(rows: Sequence[tuple]) -> str:
    return table(rows, HEADER)


def headless(rows: Sequence[tuple]) -> str:
    return "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows)


def overlapping(rows: Sequence[tuple]) -> str:
    return whole(ROWS[len(ROWS) - len(rows) - 3 :])


def ruled(rows: Sequence[tuple]) -> str:
    first, _, rest = headless(rows).partition("\n")
    return f"{first}\n|---|---|---|---|---|\n{rest}\nThat is all."


async def test_a_table_may_take_the_room_that_the_context_has() -> None:
    engine = engine_with(whole)
    state, events = await ask(engine)
    assert names_of(state) == [place.name for place in PLACES]
    assert told_to(events) == []
    first, second = limits_of(engine)
    assert engine.count_tokens(table(ROWS, HEADER)) > 4096 == first.max_tokens, "nothing to write yet"
    talk = engine.named("lead")[0]
    assert second.max_tokens > 15_000
    assert second.max_tokens <= talk.engine.info.context - 2 * 4096, "room to go on is kept"
    assert (first.think_cap, second.think_cap) == (0, 4096), "a thought may not take all of it"
    assert {limits.max_tokens for limits in limits_of(engine, "w1.s1")} == {4096}
    assert state.reason == ""


@pytest.mark.parametrize("words", [whole, headless, overlapping, ruled])
async def test_a_table_that_was_cut_off_goes_on_with_its_next_row(words: Words) -> None:
    engine = engine_with(words)
    state, events = await ask(engine, BOUNDED)
    assert names_of(state) == [place.name for place in PLACES]
    assert [row.cells[4].text for row in state.table.rows] == [row[4] for row in ROWS]
    assert [column.name for column in state.table.columns] == list(HEADER)
    told = told_to(events)
    assert len(told) == len(limits_of(engine)) - 2 > 1
    assert all(GO_ON in text for text in told)
    assert not any("brief" in text or "no table" in text for text in told)
    assert {limits.max_tokens for limits in limits_of(engine)} == {4500}, "what the user set stays"
    assert (state.reason, state.agents["lead"].outcome) == ("", ev.Outcome.DONE)
    assert state.agents["lead"].summary.count("```") == 2


async def test_a_resume_in_the_middle_of_a_table_goes_on_with_it() -> None:
    engine = engine_with(headless)
    _, events = await ask(engine, BOUNDED)
    replies = [n for n, event in enumerate(events) if isinstance(event, ev.Replied) and event.agent == "lead"]
    for cut in (replies[1] + 1, replies[2], replies[3]):
        again = engine_with(headless)
        state, _ = await ask(again, BOUNDED, fold(events[:cut]))
        assert names_of(state) == [place.name for place in PLACES]
        assert len(again.named("lead")[0].turns) == len(replies), "and says nothing twice"
        assert state.reason == ""


async def test_a_table_also_goes_on_when_the_order_to_answer_has_come() -> None:
    """A lead that repeated itself must answer, and is cut off in that."""
    plan = delegate("List all colleges of Ardovia.")

    def lead(opening, turns):
        return plan if len(turns) < 3 else lead_with(headless)(opening, turns)

    engine = engine_for(PLACES, lead, w1_s1=FINDER)
    state, events = await ask(engine, BOUNDED)
    assert names_of(state) == [place.name for place in PLACES]
    assert GO_ON in told_to(events)[-1]
    assert [limits.tool_use for limits in limits_of(engine)[3:]] == [ToolUse.NONE] * (
        len(limits_of(engine)) - 3
    )
    assert state.reason == Cause.EARLY.words
    replies = [n for n, event in enumerate(events) if isinstance(event, ev.Replied) and event.agent == "lead"]
    for cut in (replies[3] + 1, replies[4], replies[4] + 1):
        resumed, _ = await ask(engine_for(PLACES, lead, w1_s1=FINDER), BOUNDED, fold(events[:cut]))
        assert names_of(resumed) == names_of(state)
        assert (resumed.reason, resumed.ending) == (state.reason, state.ending), "it was told before the cut"


async def test_a_table_uses_the_context_to_its_end() -> None:
    engine = engine_with(headless)
    engine._info = replace(engine.info, context=10_000)
    state, events = await ask(engine, BOUNDED)
    (talk,) = engine.named("lead")
    assert talk.room < 2500 // 4
    assert len(told_to(events)) == 2
    got = names_of(state)
    assert got[:100] == [place.name for place in PLACES[:100]]
    assert state.exit_code == 3


@pytest.mark.parametrize("stop", [Stop.LENGTH, Stop.CONTEXT])
async def test_a_table_goes_on_also_where_a_server_calls_its_own_bound_the_context(stop: Stop) -> None:
    """Its pieces may be of several tokens: we count too few, and it says nothing but that it was cut."""
    long = lead_with(headless)

    def lead(opening, turns):
        text = long(opening, turns)
        return Play(text[: len(text) // 3], stop=stop) if len(turns) == 1 else text

    state, events = await ask(engine_for(PLACES, lead, w1_s1=FINDER))
    assert names_of(state) == [place.name for place in PLACES]
    assert len(told_to(events)) == 1


async def test_a_table_that_brings_no_new_rows_is_not_waited_for() -> None:
    engine = engine_with(lambda rows: table(ROWS, HEADER))
    state, events = await ask(engine, BOUNDED)
    assert len(told_to(events)) == 1
    assert 60 < len(names_of(state)) < 260
    assert state.reason == Cause.LENGTH.words


async def test_rows_that_were_cut_off_before_a_further_wave_are_left_to_it() -> None:
    """Who delegates again in the middle of its table writes it anew."""
    two = delegate(*map(task_for, PLACES[:2]))

    def lead(opening, turns):
        if len(turns) == 2:
            return two
        if len(turns) == 3:
            return table(list(reported(turns).values()))
        return lead_with(headless)(opening, turns)

    alone = replace(BOUNDED, harvest=False)  # nobody tells it of the list's rows
    state, _ = await ask(engine_for(PLACES, lead, w1_s1=FINDER), alone)
    assert names_of(state) == [place.name for place in PLACES[:2]]


async def test_the_demos_replies_are_bounded_as_they_were() -> None:
    engine = engine_with(whole)
    await ask(engine, replace(SETTINGS, prompts="compact"))
    limits = load_prompts("compact").limits
    assert {limit.max_tokens for limit in limits_of(engine)} <= {
        limits.reply_tokens,
        limits.lead_answer_tokens,
    }
    assert {limit.think_cap for limit in limits_of(engine)} == {limits.think_tokens}


LONG = "let me think about this " * 1200


async def test_a_thought_that_was_cut_off_is_no_answer_and_no_table_is_asked_for_yet() -> None:
    places = PLACES[:3]

    def lead(opening, turns):
        if len(turns) < 2:
            return "<think>" + LONG
        if len(turns) == 2:
            return delegate(*map(task_for, places))
        return table(list(reported(turns).values()))

    engine = engine_for(PLACES, lead)
    state, events = await ask(engine)
    assert [text.split(".")[0] for text in told_to(events)] == [
        "Your thinking was too long and was cut off",
        "Nothing has been looked up yet",
    ]
    assert [limits.tool_use for limits in limits_of(engine)][:3] == [
        *(ToolUse.AUTO, ToolUse.AUTO),
        ToolUse.REQUIRED,
    ]
    assert names_of(state) == [place.name for place in places]


async def test_a_lead_that_never_looks_anything_up_is_not_asked_for_a_table_from_memory() -> None:
    engine = engine_for(PLACES, ["It is well known.", "It is well known.", table(ROWS[:3], HEADER)])
    state, events = await ask(engine)
    assert not any("no table" in text for text in told_to(events))
    assert (state.table, state.ending) == (None, ev.Ending.NOTHING)


@pytest.mark.parametrize("stop", [Stop.LENGTH, Stop.CONTEXT])
async def test_a_subagents_thought_that_was_cut_off_is_told_so_first(stop: Stop) -> None:
    words = [Play("<think>" + "hm " * 50, stop=stop), *FINDER]
    engine = engine_for(PLACES, lead_with(whole), w1_s1=words)
    state, events = await ask(engine)
    assert told_to(events, "w1.s1") == [
        "Your thinking was too long and was cut off. Think briefly, then act."
    ]
    assert state.agents["w1.s1"].summary == NAMES


FEW = table(ROWS[:12], HEADER)
RIGHT = parse_table(FEW)


@given(cut=st.integers(FEW.index("Light"), len(FEW) - 5), how=st.sampled_from([whole, headless, ruled]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_wherever_a_table_is_cut_its_parts_make_the_whole(cut: int, how: Words) -> None:
    parts = LongTable()
    row = parts.cut_in("<think>a | b</think>\n" + FEW[:cut])
    if not row:
        assert FEW[:cut].count("\n") <= 3, "no row is whole yet"
        return
    done = next(n for n, cells in enumerate(ROWS, start=1) if row.startswith(f"| {cells[0]} |"))
    assert parse_table(parts.whole(how(ROWS[done:12]) if done < 12 else "That is all.")) == RIGHT


@pytest.mark.parametrize(
    "text",
    [
        "It is too long a story",
        "<think>| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 |",
        FEW + "\n\nThe sources are",
        FEW + "\n",
        "| a | b |\n| --- | --- |\n",
        FEW[:-4] + "| Peru | Lima | 1 | 2 | 3 |\n" * 30,
        "",
    ],
)
def test_what_is_no_table_cut_in_the_middle_is_not_gone_on_with(text: str) -> None:
    parts = LongTable()
    assert (parts.cut_in(text), bool(parts)) == ("", False)
    assert parts.whole("x") == "x"


def test_the_row_that_is_told_is_short_and_on_one_line() -> None:
    row = LongTable().cut_in(f"| a | b |\n| --- | --- |\n| {'long ' * 500} | x\x1b[31m |\n")
    assert len(row) <= 200
    assert "\x1b" not in row
