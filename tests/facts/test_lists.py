"""Lists of names that answer a question, and rows that a question names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from wideseek_cli.facts import served
from wideseek_cli.facts.pagefacts import Shelf, read_document
from wideseek_cli.facts.rows.lists import list_queries, lists_on, names_listed, titles_meant
from wideseek_cli.question.reading import read_question
from wideseek_cli.question.rownames import is_column, names_in, says_where
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Document

COLUMNS = parse_columns("college, city, founded:int")
QUESTION = "List all colleges of Ardovia with city and founding year."
LIST = Document("u", "Colleges of Ardovia", "# Colleges\n\nAll of them:\n\n- A\n- B\n- C\n\nOthers:\n\n- D\n")


def listed(question: str, *documents: Document, columns: str = "college, city, founded:int") -> list[str]:
    found = names_listed(
        read_question(question), parse_columns(columns), [read_document(one) for one in documents]
    )
    return list(found.names) if found else []


def of(*items: str) -> str:
    return "".join(f"- {item}\n" for item in items)


def test_the_first_list_under_a_heading_is_its_list() -> None:
    (one,) = lists_on(read_document(LIST))
    assert one.names == ("A", "B", "C")


def test_what_an_item_says_of_its_name_is_no_part_of_it() -> None:
    text = of("Ayr – in the north", "Kells (since 1910)", "Saint-Cyr")
    (one,) = lists_on(read_document(replace(LIST, text=text)))
    assert one.names == ("Ayr", "Kells", "Saint-Cyr")


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        "Colleges of Ardovia with city",
        'Look up city, highest point, year for all the colleges of Ardovia. Say "not found" where none is.',
        "Which are the colleges of Ardovia and where do they lie?\nNot more than one line each.",
        "Provide city and year for the colleges of Ardovia as a table. Give all.",
        "We are comparing the colleges of Ardovia; show the city for every one.",
        "Put together an overview of the colleges of Ardovia that states city and age.",
        "Draw up a table of the colleges of Ardovia and report their city.",
        "Show the colleges of Ardovia together with their city.",
        "Collect city and age of the colleges of Ardovia in one table.",
        "Which city do the colleges of Ardovia have?",
    ],
)
def test_a_list_may_be_asked_for_in_many_words(question: str) -> None:
    assert listed(question, LIST) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("List the three oldest colleges of Ardovia without a chapel.", LIST),
        ("List the rivers of Ardovia.", LIST),
        ("Colleges of Ardovia and Belvania with city", LIST),
        ("Colleges of Ardovia and Belvania without a chapel, with city", LIST),
        ("Colleges of Ardovia, Belvania and Corvia", LIST),
        ("List the five largest colleges of Ardovia.", LIST),
        (QUESTION, replace(LIST, title="Colleges of Elsewhere in Ardovia")),
        (QUESTION, replace(LIST, text="No list here.")),
    ],
)
def test_another_list_or_a_narrower_question_gives_no_rows(question: str, document: Document) -> None:
    assert listed(question, document) == []


@pytest.mark.parametrize(
    "question",
    [
        "List the colleges of Ardovia that are older than 100 years.",
        "Colleges of Ardovia that have a chapel, with city",
        "Colleges of Ardovia founded before 1600, with city",
        "Residential colleges of Ardovia with city",
    ],
)
def test_a_condition_is_left_to_the_rows_of_the_list(question: str) -> None:
    found = names_listed(read_question(question), COLUMNS, [read_document(LIST)])
    assert found is not None
    assert (found.names, found.met[0].text) == (("A", "B", "C"), "of Ardovia")
    assert len([one for one in read_question(question).every_condition if one not in found.met]) == 1


def test_a_list_of_names_is_told_like_a_table() -> None:
    (one,) = served.lists(Shelf(), [LIST], read_question(QUESTION), COLUMNS)
    assert one.names == ("A", "B", "C")
    more = read_question("List all residential colleges of Ardovia with city and founding year.")
    assert served.lists(Shelf(), [LIST], more, COLUMNS) == (), "it has others too"


def test_lists_by_headings_are_one_and_links_elsewhere_are_none() -> None:
    text = f"## A\n\n{of('Ayr', 'Arden')}\n## B\n\n{of('Bray', 'Bel')}\n## See also\n\n{of('X', 'Y', 'Z')}"
    assert listed(QUESTION, replace(LIST, text=text)) == ["Ayr", "Arden", "Bray", "Bel"]


def test_a_list_under_the_title_is_it_and_other_things_have_headings() -> None:
    text = of("Ayr", "Kells", "Cyr") + "\n## Schools and other houses of Ardovia\n\n" + of("Low", "Mid")
    assert listed(QUESTION, replace(LIST, text=text)) == ["Ayr", "Kells", "Cyr"]
    letters = "\n".join(f"\n## {x}\n\n" + of(f"{x}yr", f"{x}ells", f"{x}imm") for x in "ABCDEF")
    assert len(listed(QUESTION, replace(LIST, text=of("Home", "Index") + letters))) == 20


def test_a_heading_says_what_its_list_is() -> None:
    text = f"## Towns\n\n{of('Ayr', 'Kells')}\n## Colleges\n\n{of('A', 'B')}"
    assert listed(QUESTION, Document("u", "Ardovia", text)) == ["A", "B"]


def test_several_lists_are_one_set_when_all_of_them_were_read() -> None:
    texts = {"Ardovia": of("A", "B"), "Belvania": of("P", "Q"), "Corvia and Dole": of("X", "Y")}
    lists = [Document(n, f"Colleges of {n}", f"# Colleges of {n}\n\n{t}") for n, t in texts.items()]
    assert listed("Colleges of Ardovia and Belvania with city", *lists) == ["A", "B", "P", "Q"]
    wall = Document("v", "Colleges of Belvania", "Please enable JavaScript.")
    assert listed("Colleges of Ardovia and Belvania with city", lists[0], wall) == []
    asked = "Give the college code for the colleges of Ardovia, Belvania and Corvia and Dole."
    assert listed(asked, *lists, columns="name, college code") == ["A", "B", "P", "Q", "X", "Y"]
    assert listed(asked, *lists[:2], columns="name, college code") == []


def test_a_name_is_not_put_together_of_two() -> None:
    names = ("North Ardovia", "South Ardovia", "South Belvania")
    lists = [Document(n, f"Colleges of {n}", f"# Colleges of {n}\n\n{of(n + ' A', n + ' B')}") for n in names]
    asked = "Colleges of South Ardovia and North Belvania with city"
    assert listed(asked, *lists) == []  # those of North Belvania were not read
    asked = "Colleges of North Ardovia and South Belvania with city"
    assert listed(asked, *lists) == [f"{n} {x}" for n in (names[0], names[2]) for x in "AB"]


def test_each_of_several_lists_is_searched_for() -> None:
    asked = "Give the city for the colleges of Ardovia and the Isle of Bel"
    assert list_queries(read_question(asked), COLUMNS) == [
        "colleges ardovia isle bel",
        "colleges of Ardovia",
        "colleges of Isle of Bel",
    ]
    titles = ["Colleges of Ardovia", "Colleges of the Isle of Bel", "Colleges of Kells"]
    assert titles_meant(read_question(asked), COLUMNS, titles) == (titles[:2], True)
    assert titles_meant(read_question(asked), COLUMNS, titles[:1]) == (titles[:1], False)


@pytest.mark.parametrize(
    ("question", "titles", "names"),
    [
        ("Show Peru, Chile and Cuba together with their area.", (), ["Peru", "Chile", "Cuba"]),
        (
            "Tell me the area, height and age of Peru, Chile, Cuba and Fiji together with their flag, anthem",
            (),
            ["Peru", "Chile", "Cuba", "Fiji"],
        ),
        (
            "Look up the area for all of Peru, Trinidad and Tobago, Isle of Man and Chile.\nColumns: a, b, c",
            (),
            ["Peru", "Trinidad and Tobago", "Isle of Man", "Chile"],
        ),
        ("Give the capital of each of these: Peru, Chile and Cuba.", (), ["Peru", "Chile", "Cuba"]),
        ("Give area, height, and age of Peru and Chile", (), []),
        ("Countries of Peru, Chile", (), []),
        ("Teams of the Ardovian League: city. Columns: Team, City, Ground, Seats.", (), []),
        ("", (), []),
        ("for A, Panama and Saint Kitts and Nevis?", ["Panama"], ["A", "Panama", "Saint Kitts and Nevis"]),
        ("for A, Trinidad and Tobago and Chile", ["Chile"], ["A", "Trinidad and Tobago", "Chile"]),
        ("for A, B, Bel and Saint V and the Isles.", (), ["A", "B", "Bel", "Saint V and the Isles"]),
    ],
)
def test_names_that_the_question_lists(question: str, titles: Sequence[str], names: list[str]) -> None:
    assert names_in(read_question(question), titles) == names


@pytest.mark.parametrize(
    ("question", "places"),
    [
        ("Founding year for Ardovia, Bel and Corvia", False),
        ("Founding year of Ardovia, Bel and Corvia", False),
        ("The cities of Ardovia, Bel and Corvia", False),  # a column
        ("List all colleges of Ardovia, Bel and Corvia", True),
        ("List all colleges in the Ardovia, Bel and Corvia", True),
    ],
)
def test_names_may_only_say_where_the_rows_are(question: str, places: bool) -> None:
    where = says_where(read_question(question), names_in(read_question(question)))
    assert bool(where and not is_column(where, parse_columns("college, cities, founded:int"))) is places


def test_what_the_rows_are_is_no_field_though_a_field_has_its_word() -> None:
    question = read_question("Give the college code for the colleges of Ardovia, Belvania and Corvia.")
    columns = parse_columns("college, college code, city")
    where = says_where(question, names_in(question))
    assert where == "colleges"
    assert not is_column(where, columns)
    assert list_queries(question, columns)[1] == "colleges of Ardovia"
    lists = [
        Document(n, f"Colleges of {n}", f"# Colleges of {n}\n\n{of(n + ' A', n + ' B')}")
        for n in ("Ardovia", "Belvania", "Corvia")
    ]
    asked = "Provide college code and city for the colleges of Ardovia, Belvania and Corvia."
    assert len(listed(asked, *lists, columns="college, college code, city")) == 6
