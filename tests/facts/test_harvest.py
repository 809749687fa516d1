"""Rows come from a table that answers; from none that is about something else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wideseek_cli.facts.pagefacts import PageFacts, read_document
from wideseek_cli.facts.rows.completeness import missing_names
from wideseek_cli.facts.rows.harvest import Harvest, nearest, shape_of, with_lacking
from wideseek_cli.facts.rows.harvest import harvest as harvested
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, Column, Document, Row, Table

QUESTION = "List the lighthouses of Ardovia with town and year built. Columns: Name, Town, Built."
COLUMNS = parse_columns("Name, Town, Built")


def harvest(question: str, columns: tuple[Column, ...], pages: list[PageFacts]) -> Harvest | None:
    return harvested(read_question(question), columns, pages)


def with_columns(question: str, page: PageFacts) -> Harvest | None:
    """The rows in the columns that the question names, or that it asks for in passing."""
    asked = read_question(question)
    shape = shape_of(asked, [page])
    found = harvested(asked, shape, [page], guessed=True) if shape else None
    return with_lacking(found, asked) if found else None


def _page(title: str, *grids: Grid) -> PageFacts:
    return read_document(Document("zim://a/1", title, "Some text.", structure=to_text(grids)))


def _grid(
    *rows: tuple[str, ...], heading: str = "", labels: tuple[str, ...] = ("Name", "Town", "Built")
) -> Grid:
    return Grid(labels, rows, (heading,) if heading else ())


NORTH = _grid(("Cape Ayr", "Ayr", "1850"), ("Low Point", "Dunmore", "1871"), heading="North")
SOUTH = _grid(("Old Head", "Kells", "1902"), ("White Rock", "Kells", "1911"), heading="South")


def _names(table: Table) -> list[str]:
    return [row.cells[0].text for row in table.rows]


def test_a_list_in_parts_is_taken_whole() -> None:
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", NORTH, SOUTH)])
    assert found is not None
    assert _names(found.table) == ["Cape Ayr", "Low Point", "Old Head", "White Rock"]
    assert [cell.text for cell in found.table.rows[3].cells] == ["White Rock", "Kells", "1911"]


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("Lighthouses in North Bel (Lights of Ardovia), with town", "North Bel"),
        ("Lighthouses from Bel to Ayr (Lights of Ardovia), with town", "From Bel to Ayr"),
        ("Lights over 20 m (Lights of Ardovia), with town", "Lights over 20 m"),
    ],
)
def test_the_part_whose_heading_the_question_has_word_for_word_is_meant(question: str, heading: str) -> None:
    other = " ".join(reversed(heading.split())) if "20" not in heading else "Lights below 20 m"
    grids = (replace(SOUTH, headings=(other,)), replace(NORTH, headings=(heading,)))
    found = harvest(question, COLUMNS, [_page("Lights of Ardovia", *grids)])
    assert found is not None
    assert _names(found.table) == ["Cape Ayr", "Low Point"]
    assert all(one in found.met for one in read_question(question).conditions)


def test_a_list_of_another_country_is_none() -> None:
    question, columns = "Finnish lighthouses with town", parse_columns("Name, Town")
    assert harvest(question, columns, [_page("Lighthouses of Sweden", NORTH)]) is None
    found = harvest(question, columns, [_page("Lighthouses of Finland", NORTH)])
    assert found is not None
    assert [one.text for one in found.met] == ["finnish"]


def test_a_place_may_be_asked_of_the_rows() -> None:
    question, columns = "lighthouses in Kells county, with town", parse_columns("Name, Town")
    found = harvest(question, columns, [_page("Lighthouses", SOUTH)])
    assert found is not None
    assert len(found.table.rows) == len(SOUTH.rows)
    assert not found.met
    assert harvest(question, columns, [_page("Lighthouses", NORTH)]) is None
    assert harvest(question, columns, [_page("Lighthouses in Sweden", SOUTH)]) is None


def test_rows_are_named_by_what_is_asked_for() -> None:
    grid = _grid(("1901–1910", "Bel House"), ("1910–1930", "Ayr Tower"), labels=("Years", "Building"))
    question = read_question("Buildings of Ardovia with their years")
    assert [column.name for column in shape_of(question, [_page("Buildings of Ardovia", grid)])] == [
        "Building",
        "Years",
    ]


def test_rows_of_one_name_are_kept_and_named() -> None:
    grid = _grid(("Low Point", "Ayr", "1850"), ("Low Point", "Kells", "1871"), ("Low Point", "Kells", "1871"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", grid)])
    assert found is not None
    assert [row.cells[1].text for row in found.table.rows] == ["Ayr", "Kells"]
    assert found.twice == ("Low Point",)


def test_a_condition_is_met_by_the_list_or_left() -> None:
    question = "List the lighthouses of Ardovia in the county of Bel that were built before 1900 with town"
    county = _page("Lighthouses of Ardovia: county of Bel", NORTH)
    for page, met in (
        (_page("Lighthouses of Ardovia", NORTH), ["of Ardovia"]),
        (county, ["of Ardovia", "in the county of Bel"]),
    ):
        found = harvest(question, COLUMNS, [page])
        assert found is not None
        assert [one.text for one in found.met] == met


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("List lighthouses in Brenn with town and year built", "List of lighthouses in Ardovia"),
        ("List the lighthouses of Brenn with town", "List of lighthouses of Ardovia"),
        ("Lighthouses on the Old Towers Roll in Brenn", "Lighthouses on the Old Towers Roll in Ardovia"),
    ],
)
def test_the_list_of_another_place_is_none(question: str, title: str) -> None:
    assert harvest(question, COLUMNS, [_page(title, NORTH, SOUTH)]) is None
    assert harvest(question.replace("Brenn", "Ardovia"), COLUMNS, [_page(title, NORTH, SOUTH)]) is not None


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("lighthouses brenn town built", "List of lighthouses in Ardovia"),  # nobody writes capitals
        ("Dunmore Head lighthouses with town", "Cape Head lighthouses"),
        ("Lighthouses of Ardovia with town", "1911 Lighthouses of Ardovia"),  # one year's
        ("Lighthouses of Ardovia with town", "Lighthouses of Ardovia (1790–1800)"),
    ],
)
def test_a_list_with_another_name_or_of_one_year_is_none(question: str, title: str) -> None:
    assert harvest(question, COLUMNS, [_page(title, NORTH, SOUTH)]) is None


@pytest.mark.parametrize("label", ["Opening year", "Security level"])
def test_a_word_in_the_place_of_the_questions_is_another_list_unless_columns_tell(label: str) -> None:
    labels = ("Name", "Town", label)
    pages = [_page("List of members of the sailing club", replace(NORTH, labels=labels))]
    question = read_question("List the officers of the sailing club with town")
    columns = parse_columns(", ".join(labels))
    assert (harvested(question, columns, pages) is not None) is (label == "Security level")
    assert harvested(question, columns, pages, guessed=True) is None


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("List the bridges in Ardovia. Columns: Name, Town, Built.", "List of lighthouses in Ardovia"),
        ("Works by Jan Kells with town", "List of works by Jan Ayr"),
        ("Lights lit under Bel X, with town", "List of lights lit under Bel IX"),
        ("Lights of Ayr, Belvania with town", "List of lights of Ayr, Ardovia"),
        ("Lights with town", "List of lights of Ardovia"),
        ("Grants received by Jan Kells with town", "List of grants received by Jan Ayr"),
    ],
)
def test_what_stands_in_the_place_of_a_word_or_a_name_is_another_list(question: str, title: str) -> None:
    read = read_question(question)
    page = _page(title, NORTH)
    assert harvested(read, read.columns or COLUMNS, [page], guessed=not read.columns) is None


def test_a_last_row_that_is_the_sum_of_the_others_is_none() -> None:
    labels, rows = ("Town", "People"), (("Ayr", "1,200"), ("Kells", "800"))
    question = read_question("List towns of Ardovia with people. Columns: Town, People.")
    for last, kept in ((("Total of Ardovia", "2,000"), 2), (("Total Bay", "900"), 3)):
        page = _page("Towns of Ardovia", Grid(labels, (*rows, last)))
        found = harvested(question, question.columns, [page])
        assert found is not None
        assert len(found.table.rows) == kept


def test_years_name_rows_that_names_do_not_tell_apart() -> None:
    rows = (("1981", "Ann Bel", "Bel"), ("1982", "Ann Bel", "Ayr"), ("1983", "Jo Ayr", "Ayr"))
    page = _page("Ardovia Cup broadcasters", Grid(("Year", "Caller", "Network"), rows))
    assert shape_of(read_question("Ardovia Cup broadcasters with network"), [page])[0].name == "Year"


def test_a_list_is_given_whole_where_no_column_is_asked_for() -> None:
    page = _page("Lighthouses of Ardovia", NORTH)
    assert [c.name for c in shape_of(read_question("ardovia lighthouses"), [page])] == [
        "Name",
        "Town",
        "Built",
    ]
    assert shape_of(read_question("belvania lighthouses"), [page]) == ()


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("US lighthouses with town and year built", "List of lighthouses in the United States"),
        ("Ardovian lighthouses with town", "List of lighthouses of Ardovia"),
        ("Lighthouses seen on May 3, 1911 with town", "Lighthouses seen on May 3, 1911"),
    ],
)
def test_a_name_in_another_form_is_the_same(question: str, title: str) -> None:
    assert harvest(question, COLUMNS, [_page(title, NORTH, SOUTH)]) is not None


def test_a_heading_may_state_a_condition_of_its_part_alone() -> None:
    question = "List the lighthouses of Ardovia that are in South Bel with town and year built."
    parts = [_grid(*grid.rows, heading=f"{name} Bel") for name, grid in (("North", NORTH), ("South", SOUTH))]
    found = harvest(question, COLUMNS, [_page("Lighthouses of Ardovia", *parts)])
    assert found is not None
    assert _names(found.table) == ["Old Head", "White Rock"]


def test_of_tables_that_fit_alike_the_one_whose_heading_names_the_part() -> None:
    title = "List of Ardovia Coast Guard lighthouses"
    question = (
        f"I need a table of Harbour of Kells lighthouses ({title}). For each name give the town. "
        "The columns are Name, Town, Built."
    )
    parts = [
        _grid(*grid.rows, heading=f"{of} lighthouses")
        for of, grid in (("Academy", NORTH), ("Harbour of Kells", SOUTH))
    ]
    found = harvest(question, COLUMNS, [_page(title, *parts)])
    assert found is not None
    assert (_names(found.table), found.under) == (["Old Head", "White Rock"], "Harbour of Kells lighthouses")
    assert [one.text for one in found.met] == ["of Harbour of Kells", "of Ardovia Coast Guard"]


def test_the_questions_word_in_one_heading_decides() -> None:
    question = QUESTION.replace("the lighthouses", "the South lighthouses")
    found = harvest(question, COLUMNS, [_page("Lighthouses of Ardovia", NORTH, SOUTH)])
    assert found is not None
    assert _names(found.table) == ["Old Head", "White Rock"]


@pytest.mark.parametrize(
    ("title", "heading"),
    [("Lighthouses of Belmaria", ""), ("Castles of Ardovia", ""), ("Lighthouses of Ardovia", "Former")],
)
def test_a_table_about_something_else_gives_no_rows(title: str, heading: str) -> None:
    grid = _grid(("Cape Ayr", "Ayr", "1850"), ("Low Point", "Dunmore", "1871"), heading=heading)
    assert harvest(QUESTION, COLUMNS, [_page(title, grid)]) is None


def test_another_edition_is_no_source() -> None:
    columns = parse_columns("Team, City")
    grid = _grid(("Reds", "Ayr"), ("Blues", "Kells"), labels=("Team", "City"))
    question = "Teams of the 2010 Ardovia Cup with city. Columns: Team, City."
    assert harvest(question, columns, [_page("2011 Ardovia Cup", grid)]) is None
    assert harvest(question, columns, [_page("2010 Ardovia Cup", grid)]) is not None


def test_a_column_of_another_table_is_joined_by_name() -> None:
    keepers = _grid(("Low Point", "1871"), ("Cape Ayr", "1850"), labels=("Name", "Built"))
    places = _grid(("Cape Ayr", "Ayr"), ("Low Point", "Dunmore"), labels=("Name", "Town"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", places, keepers)])
    assert found is not None
    assert {tuple(c.text for c in row.cells) for row in found.table.rows} == {
        ("Cape Ayr", "Ayr", "1850"),
        ("Low Point", "Dunmore", "1871"),
    }


def test_columns_that_nobody_named_are_the_pages() -> None:
    page = _page("Lighthouses of Ardovia", NORTH)
    assert [
        c.name for c in shape_of(read_question("list all Ardovia lighthouses building towns"), [page])
    ] == [
        "Name",
        "Town",
    ]


def test_parts_that_word_a_label_otherwise_are_parts_too() -> None:
    south = _grid(
        ("Old Head", "Kells", "1902"),
        ("White Rock", "Kells", "1911"),
        labels=("Name", "Town", "Year built"),
    )
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", NORTH, south)])
    assert found is not None
    assert len(found.table.rows) == 4


def test_a_place_in_the_title_does_not_choose_among_the_parts() -> None:
    """The page is what was asked for, as a whole: `City of Ayr` is but one of its parts."""
    question = "Parishes in the Diocese of Ayr: town. Columns: Name, Town."
    city, other = (
        _grid((f"St {a}", "Kells"), (f"St {b}", "Dunmore"), heading=heading, labels=("Name", "Town"))
        for heading, a, b in (("City of Ayr", "Anne", "Bede"), ("Borough of Kells", "Cuthbert", "David"))
    )
    found = harvest(
        question, parse_columns("Name, Town"), [_page("List of parishes in the Diocese of Ayr", city, other)]
    )
    assert found is not None
    assert len(found.table.rows) == 4


def test_what_the_rows_are_called_says_what_they_are() -> None:
    prisons = _grid(("Ayr Prison", "Ayr", "1850"), ("Kells Prison", "Kells", "1871"))
    question = QUESTION.replace("lighthouses", "prisons")
    assert harvest(question, COLUMNS, [_page("Correctional facilities of Ardovia", prisons)]) is not None
    assert harvest(question, COLUMNS, [_page("Correctional facilities of Ardovia", NORTH)]) is None


def test_the_list_of_another_place_or_letter_is_none() -> None:
    question = "The Ardovian dioceses: type. Columns: Name, Type."
    columns = parse_columns("Name, Type")
    grid = _grid(("Ayr", "Diocese"), ("Kells", "Archdiocese"), labels=("Name", "Type"))
    assert harvest(question, columns, [_page("List of dioceses in Belmaria", grid)]) is None
    assert harvest(question, columns, [_page("List of dioceses in Ardovia", grid)]) is not None
    question = "Clubs of the Ivy League: type. Columns: Name, Type."
    assert harvest(question, columns, [_page("Clubs of the Gipps League", grid)]) is None
    question = "Places in Ardovia whose names begin with A or B: type. Columns: Name, Type."
    assert harvest(question, columns, [_page("Places in Ardovia: C–D", grid)]) is None
    assert harvest(question, columns, [_page("Places in Ardovia: A–B", grid)]) is not None


def test_a_list_by_letters_is_put_together_and_known_to_be_in_parts() -> None:
    one, two = _page("Lighthouses of Ardovia: A–L", NORTH), _page("Lighthouses of Ardovia: M–Z", SOUTH)
    found = harvest(QUESTION, COLUMNS, [two, one])
    assert found is not None
    assert (len(found.table.rows), found.part) == (4, "A–L, M–Z")
    named = harvest(QUESTION.replace("Ardovia", "Ardovia from A to L"), COLUMNS, [two, one])
    assert named is not None
    assert (len(named.table.rows), named.part) == (2, "")
    whole = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Plan B Ardovia", NORTH)])
    assert whole is not None
    assert whole.part == ""


def test_marks_and_quotes_are_no_part_of_a_name() -> None:
    grid = _grid(('"Cape Ayr"', "Ayr", "1850"), ("Low Point^TH", "Dunmore", "1871"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", grid)])
    assert found is not None
    assert _names(found.table) == ["Cape Ayr", "Low Point"]


@pytest.mark.parametrize(
    ("question", "over", "condition"),
    [
        ("The 100 largest towns of Ardovia", "List of the 100 largest towns", ""),
        ("The 100 largest towns of Ardovia", "List of towns in Ardovia", "largest towns of Ardovia"),
        ("Towers that held the title over the years", "", ""),
        ("Towers over 300 metres", "", "over 300 metres"),
        ("Volcanoes of Ardovia with last eruption", "", ""),
    ],
)
def test_words_of_the_list_itself_are_no_condition(question: str, over: str, condition: str) -> None:
    assert read_question(question).unread(parse_columns("Name, Last eruption"), over) == condition


def test_what_a_table_lacks() -> None:
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", NORTH)])
    assert found is not None
    short = Table(COLUMNS, (Row((Cell("Cape Ayr"), Cell("Ayr"), Cell("1850"))),))
    assert missing_names(short, _names(found.table)) == ("Low Point",)


def test_years_that_are_asked_are_taken_out_of_their_cells() -> None:
    grid = _grid(("Cape Ayr", "Ayr", "1850 as Ayr Light"), ("Low Point", "Dunmore", "1871"))
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", grid)])
    assert found is not None
    assert [row.cells[2].text for row in found.table.rows] == ["1850", "1871"]


def test_the_nearest_list_is_named_with_what_it_lacks() -> None:
    question = read_question("List lighthouses in Brenn with town")
    pages = [_page("List of lighthouses in Ardovia", NORTH), _page("Belvania", SOUTH)]
    assert nearest(question, COLUMNS, pages) == ("List of lighthouses in Ardovia", "brenn")
    assert nearest(question, COLUMNS, []) is None


@pytest.mark.parametrize(
    ("asked", "heading", "taken"),
    [
        ("Lakes of Ardovia larger than 1 km²", "Lakes larger than 1 km²", True),
        ("Lakes of Ardovia smaller than 1 km²", "Lakes larger than 1 km²", False),
        ("Lakes of Ardovia larger than 50 km²", "Lakes larger than 1 km²", True),
        ("Starters of the Ardovia Run", "Non-starters", False),
        ("Non-starters of the Ardovia Run", "Non-starters", True),
        ("Non-starters of the Ardovia Run", "Starters", False),
        ("Built towers of Ardovia", "Unbuilt", False),
        ("Former clubs of Ardovia", "Current", False),
        ("Clubs of Ardovia", "Former", False),
        ("Clubs of Ardovia", "Current", True),
    ],
)
def test_a_section_of_the_opposite_is_never_the_answer(asked: str, heading: str, taken: bool) -> None:
    title = f"{asked.split(maxsplit=1)[0] if asked[0] in 'LC' else 'Starters'} of Ardovia"
    title = "The Ardovia Run" if "Run" in asked else "Towers of Ardovia" if "towers" in asked else title
    page = _page("Clubs of Ardovia" if "clubs" in asked else title, replace(NORTH, headings=(heading,)))
    found = harvested(read_question(f"{asked}, with town"), COLUMNS, [page])
    assert (found is not None) is taken


def test_what_is_asked_for_by_year_needs_the_years() -> None:
    clubs = Grid(("Club", "Wins"), (("Ayr", "3"), ("Kells", "0"), ("Bel", "1")), ("By club",))
    years = Grid(("Season", "Club"), (("1991–92", "Ayr"), ("1992–93", "Bel"), ("1993–94", "Ayr")))
    question, columns = "Winners of the Ardovia Cup by year", parse_columns("Club, Wins")
    assert harvest(question, columns, [_page("Ardovia Cup", clubs)]) is None
    assert harvest(question.replace("year", "club"), columns, [_page("Ardovia Cup", clubs)]) is not None
    found = harvest(question, parse_columns("Season, Club"), [_page("Ardovia Cup", years)])
    assert found is not None
    assert len(found.table.rows) == len(years.rows)


def test_a_number_of_things_is_no_column_of_the_things() -> None:
    songs = Grid(("Artist", "Song"), (("Ann Bel", "Rain"), ("Jo Ayr", "Sun"), ("Jo Ayr", "7 Stars")))
    counts = Grid(("Artist", "Number of songs"), (("Ann Bel", "1"), ("Jo Ayr", "2")))
    question, columns = read_question("Ardovia hit songs by artist"), parse_columns("Artist, Number of songs")
    for grids in ((songs, counts), (counts, songs)):
        found = harvested(question, columns, [_page("Ardovia hit songs", *grids)], guessed=True)
        assert found is not None
        assert [tuple(c.text for c in row.cells) for row in found.table.rows] == [*counts.rows]
    found = harvested(question, columns, [_page("Ardovia hit songs", songs)], guessed=True)
    assert found is not None
    assert not any(row.cells[1].text for row in found.table.rows)


def test_a_name_of_two_is_whole_and_remarks_over_the_row_are_none() -> None:
    remark = "left out of the programme"
    rows = (
        ("1901 Ayr\ndetails", "Ann Bel\nand Jo Ayr (ARD)", "Di Kells\nand Al Moor", "Ed Fen\n& Flo Fen"),
        ("1905 Kells", remark, remark, remark),
        ("1909 Bel", "Al Moor\nand Di Kells", "Ann Bel\nand Jo Ayr (ARD)", "Vi Ash\nand Cy Ash"),
    )
    pages = [_page("Ardovia Games medalists", Grid(("Games", "Gold", "Silver", "Bronze"), rows))]
    question = read_question("Ardovia Games medalists: gold, silver, bronze")
    shape = shape_of(question, pages)
    assert shape[0].name == "Games"
    found = harvested(question, shape, pages, guessed=True)
    assert found is not None
    assert _names(found.table) == ["1901 Ayr", "1909 Bel"]
    by_gold = harvested(question, parse_columns("Gold, Silver"), pages)
    assert by_gold is not None
    assert _names(by_gold.table) == ["Ann Bel and Jo Ayr (ARD)", "Al Moor and Di Kells"]


def test_lines_without_a_name_or_value_of_their_own() -> None:
    rows = (
        ("Cape Ayr", "Ayr", "----"),
        ("Vacant", "", ""),
        ("Low Point", "", ""),
        ("Vacant", "", ""),
        ("Old Head", "Kells", "1902"),
    )
    found = harvest(QUESTION, COLUMNS, [_page("Lighthouses of Ardovia", _grid(*rows))])
    assert found is not None
    assert _names(found.table) == ["Cape Ayr", "Low Point", "Old Head"]
    assert found.table.rows[0].cells[2].text == ""


@pytest.mark.parametrize(
    ("question", "labels", "first"),
    [
        ("lights of Ardovia with their keeper", ["Name", "keeper"], ["Cape Ayr", ""]),
        (
            "List of lights of Ardovia with keeper and town",
            ["Name", "Town", "keeper"],
            ["Cape Ayr", "Ayr", ""],
        ),
        ("lights of Ardovia with the birds that live in them", ["Name", "birds"], ["Cape Ayr", ""]),
        ("lights of Ardovia with largest visitors", ["Name", "largest visitors"], ["Cape Ayr", ""]),
        ("lights of Ardovia displayed outside Kells", ["Name"], ["Cape Ayr"]),
    ],
)
def test_a_wished_column_that_no_table_has_is_missing_and_the_list_there(
    question: str, labels: list[str], first: list[str]
) -> None:
    found = with_columns(question, _page("Lights of Ardovia", NORTH))
    assert found is not None
    assert [column.name for column in found.table.columns] == labels
    assert [cell.text for cell in found.table.rows[0].cells] == first


@pytest.mark.parametrize(
    "question",
    [
        "lights of Bel with their keeper",
        "keepers of Ardovia with their pay",
        "Ardovia: sea birds",
        "lights lit in Bel with keepers",
    ],
)
def test_without_the_column_only_the_very_list_is_taken(question: str) -> None:
    assert with_columns(question, _page("Lights of Ardovia", NORTH)) is None


def test_a_part_is_told_by_its_heading_number_or_letter() -> None:
    def parts(*heads: str) -> PageFacts:
        made = (replace(g, headings=(h,)) for g, h in zip((NORTH, SOUTH), heads, strict=True))
        return _page("Lights of Ardovia", *made)

    for question, heads in (
        ("Lights of Ardovia, sailors' choice: town", ("Sailors' choice", "Others")),
        ("Lights of Ardovia season 3: town", ("Season 3: 2009", "Season 2: 2008")),
        ("Ardovia K-lights: town", ("K-lights", "J-lights")),
    ):
        found = with_columns(question, parts(*heads))
        assert found is not None
        assert _names(found.table) == ["Cape Ayr", "Low Point"], question


def test_a_question_in_small_letters_may_have_the_name_of_a_title() -> None:
    page = _page("Lights of King Olaf IX", NORTH)
    assert with_columns("olaf ix lights", page) is not None
    assert with_columns("lights", page) is None
