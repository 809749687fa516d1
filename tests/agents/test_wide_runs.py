"""Whole runs: real loop, tools, table and proof; only the model's words are scripted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from models.scripted import Play, ScriptedEngine, by_label
from tests.agents.fakeworld import (
    COLUMNS,
    LIST_URL,
    QUESTION,
    College,
    FakeSources,
    ListJournal,
    access,
    call,
    colleges,
    delegate,
    engine_for,
    good_lead,
    good_subagent,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause, DecodeError
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.messages import CALL_OPEN, Stop, ToolUse
from wideseek_cli.core.state import RunState
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import CellStatus

SETTINGS = Settings(columns=COLUMNS, seed=1)


async def ask(engine: ScriptedEngine, sources: FakeSources, settings: Settings = SETTINGS):
    journal = ListJournal()
    state = await answer(QUESTION, settings, engine=engine, sources=sources, journal=journal)
    return state, journal.events


def rows_of(state: RunState) -> list[tuple[str, ...]]:
    assert state.table is not None
    return [tuple(cell.text for cell in row.cells) for row in state.table.rows]


def right_rows(places) -> list[tuple[str, ...]]:
    return [(place.name, place.city, str(place.founded)) for place in places]


def proofs_of(state: RunState, place: College) -> list[str]:
    """Where the cells of a row are proved."""
    assert state.table is not None
    (row,) = (row for row in state.table.rows if row.cells[0].text == place.name)
    return [cell.proof.url if cell.proof else "" for cell in row.cells]


def warnings_of(events: Sequence[object]) -> list[str]:
    return [event.text for event in events if isinstance(event, ev.AgentWarned)]


@pytest.mark.parametrize("count", [5, 25, 100])
async def test_a_wide_question_ends_in_the_right_proved_table(count: int) -> None:
    places = colleges(count)
    started = time.process_time()
    settings = Settings(columns=COLUMNS, turns=20)
    state, _ = await ask(engine_for(places), FakeSources(places), settings)
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert state.table is not None
    assert state.table.counts()[CellStatus.PROVED] == 3 * count
    assert (state.ending, state.exit_code) == (ev.Ending.COMPLETE, 0)
    assert time.process_time() - started < 10


async def test_the_lead_is_told_the_width_of_its_run() -> None:
    places = colleges(5)
    engine = engine_for(places)
    await ask(engine, FakeSources(places), replace(SETTINGS, width=3))
    (lead,) = engine.named("lead")
    (tool,) = lead.opening.tools
    assert tool.parameters["properties"]["sub_agents"]["maxItems"] == 3
    assert "at most 3 in one call" in lead.opening.system


@pytest.mark.parametrize("count", [5, 25, 100])
async def test_every_failure_on_the_way_and_still_the_right_table(count: int) -> None:
    """Bad JSON, an unknown tool, an empty search, a page that is invented or dead, out of turns or context, a
    crash."""
    places = colleges(count)
    started = time.process_time()
    lost = places[4]
    sources = FakeSources(places, dead=frozenset({lost.url}), guides={"fake://guide/lost": lost})
    stumbles = [
        ["<tool_call>{broken</tool_call>"],
        [call("browse", page=1)],
        [search("nothing like this exists"), search("nor this")],
        [access("fake://ardovia/Nowhere_College")],
        [call("search", queries=[{"query": 5}])],
    ]

    def stumbling(opening, turns):
        number = int(opening.label.rpartition("s")[2]) - 1
        before = stumbles[number % len(stumbles)]
        return (
            before[len(turns)] if len(turns) < len(before) else good_subagent(opening, turns[len(before) :])
        )

    failing = {
        "w2_s1": lambda opening, turns: search(f"something else {len(turns)}"),  # out of turns, with nothing
        "w2_s2": [search("anything"), Play("<think>So much", stop=Stop.CONTEXT)],
        "w2_s3": [Play("Hm", error=DecodeError("the batch failed"))],
    }
    engine = engine_for(places, w_s=stumbling, **failing)
    state, events = await ask(engine, sources, Settings(columns=COLUMNS, turns=30))
    assert time.process_time() - started < 10
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert state.ending is ev.Ending.COMPLETE
    read = [(event.url, event.status) for event in events if isinstance(event, ev.PageRead)]
    assert (lost.url, PageStatus.GONE) in read
    assert ("fake://guide/lost", PageStatus.PAGE) in read
    assert proofs_of(state, lost)[1:] == ["fake://guide/lost"] * 2, "its name is in search results too"
    ended = {e.agent: (e.outcome, e.reason, e.detail) for e in events if isinstance(e, ev.AgentFinished)}
    assert ended["w2.s1"] == (ev.Outcome.FAILED, Cause.TURNS, "")
    assert ended["w2.s2"] == (ev.Outcome.FAILED, Cause.CONTEXT, "")
    assert ended["w2.s3"] == (ev.Outcome.FAILED, Cause.ENGINE, "the batch failed")
    told = " ".join(warnings_of(events))
    assert "could not be read" in told
    assert "no tool named browse" in told


@pytest.mark.parametrize("count", [5, 25, 100])
async def test_a_lead_that_never_answers_gets_its_table_from_the_reports(count: int) -> None:
    places = colleges(count)
    planned = good_lead(places)

    def silent(opening, turns):
        text = planned(opening, turns)
        return text if CALL_OPEN in text else "<think>I wonder what this is all about."

    settings, started, lost = Settings(columns=COLUMNS, turns=20), time.process_time(), places[1]
    sources = FakeSources(places, dead=frozenset({lost.url}), guides={"fake://guide/lost": lost})
    state, _ = await ask(engine_for(places, silent), sources, settings)
    assert time.process_time() - started < 10
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert proofs_of(state, lost)[1:] == ["fake://guide/lost"] * 2, "its name is in search results too"
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3), "nobody said that these are all rows"


async def test_reports_without_a_table_make_the_columns_when_none_were_asked_for() -> None:
    """On the screen while they come in, and as the result of a lead that never writes one."""
    places = colleges(5)
    planned = good_lead(places)

    def silent(opening, turns):
        text = planned(opening, turns)
        return text if CALL_OPEN in text else "<think>I wonder what this is all about."

    state, events = await ask(engine_for(places, silent), FakeSources(places), Settings(turns=20))
    assert state.table is not None
    assert [column.name for column in state.table.columns] == ["name", "City", "Founded"]
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert state.exit_code == 3
    assert state.reason == "the model wrote no table"
    shown = [e.table for e in events if isinstance(e, ev.TableChanged) and e.stage is ev.Stage.REPORTS]
    assert [len(table.rows) for table in shown] == [5] * len(shown), "planned rows stay"


async def test_a_table_without_rows_is_no_answer() -> None:
    """A lead that has to end before anything was found writes one. Its columns are good all the same."""
    places = colleges(5)
    planned = good_lead(places)

    def at_once(opening, turns):
        return planned(opening, turns) if not turns else table([])

    def after_reports(opening, turns):
        text = planned(opening, turns)
        return text if CALL_OPEN in text else table([])

    settings = Settings(turns=20, repair=0)
    state, _ = await ask(engine_for(places, at_once), FakeSources(places), settings)
    assert (state.answer, state.table) == ("", None)
    assert (state.ending, state.reason) == (ev.Ending.NOTHING, "the model wrote no table")
    state, _ = await ask(engine_for(places, after_reports), FakeSources(places), settings)
    assert [column.name for column in state.table.columns] == ["college", "city", "founded"]
    assert sorted(rows_of(state)) == sorted(right_rows(places))


async def test_dead_pages_leave_cells_missing_and_the_run_incomplete() -> None:
    places = colleges(5)
    sources = FakeSources(places, dead=frozenset({places[0].url}))
    lead_rows = [(p.name, p.city, p.founded) if p is not places[0] else (p.name, "", "") for p in places]

    def lead(opening, turns):
        return delegate(*(task_for(place) for place in places)) if not turns else table(lead_rows)

    state, events = await ask(engine_for(places, lead), sources)
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)
    assert state.table.counts()[CellStatus.MISSING] == 2
    repairs = [event for event in events if isinstance(event, ev.Delegated) and event.by == "repair"]
    assert len(repairs) == 1
    assert places[0].name in repairs[0].tasks[0]


async def test_repair_replaces_an_invented_value_by_what_a_page_says() -> None:
    places = colleges(5)

    def lead(opening, turns):
        if not turns:
            return delegate(*(task_for(place) for place in places[1:]))
        rows = [(p.name, p.city, p.founded) for p in places[1:]]
        return table([*rows, (places[0].name, "Atlantis", 1066)])

    state, _ = await ask(engine_for(places, lead), FakeSources(places))
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert state.ending is ev.Ending.COMPLETE


async def test_what_nobody_read_stays_unproved() -> None:
    def lead(opening, turns):
        return delegate("Find something.") if not turns else table([("Atlantis College", "Poseidonis", 999)])

    state, _ = await ask(engine_for(colleges(3), lead, w_s=["I know nothing."]), FakeSources(colleges(3)))
    assert state.table.counts()[CellStatus.UNPROVED] == 3
    assert state.exit_code == 3


async def test_strict_takes_unproved_values_out() -> None:
    def lead(opening, turns):
        return delegate("Find something.") if not turns else table([("Atlantis College", "Poseidonis", 999)])

    engine = engine_for(colleges(3), lead, w_s=["I know nothing."])
    state, _ = await ask(engine, FakeSources(colleges(3)), replace(SETTINGS, strict=True))
    assert state.table.counts()[CellStatus.MISSING] == 3
    assert [cell.text for cell in state.table.rows[0].cells] == ["", "", ""]


async def test_a_lead_that_searches_or_answers_at_once_is_told_and_then_must_delegate() -> None:
    places = colleges(5)
    planned = good_lead(places)

    def lead(opening, turns):
        first = [search("colleges"), "| college |\n| --- |\n| Guess College |"]
        return first[len(turns)] if len(turns) < 2 else planned(opening, turns[2:])

    engine = engine_for(places, lead)
    state, events = await ask(engine, FakeSources(places))
    assert sorted(rows_of(state)) == sorted(right_rows(places))
    assert any("You cannot search" in text for text in warnings_of(events))
    assert [limits.tool_use for limits in engine.named("lead")[0].limits][:3] == [
        ToolUse.AUTO,
        ToolUse.AUTO,
        ToolUse.REQUIRED,
    ]


async def test_the_single_agent_answers_too() -> None:
    places = colleges(3)
    words = [
        call("search", query="list of colleges"),
        *(call("search", query=place.name) for place in places),
        *(call("access", url=place.url, info_to_extract="city, year") for place in places),
        table([(p.name, p.city, p.founded) for p in places]),
    ]
    engine = engine_for(places, single=words)
    state, _ = await ask(engine, FakeSources(places), Settings(columns=COLUMNS, single=True))
    assert rows_of(state) == right_rows(places)
    assert list(state.agents) == ["single"]


async def test_a_single_agent_that_never_answers_leaves_what_it_read() -> None:
    places = colleges(3)
    words = [
        *(call("search", query=place.name) for place in places),
        *(call("access", url=place.url, info_to_extract="city, year") for place in places),
        "<think>And now?",
    ]
    settings = Settings(columns=COLUMNS, single=True, single_turns=8)
    state, _ = await ask(engine_for(places, single=words), FakeSources(places), settings)
    assert rows_of(state) == right_rows(places)


async def test_a_short_answer_has_its_source() -> None:
    places = colleges(3)
    question = f"When was {places[0].name} founded?"

    def lead(opening, turns):
        return delegate(task_for(places[0])) if not turns else f"It was \\boxed{{{places[0].founded}}}."

    journal = ListJournal()
    state = await answer(
        question, Settings(), engine=engine_for(places, lead), sources=FakeSources(places), journal=journal
    )
    assert (state.ending, state.answer) == (ev.Ending.ANSWERED, "1500")
    assert state.exit_code == 0
    assert state.table is not None
    proof = state.table.rows[0].cells[0].proof
    assert proof is not None
    assert proof.url == places[0].url


async def test_a_short_answer_that_nothing_proves_is_none_where_proof_is_asked_for() -> None:
    places = colleges(3)
    lead = [delegate(task_for(places[0])), "It was \\boxed{4711}."]
    for strict, ending in ((False, ev.Ending.ANSWERED), (True, ev.Ending.NOTHING)):
        state = await answer(
            f"When was {places[0].name} founded?",
            Settings(strict=strict),
            engine=engine_for(places, lead),
            sources=FakeSources(places),
            journal=ListJournal(),
        )
        assert (state.ending, state.answer) == (ending, "" if strict else "4711")


async def test_a_chinese_question_is_put_in_chinese() -> None:
    places = colleges(2)
    engine = engine_for(
        places, lambda o, turns: table([("x", "y", 1)]) if turns else delegate("列出所有学院")
    )
    question = "列出阿尔多维亚的所有学院，给出城市和建校年份"
    state = await answer(
        question, SETTINGS, engine=engine, sources=FakeSources(places), journal=ListJournal()
    )
    lead = engine.named("lead")[0]
    assert state.language == "zh"
    assert lead.opening.user.startswith("# 任务\n")
    assert "表格必须正好包含这些列：college, city, founded (int)。" in lead.opening.user
    assert lead.turns[0].tool_result.endswith("你的下一次回答是第 2 轮。必须在第 10 轮之前给出最终答案。")


async def test_the_table_fills_while_the_run_goes_on() -> None:
    places = colleges(5)
    _, events = await ask(engine_for(places), FakeSources(places))
    stages = [event.stage for event in events if isinstance(event, ev.TableChanged)]
    assert stages[0] is ev.Stage.ENTITIES
    assert ev.Stage.REPORTS in stages
    assert stages[-3:] == [ev.Stage.WRITTEN, ev.Stage.PROVED, ev.Stage.FINAL]
    named = next(event.table for event in events if isinstance(event, ev.TableChanged))
    assert [row.cells[0].text for row in named.rows] == [place.name for place in places]
    assert LIST_URL in {event.document.url for event in events if isinstance(event, ev.DocumentSaved)}


async def test_a_query_another_agent_asked_is_answered_from_memory_and_says_so() -> None:
    places = colleges(2)
    same = search("the same query")
    engine = ScriptedEngine(
        by_label(
            {
                "lead": [delegate("one", "two"), table(right_rows(places))],
                "w.s": [same, "Nothing more."],
            }
        )
    )
    sources = FakeSources(places)
    _, events = await ask(engine, sources, replace(SETTINGS, width=2, repair=0))
    asked = [event for event in events if isinstance(event, ev.Searched) and event.query == "the same query"]
    assert [event.remembered for event in asked] == [False, True]
    results = [engine.named(name)[0].turns[0].tool_result or "" for name in ("w1.s1", "w1.s2")]
    assert sorted("earlier in this run" in result for result in results) == [False, True]


async def test_one_field_of_one_thing_needs_no_model() -> None:
    """Where a page about it states the field; else the agents are asked as ever."""
    places = colleges(3)
    settings, sources = Settings(prompts="plain"), FakeSources(places)

    def lead(opening, turns):
        asked.append(opening.user)
        return delegate(task_for(places[0])) if not turns else f"It is \\boxed{{{places[0].city}}}."

    asked: list[str] = []
    for field, agents in (("city", 0), ("patron saint", 1)):
        state = await answer(
            f"What is the {field} of {places[0].name}?",
            settings,
            engine=engine_for(places, lead),
            sources=sources,
            journal=ListJournal(),
        )
        assert (state.ending, state.answer) == (ev.Ending.ANSWERED, places[0].city)
        assert bool(asked) is bool(agents)
        if not agents:
            assert state.exit_code == 0
            assert proofs_of(state, places[0]) == [places[0].url] * 2


@pytest.mark.parametrize("last", [f'{CALL_OPEN} answer="4711" />', "</tool_call>", "\\boxed{"])
async def test_the_only_report_answers_for_a_lead_that_says_nothing(last: str) -> None:
    places = colleges(1)
    report = "It was founded in 1500."
    lead = [delegate(task_for(places[0])), *[last] * 4]
    own = [search(places[0].name), access(places[0].url, "founded"), *[report] * 3]
    state = await answer(
        f"When was {places[0].name} founded?",
        Settings(),
        engine=engine_for(places, lead, w_s=own),
        sources=FakeSources(places),
        journal=ListJournal(),
    )
    assert (state.ending, state.answer) == (ev.Ending.ANSWERED, report)
