"""Names that are like a row's: which are its own, which are a sibling's, a part's or a namesake's."""

from __future__ import annotations

import pytest

from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
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


WITH_THE = [
    ("film", "The Lord of the Rings"),
    ("film", "Lord of the Rings"),
    ("film", "Gone with the Wind"),
    ("country", "Saint Vincent and the Grenadines"),
    ("university", "University of the Arts"),
    ("country", "Republic of Congo"),
]


@pytest.mark.parametrize(("column", "name"), WITH_THE)
def test_a_name_is_found_with_its_articles(column: str, name: str) -> None:
    said = name.replace("of Congo", "of the Congo")
    table = page("List", f"| Name | Founded |\n|---|---|\n| {said} | 1939 |\n| Heat | 1995 |")
    columns = f"{column}, founded:int"
    assert is_proved(columns, name, "1939", table)
    assert is_proved(columns, name, "1939", page("News", f"{said} was founded in 1939."))
    assert is_proved("writer, best known for", "Ann Lee", name, page("Ann Lee", f"- Best known for: {said}"))
    said = said.removeprefix("The ")
    parts = name.replace("of ", "of. ").replace("with ", "with. ").replace("and ", "and. ")
    assert not is_proved(columns, name, "1939", page("News", f"{parts} was founded in 1939."))


AS_WRITTEN = [
    ("author", "J.K. Rowling", "J. K. Rowling"),
    ("author", "J. R. R. Tolkien", "J.R.R. Tolkien"),
    ("city", "Washington, D.C.", "Washington, D.C"),
    ("state", "Hawaii", "Hawaiʻi"),
    ("company", "Volkswagen AG", "Volkswagen"),
    ("company", "Nestle", "Nestlé S.A."),
    ("company", "Samsung Electronics Co., Ltd.", "Samsung Electronics"),
    ("team", "Manchester United", "Manchester United F.C."),
    ("country", "South Korea", "Korea, Rep."),
    ("country", "Russia", "Russian Federation"),
]


@pytest.mark.parametrize(("column", "name", "written"), AS_WRITTEN)
def test_a_list_may_write_a_name_otherwise(column: str, name: str, written: str) -> None:
    table = page("List", f"| Name | Founded |\n|---|---|\n| {written} | 1939 |\n| Zzyzx | 1995 |")
    assert is_proved(f"{column}, founded:int", name, "1939", table)
    assert not is_proved(f"{column}, founded:int", name, "1995", table)


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


def test_a_party_before_a_name_is_no_part_of_it() -> None:
    said = page("News", "Democratic California governor Gavin Newsom spoke.")
    assert is_proved("state, governor", "California", "Gavin Newsom", said)


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


@pytest.mark.parametrize(
    ("columns", "name", "title"),
    [
        ("school, founded:int", "Harvard", "Harvard University - Wikipedia"),
        ("name, founded:int", "Harvard", "Harvard University"),
        ("country, founded:int", "Peru", "Republic of Peru"),
        ("country, founded:int", "South Korea", "Korea, South"),
        ("country, founded:int", "Bahamas", "Bahamas, The"),
        ("country, founded:int", "Georgia", "Georgia (country)"),
        ("city, founded:int", "Luxembourg", "Luxembourg City"),
        ("mountain, founded:int", "Everest", "Mount Everest"),
        ("company, founded:int", "Apple", "Apple Inc. (AAPL) Stock"),
        ("company, founded:int", "Ford", "Ford Motor Company - Wikipedia"),
        ("company, founded:int", "Walt Disney Company", "Walt Disney"),
        ("university, founded:int", "MIT", "Massachusetts Institute of Technology (MIT)"),
        ("country, founded:int", "Brazil", "Brazil Country Profile"),
        ("country, founded:int", "Brazil", "Brazil country profile"),
        ("country, founded:int", "Brazil", "Economy of Brazil"),
        ("country, founded:int", "Brazil", "Brazil Population 2024 - Worldometer"),
        ("country, founded:int", "Brazil", "Brazil at a glance"),
        ("country, founded:int", "Brazil", "Federative Republic of Brazil"),
        ("company, founded:int", "Microsoft", "Microsoft Number of Employees"),
        ("university, founded:int", "Stanford University", "Stanford University Acceptance Rate"),
        ("city, founded:int", "Vienna", "Vienna (Austria)"),
        ("film, founded:int", "Inception", "Inception (2010 film) - Wikipedia"),
        ("person, founded:int", "Marie Curie", "Curie, Marie"),
        ("phone, founded:int", "iPhone 15", "Apple iPhone 15 - Full phone specifications"),
        ("大学, founded:int", "清华大学", "清华大学简介"),
        ("城市, founded:int", "北京", "北京市"),
    ],
)
def test_pages_that_are_a_rows_own(columns: str, name: str, title: str) -> None:
    assert is_proved(columns, name, "1822", page(title, "- Founded: 1822"))


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


@pytest.mark.parametrize("title", ["News", "Stanford University"])
def test_so_it_is_on_the_pages_of_others_and_of_the_row(title: str) -> None:
    own = "Stanford University was founded in 1885."
    said = page(title, f"{own} Stanford University Press was founded in 1892.")
    section = page(title, f"{own}\n\n## Stanford University Press\n\nIt was founded in 1892.")
    for document in (said, section):
        assert is_proved(FOUNDED, "Stanford University", "1885", document)
        assert not is_proved(FOUNDED, "Stanford University", "1892", document)


@pytest.mark.parametrize(
    ("columns", "name", "value", "sentence"),
    [
        ("company, CEO", "Apple", "Tim Cook", "Apple CEO Tim Cook spoke."),
        (FOUNDED, "Yale", "1701", "Yale University was founded in 1701."),
        ("company, founded:int", "Toyota", "1937", "Toyota Motor Corporation was founded in 1937."),
        (PEOPLE, "Denmark", "5,900,000", "The Kingdom of Denmark has a population of 5,900,000."),
    ],
)
def test_names_that_only_look_longer(columns: str, name: str, value: str, sentence: str) -> None:
    assert is_proved(columns, name, value, page("News", sentence))


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


def test_the_rows_other_cells_say_which_namesake_it_is() -> None:
    columns, text = "city, country, population:int", "Paris has a population of 2,100,000."
    assert is_proved(columns, "Paris", "France | 2,100,000", page("Paris, France", text))
    assert not is_proved(columns, "Paris", "France | 2,100,000", page("Paris, Texas", text))


def test_what_is_exactly_another_rows_name_is_that_rows() -> None:
    table = (
        "| Country | Population |\n|---|---|\n| Republic of Ireland | 5,149,139 |\n| Ireland | 7,100,000 |"
    )
    listed = page("Islands and states", table)
    assert is_proved(PEOPLE, "Ireland", "5,149,139", listed)
    assert not is_proved(PEOPLE, "Ireland", "5,149,139", listed, rows=("Republic of Ireland",))
    assert is_proved(PEOPLE, "Ireland", "7,100,000", listed, rows=("Republic of Ireland",))


@pytest.mark.parametrize(
    ("header", "expected"), [("School", True), ("Name", True), ("City", False), ("State", False)]
)
def test_less_than_the_name_will_do_where_its_column_says_the_rest(header: str, expected: bool) -> None:
    text = (
        f"Boston University is old.\n\n| {header} | Founded |\n|---|---|\n| Boston | 1839 |\n| Brown | 1764 |"
    )
    assert is_proved(FOUNDED, "Boston University", "1839", page("Names", text)) is expected


# -- short forms


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "International Business Machines",
            "International Business Machines Corporation (IBM) is big. IBM {}",
        ),
        ("World Health Organization", "The World Health Organization (WHO) is new. The WHO {}"),
        ("Bayerische Motoren Werke", "Bayerische Motoren Werke AG, trading as BMW, is old. BMW {}"),
        ("United Nations", "The United Nations (UN) is large. The UN {}"),
    ],
)
@pytest.mark.parametrize("title", ["News", "own"])
def test_a_page_may_shorten_a_name(name: str, text: str, title: str) -> None:
    columns, said = "organisation, employees:int", "has 282,200 employees."
    own = name if title == "own" else title
    assert is_proved(columns, name, "282,200", page(own, text.format(said)))


def test_a_page_under_the_short_name_is_the_rows() -> None:
    text = "International Business Machines (IBM) is big.\n\n- Employees: 282,200"
    assert is_proved(
        "company, employees:int", "International Business Machines", "282,200", page("IBM", text)
    )


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


LAUREATES = page(
    "Prizes",
    "| Laureate | Country | Year |\n|---|---|---|\n| Doudna, Jennifer A. | France | 2020 |\n"
    "| John B. Goodenough | Peru | 2019 |\n| Austen, Jane | Chile | 1811 |\n"
    "| York, New Haven | Cuba | 1700 |",
)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Jennifer Doudna", "2020", True),
        ("Jennifer Doudna", "2019", False),
        ("John Goodenough", "2019", True),
        ("Jane Austen", "1811", True),
        ("John A. Goodenough", "2019", False),  # says another initial
        ("New York", "1700", False),
    ],
)
def test_rows_that_are_written_last_name_first(name: str, value: str, expected: bool) -> None:
    assert is_proved("laureate, year:int", name, value, LAUREATES) is expected


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ("Austen, Jane", "Jane Austen", True),
        ("Austen, Jane A.", "Jane Austen", True),
        ("Jane B. Austen", "Jane Austen", True),
        ("Mary Austen, Jane", "Jane Austen", False),
        ("Austen, Jane Ray", "Jane Austen", False),
    ],
)
def test_so_may_values_be(written: str, value: str, expected: bool) -> None:
    books = page("Books", f"| Title | Author |\n|---|---|\n| Emma | {written} |\n| Dune | Frank Herbert |")
    assert is_proved("book, author", "Emma", value, books) is expected


EVERYDAY = [
    ("company, founded:int", "Nestlé", "Nestlé S.A."),
    ("company, founded:int", "Equinor", "Equinor ASA"),
    ("club, founded:int", "Liverpool", "Liverpool F.C. - Wikipedia"),
    ("club, founded:int", "Real Madrid", "Real Madrid CF"),
    ("museum, founded:int", "Louvre", "Louvre Museum"),
    ("person, founded:int", "Oprah Winfrey", "Oprah Winfrey Net Worth"),
    ("company, founded:int", "Apple", "Apple Investor Relations"),
]


@pytest.mark.parametrize(("columns", "name", "title"), EVERYDAY)
def test_what_titles_say_beside_a_name_every_day(columns: str, name: str, title: str) -> None:
    assert is_proved(columns, name, "1892", page(title, "- Founded: 1892"))


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


def test_where_a_title_says_that_a_place_is() -> None:
    austin = ("Austin", "974,447", "Austin, Texas - Wikipedia")
    boise = ("Boise", "235,684", "Boise, Idaho - Wikipedia")
    paris = ("Paris", "24,171", "Paris, Texas")
    assert cities("", austin, boise) == [True, True], "most rows' pages are titled so"
    assert cities("", paris) == [False]
    assert cities("List cities in Texas with population.", paris) == [True]
    whole = [(name, "1,000,001", name) for name in ("Rome", "Madrid", "Berlin")]
    assert cities("", paris, boise, *whole)[:2] == [False, False], "most are not"
    assert cities("", austin, boise, ("Austin", "22,000", "Austin, Minnesota"))[0] is False, "which of them?"
