"""Answers that hold several tables: parts, drafts, columns side by side, and tables about something else."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.markdown import parse_partial, read_answer
from wideseek_cli.table.merge import drop_repeats
from wideseek_cli.table.model import Table

QUESTION = "List all colleges of Ardovia with city and founding year."
COLUMNS = parse_columns("college, city, founded:int")
HEAD = ("college", "city", "founded")
ROWS: list[tuple[str, ...]] = [
    ("Abel", "Ost", "1500"),
    ("Brun", "Rum", "1503"),
    ("Cole", "Zef", "1506"),
    ("Dorn", "Wic", "1509"),
]


def pipes(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = HEAD) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def fence(rows: Sequence[tuple[str, ...]], head: tuple[str, ...] = HEAD) -> str:
    return f"```markdown\n{pipes(rows, head)}\n```"


def bare(rows: list[tuple[str, ...]]) -> str:
    """Rows without a header."""
    return pipes(rows).split("\n", 2)[2]


def numbered(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [(str(n), *row) for n, row in enumerate(rows, start=1)]


def texts(table: Table | None) -> list[tuple[str, ...]]:
    assert table is not None
    return [tuple(cell.text for cell in row.cells) for row in drop_repeats(table).rows]


def names(table: Table | None) -> tuple[str, ...]:
    assert table is not None
    return tuple(column.name for column in table.columns)


NUMBERED = ("#", *HEAD)
SOURCES = pipes(
    [(f"s{n}", f"http://x/{n}", "all", "good") for n in range(9)], ("source", "url", "for", "note")
)
LINKS = pipes([(str(n), f"Page {n}", f"http://x/{n}") for n in range(9)], ("No.", "Reference", "Link"))
COUNTS = pipes([(f"City {n}", str(n)) for n in range(9)], ("place", "number"))
WHOLE = {
    "two fences": f"Part 1\n{fence(ROWS[:2])}\nPart 2\n{fence(ROWS[2:])}",
    "a fence and the rest": f"{fence(ROWS[:2])}\n\nAnd also:\n\n{pipes(ROWS[2:])}",
    "an open fence before another": f"```markdown\n{pipes(ROWS[:2])}\nPart 2\n```markdown\n{pipes(ROWS[2:])}",
    "a draft and the whole": f"Draft:\n{fence(ROWS[:1])}\nFinal:\n{fence(ROWS)}",
    "a draft with a slip": f"Draft:\n{fence([('Abel', 'Zef', '1500')])}\nFinal:\n{fence(ROWS)}",
    "a draft that knew more": f"{fence(ROWS)}\n{fence([('Abel', '?', '1500'), *ROWS[1:]])}",
    "like heads": f"North\n{fence(ROWS[:2], ('College name', 'City', 'Founded'))}\nSouth\n{fence(ROWS[2:])}",
    "another key": f"{pipes(ROWS[:3])}\n\nMore:\n\n{pipes(ROWS[3:], ('University', 'City', 'Founded'))}",
    "another order": f"{fence(ROWS[:3])}\n{fence([row[::-1] for row in ROWS[3:]], HEAD[::-1])}",
    "rows behind words": f"{pipes(ROWS[:1])}\n\nLess certain:\n\n{bare(ROWS[1:])}",
    "rows behind words in a fence": f"```md\n{pipes(ROWS[:1])}\n\n(continued)\n\n{bare(ROWS[1:])}\n```",
    "rows under headings": fence([]).replace("\n```", "")
    + "".join(f"\n\n## x\n{bare([row])}" for row in ROWS),
    "rows under a rule": f"{pipes(ROWS[:2])}\n\nMore:\n\n{pipes(ROWS[3:], ROWS[2])}",
    "heads without a rule": f"{pipes(ROWS[:2])}\n\nMore:\n\n| College | City | Founded |\n{bare(ROWS[2:])}",
    "columns side by side": fence([r[:2] for r in ROWS], HEAD[:2])
    + "\n"
    + fence([r[::2] for r in ROWS], HEAD[::2]),
    "numbered parts": f"{fence(numbered(ROWS[:2]), NUMBERED)}\nMore:\n{fence(numbered(ROWS[2:]), NUMBERED)}",
    "sources": f"{pipes(ROWS)}\n\n**Sources**\n\n{SOURCES}",
    "as many sources columns": f"{pipes(ROWS)}\n\n{LINKS}",
    "sources of each": f"{pipes(ROWS)}\n\n{pipes([(r[0], 'http://x') for r in ROWS], ('college', 'source'))}",
    "a longer table": f"{COUNTS}\n\n{pipes(ROWS)}",
}


@pytest.mark.parametrize("fixed", [False, True], ids=["free", "columns"])
@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_no_row_and_no_column_is_left_behind(text: str, fixed: bool) -> None:
    read = read_answer(text, COLUMNS if fixed else (), question=QUESTION)
    assert texts(read.table) == ROWS
    assert not read.lost


def test_side_by_side_stand_only_tables_about_the_same_things() -> None:
    cities = [("Ost", "9"), ("Rum", "7")]
    read = read_answer(f"{pipes(ROWS)}\n\n{pipes(cities, ('city', 'people'))}", question=QUESTION)
    assert (names(read.table), texts(read.table), read.lost) == (HEAD, ROWS, False)
    more = [(row[0], str(n)) for n, row in enumerate(ROWS[:3])]
    read = read_answer(f"{pipes(ROWS)}\n\n{pipes(more, ('name', 'city area'))}", question=QUESTION)
    assert names(read.table) == (*HEAD, "city area")
    assert [row[1::2] for row in texts(read.table)] == [("Ost", "0"), ("Rum", "1"), ("Zef", "2"), ("Wic", "")]


def test_a_few_words_about_a_few_rows_make_no_column_that_nobody_asked_for() -> None:
    few = [("Abel", "the oldest")]
    for head, wide in (
        (("college", "known for"), HEAD),
        (("college", "founding date"), (*HEAD, "founding date")),
    ):
        read = read_answer(f"{pipes(ROWS)}\n\n{pipes(few, head)}", question=QUESTION)
        assert (names(read.table), read.lost) == (wide, False)


def test_parts_in_both_directions() -> None:
    north, south = ROWS[:2], ROWS[2:]
    places = [pipes([row[:2] for row in part], HEAD[:2]) for part in (north, south)]
    years = [pipes([row[::2] for row in part], HEAD[::2]) for part in (north, south)]
    read = read_answer("\n\nThen:\n\n".join(places + years), question=QUESTION)
    assert (texts(read.table), read.lost) == (ROWS, False)


def test_a_table_of_its_own_for_each_thing_however_many() -> None:
    rows = [(f"College {n}", f"City {n}", str(1500 + n)) for n in range(250)]
    read = read_answer("\n\n".join(f"### {row[0]}\n{fence([row])}" for row in rows), question=QUESTION)
    assert (texts(read.table), read.lost) == (rows, False)


def test_an_empty_table_does_not_lead() -> None:
    read = read_answer(f"{pipes([])}\n\nSo:\n\n{pipes(ROWS, ('name', 'place', 'year'))}", question=QUESTION)
    assert texts(read.table) == ROWS


def test_parts_that_tell_less_or_more_are_parts() -> None:
    read = read_answer(f"{pipes(ROWS[:2])}\n\nSouth:\n\n{pipes([('Cole', 'Zef')], HEAD[:2])}")
    assert texts(read.table) == [*ROWS[:2], ("Cole", "Zef", "")]
    read = read_answer(f"{pipes(ROWS[:2])}\n\n{pipes([(*ROWS[2], 'Dr X')], (*HEAD, 'rector'))}")
    assert texts(read.table) == [*((*row, "") for row in ROWS[:2]), (*ROWS[2], "Dr X")]


def test_a_table_of_links_is_taken_where_links_are_asked_for() -> None:
    text = f"{pipes(ROWS)}\n\n{pipes([(row[0], 'http://x') for row in ROWS], ('college', 'link'))}"
    assert names(read_answer(text, question=f"{QUESTION} Give a link to each.").table) == (*HEAD, "link")


def test_what_tells_apart_two_tables_of_the_same_years_is_kept() -> None:
    """Neither is a draft of the other, so what differs is seen to."""
    head = ("year", "winner", "country")
    men = [("1990", "Ana", "Peru"), ("1991", "Bo", "Oman")]
    women = [("1990", "Cy", "Fiji"), ("1991", "Di", "Togo")]
    read = read_answer(f"{pipes(men, head)}\n\n{pipes(women, head)}")
    assert read.table is not None
    assert [row.cells[1].alternatives for row in drop_repeats(read.table).rows] == [("Cy",), ("Di",)]
    pairs = "\n".join(pipes([(row[0], row[1])], ("year", "winner")) + "\n\nx" for row in (men[0], women[0]))
    assert [
        row.cells[1].alternatives for row in drop_repeats(read_answer(pairs).table or Table(())).rows
    ] == [("Cy",)]


@pytest.mark.parametrize("fixed", [False, True], ids=["free", "columns"])
@pytest.mark.parametrize(
    ("rest", "lost"),
    [
        (bare(ROWS[2:]).replace("| 15", "15"), True),  # rows of two cells, after which nobody can tell
        (pipes([("Cole", "open")], ("college", "state")), True),
        (pipes([("Brun", "open")], ("college", "state")), False),
        (pipes([("Cole", "Zef", "closed")], ("excluded college", "city", "why")), False),
        (LINKS, False),
        (pipes([("Zef", "2")], ("place", "people")), False),
        ("Note: a | b\nAlso: c | d", False),
    ],
)
def test_rows_that_cannot_be_placed_are_told(rest: str, lost: bool, fixed: bool) -> None:
    read = read_answer(f"{pipes(ROWS[:2])}\n\nMore:\n\n{rest}", COLUMNS if fixed else (), question=QUESTION)
    assert [row[:3] for row in texts(read.table)] == ROWS[:2]
    assert read.lost == lost


@pytest.mark.parametrize(
    "name", ["two fences", "like heads", "rows behind words", "columns side by side", "sources"]
)
def test_a_second_table_never_spoils_what_is_shown_while_it_is_written(name: str) -> None:
    text, seen = WHOLE[name], 0
    for end in range(len(text) + 1):
        table = parse_partial(text[:end])
        if table is not None:
            assert [row[0] for row in texts(table)] == [row[0] for row in ROWS][: len(table.rows)]
            assert len(table.rows) >= seen, text[:end]
            seen = len(table.rows)
    assert seen == 4


def test_one_column_goes_on_too() -> None:
    assert texts(read_answer("| college |\n|---|\n| Abel |\n\nAnd:\n\n| Brun |").table) == [
        ("Abel",),
        ("Brun",),
    ]


def test_a_header_that_was_cut_off_is_no_row() -> None:
    text = f"{pipes(ROWS[:2])}\n\nMore:\n\n| The college | City | Fou"
    assert texts(read_answer(text, cut=True).table) == ROWS[:2]


@pytest.mark.parametrize(
    "text",
    [
        "| a | b |\n|---|---|\n" + "\n\n\n| x | y |" * 2000,
        "\n\n\n".join(f"| a{n} | b |\n|---|---|\n| {n} | 2 |" for n in range(800)),
        "\n\n\n".join("| 1 | 2 |\n|---|---|\n| 1 | 2 |" for _ in range(800)),
        "\n\n\n".join("|".join(f"{n}c{m}" * 9 for m in range(90)) + "\n|---|\n" for n in range(20)),
    ],
)
def test_many_tables_take_no_time(text: str) -> None:
    start = time.process_time()
    assert read_answer(text).table is not None
    assert read_answer(text, COLUMNS).table is not None
    assert time.process_time() - start < 2.5
