"""What is made of the lead's answer: a box beside a table, and a lead that was made to answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import (
    COLUMNS,
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
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.messages import Turn
from wideseek_cli.core.state import RunState
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import Column

PLACES = colleges(5)
ROWS = [(place.name, place.city, str(place.founded)) for place in PLACES]
TABLE = table(ROWS)
BARE = TABLE.removeprefix("```markdown\n").removesuffix("\n```")


async def answered(words: str, settings: Settings | None = None) -> RunState:
    """The run whose lead says this once all colleges have been read about."""
    tasks = [task_for(place) for place in PLACES]
    return await run_of(lambda opening, turns: words if turns else delegate(*tasks), settings)


async def run_of(lead, settings: Settings | None = None, engine: ScriptedEngine | None = None) -> RunState:
    return await answer(
        QUESTION,
        settings or Settings(repair=0),
        engine=engine or engine_for(PLACES, lead),
        sources=FakeSources(PLACES),
        journal=ListJournal(),
    )


def rows_of(state: RunState) -> list[tuple[str, ...]]:
    assert state.table is not None
    return [tuple(cell.text for cell in row.cells) for row in state.table.rows]


@pytest.mark.parametrize(
    "words",
    [
        f"<think>x</think>\n{TABLE}\n\nSo the answer is \\boxed{{5 colleges}}.",
        f"<think>x</think>\n\\boxed{{\n{TABLE}\n}}",
        f"<think>x</think>\nThe answer: \\boxed{{{BARE}}}",
        f"\\boxed{{{BARE}",
    ],
)
async def test_a_table_goes_before_a_box_and_may_stand_in_it(words: str) -> None:
    state = await answered(words)
    assert rows_of(state) == ROWS
    assert (state.ending, state.exit_code, state.answer) == (ev.Ending.COMPLETE, 0, "")


async def test_a_box_goes_before_a_draft_in_the_reasoning() -> None:
    state = await answered(f"<think>{TABLE}</think>\nIt is \\boxed{{{PLACES[0].name}}}.")
    assert (state.ending, state.answer) == (ev.Ending.ANSWERED, PLACES[0].name)


@pytest.mark.parametrize("columns", [(), COLUMNS])
async def test_all_parts_of_a_table_are_read(columns: tuple[Column, ...]) -> None:
    words = f"<think>x</think>\nPart 1:\n{table(ROWS[:3])}\n\nPart 2:\n{table(ROWS[3:])}"
    state = await answered(words, Settings(repair=0, columns=columns))
    assert rows_of(state) == ROWS
    assert (state.ending, state.exit_code) == (ev.Ending.COMPLETE, 0)


async def test_a_run_whose_answer_could_not_be_read_whole_says_so() -> None:
    words = f"{table(ROWS[:3])}\n\nMore:\n\n| {ROWS[3][0]} | {ROWS[3][1]} |\n| {ROWS[4][0]} | {ROWS[4][1]} |"
    state = await answered(words)
    assert rows_of(state) == ROWS[:3]
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)
    assert state.reason == Cause.ROWS_LOST.words


async def test_all_tables_of_a_report_are_read() -> None:
    def subagent(opening: object, turns: Sequence[Turn]) -> str:
        if len(turns) < 2:
            return (search(*(place.name for place in PLACES)), access(*(p.url for p in PLACES)))[len(turns)]
        return f"{table(ROWS[:3])}\nand\n{table(ROWS[3:])}"

    lead = [delegate("List all colleges of Ardovia."), "The tables above are the answer."]
    engine = ScriptedEngine(by_label({"lead": lead, "w.s": subagent}))
    state = await run_of(lead, engine=engine)
    assert rows_of(state) == ROWS
    assert state.reason == Cause.NO_TABLE.words


def stubborn_lead(prompts: str):
    """Hands out the same three subtasks until it must answer; then it writes what it was told."""
    now = load_prompts(prompts).fill("hint.answer_now")

    def play(opening: object, turns: Sequence[Turn]) -> str:
        if not turns or now not in (turns[-1].tool_result or ""):
            return delegate(*(task_for(place) for place in PLACES[:3]))
        return table(list(reported(turns).values()))

    return play


async def test_a_lead_that_was_made_to_answer_may_have_left_rows_out() -> None:
    state = await run_of(stubborn_lead("default"))
    assert rows_of(state) == ROWS[:3]
    assert (state.ending, state.exit_code) == (ev.Ending.INCOMPLETE, 3)
    assert state.reason == Cause.EARLY.words


async def test_it_has_left_none_out_where_the_rows_are_those_of_a_list() -> None:
    settings = Settings(prompts="compact", columns=COLUMNS, harvest=False)  # with it, no lead is asked
    state = await run_of(stubborn_lead("compact"), settings)
    assert sorted(rows_of(state)) == sorted(ROWS)
    assert (state.ending, state.reason) == (ev.Ending.COMPLETE, Cause.EARLY.words)


@pytest.mark.parametrize(
    "words", ["```markdown not found ```", "]<think>First the", "}}<think>Now", "Unknown."]
)
async def test_words_that_say_nothing_are_no_answer(words: str) -> None:
    settings = Settings(repair=0, answer="short")
    state = await answer(
        "Who founded the oldest college of Ardovia?",
        settings,
        engine=engine_for(PLACES, [words]),
        sources=FakeSources(PLACES),
        journal=ListJournal(),
    )
    assert (state.ending, state.exit_code, state.answer) == (ev.Ending.NOTHING, 1, "")


async def test_a_misspelt_question_is_read_as_the_pages_have_it() -> None:
    heard = ListJournal()
    state = await answer(
        "List all colleegs of Ardovia with city and founding year.",
        Settings(prompts="plain", columns=COLUMNS),
        engine=engine_for(PLACES, ["no rows"]),
        sources=FakeSources(PLACES, tabled=True),
        journal=heard,
    )
    assert rows_of(state) == ROWS
    said = [event.text for event in heard.events if isinstance(event, ev.Noticed)]
    assert "found no list; trying: List all colleges of Ardovia with city and founding year." in said
