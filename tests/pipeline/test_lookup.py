"""What code finds without a model, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

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
from wideseek_cli.core import events as ev
from wideseek_cli.pipeline.lookup import listed_names, names_in, other_names_of, with_listed
from wideseek_cli.run import answer
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.markdown import parse_table
from wideseek_cli.table.model import CellStatus, Column, Document, Table

LIST = Document("u", "Colleges of Ardovia", "# Colleges\n\nAll of them:\n\n- A\n- B\n- C\n\nOthers:\n\n- D\n")


def rows(text: str):
    made = parse_table(text, COLUMNS)
    assert made is not None
    return made


def names(made) -> list[str]:
    return [row.cells[0].text for row in made.rows]


def test_the_first_list_of_a_page_is_its_list() -> None:
    assert listed_names(LIST) == ["A", "B", "C"]


def test_rows_that_the_asked_for_list_has_are_added() -> None:
    listed = with_listed(rows(table([("A", "x", 1), ("B", "y", 2), ("Q", "z", 3)])), QUESTION, [LIST])
    assert names(listed.table) == ["A", "B", "C"]
    assert listed.table.rows[2].cells[1].status is CellStatus.MISSING
    assert listed.left_out == ("Q",)


def test_one_row_that_the_question_names_brings_the_others() -> None:
    asked = "City and founding year for Ardovia, Bel and Corvia"
    made = rows(table([("Xanadu", "x", 1), ("Ybor", "y", 2), ("Bel", "z", 3)]))
    assert names(with_listed(made, asked, []).table)[-2:] == ["Ardovia", "Corvia"]
    made = rows(table([("Xanadu", "x", 1), ("Ybor", "y", 2)]))
    assert with_listed(made, asked, []).table == made


def test_rows_without_a_name_are_no_rows() -> None:
    made = rows(table([("", "x", 1), ("College", "y", 2), ("B", "z", 3)]))
    assert names(with_listed(made, QUESTION, []).table) == ["B"]
    assert names(with_listed(rows(table([("", "x", 1)])), QUESTION, [LIST]).table) == ["A", "B", "C"]


def test_a_whole_list_among_many_others_is_what_was_meant() -> None:
    made = rows(table([(name, "x", 1) for name in "ABCPQRSTU"]))
    assert names(with_listed(made, QUESTION, [LIST]).table) == ["A", "B", "C"]


def test_an_empty_table_takes_the_whole_list() -> None:
    assert names(with_listed(Table(COLUMNS), QUESTION, [LIST]).table) == ["A", "B", "C"]


def test_several_lists_are_one_set_when_all_of_them_were_read() -> None:
    other = Document("v", "Colleges of Belvania", "# Colleges\n\n- P\n- Q\n")
    made = rows(table([("A", "x", 1), ("P", "y", 2), ("Xanadu", "z", 3)]))
    asked = "Colleges of Ardovia and Belvania with city"
    assert names(with_listed(made, asked, [LIST, other]).table) == ["A", "P", "B", "C", "Q"]
    assert with_listed(made, asked, [LIST]).table == made
    wall = Document("v", "Colleges of Belvania", "Please enable JavaScript.")
    assert with_listed(made, asked, [LIST, wall]).table == made
    assert with_listed(made, "Colleges of Ardovia, Belvania and Corvia", [LIST, other]).table == made


def test_names_of_lists_are_no_rows_though_a_column_is_called_like_their_things() -> None:
    """`countries`, and an internet country code."""
    texts = {"Ardovia": "- A\n- B\n", "Belvania": "- P\n- Q\n", "Corvia and Dole": "- X\n- Y\n"}
    lists = [Document(n, f"Colleges of {n}", f"# Colleges of {n}\n\n{t}") for n, t in texts.items()]
    asked = "Give the college code for the colleges of Ardovia, Belvania and Corvia and Dole."
    shape = Table((Column("name", key=True), Column("college code")))
    assert names(with_listed(shape, asked, lists).table) == ["A", "B", "P", "Q", "X", "Y"]
    said = "Give the college code of A, P and X."
    assert names(with_listed(shape, said, lists).table) == ["A", "P", "X"]


@pytest.mark.parametrize(
    "question",
    [
        "Colleges of Ardovia with city",
        'Look up city, highest point, year for all the colleges of Ardovia. Say "not found" where none is.',
        "Which are the colleges of Ardovia and where do they lie?\nNot more than one line each.",
        "Provide city and year for the colleges of Ardovia as a table. Give all.",
    ],
)
def test_a_list_may_be_asked_for_in_many_words(question: str) -> None:
    assert len(with_listed(rows(table([("A", "x", 1), ("B", "y", 2)])), question, [LIST]).table.rows) == 3


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("List the colleges of Ardovia that are older than 100 years.", LIST),
        ("List the three oldest colleges of Ardovia without a chapel.", LIST),
        ("List the rivers of Ardovia.", LIST),
        ("Colleges of Ardovia and Belvania with city", LIST),
        ("Colleges of Ardovia and Belvania without a chapel, with city", LIST),
        ("Colleges of Ardovia that have a chapel, with city", LIST),
        ("List the five largest colleges of Ardovia.", LIST),
        ("Colleges of Ardovia founded before 1600, with city", LIST),
        (QUESTION, replace(LIST, title="Colleges of Elsewhere in Ardovia")),
        (QUESTION, replace(LIST, kind="snippet")),
        (QUESTION, replace(LIST, text="No list here.")),
        (QUESTION, replace(LIST, text="- X\n- Y\n- Z\n")),
    ],
)
def test_another_list_or_a_narrower_question_adds_nothing(question: str, document: Document) -> None:
    before = rows(table([("A", "x", 1), ("B", "y", 2)]))
    assert with_listed(before, question, [document]).table == before


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Show Peru, Chile and Cuba together with their area.", ["Peru", "Chile", "Cuba"]),
        (
            "Tell me the area, height and age of Peru, Chile, Cuba and Fiji together with their flag, anthem",
            ["Peru", "Chile", "Cuba", "Fiji"],
        ),
        (
            "Look up the area for all of Peru, Trinidad and Tobago, Isle of Man and Chile.\nColumns: a, b, c",
            ["Peru", "Trinidad and Tobago", "Isle of Man", "Chile"],
        ),
        ("Give area, height, and age of Peru and Chile", []),
        ("Countries of Peru, Chile", []),
        ("", []),
    ],
)
def test_names_that_the_question_lists(question: str, names: list[str]) -> None:
    assert names_in(question) == names


def test_named_rows_that_are_missing_are_added() -> None:
    listed = with_listed(
        rows(table([("Yale", "x", 1), ("Brown", "y", 2)])), "City of Yale, Brown and Cornell?", []
    )
    assert names(listed.table) == ["Yale", "Brown", "Cornell"]
    asked = with_listed(Table(COLUMNS), "Show College, City and Founded of all of them", []).table
    assert not asked.rows
    other = rows(table([("X", "x", 1), ("Y", "y", 2)]))
    assert with_listed(other, "City of Yale, Brown and Cornell?", []).table == other


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
    settings = Settings(columns=COLUMNS, prompts="plain", repair=1)
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


@pytest.mark.parametrize(
    ("question", "rows_are_named"),
    [
        ("Founding year for Ardovia, Bel and Corvia", True),
        ("Founding year of Ardovia, Bel and Corvia", True),
        ("The cities of Ardovia, Bel and Corvia", True),  # a column
        ("List all colleges of Ardovia, Bel and Corvia", False),
        ("List all colleges in the Ardovia, Bel and Corvia", False),
    ],
)
def test_names_that_say_where_the_rows_are_are_no_rows(question: str, rows_are_named: bool) -> None:
    listed = with_listed(Table(parse_columns("college, cities, founded:int")), question, [])
    assert names(listed.table) == (["Ardovia", "Bel", "Corvia"] if rows_are_named else [])


@pytest.mark.parametrize(
    ("question", "titles", "wanted"),
    [
        ("for A, Panama and Saint Kitts and Nevis?", ["Panama"], ["A", "Panama", "Saint Kitts and Nevis"]),
        ("for A, Trinidad and Tobago and Chile", ["Chile"], ["A", "Trinidad and Tobago", "Chile"]),
        ("for A, B, Bel and Saint V and the Isles.", [], ["A", "B", "Bel", "Saint V and the Isles"]),
    ],
)  # fmt: skip
def test_titles_tell_which_and_is_the_lists(question: str, titles: list[str], wanted: list[str]) -> None:
    assert names_in(question, titles) == wanted


def test_a_page_may_have_another_name() -> None:
    assert other_names_of("USA") == ["USA", "united states", "united states of america"]
    assert other_names_of("Milinven College") == ["Milinven College"]


def test_the_names_of_columns_are_no_rows() -> None:
    question = "Teams of the Ardovian League: city, ground and seats. Columns: Team, City, Ground, Seats."
    assert names_in(question) == []
    assert names_in("Give the heads of Peru, Chile and Cuba. Columns: Country, Head, Since.") == [
        "Peru",
        "Chile",
        "Cuba",
    ]


def test_behind_a_colon_the_first_word_is_a_name() -> None:
    assert names_in("Give the capital of each of these: Peru, Chile and Cuba.") == ["Peru", "Chile", "Cuba"]
