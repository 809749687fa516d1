"""What code finds without a model, and what it leaves alone."""

from __future__ import annotations

from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    College,
    FakeSources,
    ListJournal,
    colleges,
    delegate,
    engine_for,
    search,
    table,
    task_for,
)
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.pipeline.lookup import in_line, other_names_of, with_stated
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.markdown import parse_table
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table


def rows(text: str):
    made = parse_table(text, COLUMNS)
    assert made is not None
    return made


def names(made) -> list[str]:
    return [row.cells[0].text for row in made.rows]


def test_rows_that_the_asked_for_list_has_are_added() -> None:
    made, left_out = in_line(rows(table([("A", "x", 1), ("B", "y", 2), ("Q", "z", 3)])), ["A", "B", "C"])
    assert names(made) == ["A", "B", "C"]
    assert [cell.text for cell in made.rows[1].cells] == ["B", "y", "2"]
    assert made.rows[2].cells[1].status is CellStatus.MISSING
    assert left_out == ("Q",)


async def test_a_lazy_model_gets_its_rows_and_cells_from_the_pages() -> None:
    """One bad subtask, and a table of which half is invented: code reads the pages it should have read."""
    places = colleges(5)

    def lead(opening, turns):
        invented = [
            (places[0].name, "Atlantis", 1066),
            (places[1].name, "", ""),
            ("Nowhere College", "El Dorado", 1),
        ]
        return delegate(QUESTION) if not turns else table(invented)

    lazy = [
        search("list of colleges"),
        '<tool_call>{"name": "access", "arguments": {"url": "[Doc 1]"}}',
        "Found.",
    ]
    settings = Settings(columns=COLUMNS, prompts="plain", repair=1, harvest=False)
    journal, sources = ListJournal(), FakeSources(places)
    engine = engine_for(places, lead, w_s=lazy)
    state = await answer(QUESTION, settings, engine=engine, sources=sources, journal=journal)
    assert state.table is not None
    made = {row.cells[0].text: row for row in state.table.rows}
    for place in places:
        assert [cell.text for cell in made[place.name].cells[1:]] == [place.city, str(place.founded)]
        assert {cell.status for cell in made[place.name].cells} == {CellStatus.PROVED}
    assert "Nowhere College" not in made
    assert any("Nowhere College" in event.text for event in journal.events if isinstance(event, ev.Noticed))
    assert {event.agent for event in journal.events if isinstance(event, ev.Searched)} >= {"code"}


async def test_rows_that_a_small_model_took_from_other_pages_are_none() -> None:
    """The places of Ardovia are proved, but not for what was asked."""
    places = colleges(3)

    def lead(opening, turns):
        return delegate(QUESTION) if not turns else table([(p.name, p.city, p.founded) for p in places])

    question, settings = QUESTION.replace("Ardovia", "Belvania"), Settings(prompts="compact", columns=COLUMNS)
    sub = [search("list of colleges"), "Found."]
    made = []
    for asked in (question, QUESTION):
        state = await answer(
            asked,
            settings,
            engine=engine_for(places, lead, w_s=sub),
            sources=FakeSources(places),
            journal=ListJournal(),
        )
        made.append((len(state.table.rows) if state.table else 0, state.ending, state.reason))
    assert made[0][:2] == (0, ev.Ending.NOTHING)
    assert "list that was asked for" in made[0][2]
    assert made[1][0] == len(places)


async def test_a_row_with_another_rows_values_gets_its_own_page() -> None:
    """A lead that has no turn left writes the last row that it knows once more: seen, but not of this row."""
    places = colleges(3)
    said = [(place.name, place.city, place.founded) for place in (*places[:2], places[1])]
    said[2] = (places[2].name, *said[2][1:])
    engine = engine_for(places, [delegate(*map(task_for, places[:2])), table(said)])
    sources = FakeSources(places)
    state = await answer(
        QUESTION, Settings(columns=COLUMNS), engine=engine, sources=sources, journal=ListJournal()
    )
    assert state.table is not None
    last = state.table.rows[2].cells
    assert [cell.text for cell in last] == [places[2].name, places[2].city, str(places[2].founded)]
    assert {cell.status for cell in last} == {CellStatus.PROVED}


async def test_without_repair_code_looks_nothing_up() -> None:
    places = [College("Solo College", "Gus", 1500)]
    journal = ListJournal()
    engine = engine_for(
        places, lambda o, turns: table([("Solo College", "", "")]) if turns else delegate("x"), w_s=["?"]
    )
    settings = Settings(columns=COLUMNS, repair=0)
    state = await answer(QUESTION, settings, engine=engine, sources=FakeSources(places), journal=journal)
    assert state.table is not None
    assert state.table.counts()[CellStatus.MISSING] == 2
    assert not [event for event in journal.events if isinstance(event, ev.Searched)]


async def test_a_lead_that_says_nothing_at_all_still_gets_the_list_filled() -> None:
    places = colleges(4)
    engine = engine_for(places, ["", delegate("Do it."), "", ""], w_s=["", "I do not know."])
    settings = Settings(columns=COLUMNS, prompts="plain")
    state = await answer(
        "List all colleges of Ardovia with city and founding year.",
        settings,
        engine=engine,
        sources=FakeSources(places),
        journal=ListJournal(),
    )
    assert state.ending is ev.Ending.COMPLETE
    assert state.table is not None
    assert names(state.table) == [place.name for place in places]


def test_a_page_may_have_another_name() -> None:
    assert other_names_of("USA") == ["USA", "united states", "united states of america"]
    assert other_names_of("Milinven College") == ["Milinven College"]


def test_rows_that_share_a_name_but_for_words_in_brackets_are_not_filled() -> None:
    names, cell = ("Bel (chapel)", "Bel", "Ayr"), Cell("", CellStatus.MISSING, alternatives=("1962",))
    columns = (Column("church", key=True), Column("founded"))
    filled = with_stated(Table(columns, tuple(Row((Cell(name), cell)) for name in names)), 0)
    assert [row.cells[1].text for row in filled.rows] == ["", "", "1962"]
