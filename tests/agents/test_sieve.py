"""Rows that lack the quality a question asks for take no agent; everything else does. On the real corpus."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence

import pytest
from fakeworld import Cut, ListJournal, access, delegate, search, table

from wideseek_cli import events as ev
from wideseek_cli.agents.sieve import (
    Narrowed,
    asked_at,
    is_list,
    judged,
    narrowed_lists,
    rows_of,
    without_items,
)
from wideseek_cli.agents.subagent import BY_CODE
from wideseek_cli.config import Settings
from wideseek_cli.engine.scripted import ScriptedEngine, by_label
from wideseek_cli.messages import Opening, Turn
from wideseek_cli.run import answer
from wideseek_cli.state import RunState, fold
from wideseek_cli.table.model import Document
from wideseek_cli.tools.sources import SourceSet, open_sources

ASKED = "List the countries of North America and Central Asia that are landlocked with capital."
REGIONS = ("North America", "Central Asia")
PLACES = ("Canada", "Mexico", "Russia", "Kazakhstan", "Tajikistan")
LANDLOCKED = {"Kazakhstan", "Tajikistan"}
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
    turns = next(talk for talk in played.conversations if talk.opening.label == "lead").turns
    lists, rows_told = (turn.tool_result or "" for turn in turns[:2])
    assert "Kazakhstan" in lists
    assert "Russia" not in lists
    assert "# Canada\n- landlocked: no" in rows_told
    assert "# Kazakhstan\n- capital: Astana\n- landlocked: yes" in rows_told
    asked = {talk.opening.user for talk in played.conversations if "Find for Kaz" in talk.opening.user}
    assert all("Find for Kazakhstan: capital\n" in user for user in asked)
    assert state.table is not None
    rows = {row.cells[0].text for row in state.table.rows}
    assert rows >= LANDLOCKED
    assert not rows & (set(PLACES) - LANDLOCKED)


SEVERAL = (
    "Provide capital for the countries of North America, Central Asia and Australia and Oceania that are "
    "landlocked as a table."
)


async def test_lists_that_nobody_asked_for_are_read_by_code(sources: SourceSet) -> None:
    """A lead of width 1 asks for one of three lists, and then for its rows."""
    task = "Find for Canada: capital, landlocked"

    def one_list(opening: Opening, turns: Sequence[Turn]) -> str:
        steps = [delegate("List the countries of North America"), delegate(task)]
        return steps[len(turns)] if len(turns) < 2 else table([("Canada", "Ottawa")], ("country", "capital"))

    played, journal = ScriptedEngine(by_label({"lead": one_list, "w.s": subagent})), ListJournal()
    state = await answer(SEVERAL, SETTINGS, engine=played, sources=sources, journal=journal)
    assert by_code(journal.events) == {task}
    assert state.table is not None
    rows = {row.cells[0].text: row.cells[1].text for row in state.table.rows}
    assert rows["Kazakhstan"] == "Astana"
    assert all(rows[name] for name in ("Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan"))
    assert not {"Canada", "Russia", "Australia"} & set(rows)


@pytest.mark.parametrize(
    ("question", "settings"),
    [
        ("List the countries of North America and Central Asia with capital.", SETTINGS),
        (ASKED, Settings(**{**vars(SETTINGS), "prompts": "default"})),
        (ASKED, Settings(**{**vars(SETTINGS), "max_pages": 40})),  # they are for the agents
        (ASKED, Settings(**{**vars(SETTINGS), "repair": 0})),
    ],
)  # fmt: skip
async def test_nobody_is_spared_where_code_is_not_to_judge(
    question: str, settings: Settings, sources: SourceSet
) -> None:
    journal = ListJournal()
    await answer(question, settings, engine=engine(), sources=sources, journal=journal)
    assert by_code(journal.events) == set()


NAMES = ("Chile", "Peru", "Guinea", "Guinea-Bissau", "Sudan", "Côte d'Ivoire")


@pytest.mark.parametrize(
    ("task", "rows"),
    [
        ("Find for Chile: capital, landlocked", ("Chile",)),
        ("Find for Chile: capital, GDP", ("Chile",)),  # the question has it
        ("Chile: capital", ("Chile",)),
        ("Find for Guinea-Bissau: capital", ("Guinea-Bissau",)),
        ("Find for Côte d'Ivoire: capital", ("Côte d'Ivoire",)),
        ("Research the capital and area of Peru.", ("Peru",)),
        ("Find for Chile: capital\nFind for Peru: capital", ("Chile", "Peru")),
        ("Find for Chile: capital\nFind for Laos: capital", ()),
        ("Find for Chile and Ruritania: capital", ()),
        ("Find for Chile, Peru: capital", ()),
        ("Find for South Sudan: capital", ()),
        ("South Sudan: capital", ()),
        ("Find for Papua New Guinea: capital", ()),
        ("List the countries of South America except Chile", ()),
        ("Find the landlocked country that borders Chile: capital", ()),
        ("Find for the neighbours of Chile: capital", ()),
        ("Find for Ruritania: capital", ()),
        ("", ()),
    ],
)
def test_which_rows_a_subtask_is_plainly_about(task: str, rows: tuple[str, ...]) -> None:
    assert rows_of(task, NAMES, "List the countries with capital and GDP.") == rows


LIST = Document("l", "Countries of Asia", "# Countries of Asia\n\n- Laos\n- Niger\n- Japan (Nippon)\n")


@pytest.mark.parametrize(
    ("question", "narrowed"),
    [
        ("List the countries of Asia that are landlocked, with capital.", True),
        ("We are comparing the countries of Asia that are landlocked; show capital for every one.", True),
        ("Give the capitals of the landlocked countries of Asia.", True),
        ("Which countries of Asia are landlocked? Give the capital of each.", True),
        ("Which landlocked countries are in Asia?", True),
        ("Which countries of Asia are landlocked, and which are islands?", False),
        ("Which countries of Asia are landlocked? Which are coastal?", False),
        ("Which countries of Asia are highest?", False),
        ("List the countries of Asia that are landlocked, or that border Brazil, with capital.", False),
        ("List the countries of Asia that are landlocked, as well as the coastal ones, with capital.", False),
        ("Countries of Asia that are landlocked with capital, and those that are coastal with port.", False),
        ("List the countries of Asia that are landlocked. Also list its islands.", False),
        ("Compare the landlocked countries of Asia with the coastal ones.", False),
        ("List the countries of Asia that are landlocked with capital; for comparison Japan.", False),
        ("List the countries of Asia with capital.", False),
    ],
)
def test_when_a_question_narrows_a_list_and_asks_for_nothing_else(question: str, narrowed: bool) -> None:
    found = narrowed_lists(question, [LIST])
    assert found == (
        Narrowed(("Laos", "Niger", "Japan (Nippon)"), ("landlocked",)) if narrowed else Narrowed()
    )


def test_a_lists_own_name_may_name_a_row() -> None:
    text = "# Countries of Australia and Oceania\n\n- Australia\n- Fiji\n"
    oceania = Document("o", "Countries of Australia and Oceania", text)
    asked = "List the countries of Asia and Australia and Oceania that are landlocked, with capital."
    assert narrowed_lists(asked, [LIST, oceania]).names == (
        "Laos",
        "Niger",
        "Japan (Nippon)",
        "Australia",
        "Fiji",
    )


@pytest.mark.parametrize(
    ("pages", "without"),
    [
        ({"Laos": "It is landlocked.", "Niger": "It is dry."}, {"Niger"}),
        ({"Laos": "It is landlocked.", "Niger": "Land-locked and dry."}, set()),
        ({"Laos": "Landlocked.", "Niger": "It is almost landlocked."}, {"Niger"}),
        ({"Laos": "Landlocked.", "Niger": "It borders landlocked Mali."}, set()),
        ({"Laos": "Landlocked.", "Niger": "Two islands have landlocked lagoons."}, {"Niger"}),
        ({"Laos": "Landlocked.", "Niger": "One of the landlocked states."}, set()),
        ({"Laos": "Landlocked.", "Niger": "Not landlocked is the coast, landlocked the rest."}, set()),
        ({"Laos": "It is wet.", "Niger": "It is dry."}, set()),  # perhaps said in other words
        ({"Laos": "It is landlocked.", "Nippon": "A brand."}, set()),  # no page of Japan's
        ({"Laos - Wikipedia": "It is landlocked.", "Niger - Wikipedia": "It is dry."}, {"Niger"}),
        ({"Laos": "It is landlocked.", "Niger (country)": "Landlocked.", "Niger": "A river."}, set()),
    ],
)
def test_which_names_lack_a_quality(pages: dict[str, str], without: set[str]) -> None:
    narrowed = narrowed_lists("List the countries of Asia that are landlocked.", [LIST])
    documents = [Document(title, title, text) for title, text in pages.items()]
    found = judged(narrowed, documents)
    assert set(found.lacking) == without
    assert found.having <= set(narrowed.names) - without
    plainly = [
        text
        for text in pages.values()
        if re.search(r"(?i)(?<!almost )landlocked(?! (?:Mali|lagoons|states))", text)
    ]
    assert len(found.having) == len(plainly)


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        ("Find for Laos: capital, landlocked", True),
        ("Find for Laos: capital, landlocked as a table", True),
        ("Find for Laos: capital, landlocked, report", True),
        ("Find for Laos: capital, Landlocked.", True),
        ("Find for Laos: capital, landlocked area", False),
        ("Find for Laos: landlocked, capital", False),
        ("Find for Laos: capital", False),
    ],
)
def test_where_a_subtask_asks_what_code_knows(task: str, asked: bool) -> None:
    at = asked_at(task, "landlocked")
    assert (task[:at] == "Find for Laos: capital") is asked if asked else at == -1


FOUND = "# Countries of Asia\n1. Laos\n2. Niger\n3. Japan (Nippon)\n4. Mali\nThat is all."


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        ((), FOUND),
        (("Niger",), "# Countries of Asia\n1. Laos\n2. Japan (Nippon)\n3. Mali\nThat is all."),
        (("Laos", "Nippon", "Nigeria"), "# Countries of Asia\n1. Niger\n2. Mali\nThat is all."),
        (("Laos", "Niger", "Japan", "Mali"), "# Countries of Asia\n1. Laos\nThat is all."),
    ],
)
def test_a_reported_list_without_some_of_its_items(gone: tuple[str, ...], left: str) -> None:
    assert without_items(FOUND, gone) == left


def test_items_in_other_forms_keep_them() -> None:
    assert without_items("- Laos\n  * Niger\n  * Mali", ["Laos"]) == "  * Niger\n  * Mali"


def test_what_is_said_under_an_item_goes_with_it() -> None:
    found = "1. Laos\n   capital: Vientiane\n2. Mali\n   capital: Bamako"
    assert without_items(found, ["Laos"]) == "1. Mali\n   capital: Bamako"
    assert without_items(found, ["Mali"]) == "1. Laos\n   capital: Vientiane"


def test_what_has_another_form_of_a_name_stays() -> None:
    found = "1. Korea (North)\n2. Korea (South)\n3. Laos"
    assert without_items(found, ["Korea (South)"], ["Korea (North)"]) == "1. Korea (North)\n2. Laos"


@pytest.mark.parametrize(
    ("report", "listed"),
    [
        (FOUND, True),
        ("- Laos\n- Niger", True),
        ("- Laos", False),
        ("# Laos\n- capital: Vientiane\n- area: 236,800 sq km", False),
        ("Laos, Niger and Mali", False),
        ("1. Peru\n2. Chile\n3. Laos", False),
        ("", False),
    ],
)
def test_which_report_is_a_list(report: str, listed: bool) -> None:
    assert is_list(report, ["Laos", "Niger", "Japan", "Mali"]) is listed


async def test_what_is_asked_again_gets_an_agent(sources: SourceSet) -> None:
    """Of a row that code has answered for once, be it in other words."""
    once = delegate(*(f"Research the capital of {name}" for name in ("Canada", "Mexico")))

    def stubborn(opening: Opening, turns: Sequence[Turn]) -> str:
        return once if len(turns) == 2 else lead(opening, turns[:2] + turns[3:])

    played, journal = ScriptedEngine(by_label({"lead": stubborn, "w.s": subagent})), ListJournal()
    await answer(ASKED, SETTINGS, engine=played, sources=sources, journal=journal)
    again = [talk.opening.user for talk in played.conversations if talk.opening.label.startswith("w3.")]
    assert len(again) == 2


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


async def test_an_agent_goes_on_with_the_task_it_was_sent_with(sources: SourceSet) -> None:
    whole = ListJournal()
    await answer(ASKED, SETTINGS, engine=engine(), sources=sources, journal=whole)
    sent = next(
        e.agent
        for e in whole.events
        if isinstance(e, ev.AgentStarted) and e.task == "Find for Kazakhstan: capital"
    )
    turn = next(n for n, e in enumerate(whole.events) if isinstance(e, ev.ToolAnswered) and e.agent == sent)
    cut = ListJournal(most=turn + 1)
    with pytest.raises(BaseException) as caught:
        await answer(ASKED, SETTINGS, engine=engine(), sources=sources, journal=cut)
    assert isinstance(caught.value, Cut) or caught.group_contains(Cut)
    known: RunState = fold([event for event in cut.events if isinstance(event, ev.Event)])
    assert known.agents[sent].outcome is None
    played = engine()
    rest = ListJournal()
    state = await answer(ASKED, SETTINGS, engine=played, sources=sources, journal=rest, resume_from=known)
    went_on = next(talk for talk in played.conversations if talk.opening.label == sent)
    assert "Find for Kazakhstan: capital\n" in went_on.opening.user
    turns = next(talk for talk in played.conversations if talk.opening.label == "lead").turns
    assert "# Kazakhstan\n- capital: Astana\n- landlocked: yes" in (turns[1].tool_result or "")
    assert state.table is not None
    assert {row.cells[0].text for row in state.table.rows} >= LANDLOCKED
