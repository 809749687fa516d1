"""`--where`: rows that are shown not to meet a condition leave the table and stay in the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.agents.fakeworld import COLUMNS, QUESTION, FakeSources, ListJournal, colleges, engine_for
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.core.state import RunState, fold, whole
from wideseek_cli.export.writing import ExportMeta, ExportOptions, Format, render, to_json
from wideseek_cli.pipeline.conditions import JUDGED
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import Verdict
from wideseek_cli.ui.closing import closing_lines
from wideseek_cli.ui.why import explain, found_in

PLACES = colleges(6)
SETTINGS = Settings(columns=COLUMNS[:2], seed=1, where=("founded < 1510",))


async def ask(settings: Settings, **more) -> tuple[RunState, ListJournal]:
    journal = ListJournal()
    state = await answer(
        QUESTION,
        settings,
        engine=engine_for(PLACES),
        sources=FakeSources(PLACES, **more),
        journal=journal,
    )
    return state, journal


async def test_the_column_is_found_and_each_row_has_its_verdict_and_proof() -> None:
    state, journal = await ask(SETTINGS)
    assert state.table is not None
    assert state.left_out is not None
    old = [p for p in PLACES if p.founded < 1510]
    assert 0 < len(old) < len(PLACES)
    assert [column.name for column in state.table.columns] == ["college", "city", "founded", "founded < 1510"]
    assert sorted(row.cells[0].text for row in state.table.rows) == sorted(p.name for p in old)
    assert {row.cells[3].text for row in state.table.rows} == {"meets"}
    assert all(row.cells[3].proof for row in state.table.rows)
    assert len(state.left_out.rows) == len(PLACES) - len(old)
    assert {row.cells[3].text for row in state.left_out.rows} == {"does not"}
    assert state.exit_code == 0
    assert fold(journal.events).left_out == state.left_out


async def test_what_is_not_shown_stays_and_the_table_is_not_complete() -> None:
    state, _ = await ask(replace(SETTINGS, where=("rector is Ann",)))
    assert state.table is not None
    assert len(state.table.rows) == len(PLACES)
    assert {(row.cells[3].text, row.cells[3].status.value) for row in state.table.rows} == {
        ("not shown", "unproved")
    }
    assert all(row.cells[3].note.startswith("rector is ") for row in state.table.rows)
    assert state.exit_code == 3


async def test_no_row_that_meets_it_is_told_as_that() -> None:
    state, _ = await ask(replace(SETTINGS, where=("founded < 1000",)))
    assert state.ending is ev.Ending.NOTHING
    assert state.reason == "no row that was found meets the conditions"
    assert state.left_out is not None
    assert len(state.left_out.rows) == len(PLACES)


async def test_a_condition_of_the_question_is_checked_and_the_list_is_counted_by_it() -> None:
    settings = replace(SETTINGS, where=())
    journal = ListJournal()
    state = await answer(
        "List all colleges of Ardovia founded before 1510 with city.",
        settings,
        engine=engine_for(PLACES),
        sources=FakeSources(PLACES, tabled=True),
        journal=journal,
    )
    assert state.table is not None
    assert state.left_out is not None
    assert state.table.columns[-1].name == "founded before 1510"
    assert {row.cells[-1].text for row in state.table.rows} == {"meets"}
    assert len(state.table.rows) + len(state.left_out.rows) == len(PLACES)
    assert state.exit_code == 0
    _is_read_without_what_the_condition_added(state)


def _is_read_without_what_the_condition_added(state: RunState) -> None:
    """The user gave the columns: these are printed, and a line says what the condition came to."""
    assert state.table is not None
    assert state.left_out is not None
    meta = ExportMeta(summary=whole(state))
    assert render(state.table, meta, Format.CSV).split("\n", 1)[0] == "college,city"
    assert "founded before 1510: " in render(state.table, meta, Format.HTML)
    assert "founded before 1510 status" in render(state.table, meta, Format.CSV, ExportOptions(evidence=True))
    data = to_json(state.table, meta)
    assert (data["columns"], data["aside"]) == (["college", "city"], ["founded", "founded before 1510"])
    assert list(data["rows"][0]) == ["college", "city", "founded", "founded before 1510"]
    assert data["summary"]["columns"] == 2
    assert f"{data['summary']['cells']} cells: {data['summary']['proved']} proved" in closing_lines(state)[0]
    rows, gone = len(state.table.rows), len(state.left_out.rows)
    assert data["summary"]["conditions"] == [
        {"condition": "founded before 1510", "meets": rows, "left_out": gone, "not_shown": []}
    ]
    assert f"  founded before 1510: {rows} rows meet it, {gone} left out" in closing_lines(state)
    name = state.left_out.rows[0].cells[0].text
    table, place = found_in([state.table, state.left_out], name, "founded before 1510")
    assert f"value:   {Verdict.FAILS.value}" in list(explain(state, table, place, ()))


async def test_what_no_page_shows_is_asked_of_the_model_and_marked_as_its_word() -> None:
    asked = []

    def judge(opening: Opening, turns: Sequence[Turn]) -> str:
        asked.append(opening.user)
        return "No, it is not." if PLACES[0].name in opening.user else "Yes." if len(asked) % 2 else "unclear"

    state = await answer(
        QUESTION,
        replace(SETTINGS, where=("widely admired",)),
        engine=engine_for(PLACES, judge=judge),
        sources=FakeSources(PLACES),
        journal=ListJournal(),
    )
    assert state.table is not None
    assert state.left_out is not None
    assert len(asked) == len(PLACES)
    assert all("widely admired" in text for text in asked)
    assert [row.cells[0].text for row in state.left_out.rows] == [PLACES[0].name]
    told = [row.cells[-1] for row in (*state.table.rows, *state.left_out.rows) if row.cells[-1].proof]
    assert told
    assert {(cell.status.value, cell.note) for cell in told} == {("seen", JUDGED)}
    assert state.exit_code == 3


async def test_a_condition_that_names_nothing_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(UsageError, match="names nothing to compare"):
        await ask(replace(SETTINGS, where=("= Lima",)))
