"""A list that a page has in several tables is one list, or it is known what of it is not taken."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from wideseek_cli.facts.pagefacts import PageFacts, read_document
from wideseek_cli.facts.rows.completeness import lists_read
from wideseek_cli.facts.rows.harvest import Harvest, harvest, shape_of
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import read_question
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Document

LABELS = ("No.", "Name", "Access", "Area", "Opened")
QUESTION = "gardens of Ardovia with area and year opened"
COLUMNS = parse_columns("Name, Area, Opened")


def _part(heading: str, names: str, labels: Sequence[str] = LABELS, area: str = "12 ha") -> Grid:
    values = {"Area": area, "Area (ha)": "12", "Rank": "1", "No.": "1", "Access": "free", "Note": "old"}
    rows = []
    for number, name in enumerate(names.split()):
        rows.append(tuple(name if at == _key(labels) else values.get(label, f"19{number:02}")
                          for at, label in enumerate(labels)))  # fmt: skip
    return Grid(tuple(labels), tuple(rows), (heading,))


def _key(labels: Sequence[str]) -> int:
    return next(at for at, label in enumerate(labels) if label in ("Name", "Garden", "Town"))


def _page(*grids: Grid) -> PageFacts:
    return read_document(Document("zim://a/1", "Gardens of Ardovia", "Text.", structure=to_text(grids)))


def _found(question: str, *grids: Grid) -> Harvest:
    found = harvest(read_question(question), COLUMNS, [_page(*grids)])
    assert found is not None
    return found


def _names(grid: Grid) -> list[str]:
    return [row[_key(grid.labels)] for row in grid.rows]


def _rows(found: Harvest) -> list[tuple[str, ...]]:
    return [tuple(cell.text for cell in row.cells) for row in found.table.rows]


NORTH = _part("Ayr", "Alder Birch Cedar")
WEST = _part("Bel", "Dogwood Elm")
EAST = _part("Kells", "Fir")


@pytest.mark.parametrize(
    "labels",
    [
        ("No.", "Garden", "Access", "Area", "Opened"),  # another word for the names
        ("No.", "Name", "Access", "Area", "Founded"),  # another word for a column
        ("Garden", "Access", "Area (ha)", "Opened", "Note"),  # one column less, one more
        ("No.", "Name", "Access", "Area"),  # without one that the others have
    ],
)
def test_parts_with_other_labels_are_taken_too(labels: tuple[str, ...]) -> None:
    south = _part("Moor", "Gorse Hazel", labels)
    found = _found(QUESTION, NORTH, WEST, EAST, south, _part("Fen", "Ivy"))
    names = [name for grid in (NORTH, WEST, EAST, south) for name in _names(grid)]
    assert [name for name, *_ in _rows(found)] == [*names, "Ivy"]
    assert found.more == 0
    last = _rows(found)[6]
    assert last[1].startswith("12")
    assert last[2] == ("" if len(labels) < len(LABELS) else "1900")
    lists = lists_read(read_question(QUESTION), COLUMNS, [_page(NORTH, WEST, EAST, south)])
    assert list(lists[0].names) == names


def test_a_part_that_the_question_names_is_taken_alone() -> None:
    south = _part("Moor", "Gorse Hazel", ("No.", "Garden", "Access", "Area", "Opened"))
    found = _found(QUESTION.replace("Ardovia", "Moor, Ardovia"), NORTH, WEST, EAST, south)
    assert [name for name, *_ in _rows(found)] == ["Gorse", "Hazel"]
    assert found.more == 0


def test_parts_of_which_most_lack_a_column_are_not_taken_and_counted() -> None:
    """`From` of those who came is no `To` of those who went: nobody can tell these from parts of one list."""
    labels = ("No.", "Name", "Access", "Area")
    found = _found(QUESTION, NORTH, WEST, _part("Kells", "Fir Gorse", labels), _part("Moor", "Hazel", labels))
    assert [name for name, *_ in _rows(found)] == ["Alder", "Birch", "Cedar", "Dogwood", "Elm"]
    assert (found.more, found.beside) == (3, ("Kells", "Moor"))


def test_two_tables_with_other_names_are_two_lists() -> None:
    """By week and by month: only a series of tables tells that `Garden` is here what else is `Town`."""
    towns = _part("Monthly", "Fir Gorse", ("No.", "Town", "Access", "Area", "Opened"))
    gardens = _part("Weekly", "Alder Birch", ("No.", "Garden", "Access", "Area", "Opened"))
    question = read_question(QUESTION)
    found = harvest(question, parse_columns("Garden, Area, Opened"), [_page(gardens, towns)])
    assert found is not None
    assert [row.cells[0].text for row in found.table.rows] == ["Alder", "Birch"]
    assert found.more == 0
    question = read_question(QUESTION.replace("gardens", "weekly and monthly gardens"))
    found = harvest(question, parse_columns("Garden, Area, Opened"), [_page(gardens, towns)])
    assert found is not None
    assert (found.more, found.beside) == (2, ("Monthly",))  # which are asked for too


def test_the_longest_heading_that_the_question_has_is_meant() -> None:
    parts = [_part(f"Ardovia{more}", names) for more, names in (("", "Alder Birch"), (" East", "Cedar Elm"))]
    found = _found("Ardovia East gardens with area and year opened", *parts)
    assert [name for name, *_ in _rows(found)] == ["Cedar", "Elm"]


def test_others_are_not_preferred_for_the_word_that_they_share() -> None:
    parts = [_part("Main", "Alder Birch"), _part("Other gardens", "Cedar Elm")]
    found = _found("old gardens of Ardovia with area and year opened", *parts)
    assert [name for name, *_ in _rows(found)] == ["Alder", "Birch", "Cedar", "Elm"]


def test_columns_that_nobody_named_are_those_of_one_table() -> None:
    pages = [_page(_part("Ayr", "Alder Birch"), _part("Bel", "Cedar Elm", ("Garden", "Access", "Area")))]
    question = read_question("gardens of Ardovia with opened")
    shape = shape_of(question, pages)
    found = harvest(question, shape, pages, guessed=True)
    assert found is not None
    assert [column.name for column in found.table.columns] == ["Name", "Opened"]


def test_many_tables_cost_little() -> None:
    kinds = [_part(f"Part {n}", "Alder Birch", (*LABELS, f"Column {n}")) for n in range(300)]
    assert len(_found(QUESTION, *kinds).table.rows) >= 2
