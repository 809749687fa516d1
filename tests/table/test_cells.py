"""Which number in a table's cell is its value, for which year, and under which header it stands."""

from __future__ import annotations

import re

import pytest

from wideseek_cli.table.blocks import read_blocks
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Document, Row, Table

COMPANY = """# Acme Corp

| Infobox |
|---|
| Founded | November 11, 1885; 139 years ago |
| Revenue | US$391.04 billion (2024) |
| Employees | 164,000 (2024) |
| Height | 829.8 m (2,722 ft) |
| Opened | 1937 (rebuilt 1962) |
| Capacity | 50,000–60,000[3] |
| Budget | $0–$8 |
| Floors | 163 + 2 below ground |
| Population | 1,200,000 (2011: 1,100,000) |
"""
LIST = """# Companies

| Name | Opened | Revenue (2023) | Employees | Users |
|---|---|---|---|---|
| Acme Corp | 1937 (rebuilt 1962) | $5 billion | 164,000 (2024) | 100[1] |
| Other Inc | 1950 (rebuilt 1963) | $6 billion | 12,000 (2024) | 50-100 |
"""
FACTS = """# Acme Corp

- Capacity: 50,000–60,000[3]
- Population: 1,200,000 (2011: 1,100,000)
- Height: 6 ft 1 in (1.85 m)
- Opened: 660 BCE
- Seat: Cupertino, California, U.S.
"""
YEARS = "# Acme Corp\n\n| Year | Company | Revenue |\n|---|---|---|\n| 2022 | Acme Corp | $4 billion |\n" + (
    "| 2023 | Acme Corp | $5 billion |\n"
)
BY_YEAR = (
    "# Acme Corp\n\n| Figure | 2023 |\n|---|---|\n| Revenue | $5 billion |\n\n"
    "| Facts |\n|---|\n| Employees | 2021: 164,000 |\n| Opened | 1937: to all; 1962: anew |\n"
)
COUNTIES = """# Counties

| County | Seat | Population | Population | Area (km2) |
|---|---|---|---|---|
| County | Seat | 2011 | 2022 | Area (km2) |
| Baranya | Pécs | 386,441 | 357,000 | 4,429 |
| Pest | Budapest | 1,217,476 | 1,333,000 | 6,393 |
"""
MERGED = """# Counties

| County | Seat | Population | Area (km2) |
|---|---|---|---|
| 2011 | 2022 |
| Baranya | Pécs | 386,441 | 357,000 | 4,429 |
"""
FILMS = """# Films

| Year | Film | Director | Studio |
|---|---|---|---|
| 2020 | Nomadland | Chloé Zhao | Searchlight |
| Minari | Lee Isaac Chung | A24 |
"""
HUNGARY = """# Hungary

| Hungary |  |
|---|---|
| Area |  |
| • Total | 93,030 km2 (35,920 sq mi) |
| Population |  |
| • 2024 estimate | 9,584,000 (96th) |
| • Density | 103/km2 |
| GDP (PPP) | 2025 estimate |
| • Total | $461.3 billion (53rd) |
| • Per capita | $48,400 |
| Currency | Forint |
"""


def status(columns: str, name: str, value: str, text: str, question: str = "") -> CellStatus:
    table = Table(parse_columns(columns), (Row((Cell(name), Cell(value))),))
    title = text.partition("\n")[0].strip("# ")
    page = Document("https://a.example/page", f"{title} - Wikipedia", text)
    return prove(table, [page], question=question).rows[0].cells[-1].status


@pytest.mark.parametrize(
    ("column", "right", "wrong", "text"),
    [
        ("founded:int", "1885", "139", COMPANY),
        ("revenue 2024", "US$391.04 billion", "", COMPANY),
        ("revenue 2023", "", "US$391.04 billion", COMPANY),
        ("employees:int", "164,000", "2024", COMPANY),
        ("employees 2023:int", "", "164,000", COMPANY),
        ("height", "829.8 m", "2,722 m", COMPANY),
        ("height", "2,722 ft", "829.8 ft", COMPANY),  # the same height in other units
        ("opened:int", "1937", "1962", COMPANY),
        ("capacity", "50,000–60,000", "50,000", COMPANY),
        ("capacity:int", "", "60,000", COMPANY),
        ("capacity:int", "", "3", COMPANY),
        ("budget", "$0–$8", "$8", COMPANY),
        ("floors:int", "163", "2", COMPANY),
        ("population:int", "1,200,000", "1,100,000", COMPANY),
        ("population 2024:int", "1,200,000", "1,100,000", COMPANY),
        ("opened:int", "1937", "1962", LIST),
        ("revenue 2023", "$5 billion", "$6 billion", LIST),
        ("revenue 2022", "", "$5 billion", LIST),  # the only column of revenues is another year's
        ("employees:int", "164,000", "2024", LIST),
        ("users:int", "100", "1", LIST),
        ("capacity:int", "", "50,000", FACTS),
        ("height", "1.85 m", "1.85 ft", FACTS),
        ("opened", "660 BC", "660", FACTS),
        ("opened:int", "660 BC", "660", FACTS),
        ("opened:date", "660 BC", "660", FACTS),
        ("seat", "Cupertino, California, USA", "Cupertino, Texas, USA", FACTS),
        ("population:int", "1,200,000", "1,100,000", FACTS),
        ("revenue 2023", "$5 billion", "$4 billion", YEARS),
        ("revenue 2023", "$5 billion", "$4 billion", BY_YEAR),
        ("revenue 2022", "", "$5 billion", BY_YEAR),
        ("employees:int", "164,000", "2021", BY_YEAR),
        ("employees 2021:int", "164,000", "2021", BY_YEAR),
        ("employees 2020:int", "", "164,000", BY_YEAR),
        ("opened:int", "1937", "1962", BY_YEAR),
    ],
)
def test_a_cell_states_its_first_value_for_its_year(column: str, right: str, wrong: str, text: str) -> None:
    if right:
        assert status(f"name, {column}", "Acme Corp", right, text) is CellStatus.PROVED
    if wrong:
        assert status(f"name, {column}", "Acme Corp", wrong, text) is not CellStatus.PROVED


@pytest.mark.parametrize(
    ("name", "column", "right", "wrong", "text"),
    [
        ("Baranya", "area (km2):int", "4429", "357000", COUNTIES),
        ("Baranya", "population 2022:int", "357,000", "386,441", COUNTIES),
        ("Baranya", "population 2011:int", "386,441", "357,000", COUNTIES),
        ("Baranya", "population:int", "357,000", "386,441", COUNTIES),
        ("Baranya", "seat", "Pécs", "Budapest", COUNTIES),
        ("Baranya", "area (km2):int", "", "357000", MERGED),
        ("Baranya", "population 2022:int", "", "386,441", MERGED),
        ("Minari", "director", "", "A24", FILMS),
        ("Nomadland", "director", "Chloé Zhao", "Searchlight", FILMS),
    ],
)
def test_a_cell_stands_under_its_own_header(
    name: str, column: str, right: str, wrong: str, text: str
) -> None:
    if right:
        assert status(f"name, {column}", name, right, text) is CellStatus.PROVED
    assert status(f"name, {column}", name, wrong, text) is not CellStatus.PROVED


@pytest.mark.parametrize(
    ("column", "right", "wrong"),
    [
        ("area (km2):int", "93030", "35920"),
        ("population:int", "9,584,000", "103"),
        ("population density", "103/km2", "9,584,000"),
        ("GDP", "$461.3 billion", "$48,400"),
        ("GDP:int", "461.3 billion", "2025"),  # `2025 estimate` is the group's, not a value
        ("GDP 2023", "", "$461.3 billion"),
        ("GDP per capita", "$48,400", "$461.3 billion"),
        ("currency", "Forint", "estimate"),
    ],
)
def test_bullets_in_a_table_of_facts_belong_to_the_row_above(column: str, right: str, wrong: str) -> None:
    spread = re.sub(r"\| (\w+) \|  \|", r"| \1 | \1 |", HUNGARY)  # the group's name in both columns
    for text in (HUNGARY, spread):
        if right:
            assert status(f"country, {column}", "Hungary", right, text) is CellStatus.PROVED
        assert status(f"country, {column}", "Hungary", wrong, text) is not CellStatus.PROVED


@pytest.mark.parametrize(
    ("column", "value", "first", "is_fact"),
    [
        ("capital", "Budapest", "| Capital and largest city | Budapest |", True),
        ("founded:int", "1000", "| Founded | 1000 |", True),
        ("population:int", "2022", "| Population | 2022 |", False),
        ("population:int", "2022", "| Hungary | Population 2022 |", False),
    ],
)
def test_the_first_row_of_a_table_of_facts_is_one(column: str, value: str, first: str, is_fact: bool) -> None:
    text = f"# Hungary\n\n{first}\n|---|---|\n| Languages | Hungarian |\n"
    found = status(f"country, {column}", "Hungary", value, text)
    assert (found is CellStatus.PROVED) == is_fact


SERIES = (
    "| Year | Revenue in mil. USD | Staff |\n|---|---|---|\n| 2021 | 26,010 | 80 |\n| 2021 | 26,020 | 85 |\n"
    "| 2022 | 27,441 | 90 |\n| 2023 | 28,106 | 95 |\n"
)


@pytest.mark.parametrize(
    ("column", "value", "head", "expected"),
    [
        ("revenue 2023 (million USD)", "28,106", "# Acme Corp", True),
        ("revenue 2023 (million USD)", "27,441", "# Acme Corp", False),
        ("revenue 2022 (million USD)", "27,441", "# Acme Corp", True),
        ("staff 2023:int", "95", "# Acme Corp\n\n## Finance", True),
        ("staff:int", "90", "# Acme Corp", False),
        ("staff 2021:int", "85", "# Acme Corp", False),
        ("staff 2023:int", "95", "# Companies", False),
    ],
)
def test_a_page_has_its_own_figures_year_by_year(column: str, value: str, head: str, expected: bool) -> None:
    found = status(f"company, {column}", "Acme Corp", value, f"{head}\n\n{SERIES}")
    assert (found is CellStatus.PROVED) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Population", True),
        ("Total population (thousands)", True),
        ("Population of Lima", False),
        ("Population (Lima)", False),
        ("World population", False),
        ("Population change", False),
    ],
)
def test_its_header_says_no_more_than_the_column(header: str, expected: bool) -> None:
    text = f"# Peru\n\n| Year | {header} |\n|---|---|\n| 2022 | 411 |\n| 2023 | 427 |\n"
    value = "427 thousand" if "thousands" in header else "427"
    found = status("country, population 2023", "Peru", value, text)
    assert (found is CellStatus.PROVED) is expected


TABLE = "# List\n\n| Name | {} | {} |\n|---|---|---|\n| Acme Corp | 2020 | 120 |\n| B Inc | 2021 | 115 |\n"


@pytest.mark.parametrize(
    ("column", "headers", "right", "wrong"),
    [
        ("year:int", ("Released", "Minutes"), "2020", "120"),
        ("year:int", ("Year", "Released"), "2020", "120"),
        ("total:int", ("Gold", "Total"), "120", "2020"),
        ("total:int", ("Gold", "Silver"), "", "120"),
        ("year:int", ("Opened", "Closing date"), "", "120"),
    ],
)
def test_a_column_that_says_little_needs_its_own_header(
    column: str, headers: tuple[str, str], right: str, wrong: str
) -> None:
    text = TABLE.format(*headers)
    if right:
        assert status(f"name, {column}", "Acme Corp", right, text) is CellStatus.PROVED
    assert status(f"name, {column}", "Acme Corp", wrong, text) is not CellStatus.PROVED


def test_feet_in_a_bracket_are_the_better_label_too() -> None:
    rows = "| Elevation | 158 m (518 ft) |\n| Highest elevation | 1,035 m (3,396 ft) |"
    text = f"# Zagreb\n\n| Zagreb |\n|---|\n{rows}\n"
    assert status("city, elevation (ft):int", "Zagreb", "518", text) is CellStatus.PROVED
    assert status("city, elevation (ft):int", "Zagreb", "3396", text) is not CellStatus.PROVED


def test_a_row_with_a_figure_of_its_own_keeps_it_over_bullets() -> None:
    text = (
        "# List\n\n| Country | Population |\n|---|---|\n| Hungary | 9,584,000 |\n| • Budapest | 1,685,000 |\n"
    )
    assert status("name, population:int", "Hungary", "9,584,000", text) is CellStatus.PROVED
    assert status("name, population:int", "Hungary", "1,685,000", text) is not CellStatus.PROVED
    assert status("name, population:int", "Budapest", "1,685,000", text) is CellStatus.PROVED


@pytest.mark.parametrize(
    ("lines", "header", "head"),
    [
        (["| A | B | B |", "| A | 2011 | 2022 |"], ["A", "B 2011", "B 2022"], 2),
        (["| A | B | |", "| | 2011 | 2022 |"], ["A", "B 2011", "B 2022"], 2),
        (["| A | B | B |", "| A | C | C |", "| A | 1 | 2 |"], ["A", "B C 1", "B C 2"], 3),
        (["| Founded | Opened |", "| 1923 | 1925 |"], ["Founded", "Opened"], 1),  # values
        (["| Hungary | |", "| Flag | |"], ["Hungary", ""], 1),
        (["| A | B | B |", "| x | 1 | 2 |"], ["A", "B", "B"], 1),
        (["| Towns |", "| Name | People | Area |", "| x | 1 | 2 |"], ["Name", "People", "Area"], 2),
        (["| Towns | | |", "| Name | People | Area |", "| x | 1 | 2 |"], ["Name", "People", "Area"], 2),
        (["| A | B ||", "| x | 1 | 2 |"], ["A", "B", ""], 1),
    ],
)
def test_a_second_line_of_a_header_is_joined_to_it(lines: list[str], header: list[str], head: int) -> None:
    table = read_blocks("\n".join(lines))[0][0].table
    assert table is not None
    assert (table.header, table.head) == (header, head)


MARKS = """# Tools

| Feature | Notion | Evernote |
|---|---|---|
| Offline mode | ✓ | ✗[2] |
| API | ✔️ | ❌ |
| SSO | ✓ beta | No |
"""
TOOLS = "# Tools\n\n| Tool | Open source | Paid |\n|---|---|---|\n| Logseq | ✓ | ✗ |\n| Notion | ✗ | ✓ |\n"


@pytest.mark.parametrize(
    ("name", "column", "right", "text"),
    [
        ("Notion", "offline mode:bool", "yes", MARKS),
        ("Evernote", "offline mode:bool", "no", MARKS),
        ("Notion", "API:bool", "yes", MARKS),
        ("Evernote", "API:bool", "no", MARKS),
        ("Evernote", "SSO:bool", "no", MARKS),
        ("Logseq", "open source:bool", "yes", TOOLS),
        ("Notion", "open source:bool", "no", TOOLS),
    ],
)
def test_check_marks_and_crosses_say_yes_and_no(name: str, column: str, right: str, text: str) -> None:
    wrong = "no" if right == "yes" else "yes"
    assert status(f"tool, {column}", name, right, text) is CellStatus.PROVED
    assert status(f"tool, {column}", name, wrong, text) is not CellStatus.PROVED


def test_a_mark_with_words_beside_it_is_no_plain_yes() -> None:
    assert status("tool, SSO:bool", "Notion", "yes", MARKS) is not CellStatus.PROVED


def test_a_row_may_leave_out_what_has_no_header() -> None:
    rows = "| City | Population | Country |  |\n|---|---|---|---|\n| Tokyo | 37,400,000 | Japan |"
    table = Table(parse_columns("city, population:int"), (Row((Cell("Tokyo"), Cell("37,400,000"))),))
    page = Document("https://a.example/1", "Cities", f"# Cities\n\n{rows}\n")
    assert prove(table, [page]).rows[0].cells[1].status is CellStatus.PROVED
