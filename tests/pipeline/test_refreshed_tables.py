"""An old table against the pages of today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import (
    COLUMNS,
    LIST_URL,
    QUESTION,
    College,
    FakeSources,
    ListJournal,
    colleges,
    engine_for,
)
from tests.answering import answer, run_of
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.core.task import About
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.changes import Change, Kind, as_mail, changes_of, counts
from wideseek_cli.table.model import CellStatus, Table
from wideseek_cli.tasks import _pages_of

PLACES = colleges(53)
PLACES[30] = replace(PLACES[30], city=PLACES[20].city)  # other pages have its value too
OLD, ADDED = PLACES[:50], PLACES[50:]
SETTINGS = Settings(columns=COLUMNS, seed=1)


async def asked(places: Sequence[College]) -> tuple[RunState, list[ev.Event]]:
    """The first run."""
    journal = ListJournal()
    state = await answer(
        QUESTION, SETTINGS, engine=engine_for(places), sources=FakeSources(places), journal=journal
    )
    return state, journal.events


async def refreshed(
    old: Table, events: Sequence[ev.Event], sources: FakeSources, where: tuple[str, ...] = ()
) -> tuple[RunState, ScriptedEngine, list[ev.Event]]:
    engine, journal = ScriptedEngine(lambda opening, turns: "Nothing was found."), ListJournal()
    then, lists = _pages_of(events, old)
    given = About(given=old, refresh=True, then=then, lists=lists)
    settings = replace(SETTINGS, columns=(), where=where)
    run = run_of(QUESTION, settings, engine=engine, sources=sources, journal=journal, given=given)
    return await run.go(), engine, journal.events


def today() -> list[College]:
    """Ten of the hundred values are others, two rows are gone, three are new."""
    places = list(OLD)
    for number in range(5):
        places[number] = replace(places[number], city=f"Newcity{number}")
        places[number + 10] = replace(places[number + 10], founded=places[number + 10].founded + 1)
    return [*places[:30], *places[32:], *ADDED]


async def test_exactly_what_is_different_is_told_and_no_model_is_asked() -> None:
    before, events = await asked(OLD)
    assert before.table is not None
    state, engine, _ = await refreshed(before.table, events, FakeSources(today()))
    assert state.table is not None
    found = changes_of(before.table, state.table, only_changes=True)
    assert counts(found) == {"changed": 10, "gone": 2, "new": 3, "unchanged": 0}
    assert {c.row for c in found if c.kind is Kind.GONE} == {p.name for p in OLD[30:32]}
    assert {c.row for c in found if c.kind is Kind.NEW} == {p.name for p in ADDED}
    assert all(cell.status is CellStatus.PROVED for row in state.table.rows for cell in row.cells)
    changed = {(c.row, c.column): c for c in found if c.kind is Kind.CHANGED}
    for number in range(5):
        city, year = OLD[number], OLD[number + 10]
        assert changed[city.name, "city"] == Change(
            *(Kind.CHANGED, city.name, "city", city.city, f"Newcity{number}", city.url, city.url)
        )
        assert changed[year.name, "founded"].new == str(year.founded + 1)
    assert state.exit_code == 10
    assert not engine.conversations
    assert "10 changed, 2 gone, 3 new" in state.notices[-1]
    again, _, _ = await refreshed(state.table, await_events(events, state), FakeSources(today()))
    assert again.exit_code == 0, "what was told once is not told again"


async def test_a_new_row_has_to_meet_the_conditions() -> None:
    before, events = await asked(OLD)
    assert before.table is not None
    year = sorted(place.founded for place in ADDED)[1]
    state, _, _ = await refreshed(before.table, events, FakeSources(PLACES), (f"founded < {year}",))
    assert state.table is not None
    (new,) = changes_of(before.table, state.table, only_changes=True)
    assert (new.kind, new.row) == (Kind.NEW, next(p.name for p in ADDED if p.founded < year))
    assert [column.name for column in state.table.columns] == [column.name for column in COLUMNS]
    assert any("do not meet the question's conditions" in notice for notice in state.notices)


def await_events(events: Sequence[ev.Event], state: RunState) -> list[ev.Event]:
    """Without the pages of then: a table whose pages are not known is proved as a whole."""
    return [event for event in events if not isinstance(event, ev.DocumentSaved)]


async def test_nothing_is_told_and_nothing_is_asked_where_nothing_is_different() -> None:
    before, events = await asked(OLD)
    assert before.table is not None
    sources = FakeSources(OLD)
    state, engine, _ = await refreshed(before.table, events, sources)
    assert state.table == before.table
    assert state.exit_code == 0
    assert not engine.conversations
    assert not sources.searched, "each page is where it was"


async def test_a_page_that_cannot_be_read_today_takes_nothing_away() -> None:
    before, events = await asked(OLD[:3])
    assert before.table is not None

    class Walled(FakeSources):
        async def fetch(self, url: str):
            page = await super().fetch(url)
            from wideseek_cli.core.findings import PageStatus

            return page if url == LIST_URL else replace(page, status=PageStatus.BLOCKED, text="")

    state, _, _ = await refreshed(before.table, events, Walled(OLD[:3]))
    assert state.table is not None
    assert not changes_of(before.table, state.table, only_changes=True)
    assert state.exit_code == 0


async def test_a_cut_refresh_goes_on_to_the_same_table() -> None:
    before, events = await asked(OLD)
    assert before.table is not None
    whole, _, told = await refreshed(before.table, events, FakeSources(today()))
    for most in (3, len(told) // 2, len(told) - 3):
        kept = fold(told[:most])
        journal = ListJournal()
        run = run_of(
            QUESTION,
            replace(SETTINGS, columns=()),
            engine=ScriptedEngine(lambda opening, turns: "Nothing was found."),
            sources=FakeSources(today()),
            journal=journal,
            resume_from=kept,
        )
        state = await run.go()
        assert state.table == whole.table, most
        assert state.exit_code == 10


def test_a_text_for_mail_is_short_and_says_where() -> None:
    changes = [Change(Kind.CHANGED, f"row {n}", "price", "1", "2", "a", "https://b") for n in range(40)]
    text = as_mail(changes, "Prices")
    assert text.startswith("Prices\n40 changed\n- row 0, price: 1 -> 2 <https://b>\n")
    assert text.endswith("… and 10 more\n")
    assert as_mail([], "Prices") == "Prices\nnothing changed\n"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("1,234", "1234", Kind.UNCHANGED),
        ("1,234", "1,235", Kind.CHANGED),
        ("", "5", Kind.NEW),
        ("5", "", Kind.GONE),
        ("", "", Kind.UNCHANGED),
    ],
)
def test_how_two_values_stand_to_each_other(old: str, new: str, kind: Kind) -> None:
    from wideseek_cli.api import Table as Made

    (change,) = changes_of(Made.of(["a", "b"], [["x", old]]), Made.of(["a", "b"], [["x", new]]))
    assert change.kind is kind
