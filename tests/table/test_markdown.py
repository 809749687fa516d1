"""Tables out of model text, whatever shape it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.core.text import clean_line
from wideseek_cli.table import celltext
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.markdown import clean_cell, find_tables, parse_partial, parse_table, render
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.values.kinds import ColumnType

ANSWER = """<think>I could write
| wrong | table |
|---|---|
| 1 | 2 |
</think>
Here is what I found:

```markdown
| # | **University** | City | Founded |
|---|:---|---|---:|
| 1 | [Harvard](https://h.example) | Cambridge,<br>MA | 1636[1] |
| 2 | Yale \\| New Haven | N/A | 1,701<sup>a</sup> |
| 3 | Brown | *Providence* |
| 4 | Cornell &amp; co | Ithaca | 1865 | ? | 1865 | |
```
That is all.
"""


def texts(table: Table | None) -> list[list[str]]:
    assert table is not None
    return [[cell.text for cell in row.cells] for row in table.rows]


def test_an_answer_with_everything_in_it() -> None:
    table = parse_table(ANSWER)
    assert table is not None
    assert [c.name for c in table.columns] == ["University", "City", "Founded"]
    assert [c.key for c in table.columns] == [True, False, False]
    assert texts(table) == [
        ["Harvard", "Cambridge, MA", "1636"],
        ["Yale | New Haven", "", "1,701"],
        ["Brown", "Providence", ""],
        ["Cornell & co", "Ithaca", "1865 | ?"],
    ]
    assert table.rows[1].cells[1].status is CellStatus.MISSING
    assert table.rows[0].cells[1].status is CellStatus.UNPROVED


def test_fixed_columns_are_found_by_name() -> None:
    table = parse_table(ANSWER, parse_columns("name, founded:int, city"))
    assert table is not None
    assert texts(table)[0] == ["Harvard", "1636", "Cambridge, MA"]
    assert table.columns[1] == Column("founded", ColumnType.INT)


def test_types_are_guessed_only_when_every_value_agrees() -> None:
    table = parse_table(
        "| name | n | x | when | site | code | mixed |\n|---|---|---|---|---|---|---|\n"
        "| a | 1,200 | 3.5 | 8 Sept 1636 | https://a.example | 007 | 3 km |\n"
        "| b | n/a | 4 | 1 May 1990 | https://b.example/x | 012 | 3 |\n"
    )
    assert table is not None
    assert [c.type.value for c in table.columns] == ["str", "int", "float", "date", "url", "str", "str"]


def test_the_key_can_be_named() -> None:
    table = parse_table("| city | country |\n|---|---|\n| Lima | Peru |", (), ["country"])
    assert table is not None
    assert [c.key for c in table.columns] == [False, True]


def test_without_a_fence_the_first_run_of_pipe_lines_is_taken() -> None:
    assert texts(
        parse_table("Well:\n\nname | city\n--- | ---\nYale | New Haven\nBrown | Providence\n\nDone.")
    ) == [
        ["Yale", "New Haven"],
        ["Brown", "Providence"],
    ]


def test_an_unclosed_fence_and_no_alignment_row() -> None:
    assert texts(parse_table("```markdown\n| a | b |\n| 1 | 2 |\n| 3 | 4 |")) == [["1", "2"], ["3", "4"]]


def test_tables_of_one_shape_are_put_together() -> None:
    text = "| a | b |\n|-|-|\n| 1 | 2 |\n\nMore:\n\n| A | B |\n|-|-|\n| 3 | 4 |\n\n"
    text += "| x | y | z |\n|-|-|-|\n| 5 | 6 | 7 |\n"
    assert len(find_tables(text)) == 3
    assert texts(parse_table(text)) == [["1", "2"], ["3", "4"]]


def test_a_header_in_the_middle_begins_a_new_table_and_a_repeated_one_does_not() -> None:
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n| a | b |\n|---|---|\n| 3 | 4 |\n| c | d |\n|---|---|\n| 5 | 6 |"
    first, second = find_tables(text)
    assert first.rows == (("1", "2"), ("3", "4"))
    assert second.header == ("c", "d")


def test_a_rule_under_every_row_is_no_header() -> None:
    (table,) = find_tables("| a | b |\n|---|---|\n| 1 | 2 |\n|---|---|\n| 3 | 4 |\n|---|---|")
    assert table.rows == (("1", "2"), ("3", "4"))


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("**Bold** and _it_", "Bold and it"),
        ("a_b_c and 2*3*4", "a_b_c and 2*3*4"),
        ("[text](https://e.example/a_(b)) more", "text more"),
        ("x<br/>y<br>z", "x; y; z"),
        ("<b>406,752</b> km<sup>2</sup>", "406,752 km²"),
        ("1636[^1]", "1636"),
        ("1636【3†source】", "1636"),
        ("Lima*", "Lima"),
        ("`code`", "code"),
        ("\\*not\\*", "*not*"),
        ("&lt;b&gt;", "<b>"),
        ("red\x1b[31m\x07 alert", "red alert"),
    ],
)
def test_cells_lose_their_markup(markdown: str, text: str) -> None:
    assert clean_cell(markdown) == text


def test_a_link_is_its_address_in_a_url_column() -> None:
    assert clean_cell("[Yale](https://yale.example)", ColumnType.URL) == "https://yale.example"


def test_a_streaming_table_shows_whole_cells_only() -> None:
    text = ANSWER.split("</think>")[1]
    whole = texts(parse_table(text))
    seen = 0
    for end in range(len(text)):
        table = parse_partial(text[:end])
        if table is None:
            continue
        rows = texts(table)
        assert len(rows) >= seen or seen - len(rows) == 0
        for row, full in zip(rows[:-1], whole, strict=False):
            assert row[0] == full[0]
        seen = len(rows)
    assert seen == 4
    assert parse_partial("<think>| a | b |\n|---|---|\n| 1 | 2 |\n") is None


@pytest.mark.parametrize(
    "text",
    [
        'Sure:\n```json\n[{"name": "Yale", "founded": 1701}, {"name": "Brown", "founded": null}]\n```',
        '{"rows": [{"name": "Yale", "founded": "1701"}, {"name": "Brown"}]}',
        '```\n{"name": "Yale", "founded": 1701}\n{"name": "Brown"}\n```',
        "```csv\nname, founded\nYale, 1701\nBrown, n/a\n```",
    ],
)
def test_json_and_csv_are_taken_when_there_is_no_markdown(text: str) -> None:
    assert texts(parse_table(text)) == [["Yale", "1701"], ["Brown", ""]]
    assert texts(parse_table(text, parse_columns("founded:int, name:key"))) == [
        ["1701", "Yale"],
        ["", "Brown"],
    ]


def test_no_table_is_none() -> None:
    assert parse_table("I do not know | maybe") is None
    assert parse_table("") is None
    assert parse_table("[" * 100_000) is None


CELL = st.text(
    st.characters(
        exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp", "Co", "Cn"),
        exclude_characters="¹²³⁰⁴⁵⁶⁷⁸⁹†‡§【】|｜",
    ),
    max_size=30,
).map(clean_line)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=6))
def test_what_is_rendered_reads_back(pairs: list[tuple[str, str]]) -> None:
    columns = (Column("name", key=True), Column("note"))
    rows = tuple(Row((Cell(f"k{n} {a}".strip()), Cell(f"v {b}".strip()))) for n, (a, b) in enumerate(pairs))
    again = parse_table(render(Table(columns, rows)), columns)
    assert texts(again) == [[cell.text for cell in row.cells] for row in rows]


@given(st.text(st.sampled_from("|-: \n`markdown*[]()<br>&a1\\\x1b｜"), max_size=200))
def test_any_text_gives_a_table_or_none(text: str) -> None:
    for table in (parse_table(text), parse_partial(text), parse_table(text, parse_columns("a, b:int"))):
        if table is not None:
            assert all(len(row.cells) == len(table.columns) for row in table.rows)


def test_many_pipes_take_no_time() -> None:
    assert not texts(parse_table("|" * 100_000))
    table = parse_table("| a | b |\n|---|---|\n" + "| x[[[[ | ((((** |\n" * 5000)
    assert table is not None
    assert len(table.rows) == 5000


@given(st.text("ab Zé0.,;:'\"/%+$?=@#()-*_`<[&\n²", max_size=40))
def test_cells_without_markup_are_read_as_any_other(text: str) -> None:
    assert clean_cell(text) == celltext._without_markup(text, ColumnType.STR)
