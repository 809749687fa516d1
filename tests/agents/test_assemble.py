"""Tables out of plans and reports, and what kind of answer a question wants."""

from __future__ import annotations

import pytest

from wideseek_cli.agents.assemble import Report, completed, entities, from_reports, planned_rows
from wideseek_cli.agents.kind import boxed, short_answer, wants_table
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Column, Table

COLUMNS = parse_columns("country, capital, total area:int")


def others(table: Table | None) -> list[tuple[tuple[str, ...], ...]]:
    return [tuple(cell.alternatives for cell in row.cells) for row in table.rows] if table else []


def texts(table: Table | None) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in table.rows] if table else []


@pytest.mark.parametrize(
    ("tasks", "names"),
    [
        (["Find the capital of Peru.", "Find the capital of Chile."], ["Peru", "Chile"]),
        (["Find Peru's capital", "Find Chile's capital"], ["Peru", "Chile"]),
        (
            ["Find the age of Yale University now", "Find the age of Brown University now"],
            ["Yale University", "Brown University"],
        ),
        (
            ["Look up the University of Oslo today", "Look up the University of Bergen today"],
            ["University of Oslo", "University of Bergen"],
        ),
        (["List the countries.", "Find all capitals of them, then their areas"], ["", ""]),
        (["Find the capital of Peru."], [""]),
        (["a", "b"], ["", ""]),
    ],
)
def test_what_each_subtask_alone_speaks_of(tasks: list[str], names: list[str]) -> None:
    assert entities(tasks) == names


def test_a_plan_names_rows() -> None:
    named = planned_rows(["Find the capital of Peru.", "Find the capital of Chile."], COLUMNS)
    assert texts(named) == [("Peru", "", ""), ("Chile", "", "")]
    assert planned_rows(["List them."], COLUMNS) is None
    assert planned_rows(["List the capital of Peru.", "List the capital of Chile."], COLUMNS) == named


@pytest.mark.parametrize(
    ("task", "columns", "rows"),
    [
        ("List the countries of {}", COLUMNS, False),
        ("Find all landlocked countries in {}", COLUMNS, False),
        ("List the countries of {}", (), False),
        ("List the languages of {}", COLUMNS, True),
        ("List the address of {}", COLUMNS, True),
    ],
)
def test_where_a_plan_looks_for_the_rows_it_names_none(
    task: str, columns: tuple[Column, ...], rows: bool
) -> None:
    made = planned_rows([task.format("Peru"), task.format("Chile")], columns)
    assert (made is not None) is rows


@pytest.mark.parametrize(
    "report",
    [
        "| Country | Capital | Area |\n|---|---|---|\n| Peru | Lima | 1,285,216 |",
        "### Peru\n- Capital: Lima\n- Total area: 1,285,216 sq km",
        "**Peru**\nCapital: **Lima** (source: [Doc 1])\nArea (total): 1,285,216 sq km.",
        "country: Peru\ncapital: Lima\ntotal area: 1,285,216 sq km",
        "| Field | Value |\n|---|---|\n| Capital | Lima |\n| Total area | 1,285,216 sq km |",
        "The page says:\nCapital of Peru: Lima\nTotal area of Peru: 1,285,216 sq km",
    ],
)
def test_reports_of_many_forms(report: str) -> None:
    other = Report("Find the facts on Chile.", "Capital: Santiago\nTotal area: not found")
    made = texts(from_reports([Report("Find the facts on Peru.", report), other], COLUMNS))
    assert [row[:2] for row in made] == [("Peru", "Lima"), ("Chile", "Santiago")]
    assert made[0][2].startswith("1,285,216")
    assert made[1][2] == ""


def test_several_things_in_one_report_and_the_same_thing_in_several() -> None:
    first = Report("Find out.", "# Peru\nCapital: Lima\n\n# Chile\nCapital: Santiago")
    second = Report("Find more.", "# Perú\nCapital: Cusco\nTotal area: 1,285,216")
    third = Report("Find more.", "# Peru\nCapital: LIMA\nTotal area: 1,285,000\n# Chile\nCapital: Arica")
    made = from_reports([first, second, third], COLUMNS)
    assert texts(made) == [("Peru", "Lima", "1,285,216"), ("Chile", "Santiago", "")]
    assert others(made) == [((), ("Cusco",), ("1,285,000",)), ((), ("Arica",), ())]


def test_rows_that_are_known_give_a_report_its_thing() -> None:
    report = Report("Find the following about Peru: capital.", "I read the page.\nCapital: Lima")
    assert texts(from_reports([report], COLUMNS, ["Peru", "Chile"])) == [("Peru", "Lima", "")]
    both = Report("About Peru and Chile.", "For Chile I found:\nCapital: Santiago")
    assert texts(from_reports([both], COLUMNS, ["Peru", "Chile"])) == [("Chile", "Santiago", "")]


def test_without_columns_the_reports_tables_give_them() -> None:
    report = "| Lake | Depth |\n|---|---|\n| Baikal | 1642 |"
    made = from_reports([Report("x", report), Report("y", "Nothing."), Report("z", "")], ())
    assert made is not None
    assert [column.name for column in made.columns] == ["Lake", "Depth"]
    assert from_reports([Report("y", "Nothing.")], ()) is None


def test_a_table_that_an_agent_had_merely_read_gives_no_rows() -> None:
    """It was cut short over a page that may be about anything; what stands of one thing still counts."""
    rows = "| North Tower | 31 m |\n| South Tower | 28 m |\n"
    read = f"## List of towers in Arden\n\n| tower | height |\n|---|---|\n{rows}"
    own, other = (from_reports([Report("List the towers of Brenn", read, own)], []) for own in (True, False))
    assert [row[0] for row in texts(own)] == ["North Tower", "South Tower"]
    assert other is None
    lines = [Report("Find the city of North Tower", "# North Tower\n- City: Arden", own=False)]
    assert texts(from_reports(lines, parse_columns("tower, city"))) == [("North Tower", "Arden")]


def test_prose_and_urls_are_no_fields() -> None:
    text = "Note: see https://example.org/capital: it has more.\nIn short: nothing is known of its rulers."
    assert from_reports([Report("Find the facts on Peru.", text)], COLUMNS) is None


def test_completing_a_table_never_replaces_what_is_proved() -> None:
    from dataclasses import replace

    from wideseek_cli.table.model import CellStatus

    (mine,) = (from_reports([Report("", "# Peru\nCapital: Lima")], COLUMNS),)
    found = from_reports(
        [Report("", "# Peru\nCapital: Cusco\nTotal area: 5\n# Chile\nCapital: Santiago")], COLUMNS
    )
    assert mine is not None
    row = mine.rows[0]
    proved = replace(row.cells[1], status=CellStatus.PROVED)
    mine = replace(mine, rows=(replace(row, cells=(row.cells[0], proved, row.cells[2])),))
    assert texts(completed(mine, found)) == [("Peru", "Lima", "5")]
    assert texts(completed(mine, found, rows=True)) == [("Peru", "Lima", "5"), ("Chile", "Santiago", "")]
    assert others(completed(mine, found)) == [((), ("Cusco",), ())]
    guessed = from_reports([Report("", "# Peru\nCapital: Quito\nTotal area: 7")], COLUMNS)
    assert guessed is not None
    assert texts(completed(guessed, found)) == [("Peru", "Cusco", "5")]
    assert others(completed(guessed, found)) == [((), ("Quito",), ("7",))]
    assert completed(mine, None) == mine


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("List the countries of South America with capital", True),
        ("What are all members of the Ivy League, with city?", True),
        ("Which are the top 10 rivers by length?", True),
        ("Countries of Europe and their currencies", True),
        ("列出南美洲各国的首都和面积", True),
        ("Who founded Harvard University?", False),
        ("What is the capital of Peru?", False),
        ("In which year did Chile become independent?", False),
        ("How high is Mount Fuji", False),
        ("秘鲁的首都是什么？", False),
    ],
)
def test_a_question_shows_whether_it_wants_a_table(question: str, table: bool) -> None:
    assert wants_table(question, Settings()) is table
    assert wants_table(question, Settings(columns=COLUMNS)) is True
    assert wants_table(question, Settings(answer="short")) is False
    assert wants_table(question, Settings(answer="table")) is True


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("It is \\boxed{Lima}.", "Lima"),
        ("<think>\\boxed{Quito}?</think> \\boxed{a \\frac{1}{2} b} and so on", "a \\frac{1}{2} b"),
        ("\\boxed{Lima", "Lima"),
        ("No box", ""),
    ],
)
def test_the_box_holds_the_answer(text: str, answer: str) -> None:
    assert boxed(text) == answer
    assert short_answer(text) == (answer or text)
