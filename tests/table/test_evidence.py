"""What proof means: the states one by one, then how often they are right on labelled cells."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.table.labelled import DEVELOPMENT, HELD_BACK, cases, measure
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Column, ColumnType, Document, Row, Table
from wideseek_cli.table.passages import Shelf

CHILE = Document(
    "zim://facts/chile",
    "Chile",
    "# Chile\n\n## Geography\n\n### Area\n\n- total: 756,102 sq km\n- land: 743,812 sq km\n\n## Economy\n\n"
    "### Exports\n\n- Exports 2024: $111.1 billion (2024 est.)\n"
    "- Exports 2023: $103.3 billion (2023 est.)\n\n"
    "### Capital\n\n- name: Santiago\n",
    fetched_at="2026-11-20T10:00:00Z",
)
PERU = Document("zim://facts/peru", "Peru", "# Peru\n\n### Area\n\n- total: 1,285,216 sq km\n")


def one(columns: str, row: list[str], documents: list[Document], question: str = "") -> Cell:
    table = Table(parse_columns(columns), (Row(tuple(Cell(text) for text in row)),))
    return prove(table, documents, question=question).rows[0].cells[-1]


def test_proved_keeps_where_it_stands() -> None:
    cell = one("country, area:int", ["Chile", "756102"], [PERU, CHILE])
    assert cell.status is CellStatus.PROVED
    assert cell.proof is not None
    assert cell.proof.url == CHILE.url
    assert cell.proof.title == "Chile"
    assert cell.proof.fetched_at == CHILE.fetched_at
    assert cell.proof.quote == "Area: total: 756,102 sq km"
    assert CHILE.text[cell.proof.start : cell.proof.end] == "total: 756,102 sq km"


@pytest.mark.parametrize(
    ("columns", "row", "status", "others"),
    [
        ("country, land area:int", ["Chile", "743812"], CellStatus.PROVED, ()),
        ("country, area:int", ["Chile", "743812"], CellStatus.CONFLICT, ("756,102 sq km",)),  # another field
        (
            "country, area:int",
            ["Peru", "756,102"],
            CellStatus.CONFLICT,
            ("1,285,216 sq km",),
        ),  # a neighbour's
        ("country, exports", ["Chile", "$103.3 billion"], CellStatus.CONFLICT, ("$111.1 billion",)),  # older
        ("country, exports 2023", ["Chile", "$103.3 billion"], CellStatus.PROVED, ()),
        ("country, exports 2023", ["Chile", "$111.1 billion"], CellStatus.CONFLICT, ("$103.3 billion",)),
        ("country, area:int", ["Chile", "123,456"], CellStatus.UNPROVED, ("756,102 sq km",)),
        ("country, area:int", ["Chile", "n/a"], CellStatus.MISSING, ("756,102 sq km",)),
        ("country, area:int", ["Bolivia", "756,102"], CellStatus.SEEN, ()),
        ("country, capital", ["Chile", "SANTIAGO"], CellStatus.PROVED, ()),
        ("country, capital", ["Chile", "Lima"], CellStatus.UNPROVED, ("Santiago",)),
        ("country, capital", ["Chile", "756,102 sq km"], CellStatus.CONFLICT, ("Santiago",)),
        ("country, capital", ["Chile", "99,999 sq km"], CellStatus.UNPROVED, ("Santiago",)),
    ],
)
def test_states(columns: str, row: list[str], status: CellStatus, others: tuple[str, ...]) -> None:
    cell = one(columns, row, [CHILE, PERU])
    assert cell.status is status
    assert cell.alternatives == others
    assert (cell.proof is None) == (status in (CellStatus.UNPROVED, CellStatus.MISSING))


@pytest.mark.parametrize(
    ("text", "status", "kept"),
    [
        ("Santiago", CellStatus.PROVED, ("Arica", "Lima")),
        ("Quito", CellStatus.UNPROVED, ("Santiago", "Arica", "Lima")),
        ("", CellStatus.MISSING, ("Santiago", "Arica", "Lima")),
        ("Peru", CellStatus.CONFLICT, ("Santiago", "Arica", "Lima")),  # seen, and a field says otherwise
    ],
)
def test_what_others_reported_stays_behind_what_pages_state(
    text: str, status: CellStatus, kept: tuple[str, ...]
) -> None:
    cells = (Cell("Chile"), Cell(text, CellStatus.CONFLICT, alternatives=("Arica", "Lima")))
    cell = prove(Table(parse_columns("country, capital"), (Row(cells),)), [CHILE, PERU]).rows[0].cells[1]
    assert (cell.status, cell.alternatives) == (status, kept)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (".cl", ".cl"),
        ("Washington, D.C.", "Washington, D.C."),
        ("Santiago.", "Santiago"),
        ("Lima (old);", "Lima"),
    ],
)
def test_what_a_page_states_keeps_its_own_dots(written: str, kept: str) -> None:
    page = Document("u", "Chile", f"# Chile\n\n### Capital\n\n- name: {written}\n")
    assert one("country, capital", ["Chile", ""], [page]).alternatives == (kept,)
    assert one("country, capital", ["Chile", kept], [page]).status is CellStatus.PROVED


def test_a_code_with_a_dot_is_not_the_word_behind_the_dot() -> None:
    page = Document("u", "Chile", "# Chile\n\n### Internet country code\n\n.cl\n")
    cell = one("country, internet country code", ["Chile", "cl"], [page])
    assert cell.status is not CellStatus.PROVED
    assert cell.alternatives == (".cl",)


def test_an_ending_in_brackets_belongs_to_the_word() -> None:
    tonga = Document("u:to", "Tonga", "# Tonga\n\n## Nationality\n\n- noun: Tongan(s)\n- adjective: Tongan\n")
    column = "country, nationality adjective"
    assert one(column, ["Tonga", "Tongan"], [tonga]).status is CellStatus.PROVED
    noun = one(column, ["Tonga", "Tongan(s)"], [tonga])
    assert (noun.status, noun.alternatives) == (CellStatus.CONFLICT, ("Tongan",))


def test_the_question_can_name_the_year() -> None:
    cell = one("country, exports", ["Chile", "$103.3 billion"], [CHILE], "Exports of each country in 2023")
    assert cell.status is CellStatus.PROVED


def test_keys() -> None:
    documents = [
        CHILE,
        Document("https://e.example", "Trip", "We flew over Bolivia once.\n\n- Ecuador\n- Peru\n"),
    ]
    table = Table(
        (Column("country", key=True),), tuple(Row((Cell(n),)) for n in ("Chile", "Ecuador", "Bolivia", "Xy"))
    )
    states = [row.cells[0].status.value for row in prove(table, documents).rows]
    assert states == ["proved", "proved", "seen", "unproved"]


def test_every_key_column_counts() -> None:
    text = "# Medals\n\n| Country | Year | Gold |\n|---|---|---|\n"
    text += "| Norway | 2018 | 14 |\n| Norway | 2022 | 16 |\n"
    documents = [Document("https://e.example", "Medals", text)]
    assert (
        one("country:key, year:int:key, gold:int", ["Norway", "2022", "16"], documents).status
        is CellStatus.PROVED
    )
    assert (
        one("country:key, year:int:key, gold:int", ["Norway", "2018", "16"], documents).status
        is not CellStatus.PROVED
    )


def test_a_name_inside_a_longer_name_is_another_entity() -> None:
    text = "South Sudan has a population of 12,444,018. Papua New Guinea has a population of 10,046,233."
    documents = [Document("https://e.example", "News", text)]
    assert one("country, population:int", ["Sudan", "12,444,018"], documents).status is CellStatus.SEEN
    assert one("country, population:int", ["Guinea", "10,046,233"], documents).status is CellStatus.SEEN
    assert (
        one("country, population:int", ["South Sudan", "12,444,018"], documents).status is CellStatus.PROVED
    )


def test_no_documents_prove_nothing() -> None:
    assert one("country, area:int", ["Chile", "756102"], []).status is CellStatus.UNPROVED
    assert prove(Table(parse_columns("a, b")), [CHILE]).rows == ()


def test_hostile_pages_do_no_harm() -> None:
    texts = [
        "# " * 5000,
        "|" * 20_000,
        "- a: " * 4000,
        "Chile " * 4000 + "756,102",
        "[[((**" * 3000,
        "1,000 " * 4000,
        "\x1b[31m# Chile\x1b[0m\n\n\x00- total: 756,102 sq km\u202e\n" * 100,
        "2001 " * 4000,
    ]
    documents = [Document(f"https://e.example/{n}", "Chile", text) for n, text in enumerate(texts)]
    start = time.process_time()
    cell = one("country, area:int", ["Chile", "756102"], documents)
    assert time.process_time() - start < 5
    assert cell.proof is None or "\x1b" not in cell.proof.quote


@pytest.mark.parametrize(
    ("fields", "regions", "seed"),
    [
        pytest.param(DEVELOPMENT, ("africa", "south-america", "middle-east"), 1, marks=pytest.mark.slow),
        pytest.param(HELD_BACK, ("europe", "east-n-southeast-asia"), 11, marks=pytest.mark.slow),
    ],
)
def test_on_labelled_cells(fields: tuple[object, ...], regions: tuple[str, ...], seed: int) -> None:
    found = measure(cases(fields, regions, seed))  # type: ignore[arg-type]
    print(found.figures)
    assert found.cells >= 300
    assert 0.4 <= found.wrong / found.cells <= 0.6
    assert found.precision >= 0.98, found.mistakes
    assert found.missed <= 0.05, found.mistakes
    assert found.right_proved >= 0.9 * found.right, found.mistakes


def test_a_large_table_takes_little_time() -> None:
    """25 rows, 6 columns, 50 documents of 20,000 characters; a loose bound, for a loaded machine."""
    fields = "".join(
        f"\n### Field {n}\n\n- total: {n * 37:,} km\n\nSome words of prose in 19{n:02d}." for n in range(90)
    )
    filler = (fields + "\n\nMore prose without any numbers, to fill the page up to its length. " * 400)[
        :19_900
    ]
    documents = [Document(f"https://e.example/{n}", f"Place{n}", f"# Place{n}\n{filler}") for n in range(50)]
    columns = (
        Column("place", key=True),
        *(Column(f"field {n}", ColumnType.INT) for n in (3, 14, 15, 92, 65)),
    )
    rows = tuple(
        Row((Cell(f"Place{n}"), *(Cell(str(k * 37)) for k in (3, 14, 15, 65, 35)))) for n in range(25)
    )
    start = time.process_time()
    prove(Table(columns, rows), documents)
    assert time.process_time() - start < 4


def test_a_kept_shelf_takes_a_document_apart_once_and_judges_the_same() -> None:
    case = cases(HELD_BACK, ("europe",), 5, count=40)[0]
    shelf = Shelf()
    first = shelf.take(case.documents, frozenset())
    for _ in range(2):
        assert prove(case.table, case.documents, shelf=shelf) == prove(case.table, case.documents)
    again = shelf.take([*case.documents, Document("u", "New", "words")], frozenset())
    assert [a is b for a, b in zip(first, again, strict=False)] == [True] * len(first)
    assert len(again) == len(first) + 1
    other = replace(case.documents[0], text="Something else stands there now.")
    assert shelf.take([other], frozenset())[0].text == other.text
