"""Rows that lack the quality a question asks for take no agent; everything else does. On the real corpus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

import pytest
from fakeworld import Cut, ListJournal, access, delegate, search, table

from wideseek_cli import events as ev
from wideseek_cli.agents.subagent import BY_CODE
from wideseek_cli.config import Settings
from wideseek_cli.engine.scripted import ScriptedEngine, by_label
from wideseek_cli.messages import Opening, Turn
from wideseek_cli.run import answer
from wideseek_cli.state import RunState, fold
from wideseek_cli.tools.sources import SourceSet, open_sources

ASKED = "List the countries of South America and Central Asia that are landlocked with capital."
REGIONS = ("South America", "Central Asia")
PLACES = ("Argentina", "Bolivia", "Chile", "Paraguay", "Peru", "Kazakhstan", "Tajikistan")
LANDLOCKED = {"Bolivia", "Paraguay", "Kazakhstan", "Tajikistan"}
SETTINGS = Settings(sources=("factbook",), offline=True, prompts="compact", seed=1)


def lead(opening: Opening, turns: Sequence[Turn]) -> str:
    """The lists, then every country, then those of whom a capital was reported."""
    steps = [
        delegate(*(f"List the countries of {region}" for region in REGIONS)),
        delegate(*(f"Find for {name}: capital, landlocked" for name in PLACES)),
    ]
    if len(turns) < 2:
        return steps[len(turns)]
    known = re.findall(r"# (\w+)\n- capital: (\w+)", turns[-1].tool_result or "")
    return table(known, ("country", "capital"))


def subagent(opening: Opening, turns: Sequence[Turn]) -> str:
    task = opening.user.partition("# Subtask\n")[2].partition("\n\n")[0]
    name = task.removeprefix("Find for ").removeprefix("List the ").partition(":")[0]
    if not turns:
        return search(f"about {name}")
    if len(turns) == 1:
        url = re.search(r"\[Doc 1\]\((\S+)\)", turns[0].tool_result or "")
        return access(url[1] if url else "nowhere", need=task)
    found = re.search(r"^- name: (\w+)", turns[1].tool_result or "", re.MULTILINE)
    return f"# {name}\n- capital: {found[1]}" if found else turns[1].tool_result or ""


def engine() -> ScriptedEngine:
    return ScriptedEngine(by_label({"lead": lead, "w.s": subagent}))


@pytest.fixture
async def sources() -> AsyncIterator[SourceSet]:
    opened = open_sources(SETTINGS)
    yield opened
    await opened.aclose()


def by_code(events: Sequence[object]) -> set[str]:
    """The subtasks that code answered."""
    tasks = {event.agent: event.task for event in events if isinstance(event, ev.AgentStarted)}
    ended = [event for event in events if isinstance(event, ev.AgentFinished) and event.reason == BY_CODE]
    return {tasks[event.agent] for event in ended}


def looked_up(engine: ScriptedEngine) -> set[str]:
    """The countries that an agent was sent to, repair waves aside."""
    openings = [talk.opening for talk in engine.conversations if talk.opening.label.startswith("w2.")]
    return {name for opening in openings for name in PLACES if f"Find for {name}:" in opening.user}


async def test_agents_are_sent_to_those_alone_whose_pages_have_the_word(sources: SourceSet) -> None:
    played, journal = engine(), ListJournal()
    state = await answer(ASKED, SETTINGS, engine=played, sources=sources, journal=journal)
    assert looked_up(played) == LANDLOCKED
    assert by_code(journal.events) == {
        f"Find for {name}: capital, landlocked" for name in PLACES if name not in LANDLOCKED
    }
    told = next(talk for talk in played.conversations if talk.opening.label == "lead").turns[1].tool_result
    assert "# Chile\n- landlocked: no" in (told or "")
    assert state.table is not None
    rows = {row.cells[0].text for row in state.table.rows}
    assert rows >= LANDLOCKED
    assert not rows & (set(PLACES) - LANDLOCKED)


@pytest.mark.parametrize(
    ("question", "settings"),
    [
        ("List the countries of South America and Central Asia with capital.", SETTINGS),
        (ASKED, Settings(**{**vars(SETTINGS), "prompts": "default"})),
        (ASKED, Settings(**{**vars(SETTINGS), "max_pages": 30})),  # they are for the agents
        (ASKED, Settings(**{**vars(SETTINGS), "repair": 0})),
    ],
)  # fmt: skip
async def test_nobody_is_spared_where_code_is_not_to_judge(
    question: str, settings: Settings, sources: SourceSet
) -> None:
    journal = ListJournal()
    await answer(question, settings, engine=engine(), sources=sources, journal=journal)
    assert by_code(journal.events) == set()


async def test_a_resumed_run_finds_what_code_had_answered(sources: SourceSet) -> None:
    whole = ListJournal()
    done = await answer(ASKED, SETTINGS, engine=engine(), sources=sources, journal=whole)
    first = next(
        n for n, e in enumerate(whole.events) if isinstance(e, ev.AgentFinished) and e.reason == BY_CODE
    )
    cut = ListJournal(most=first + 1)
    with pytest.raises(BaseException) as caught:
        await answer(ASKED, SETTINGS, engine=engine(), sources=sources, journal=cut)
    assert isinstance(caught.value, Cut) or caught.group_contains(Cut)
    known: RunState = fold([event for event in cut.events if isinstance(event, ev.Event)])
    rest, played = ListJournal(), engine()
    state = await answer(ASKED, SETTINGS, engine=played, sources=sources, journal=rest, resume_from=known)
    assert looked_up(played) == LANDLOCKED
    assert by_code(cut.events).isdisjoint(by_code(rest.events))
    assert len(by_code(cut.events) | by_code(rest.events)) == len(PLACES) - len(LANDLOCKED)
    assert state.table is not None
    assert done.table is not None
    assert {row.cells[0].text for row in state.table.rows} == {row.cells[0].text for row in done.table.rows}
