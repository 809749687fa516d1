"""What pages show of conditions in words."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wideseek_cli.facts.pagefacts import read_document
from wideseek_cli.facts.verdicts import compared, shown
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.condition import Condition, Sign
from wideseek_cli.question.where import parse_condition
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Row, Table

FACTS = {
    "Ardovia": "Coast: 0 km (landlocked)\nLocation: Northern Orland\nLanguages: Ardish, Venn",
    "Belmark": "Coast: 120 km\nLocation: Southern Orland\nLanguages: Venn",
    "Corvia": "Coast: none (landlocked)\nLocation: Western Sund\nSecond passport: yes",
    "Dorne": "Second passport: no\nLanguages: Ardish",
    "Esk": "Second passport: only for sailors",
}


def pages(facts: dict[str, str]) -> list[Document]:
    return [
        Document(f"https://land.example/{name}", name, f"# {name}\n\n" + "\n\n".join(text.split("\n")))
        for name, text in facts.items()
    ]


def verdicts(condition: str, documents: Sequence[Document], names: Sequence[str] = tuple(FACTS)) -> list[str]:
    table = Table((Column("country", key=True),), tuple(Row((Cell(name),)) for name in names))
    cells = shown(parse_condition(condition), table, [read_document(one) for one in documents])
    for cell in cells:
        assert (cell.proof is None) == (cell.text == "not shown")
        assert cell.status is (CellStatus.UNPROVED if cell.proof is None else CellStatus.PROVED)
    return [{"meets": "+", "does not": "-", "not shown": "?"}[cell.text] for cell in cells]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("landlocked", "+-+??"),
        ("not landlocked", "-+-??"),
        ("in Orland", "++-??"),
        ("not in Orland", "--+??"),
        ("speak Venn", "++?-?"),
        ("that have a second passport", "??+-?"),
        ("without a second passport", "??-+?"),
        ("has a navy", "?????"),
        ("not in Northern Orland", "-++??"),
    ],
)
def test_labels_and_values_tell_and_their_silence_is_no_proof(condition: str, expected: str) -> None:
    assert "".join(verdicts(condition, pages(FACTS))) == expected


def test_a_sentence_that_says_what_a_row_is() -> None:
    texts = {
        "Ardovia": "Ardovia is a landlocked country in the north.",
        "Belmark": "Belmark is not a landlocked country.",
        "Corvia": "Corvia borders the landlocked Ardovia.",
    }
    assert verdicts("landlocked", pages(texts), tuple(texts)) == ["+", "?", "?"]


def test_of_several_things_those_count_of_which_it_says_what_is_asked() -> None:
    texts = {
        "Ardovia": "Languages: Ardish (official, since 1900), Venn",
        "Belmark": "Languages: Venn (official), less often Ardish (in the east)",
        "Corvia": "Languages: Ardish",
    }
    assert "".join(verdicts("where Ardish is an official language", pages(texts), tuple(texts))) == "+-+"
    assert "".join(verdicts("where Ardish is spoken", pages(texts), tuple(texts))) == "+++"


def test_a_length_says_nothing_of_neighbours_and_a_long_list_is_read() -> None:
    others = "; ".join(f"Land {chr(65 + n)} {n},120 km" for n in range(26))
    texts = {
        "Ardovia": f"Borders total: 1,200 km\nBorders with: {others}; Esk 12 km",
        "Belmark": "Borders total: 900 km",
        "Corvia": "Borders total: 30 km\nBorders with: Belmark 30 km",
    }
    assert "".join(verdicts("border Esk", pages(texts), tuple(texts))) == "+?-"


def test_a_clause_with_a_verb_of_its_own_speaks_of_something_else() -> None:
    note = "\nNote: three coral atolls; Bel and Kell have landlocked lagoons"
    facts = FACTS | {"Belmark": FACTS["Belmark"] + note}
    assert verdicts("landlocked", pages(facts)) == ["+", "-", "+", "?", "?"]


def test_a_list_of_what_meets_it_speaks_of_the_others_too() -> None:
    text = "# Landlocked countries\n\n- Ardovia\n- Corvia\n"
    page = Document("https://land.example/list", "Landlocked countries", text)
    assert verdicts("landlocked", [page], ("Ardovia", "Belmark", "Corvia")) == ["+", "-", "+"]


def test_a_comparison_takes_the_one_label_that_ends_with_its_column() -> None:
    lines = ("Park | Land area (km²) | Mean height in meter | County", "- | - | - | -")
    lines += ("Ayr | 500 | 20 | Low", "Ebb | 20 | 90 | Far")
    text = "# Parks\n\n" + "".join(f"| {line} |\n" for line in lines)
    page = read_document(Document("https://p.example", "Parks", text))
    table = Table((Column("park", key=True),), tuple(Row((Cell(name),)) for name in ("Ayr", "Ebb", "Low")))
    for written, expected in (
        ("area over 100 km²", ["meets", "does not", "not shown"]),
        ("area over 100 ha", ["not shown"] * 3),
        ("height over 30 m", ["does not", "meets", "not shown"]),
        ("depth over 100", ["not shown"] * 3),
    ):
        cells = compared(parse_condition(written), table, [page])
        assert [cell.text for cell in cells] == expected
        assert all((cell.proof is None) == (cell.text == "not shown") for cell in cells)
    verdict = [cell.text for cell in shown(parse_condition("not in Far County"), table, [page])]
    assert verdict == ["meets", "does not", "not shown"]


def test_a_number_that_no_row_lacks_is_no_yes() -> None:
    """`Round: 3` does not say that it is a `round` pick, while `Coast: 0 km` says that there is none."""
    rows = tuple(Row((Cell(name),)) for name in ("Ann", "Bo", "Cy"))
    table = Table((Column("Player", key=True),), rows)
    for last, told in (("4", "not shown"), ("0", "meets")):
        grid = Grid(("Player", "Round"), (("Ann", "3"), ("Bo", "2"), ("Cy", last)))
        page = read_document(Document("u", "Picks", "Text.", structure=to_text([grid])))
        condition = Condition("round", "", Sign.HAS, ("round",), implied=True)
        assert [cell.text for cell in shown(condition, table, [page])][:2] == [told, told]
