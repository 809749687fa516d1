"""Rows that do not belong: what a list that was read says about them, and when it says nothing."""

from __future__ import annotations

import pytest

from tests.table.labelled import HELD_BACK, cases
from wideseek_cli.table.asked import (
    list_queries,
    lists_named,
    names_the_set,
    qualities,
    whole_lists,
    without_form,
)
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table

QUESTION = "List the countries of South America with capital and area"
NAMES = ("Argentina", "Bolivia", "Brazil", "Chile", "Peru")
LIST = Document(
    "zim://facts/list",
    "Countries of South America",
    "# Countries of South America\n\n" + "".join(f"- {name}\n" for name in NAMES) + "\n## Areas\n\n- Aruba\n",
)
CAPITALS = {
    "Mexico": "Mexico City",
    "Peru": "Lima",
    "Chile": "Santiago",
    "Brazil": "Brasília",
    "Aruba": "Oranjestad",
}
PAGES = tuple(
    Document(f"zim://facts/{name}", name, f"# {name}\n\n### Capital\n\n- name: {capital}\n")
    for name, capital in CAPITALS.items()
)  # fmt: skip


def judged(names: tuple[str, ...], *documents: Document, question: str = QUESTION) -> dict[str, Cell]:
    rows = tuple(Row((Cell(name), Cell(CAPITALS[name]))) for name in names)
    table = prove(Table(parse_columns("country, capital"), rows), [*PAGES, *documents], question=question)
    assert all(row.cells[1].status is CellStatus.PROVED for row in table.rows)
    return {row.cells[0].text: row.cells[0] for row in table.rows}


def test_a_row_that_is_on_no_list_is_only_seen_and_it_is_said_why() -> None:
    cells = judged(("Peru", "Chile", "Brazil", "Mexico"), LIST)
    assert [cells[name].status.value for name in ("Peru", "Chile", "Brazil", "Mexico")] == ["proved"] * 3 + [
        "seen"
    ]
    assert cells["Mexico"].note == (
        "not on the list “Countries of South America” (zim://facts/list), which has 3 of these rows"
    )
    assert not any(cells[name].note for name in ("Peru", "Chile", "Brazil"))


def test_a_section_or_a_table_can_be_the_list() -> None:
    rows = "".join(f"| {number} | {name} | x |\n" for number, name in enumerate(NAMES))
    text = "# World\n\n## Countries of South America\n\n| No | Country | Note |\n|---|---|---|\n"
    text += f"{rows}\n## North\n\n- Mexico\n"
    cells = judged(("Peru", "Chile", "Brazil", "Mexico"), Document("u", "The world", text))
    assert cells["Mexico"].status is CellStatus.SEEN
    assert cells["Peru"].status is CellStatus.PROVED


@pytest.mark.parametrize(
    ("names", "document"),
    [
        (("Peru", "Chile", "Brazil", "Mexico"), None),
        (("Peru", "Chile", "Mexico", "Aruba"), LIST),  # two of four on the list
        (("Peru", "Chile", "Brazil", "Aruba"), LIST),  # named elsewhere on the page
        (("Peru", "Chile", "Brazil", "Mexico"), Document("u", "Exporters of copper", LIST.text[30:])),
        (("Peru", "Chile", "Brazil", "Mexico"), Document("u", "South America", LIST.text[30:])),
        (("Peru", "Chile", "Brazil", "Mexico"), Document("u", LIST.title, "So Peru, Chile and Brazil.")),
        (("Peru", "Chile", "Brazil", "Mexico"), Document("u", LIST.title, LIST.text, kind="snippet")),
        (("Peru", "Chile", "Brazil", "Mexico"), Document("u", LIST.title, LIST.text + "\nSee New Mexico.")),
    ],
)  # fmt: skip
def test_without_such_a_list_nothing_changes(names: tuple[str, ...], document: Document | None) -> None:
    cells = judged(names, *([document] if document else []))
    assert {cell.status for cell in cells.values()} == {CellStatus.PROVED}
    assert not any(cell.note for cell in cells.values())


@pytest.mark.parametrize(
    ("question", "title", "named"),
    [
        (QUESTION, "Countries of South America", True),
        (QUESTION, "List of countries of South America - Wikipedia", True),
        ("Give all South American countries", "Countries of South America", True),
        ("Countries of South America and their capitals", "Countries of South America", True),
        ("countries of South America and Asia", "Countries of South America", False),
        ("countries of Asia and South America", "Countries of South America", False),
        ("countries of South America, Asia and Africa", "Countries of South America", False),
        ("countries of South America, the Middle East and Asia", "Countries of South America", False),
        ("countries of South America & Asia", "Countries of South America", False),
        ("countries of South America, of Asia and of Africa", "Countries of South America", False),
        ("countries of South America and countries of Asia", "Countries of South America", False),
        ("Asian and South American countries", "Countries of South America", False),
        ("countries bordering South America", "Countries of South America", False),
        ("countries outside South America", "Countries of South America", False),
        ("countries that have embassies in South America", "Countries of South America", False),
        ("cities of Nigeria", "Cities of Niger", False),
        ("universities in India", "Universities in Indiana", False),
        ("lakes and rivers of Kenya", "Rivers of Kenya", False),
        ("rivers of Guinea-Bissau", "Rivers of Guinea", False),
        ("countries of South America with capital and area", "South American countries by area", False),
        ("列出南美洲国家和亚洲国家，给出首都", "南美洲国家列表", False),
        ("列出亚洲国家和南美洲国家，给出首都", "南美洲国家列表", False),
        ("Which countries are there?", "Countries", False),
        (QUESTION, "Countries of South Asia", False),
        (QUESTION, "Landlocked countries of South America", False),
        (QUESTION, "South America", False),
        ("列出南美洲国家的首都", "南美洲国家列表", True),
        ("", "Countries of South America", False),
    ],
)
def test_which_titles_name_what_is_asked_for(question: str, title: str, named: bool) -> None:
    assert names_the_set(question, title) is named


@pytest.mark.slow
def test_right_rows_of_the_labelled_set_keep_their_names_proved() -> None:
    """Ten countries of Europe each, all region pages read, a question that names the region's list."""
    for case in cases(HELD_BACK, ("europe",), 3, count=150):
        table = prove(case.table, case.documents, question="List countries of Europe with their figures")
        assert {row.cells[0].status for row in table.rows} == {CellStatus.PROVED}


LOCKED = tuple(
    Document(page.url, page.title, page.text + f"\n### Coastline\n\n- total: {coast}\n")
    for page, coast in zip(PAGES, ("1 km", "2 km", "3 km", "0 km (landlocked)", "5 km"), strict=True)
)


def narrowed(question: str, *documents: Document) -> dict[str, str]:
    names = ("Peru", "Chile", "Brazil")
    rows = tuple(Row((Cell(name), Cell(CAPITALS[name]))) for name in names)
    table = prove(Table(parse_columns("country, capital"), rows), documents, question=question)
    return {row.cells[0].text: row.cells[0].note for row in table.rows}


@pytest.mark.parametrize(
    "question",
    [
        "List the landlocked countries of South America with capital",
        "landlocked South American countries: capital",
        "Countries of South America that are landlocked, with their capitals",
        "Which countries of South America are landlocked? Give their capitals.",
    ],
)
def test_a_row_whose_pages_lack_what_was_asked_for_is_only_seen(question: str) -> None:
    notes = narrowed(question, LIST, *LOCKED)
    why = "nothing on its own pages says “landlocked”"
    assert notes == {"Peru": why, "Chile": why, "Brazil": ""}


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        (QUESTION, (LIST, *LOCKED)),
        ("List the coastal countries of South America", (LIST, *LOCKED)),  # no page has the word
        ("List the landlocked countries of South America", (LIST, *PAGES)),
        ("List the landlocked countries of South America", LOCKED),  # no list
        ("List the landlocked countries of South America", (LIST, LOCKED[3])),  # no other page was read
        (
            "List the landlocked countries of South America",
            (Document("u", "Landlocked countries of South America", LIST.text[30:]), *LOCKED),
        ),
    ],
)  # fmt: skip
def test_without_a_list_or_a_page_that_has_the_word_nothing_is_said(
    question: str, documents: tuple[Document, ...]
) -> None:
    assert not any(narrowed(question, *documents).values())


@pytest.mark.parametrize(
    ("question", "narrows"),
    [
        ("List the landlocked countries of South America", ("landlocked",)),
        ("Which poor landlocked countries of South America are there?", ("landlocked",)),
        ("Capital of the countries of South America that are landlocked as a table", ("landlocked",)),
        ("Countries of South America that are landlocked and report their capital", ("landlocked",)),
        ("Countries of South America that are landlocked with their country code", ("landlocked",)),
        ("Countries of South America that are founding members of the OAS", ()),
        ("List the coastal countries of South America", ("coastal",)),
        ("List the coastal and island countries of South America", ()),
        ("Countries of South America that are landlocked or border Brazil", ()),
        ("Countries of South America that are landlocked with their capitals", ("landlocked",)),
        ("Which countries of South America are landlocked?", ("landlocked",)),
        ("Which South American countries are landlocked, and what is their capital?", ("landlocked",)),
        ("Which landlocked countries are in South America?", ("landlocked",)),
        ("Which countries of South America are there?", ()),
        ("Which countries of South America are poorest?", ()),
        ("Which countries of South America are in the OAS?", ()),
        ("Capitals of countries of South America are wanted.", ()),
        ("List the non-landlocked countries of South America", ()),
        ("List the not landlocked countries of South America", ()),
        ("Compare the following countries of South America: Peru and Chile", ()),
        ("Which of these countries of South America have a coast?", ()),
        ("Name the twelve countries of South America", ()),
        ("The Spanish-speaking countries of South America", ()),
        ("Countries of South America that are also members of the OAS", ()),
        ("Countries of South America that are located north of the equator", ()),
        ("Countries of South America that are smaller than 9,000 sq km", ()),
        ("List the listed countries of South America with their capitals", ()),
        ("List all countries of South America", ()),
        ("Give me the 10 largest countries of South America", ()),
        ("What are the major countries of South America?", ()),
        ("Countries of South America that are monarchies", ("monarchies",)),
        ("Countries of South America that are not monarchies", ()),
        ("South American countries", ()),
        ("The Andean countries of South America", ()),
    ],
)
def test_which_words_narrow_a_list(question: str, narrows: tuple[str, ...]) -> None:
    assert qualities(question, "Countries of South America") == narrows


SOUTH, EAST, OCEANIA = (
    "Countries of South America",
    "Countries of East Asia",
    "Countries of Australia - Oceania",
)


@pytest.mark.parametrize(
    ("question", "titles", "named"),
    [
        ("the countries of South America and East Asia with capital", (SOUTH, EAST), (SOUTH, EAST)),
        ("the countries of East Asia, South America and Australia - Oceania that are landlocked",
         (SOUTH, EAST, OCEANIA), (SOUTH, EAST, OCEANIA)),
        ("List the countries of South America and East Asia", (SOUTH,), ()),
        ("the countries of East Asia, South America and Africa", (SOUTH, EAST), ()),
        ("the countries of Europe, South America and East Asia", (SOUTH, EAST), ()),
        ("the countries of South and East Asia", ("Countries of South Asia", EAST), ()),
        ("the countries of East Asia and Southeast Asia", ("Countries of Asia", EAST), ()),
        ("the countries of East Asia and South America",
         ("Countries of East America", EAST, SOUTH), (EAST, SOUTH)),
        ("South America and East Asia", (SOUTH, EAST), ()),
        ("European countries with embassies in South America and East Asia", (SOUTH, EAST), ()),
        ("East Asian and South American countries", (SOUTH, EAST), (SOUTH, EAST)),
        ("the countries of South America and countries of East Asia", (SOUTH, EAST), (SOUTH, EAST)),
        ("the countries of South America", (SOUTH, EAST), (SOUTH,)),
    ],
)  # fmt: skip
def test_several_lists_are_the_set_only_when_no_name_is_left(
    question: str, titles: tuple[str, ...], named: tuple[str, ...]
) -> None:
    assert lists_named(question, titles) == named


ISLES = Document(
    "u:isles", "Countries of the Blue Isles", "# Countries of the Blue Isles\n\n- Aruba\n- Mexico\n"
)


def test_over_several_lists_a_row_on_none_of_them_is_only_seen() -> None:
    """Two of the rows are on one list and one on the other; the fourth is on neither."""
    assert judged_names(ISLES) == {"Peru": "", "Chile": "", "Mexico": "", "Brazil": ""}
    short = Document(LIST.url, LIST.title, "# Countries of South America\n\n- Peru\n- Chile\n")
    notes = judged_names(ISLES, short)
    assert notes["Brazil"].startswith("on none of the lists “Countries of South America”")
    assert not notes["Peru"]
    assert not notes["Mexico"]


def judged_names(isles: Document, south: Document = LIST) -> dict[str, str]:
    names = ("Peru", "Chile", "Mexico", "Brazil")
    rows = tuple(Row((Cell(name), Cell(CAPITALS[name]))) for name in names)
    question = "List the countries of South America and the Blue Isles with capital"
    made = prove(Table(parse_columns("country, capital"), rows), (south, isles, *PAGES), question=question)
    return {row.cells[0].text: row.cells[0].note for row in made.rows}


def test_a_quality_narrows_several_lists_alike() -> None:
    asked = "List the countries of South America and the Blue Isles that are landlocked"
    why = "nothing on its own pages says “landlocked”"
    assert narrowed(asked, LIST, ISLES, *LOCKED) == {"Peru": why, "Chile": why, "Brazil": ""}
    found = [Document(page.url, page.title, "All of them.", kind="snippet") for page in (LIST, ISLES)]
    assert narrowed(asked, *found, LIST, ISLES, *LOCKED) == {"Peru": why, "Chile": why, "Brazil": ""}
    assert not any(narrowed(asked, LIST, *LOCKED).values())  # one of the lists was not read


def test_a_page_without_a_list_is_none_of_several() -> None:
    """An error page with the right title must not make outsiders of all that it should have listed."""
    wall = Document("u:isles", "Countries of the Blue Isles", "Please enable JavaScript to see this page.")
    short = Document(LIST.url, LIST.title, "# Countries of South America\n\n- Peru\n- Chile\n")
    assert not any(judged_names(wall, short).values())


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("List the countries of South America and East Asia with capital", (SOUTH, EAST)),
        ("Provide capital for the countries of South America and East Asia as a table.", (SOUTH, EAST)),
        ("List all South American countries and their capitals", (SOUTH,)),
        ("Which countries are in South America?", (SOUTH,)),
        ("Which countries are in both South America and East Asia?", ()),
        ("Which countries lie in South America and also in East Asia?", ()),
        ("Which countries of South America are there, and what is the capital of each?", (SOUTH,)),
        ("Which countries of South America are in the OAS?", ()),
        ("Which countries of South America are landlocked?", ()),
        ("List the five largest countries of South America", ()),
        ("List the Spanish-speaking countries of South America", ()),
        ("List the French-speaking countries of South America and East Asia", ()),
        ("List the countries of South America and East Asia that border a sea", ()),
        ("List the countries of South America that are landlocked", ()),
        ("Draw up a table of the countries of South America and report their capital", (SOUTH,)),
        ("List the countries bordering South America", ()),
    ],
)
def test_a_list_is_whole_only_where_nothing_narrows_it(question: str, whole: tuple[str, ...]) -> None:
    assert whole_lists(question, (SOUTH, EAST)) == whole


@pytest.mark.parametrize(
    ("question", "queries"),
    [
        ("List the countries of Asia with capital.", []),
        (
            "List the countries of Asia, with Capital and GDP.",
            ["countries of Capital", "countries of GDP", "countries of Capital and GDP"],
        ),
        (
            "Provide area for the countries of Central Asia and the Middle East.",
            [
                "countries of Central Asia",
                "countries of Middle East",
                "countries of Central Asia and Middle East",
            ],
        ),
        (
            "Show capitals of the lakes of Asia, Australia and Oceania that are dry.",
            ["lakes of Asia", "lakes of Australia", "lakes of Oceania", "lakes of Australia and Oceania"],
        ),
    ],
)
def test_several_lists_are_searched_one_by_one(question: str, queries: list[str]) -> None:
    assert [*list_queries(question)] == queries


def test_how_a_table_is_to_look_is_not_what_is_asked_for() -> None:
    asked = "Give area for lakes that are dry as a table. Say as a table if none.\nColumns: as a table"
    told = "Give area for lakes that are dry. Say if none.\nColumns: as a table"
    assert without_form(asked) == told
    assert without_form("Which lakes are dry?") == "Which lakes are dry?"
