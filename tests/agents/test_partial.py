"""Agents that come to their end before they have an answer: what they found is handed in, and read."""

from __future__ import annotations

import re

import pytest

from models.scripted import Play, ScriptedEngine, by_label
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
    good_subagent,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import Stop, ToolUse
from wideseek_cli.settings.config import Settings

PLACES = colleges(3)
PAGE = f"# {PLACES[0].name}\n\n- City: {PLACES[0].city}\n- Founded: {PLACES[0].founded}"


def lead(opening, turns):
    """Writes only what the reports say."""
    if not turns:
        return delegate(task_for(PLACES[0]))
    facts = re.search(r"# (\w+ College)\n\n- City: (\w+)\n- Founded: (\d+)", turns[0].tool_result)
    return table([facts.groups()] if facts else [("", "", "")])


OUT_OF_TURNS = [search(PLACES[0].name), access(PLACES[0].url), search("one more"), search("and another")]
OUT_OF_CONTEXT = [*OUT_OF_TURNS[:2], Play("<think>And on and on", stop=Stop.CONTEXT)]


@pytest.mark.parametrize(("words", "reason"), [(OUT_OF_TURNS, "turns"), (OUT_OF_CONTEXT, "context")])
async def test_a_subagent_at_its_end_hands_in_what_it_read_and_the_lead_reads_that(
    words: list[str | Play], reason: str
) -> None:
    journal, engine = ListJournal(), engine_for(PLACES, lead, w1_s1=words)
    settings = Settings(columns=COLUMNS, repair=0, subagent_turns=4)
    state = await answer(QUESTION, settings, engine=engine, sources=FakeSources(PLACES), journal=journal)
    (ended,) = (e for e in journal.events if isinstance(e, ev.AgentFinished) and e.agent == "w1.s1")
    assert (ended.outcome, ended.reason, ended.summary) == (ev.Outcome.PARTIAL, reason, PAGE)
    told = engine.named("lead")[0].turns[0].tool_result or ""
    assert load_prompts().fill("subtask.partial", summary=PAGE) in told
    (row,) = state.table.rows
    assert [cell.text for cell in row.cells] == [PLACES[0].name, PLACES[0].city, str(PLACES[0].founded)]
    assert all(cell.proof for cell in row.cells)


async def test_a_lead_with_little_context_left_is_told_to_answer_and_does() -> None:
    places = colleges(25)
    journal, settings = ListJournal(), Settings(columns=COLUMNS, turns=20, repair=0)
    engine = ScriptedEngine(by_label({"lead": good_lead(places), "w.s": good_subagent}), context=3000)
    state = await answer(QUESTION, settings, engine=engine, sources=FakeSources(places), journal=journal)
    (talk,) = engine.named("lead")
    now = load_prompts().fill("hint.answer_now")
    assert [now in (turn.tool_result or "") for turn in talk.turns] == [
        *[False] * (len(talk.turns) - 2),
        True,  # told with the last message, and only there
        False,
    ]
    assert talk.limits[-1].tool_use is ToolUse.NONE
    assert talk.limits[-1].max_tokens >= 3000 // 4, "the answer has the room that was kept for it"
    assert talk.tokens <= 3000
    right = {(place.name, place.city, str(place.founded)) for place in places}
    written = [tuple(cell.text for cell in row.cells) for row in state.table.rows]
    assert 10 <= len(written) < 25
    assert set(written) <= right
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)
    assert state.reason == Cause.CONTEXT.words, "what it had not handed out yet is missing"


async def test_a_page_that_does_not_fit_is_shortened_and_reported_on() -> None:
    """A subagent of whose context one page would take all."""
    journal, settings = ListJournal(), Settings(columns=COLUMNS, repair=0)
    sources = FakeSources(PLACES, extra={PLACES[0].url: "and so on " * 4000})
    engine = ScriptedEngine(by_label({"lead": lead, "w.s": good_subagent}), context=2000)
    state = await answer(QUESTION, settings, engine=engine, sources=sources, journal=journal)
    (talk,) = engine.named("w1.s1")
    cut = load_prompts().fill("told.cut")
    assert cut in (talk.turns[1].tool_result or "")
    assert cut in [e.text for e in journal.events if isinstance(e, ev.AgentWarned) and e.agent == "w1.s1"]
    assert talk.limits[-1].tool_use is ToolUse.NONE
    assert state.agents["w1.s1"].summary.startswith(f"Report on {PLACES[0].name}")
    assert talk.tokens <= 2000
