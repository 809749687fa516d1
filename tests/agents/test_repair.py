"""Which rows are looked up again, and which of several values a cell takes."""

from __future__ import annotations

import pytest

from wideseek_cli.agents.lookup import with_stated
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.repair import best_proved, better, repair_tasks
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Document, Proof, Row, Table

COLUMNS = parse_columns("country, capital, birth rate:float")
PROVED, MISSING, CONFLICT = CellStatus.PROVED, CellStatus.MISSING, CellStatus.CONFLICT


def rows(count: int) -> Table:
    return Table(
        COLUMNS,
        tuple(
            Row((Cell(f"Land {n}", PROVED), Cell("City", PROVED), Cell("", MISSING if n % 2 else PROVED)))
            for n in range(count)
        ),
    )


def test_only_weak_rows_become_subtasks() -> None:
    tasks = repair_tasks(rows(4), load_prompts(), 10)
    assert len(tasks) == 2
    assert tasks[0].startswith("Find the following about Land 1: birth rate.")


@pytest.mark.parametrize(("count", "tasks", "most"), [(20, 10, 1), (60, 30, 1), (200, 25, 4), (2000, 30, 4)])
def test_many_rows_share_subtasks(count: int, tasks: int, most: int) -> None:
    made = repair_tasks(rows(count), load_prompts(), 10)
    assert len(made) == tasks
    assert max(len(task.splitlines()) for task in made) == most


def one(cell: Cell) -> Table:
    return Table(COLUMNS[:2], (Row((Cell("Peru", PROVED), cell)),))


def test_the_better_proved_value_wins_and_a_tie_stays() -> None:
    lima, cusco = Cell("Lima", CellStatus.SEEN), Cell("Cusco", PROVED)
    assert better(one(lima), one(cusco)) == one(cusco)
    assert better(one(cusco), one(lima)) == one(cusco)
    assert better(one(lima), one(Cell("Quito", CellStatus.SEEN))) == one(lima)


def labelled(value: str, label: str) -> Cell:
    quote = f"{label}: {value}"
    return Cell(value, PROVED, Proof("u", "t", quote, 0, len(quote)))


def test_of_several_proved_values_the_one_with_the_columns_name_is_taken() -> None:
    named, other = labelled("Lima", "Capital"), labelled("Callao", "Capital of trade")
    assert best_proved(one(Cell("", MISSING)), [one(other), one(named)]) == one(named)
    assert best_proved(one(Cell("", MISSING)), [one(other)]) == one(other)
    assert best_proved(one(Cell("", MISSING)), [one(other), one(labelled("Ica", "City"))]) == one(
        Cell("", MISSING)
    )
    assert best_proved(one(Cell("Quito", CONFLICT)), [one(named)]) == one(named)
    assert best_proved(one(Cell("Quito", PROVED)), [one(named)]) == one(Cell("Quito", PROVED))


def test_a_page_gives_the_value_that_its_label_names() -> None:
    page = Document(
        "u",
        "Peru",
        "# Peru\n\n## People\n\n### Birth rate\n17.0 births/1,000 population (2025 est.)\n\n"
        "### Life expectancy at birth\n- total population: 75.6 years\n\n## Government\n\n"
        "### Capital\n- name: Lima\n",
    )
    bare = Table(COLUMNS, (Row((Cell("Peru"), Cell("Quito"), Cell("", MISSING))),))
    before = prove(bare, [page])
    tried = [prove(with_stated(before, choice), [page]) for choice in range(3)]
    after = best_proved(before, tried)
    assert [cell.text for cell in after.rows[0].cells] == ["Peru", "Lima", "17.0"]
    assert {cell.status for cell in after.rows[0].cells} == {PROVED}
    assert "Quito" in after.rows[0].cells[1].alternatives
