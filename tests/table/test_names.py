"""Names that are like a row's: which are its own, which are a sibling's, a part's or a namesake's."""

from __future__ import annotations

import pytest

from wideseek_cli.facts.proof import prove
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table

PROVED, CONFLICT, SEEN = CellStatus.PROVED, CellStatus.CONFLICT, CellStatus.SEEN
FOUNDED = "university, founded:int"
PEOPLE = "country, population:int"


def page(title: str, text: str, url: str = "https://a.example/1") -> Document:
    return Document(url, title, f"# {title.partition(' - ')[0]}\n\n{text}\n")


def box(title: str, field: str, value: str) -> Document:
    return page(title, f"| {title} |\n|---|\n| {field} | {value} |\n| Type | Public |", "https://b.example/1")


def cell(columns: str, name: str, value: str, *documents: Document, rows: tuple[str, ...] = ()) -> Cell:
    first = tuple(Cell(text) for text in (name, *value.split(" | ")))
    table = Table(parse_columns(columns), (Row(first), *(Row((Cell(row), Cell("1"))) for row in rows)))
    return prove(table, documents).rows[0].cells[-1]


def is_proved(columns: str, name: str, value: str, *documents: Document, rows: tuple[str, ...] = ()) -> bool:
    return cell(columns, name, value, *documents, rows=rows).status is PROVED


WORDS = [
    ("Apple Inc.", "The apple was founded in 1939, and an apple it was."),
    ("Apple Inc.", "Apple cider was founded in 1939."),
    ("Gap Inc.", "It is said so. Gap years were founded in 1939."),
    ("BCE Inc.", "BC was founded in 1939."),
]


@pytest.mark.parametrize(("name", "said"), WORDS)
def test_a_word_is_no_firm(name: str, said: str) -> None:
    assert not is_proved("company, founded:int", name, "1939", page("News", said))
    own = name.removesuffix(" Inc.")
    assert is_proved("company, founded:int", name, "1939", page("News", f"{own} was founded in 1939."))


OTHER_STATES = [
    ("South Korea", "Democratic People's Republic of Korea"),
    ("Republic of Korea", "Democratic People’s Republic of Korea"),
    ("Taiwan", "People's Republic of China"),
    ("Republic of Congo", "Democratic Republic of the Congo"),
]


@pytest.mark.parametrize(("name", "other"), OTHER_STATES)
def test_a_republic_is_not_the_one_whose_name_goes_before(name: str, other: str) -> None:
    columns = "country, founded:int"
    assert not is_proved(columns, name, "1939", page("News", f"The {other} was founded in 1939."))
    assert not is_proved(columns, name, "1939", page(other, "- Founded: 1939"))
    assert not is_proved("film, made in", "Heat", name, page("Heat", f"- Made in: {other}"))
    assert not is_proved("film, made in", "Heat", f"{name}, Chad", page("Heat", f"- Made in: {other}, Chad"))


def test_a_line_may_begin_with_initials() -> None:
    said = page("News", "J. K. Rowling was born in 1965.")
    assert is_proved("author, born:int", "J.K. Rowling", "1965", said)


SIBLINGS = [
    ("University of Michigan", "Michigan State University"),
    ("Ohio University", "Ohio State University"),
    ("University of York", "York University"),
    ("Miami University", "University of Miami"),
    ("Boston University", "Boston"),
]


@pytest.mark.parametrize(("name", "sibling"), SIBLINGS)
def test_a_siblings_page_proves_nothing_and_contradicts_nothing(name: str, sibling: str) -> None:
    own, other = page(name, f"{name} is old. It was founded in 1817."), box(sibling, "Established", "1855")
    assert not is_proved(FOUNDED, name, "1855", other)
    assert not is_proved(FOUNDED, name, "1855", own, other)
    assert is_proved(FOUNDED, name, "1817", own, other)


@pytest.mark.parametrize(("name", "sibling"), SIBLINGS[:-1])
@pytest.mark.parametrize("both", [True, False])
def test_nor_does_its_line_in_a_table(name: str, sibling: str, both: bool) -> None:
    table = f"| University | Founded |\n|---|---|\n| {sibling} | 1855 |\n| {name} | 1817 |"
    rows = (sibling,) if both else ()
    assert not is_proved(FOUNDED, name, "1855", page("List", table), rows=rows)
    assert is_proved(FOUNDED, name, "1817", page("List", table), rows=rows)


@pytest.mark.parametrize(
    ("column", "name", "other"),
    [
        ("country", "Mexico", "Mexico City"),
        ("city", "Mexico City", "Mexico"),
        ("city", "Kansas City", "Kansas"),
        ("province", "Quebec", "Quebec City"),
        ("country", "China", "Republic of China"),
        ("state", "Victoria", "Lake Victoria"),
        ("lake", "Lake Victoria", "Victoria"),
        ("city", "Orange", "Orange County"),
        ("city", "New York", "New York University"),
    ],
)
def test_a_word_that_says_another_kind_makes_another_name(column: str, name: str, other: str) -> None:
    columns = f"{column}, population:int"
    assert not is_proved(columns, name, "508,090", box(other, "Population", "508,090"))
    own = page(name, f"{name} is a place. It has a population of 2,940,865.")
    assert is_proved(columns, name, "2,940,865", own, box(other, "Population", "508,090"))


LONGER = [
    ("university", "Stanford University", "Stanford University Press"),
    ("university", "Harvard University", "Harvard University Police Department"),
    ("university", "University of Michigan", "University of Michigan Hospital"),
    ("university", "University of Texas", "University of Texas at Dallas"),
    ("university", "University of Wisconsin", "University of Wisconsin–Parkside"),
    ("company", "Amazon", "Amazon Web Services"),
    ("company", "Amazon", "Amazon rainforest"),
    ("company", "Microsoft", "Microsoft Research"),
    ("company", "Toyota", "Toyota Motor Manufacturing Kentucky"),
    ("state", "Virginia", "Virginia Beach"),
    ("country", "Georgia", "University of Georgia"),
    ("country", "China", "Bank of China"),
    ("phone", "iPhone 15", "iPhone 15 Pro Max"),
    ("person", "Martin Luther", "Martin Luther King Jr."),
    ("城市", "北京", "北京大学"),
    ("大学", "清华大学", "清华大学出版社"),
]


@pytest.mark.parametrize(("column", "name", "longer"), LONGER)
def test_a_longer_name_is_another_things(column: str, name: str, longer: str) -> None:
    columns = f"{column}, founded:int"
    prose = f"The {longer} is known. It was founded in 1892."
    assert not is_proved(columns, name, "1892", page(f"{longer} - Wikipedia", prose))
    assert not is_proved(columns, name, "1892", page(longer, "- Founded: 1892"))
    assert not is_proved(columns, name, "1892", page(f"{longer} | {name}", "- Founded: 1892"))
    assert not is_proved(columns, name, "1892", page("News", f"The {longer} was founded in 1892."))


@pytest.mark.parametrize(
    ("column", "name", "title"),
    [
        ("film", "Frozen", "Frozen 2"),
        ("film", "Frozen", "Frozen II"),
        ("country", "Brazil", "Brazil national team"),
    ],
)
def test_so_is_what_only_a_title_shows(column: str, name: str, title: str) -> None:
    assert not is_proved(f"{column}, founded:int", name, "1892", page(title, "- Founded: 1892"))


@pytest.mark.parametrize(
    ("columns", "name", "title", "said"),
    [
        ("city, population:int", "Paris", "Paris, Texas", "Paris"),
        ("city, population:int", "Cambridge", "Cambridge, Massachusetts - Wikipedia", "Cambridge"),
        ("state, population:int", "Washington", "Washington, D.C.", "Washington"),
        (PEOPLE, "Georgia (country)", "Georgia (U.S. state)", "Georgia"),
        (PEOPLE, "Georgia", "Georgia (U.S. state)", "Georgia"),
        ("language, population:int", "Python", "Python (genus)", "Python"),
        ("university, population:int", "University of California", "University of California, Berkeley",
         "The University of California"),
    ],
)  # fmt: skip
def test_a_namesakes_page_is_not_the_rows_whatever_it_says(
    columns: str, name: str, title: str, said: str
) -> None:
    for text in ("- Population: 24,171", f"{said} has a population of 24,171."):
        assert not is_proved(columns, name, "24,171", page(title, text))


# -- short forms


@pytest.mark.parametrize(
    "text",
    [
        "International Business Machines is big. IBM has 282,200 employees.",  # nobody says that it is one
        "International Business Machines (ICM) is big. ICM has 282,200 employees.",
        "The World Health Organization (WHO) is new. Who has 282,200 employees?",
        "International Business Machines bought Indiana Bell Music. IBM has 282,200 employees.",
    ],
)
def test_letters_alone_are_no_short_form(text: str) -> None:
    for name in ("International Business Machines", "World Health Organization"):
        assert not is_proved("company, employees:int", name, "282,200", page("News", text))


def test_a_short_form_that_is_a_row_of_its_own_stays_its_own() -> None:
    text = "International Business Machines (IBM) is big. IBM has 282,200 employees."
    columns = "company, employees:int"
    assert is_proved(columns, "IBM", "282,200", page("News", text))
    machines = "International Business Machines"
    assert not is_proved(columns, machines, "282,200", page("News", text), rows=("IBM",))


# -- people


@pytest.mark.parametrize(
    ("columns", "name", "title"),
    [
        ("club, founded:int", "Liverpool", "Liverpool City Council"),
        ("museum, founded:int", "Louvre", "Louvre Abu Dhabi"),
    ],
)
def test_other_things_of_that_name_stay_others(columns: str, name: str, title: str) -> None:
    assert not is_proved(columns, name, "1892", page(title, "- Founded: 1892"))


def cities(question: str, *rows: tuple[str, str, str]) -> list[bool]:
    table = Table(
        parse_columns(PEOPLE.replace("country", "city")), tuple(Row((Cell(a), Cell(b))) for a, b, _ in rows)
    )
    pages = [
        page(title, f"- Population: {value}", f"https://a.example/{title}")
        for _, value, title in rows
        if title
    ]
    return [row.cells[1].status is PROVED for row in prove(table, pages, question=question).rows]
