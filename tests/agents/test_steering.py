"""Words on the way: what code makes of them, what the lead hears, what a resume still knows."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.agents.fakeworld import (
    COLUMNS,
    QUESTION,
    Cut,
    FakeSources,
    ListJournal,
    colleges,
    delegate,
    engine_for,
    table,
)
from tests.answering import run_of
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.state import fold
from wideseek_cli.core.steering import TO_LEAD, Orders, checked, in_words, permits, read_orders
from wideseek_cli.pipeline.steered import carried_out, droppable, not_found
from wideseek_cli.run import Run
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.markdown import read_answer


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("also give the founder", Orders(add_columns=("founder",))),
        ("add columns founder and motto", Orders(add_columns=("founder", "motto"))),
        ("leave out the territories", Orders(drop=("territories",))),
        ("drop row Guyana", Orders(drop_rows=("Guyana",))),
        ("drop the city column", Orders(drop_columns=("city",))),
        ("use only britannica.com", Orders(only_hosts=("britannica.com",))),
        ("do not use wiki.example.org", Orders(not_hosts=("wiki.example.org",))),
        ("stop searching, write the table", Orders(stop=True)),
        ("at most 12 searches", Orders(max_searches=12)),
        ("prefer newer figures", Orders(for_lead=("prefer newer figures",))),
        ("Drop row Peru; use only a.org, b.org", Orders(drop_rows=("Peru",), only_hosts=("a.org", "b.org"))),
    ],
)
def test_orders_are_read(text: str, orders: Orders) -> None:
    assert read_orders(text) == orders


def test_what_code_cannot_do_is_said() -> None:
    assert in_words(read_orders("prefer newer figures")) == (
        "only the lead can do this, and may not: prefer newer figures"
    )


@pytest.mark.parametrize("text", ["", "  \x1b[31m ", "x" * 2000])
def test_a_message_must_be_a_message(text: str) -> None:
    if text.strip() and "\x1b" in text:
        assert "\x1b" not in checked(text + "x")
        return
    with pytest.raises(UsageError):
        checked(text)


def test_sites_are_hosts_and_not_their_lookalikes() -> None:
    only = [read_orders("use only britannica.com")]
    assert permits(only, "https://www.britannica.com/x")
    assert not permits(only, "https://notbritannica.com/x")
    assert not permits(only, "https://britannica.com.evil.net/")
    assert not permits([read_orders("avoid evil.net")], "https://a.evil.net/")


def test_a_table_is_changed_and_never_loses_its_key() -> None:
    made = read_answer(
        "| college | city |\n|---|---|\n| A | B |\n| C | D |\n", COLUMNS[:2], question=""
    ).table
    assert made is not None
    changed = carried_out(made, [read_orders("also give the founder; drop row C; drop column college, city")])
    assert [column.name for column in changed.columns] == ["college", "founder"]
    assert [[cell.text for cell in row.cells] for row in changed.rows] == [["A", ""]]
    assert not_found(droppable(made), read_orders("drop row X; drop column city")) == ("X",)


def _run(
    journal: ListJournal,
    known: object = None,
    when: type[ev.Event] = ev.Delegated,
    said: str = "",
    repair: int = 0,
    lead: object = None,
) -> Run:
    places = colleges(4)
    steered = []

    def listener(event: ev.Event, state: object) -> None:
        if isinstance(event, when) and said and not steered:
            steered.append(1)
            assert run._listening is not None
            run._listening.steer(said)

    engine, sources = engine_for(places, lead), FakeSources(places)
    settings = Settings(columns=COLUMNS, repair=repair)
    run = run_of(
        QUESTION, settings, engine=engine, sources=sources, journal=journal, listeners=[listener],
        resume_from=known,  # type: ignore[arg-type]
    )  # fmt: skip
    return run


async def test_a_column_that_is_added_in_the_middle_is_in_the_table_and_the_lead_heard() -> None:
    gone = colleges(4)[1].name
    said = f"also give the founder; drop row {gone}"
    state = await _run(ListJournal(), said=said).go()
    assert state.table is not None
    assert [column.name for column in state.table.columns][-1] == "founder"
    assert gone not in {row.cells[0].text for row in state.table.rows}
    assert len(state.table.rows) == 3
    heard = [turn.tool_result or "" for turn in state.agents["lead"].turns]
    assert sum(TO_LEAD + said in text for text in heard) == 1


async def test_a_killed_and_resumed_run_still_knows() -> None:
    journal = ListJournal(most=12)
    with pytest.raises(Cut):
        await _run(journal, said="also give the founder").go()
    known = fold(journal.events)  # type: ignore[arg-type]
    assert [one.text for one in known.steered] == ["also give the founder"]
    state = await _run(ListJournal(), known).go()
    assert state.table is not None
    assert [column.name for column in state.table.columns][-1] == "founder"
    heard = [turn.tool_result or "" for turn in state.agents["lead"].turns]
    assert sum(TO_LEAD in text for text in heard) == 1


async def test_no_more_searches_once_the_user_says_so() -> None:
    journal = ListJournal()
    state = await _run(journal, when=ev.AgentFinished, said="stop searching, write the table").go()
    assert any(isinstance(event, ev.Steered) and event.orders.stop for event in journal.events)
    after = journal.events[next(n for n, e in enumerate(journal.events) if isinstance(e, ev.Steered)) :]
    assert not any(isinstance(event, ev.Searched) for event in after)
    assert state.agents["lead"].turns


async def test_code_does_not_search_either_once_the_user_says_so() -> None:
    """The lead leaves every cell open, which code would look up."""
    places, journal = colleges(4), ListJournal()

    def lead(opening: object, turns: Sequence[object]) -> str:
        return table([[place.name, "not found", ""] for place in places]) if turns else delegate("Find all.")

    run = _run(journal, said="stop searching, write the table", repair=1, lead=lead)
    state = await run.go()
    told = next(n for n, e in enumerate(journal.events) if isinstance(e, ev.Steered))
    assert not any(isinstance(event, (ev.Searched, ev.PageRead)) for event in journal.events[told:])
    assert state.table is not None
    assert len(state.table.rows) == 4


async def test_what_comes_while_the_lead_writes_is_said_to_be_too_late() -> None:
    state = await _run(ListJournal(), when=ev.TableChanged, said="prefer newer figures").go()
    heard = "".join(turn.tool_result or "" for turn in state.agents["lead"].turns)
    assert (TO_LEAD in heard) != any("too late for the lead" in notice for notice in state.notices)


A, B = (place.name for place in colleges(4)[:2])
NAMES = ("college", "city", "founded")
# said in the middle of a run -> columns, rows left, and a word that the run has to say of it
MIDDLE = {
    "also give the founder": ((*NAMES, "founder"), 4, "add column founder"),
    "add columns founder and motto": ((*NAMES, "founder", "motto"), 4, "add column founder, motto"),
    "drop the city column": (("college", "founded"), 4, "drop column city"),
    f"drop row {A}": (NAMES, 3, f"drop row {A}"),
    f"leave out {A} and {B}": (NAMES, 2, f"drop row or column {A}, {B}"),
    f"drop row {A}; also give the motto": ((*NAMES, "motto"), 3, "add column motto; drop row"),
    "drop the college column": (
        NAMES,
        4,
        "nothing was left out under this name: college",
    ),  # it names the rows
    "drop row Atlantis": (NAMES, 4, "nothing was left out under this name: Atlantis"),
    "at most 1 search": (NAMES, 4, ""),
    "prefer newer figures": (NAMES, 4, "only the lead can do this, and may not: prefer newer figures"),
}


@pytest.mark.parametrize("said", MIDDLE)
async def test_what_is_said_in_the_middle_is_done_or_said_not_to_be(said: str) -> None:
    columns, rows, words = MIDDLE[said]
    state = await _run(journal := ListJournal(), said=said).go()
    gone = [name for one in state.steered for name in (*one.orders.drop_rows, *one.orders.drop)]
    later = journal.events[next(n for n, e in enumerate(journal.events) if isinstance(e, ev.Steered)) :]
    drafts = [event.table for event in later if isinstance(event, ev.TableChanged)]
    assert not any(row.cells[0].text in gone for draft in drafts for row in draft.rows)
    assert state.table is not None
    assert tuple(column.name for column in state.table.columns) == columns
    assert len(state.table.rows) == rows
    told = [in_words(one.orders) for one in state.steered]
    assert words in "; ".join([*told, *state.notices])
    assert any("under this name" in notice for notice in state.notices) == ("under this name" in words)
    heard = [turn.tool_result or "" for turn in state.agents["lead"].turns]
    assert sum(TO_LEAD + said in text for text in heard) == 1


@pytest.mark.parametrize(("said", "kept"), [("use only elsewhere.org", False), ("avoid elsewhere.org", True)])
async def test_sites_are_used_or_not_from_then_on(said: str, kept: bool) -> None:
    journal = ListJournal()
    await _run(journal, said=said).go()
    after = journal.events[next(n for n, e in enumerate(journal.events) if isinstance(e, ev.Steered)) :]
    read = [event for event in after if isinstance(event, ev.PageRead) and event.status.value == "page"]
    assert bool(read) == kept
