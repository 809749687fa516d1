"""Two sources that say different things: which of them contradict each other, and which only seem to."""

from __future__ import annotations

import pytest

from tests.table.labelled import HELD_BACK, cases
from tests.table.second_site import measure_beside
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.compatible import compatible
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, ColumnType, Document, Row, Table

CONFLICT, PROVED = CellStatus.CONFLICT, CellStatus.PROVED
FIELD = "# Chile\n\n### Capital\n\n- name: {}\n"
INFOBOX = "# Chile\n\n| Currency | peso |\n|---|---|\n| Capital | {} |\n"
LISTED = "# Countries\n\n| Country | Capital |\n|---|---|\n| Peru | Lima |\n| Chile | {} |\n"
NAMED = "# Chile\n\n**Capital city:** [{}](https://c.example/x)\n"
SECTION = "# Countries\n\n## Peru\n\n- Capital: Lima\n\n## Chile\n\n- Capital: {}\n"
SAID = "# Travel\n\nThe capital of Chile is {}. It is warm.\n"
SAID_TOO = "# News\n\nPeru is near. {} is the capital of Chile.\n"
SAID_AT_HOME = "# Chile\n\nIt lies in the south. Its capital is {}.\n"


def page(text: str, url: str = "https://a.example/chile", title: str = "", kind: str = "page") -> Document:
    return Document(url, title or text.partition("\n")[0].strip("# "), text, kind=kind)


def other(text: str, **changes: str) -> Document:
    return page(text, **{"url": "https://b.example/1", **changes})


def judged(columns: str, value: str, *documents: Document, name: str = "Chile") -> Cell:
    table = Table(parse_columns(columns), (Row((Cell(name), Cell(value))),))
    return prove(table, documents).rows[0].cells[1]


def check(columns: str, values: tuple[str, str], documents: tuple[Document, Document]) -> None:
    """Whichever of two values the cell holds, it is in conflict and the other one is kept."""
    for mine, theirs in (values, values[::-1]):
        for given in (documents, documents[::-1]):
            cell = judged(columns, mine, *given)
            assert (cell.status, cell.alternatives) == (CONFLICT, (theirs,))
            assert cell.proof is not None
            assert mine in cell.proof.quote


@pytest.mark.parametrize("ours", [FIELD, INFOBOX, LISTED, SECTION])
@pytest.mark.parametrize("theirs", [FIELD, INFOBOX, LISTED, SECTION, NAMED])
def test_two_labelled_values_are_a_conflict_whichever_the_cell_holds(ours: str, theirs: str) -> None:
    check(
        "country, capital",
        ("Santiago", "Valparaiso"),
        (page(ours.format("Santiago")), other(theirs.format("Valparaiso"))),
    )


@pytest.mark.parametrize(("ours", "theirs"), [(SAID, SAID), (SAID, SAID_TOO), (SAID_TOO, SAID_AT_HOME)])
def test_so_are_two_sentences(ours: str, theirs: str) -> None:
    check(
        "country, capital",
        ("Santiago", "Valparaiso"),
        (page(ours.format("Santiago")), other(theirs.format("Valparaiso"))),
    )


@pytest.mark.parametrize(
    ("columns", "ours", "theirs"),
    [
        ("country, area:int", "756,102 sq km", "912,050 sq km"),
        ("country, area:int", "756,102 sq km (2020)", "912,050 sq km (2020)"),
        ("country, independence date:date", "18 September 1810", "12 February 1818"),
        ("country, founded:int", "1810", "1818"),
        ("country, landlocked:bool", "yes", "no"),
    ],
)
def test_numbers_dates_years_and_truths_too(columns: str, ours: str, theirs: str) -> None:
    label = parse_columns(columns)[1].name.capitalize()
    documents = [page(f"# Chile\n\n- {label}: {ours}\n"), other(f"# Chile\n\n- {label}: {theirs}\n")]
    cell = judged(columns, ours.partition(" (")[0], *documents)
    assert (cell.status, cell.alternatives) == (CONFLICT, (theirs.partition(" (")[0],))


def test_two_sentences_with_numbers() -> None:
    documents = page(PROSE), other("# News\n\nChile has a population of 9,000,000.\n")
    cell = judged("country, population:int", "18664652", *documents)
    assert (cell.status, cell.alternatives) == (CONFLICT, ("9,000,000",))


def test_three_sources_give_two_values() -> None:
    documents = [page(FIELD.format("Santiago"), f"https://{n}.example/") for n in "ab"]
    documents += [page(FIELD.format("Valparaiso"), f"https://{n}.example/") for n in "cd"]
    cell = judged("country, capital", "Santiago", *documents)
    assert (cell.status, cell.alternatives) == (CONFLICT, ("Valparaiso",))


@pytest.mark.parametrize(
    "document",
    [
        page(FIELD.format("Valparaiso"), "http://www.a.example/chile/#top", kind="snippet"),  # the same page
        other(FIELD.format("Santiago") + "- Capital: Valparaiso\n"),  # agrees somewhere
        other(FIELD.format("Santiago de Chile")),
        other(FIELD.format("SANTIAGO (since 1541)")),
        other(FIELD.format("圣地亚哥")),
        other(SAID.format("Valparaiso")),  # a sentence, where a field says otherwise
        other("# Chile\n\n- Former capital: Valparaiso\n"),
        other("# Chile\n\n## History\n\n- Capital: Concepción\n"),
        other("# Chile\n\n- Capital of the region: Valparaiso\n"),
        other(FIELD.format("Valparaiso"), title="Chile (municipality)"),
        other(FIELD.format("Valparaiso"), title="Chile City"),
        other("Chile. Capital: Valpar...", title="Chile", kind="snippet"),
        other("# Chile\n\n- Capital: Valparaiso\n- Capital: Arica\n"),  # says two things itself
        other("# Countries\n\n| Country | City |\n|---|---|\n| Chile | Valparaiso |\n"),
    ],
)
def test_what_is_no_other_source_with_another_value(document: Document) -> None:
    for given in ([page(FIELD.format("Santiago")), document], [document, page(FIELD.format("Santiago"))]):
        cell = judged("country, capital", "Santiago", *given)
        assert (cell.status, cell.alternatives) == (PROVED, ())


AREA = "# Chile\n\n### Area\n\n- total: 756,102 sq km\n- land: 743,812 sq km\n"
PEOPLE = "# Chile\n\n- Population: 18,664,652 (2024 est.)\n"
TABLE = "# {}\n\n| Country | {} |\n|---|---|\n| Peru | 4 |\n| Chile | {} |\n"


PROSE = "# Almanac\n\nThe population of Chile is 18,664,652.\n"
SPANISH = "# Chile\n\n- Languages: Spanish, Quechua\n"
PESO = "# Chile\n\n- Currency: Chilean peso\n"
REPUBLIC = "# Chile\n\n- Government type: presidential republic\n"


@pytest.mark.parametrize(
    ("columns", "value", "ours", "theirs"),
    [
        ("country, area:int", "756102", AREA, "# Chile\n\n- Area: about 750 thousand sq km\n"),
        ("country, area:int", "756102", AREA, "# Chile\n\n- Area: 756,096.3 sq km\n"),
        ("country, area:int", "756102", AREA, "# Chile\n\n- Area: 291,930 sq mi\n"),
        ("country, area:int", "756102", AREA, TABLE.format("Lands", "Area", "291,930")),  # miles unsaid
        ("country, area:int", "756102", AREA, "# Chile\n\n### Area\n\n- land: 743,812 sq km\n"),
        ("country, area:int", "756102", AREA, "# Chile\n\n- Land area: 743,812 sq km\n"),
        ("country, area:int", "756102", AREA, "# Chile\n\n- Area: 912,050 sq km\n- Bare: 756,102\n"),
        ("country, area:int", "756102", AREA, "# A\n\n## Chile\n\n- Area: 912,050 (756,102 without ice)\n"),
        ("country, population:int", "18664652", PEOPLE, "# Chile\n\n- Population: 9,000,000 (urban)\n"),
        ("country, population:int", "18664652", PROSE, "# B\n\nChile's population grew to 9,000,000.\n"),
        ("country, population:int", "18664652", PROSE, "# B\n\nIn 1992 Chile's population was 9,300,000.\n"),
        ("country, population:int", "18664652", PEOPLE, "# Chile\n\n- Population: 17,574,003 (2017)\n"),
        ("country, population:int", "18664652", PEOPLE, "# Chile\n\n- Population: 18,600,000\n"),
        ("country, population:int", "18664652", PEOPLE, TABLE.format("A", "Population (2010)", "9,000,000")),
        ("country, population:int", "18664652", PEOPLE, TABLE.format("In 2010", "Population", "9,000,000")),
        ("country, population:int", "18664652", PEOPLE, TABLE.format("A", "Population (1,000)", "18,665")),
        ("country, languages", "Quechua", SPANISH, "# Chile\n\n- Languages: Spanish\n"),
        ("country, languages", "Spanish, Quechua", SPANISH, "# Chile\n\n- Languages: Quechua, Aymara\n"),
        ("country, currency", "Chilean peso", PESO, "# Chile\n\n- Currency: CLP\n"),
        ("country, government type", "presidential republic", REPUBLIC,
         "# Chile\n\n- Government type: unitary constitutional republic\n"),
    ],
)  # fmt: skip
def test_what_only_seems_to_differ(columns: str, value: str, ours: str, theirs: str) -> None:
    assert judged(columns, value, page(ours), other(theirs)).status is PROVED


def test_years_tell_figures_apart_only_where_they_differ() -> None:
    dated = other("# Chile\n\n- Population: 12,000,000 (2024)\n")
    assert judged("country, population:int", "18664652", page(PEOPLE), dated).status is CONFLICT
    undated = other("# Chile\n\n- Population: 12,000,000 (rank 64th)\n")
    assert judged("country, population:int", "18664652", page(PEOPLE), undated).status is CONFLICT


def test_the_asked_year_is_the_only_one_that_counts() -> None:
    documents = (
        page("# Chile\n\n- Exports 2023: $103.3 billion\n"),
        other("# Chile\n\n- Exports 2023: $90 billion\n"),
    )
    cell = judged("country, exports 2023", "$103.3 billion", *documents)
    assert (cell.status, cell.alternatives) == (CONFLICT, ("$90 billion",))
    later = other("# Chile\n\n- Exports 2024: $111.1 billion\n")
    assert judged("country, exports 2023", "$103.3 billion", documents[0], later).status is PROVED


@pytest.mark.parametrize(
    ("a", "b", "kind", "both"),
    [
        ("Cambridge, Massachusetts", "Boston, Massachusetts", ColumnType.STR, False),
        ("Spanish, Quechua", "Aymara, Spanish", ColumnType.STR, True),
        ("George Town", "Georgetown", ColumnType.STR, True),
        ("New York", "New Delhi", ColumnType.STR, False),
        ("red", "blue", ColumnType.STR, False),
        ("CLP", "USD", ColumnType.STR, False),
        ("1636", "1638", ColumnType.INT, False),
        ("8,848 m", "8,849 m", ColumnType.INT, True),
        ("6", "7", ColumnType.INT, False),
        ("756,102", "760,000", ColumnType.INT, True),
        ("756,102", "750,000", ColumnType.INT, False),
        ("15,100,000", "20,000,000", ColumnType.INT, False),
        ("5 km", "9 mi", ColumnType.INT, True),
        ("0", "7", ColumnType.INT, False),
        ("-5", "5", ColumnType.FLOAT, False),
        ("1636", "12 May 1640", ColumnType.DATE, False),
        ("https://a.example/x", "https://www.a.example/y", ColumnType.URL, True),
        ("https://a.example/x", "https://b.example/x", ColumnType.URL, False),
        ("partly", "yes", ColumnType.BOOL, True),
    ],
)  # fmt: skip
def test_values_that_may_both_be_true(a: str, b: str, kind: ColumnType, both: bool) -> None:
    assert compatible(a, b, kind) is both
    assert compatible(b, a, kind) is both


@pytest.mark.slow
def test_another_site_beside_the_labelled_set() -> None:
    found = measure_beside(cases(HELD_BACK, ("europe", "east-n-southeast-asia"), 11), 3)
    print(found)
    assert found.agreeing >= 100
    assert found.agreeing_in_conflict <= 0.02 * found.agreeing
    assert found.contradicted >= 25
    assert found.contradicted_in_conflict >= 0.8 * found.contradicted
