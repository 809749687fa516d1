"""Which rows are looked up again, and which of several values a cell takes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.facts.proof import prove
from wideseek_cli.pipeline.lookup import with_stated
from wideseek_cli.pipeline.repair import best_proved, better, repair_tasks
from wideseek_cli.table.columns import parse_columns
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


def test_the_better_proved_value_wins_and_a_tie_stays_and_the_other_is_kept() -> None:
    lima, cusco = Cell("Lima", CellStatus.SEEN), Cell("Cusco", PROVED)
    both = one(replace(cusco, alternatives=("Lima",)))
    assert better(one(lima), one(cusco)) == both
    assert better(one(cusco), one(lima)) == both
    tied = better(one(lima), one(Cell("Quito", CellStatus.SEEN, alternatives=("Ica", "LIMA"))))
    assert tied == one(replace(lima, alternatives=("Quito", "Ica")))


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


def test_the_noun_gives_way_to_the_adjective_that_was_asked_for() -> None:
    page = Document("u", "Peru", "# Peru\n\n## Nationality\n\n- noun: Peruvian(s)\n- adjective: Peruvian\n")
    columns = parse_columns("country, nationality adjective")
    before = prove(Table(columns, (Row((Cell("Peru"), Cell("Peruvian(s)"))),)), [page])
    made = best_proved(before, [prove(with_stated(before, choice), [page]) for choice in range(3)])
    cell = made.rows[0].cells[1]
    assert (cell.text, cell.status, cell.alternatives) == ("Peruvian", PROVED, ("Peruvian(s)",))


def city_page(city: str, url: str, text: str = "# Peru\n\n- Capital: {}\n") -> Document:
    return Document(url, "Peru", text.format(city))


@pytest.mark.parametrize("cell", [Cell("", MISSING), Cell("Quito")])
def test_where_sources_contradict_each_other_a_cell_without_proof_takes_both(cell: Cell) -> None:
    pages = [city_page("Lima", "https://a.example/"), city_page("Cusco", "https://b.example/")]
    before = prove(one(cell), pages)
    tried = [prove(with_stated(before, choice), pages) for choice in range(3)]
    made = best_proved(before, tried).rows[0].cells[1]
    assert (made.text, made.status) == ("Lima", CONFLICT)
    assert made.alternatives == ("Cusco", *filter(None, [cell.text]))
    assert made.proof is not None
    assert made.proof.url == "https://a.example/"


def test_a_value_that_only_the_newer_one_contradicts_is_not_taken() -> None:
    older = replace(labelled("Cusco", "Capital"), status=CONFLICT, alternatives=("Lima",))
    assert best_proved(one(Cell("Quito")), [one(older)]) == one(Cell("Quito"))


def test_another_reports_value_is_taken_where_it_alone_is_proved() -> None:
    """No label names it, so only the report that had it can have brought it up."""
    pages = [city_page("", "https://a.example/", "# Peru\n\nLima is the capital of Peru.\n")]
    before = prove(one(Cell("Cusco", CONFLICT, alternatives=("Lima",))), pages)
    assert (before.rows[0].cells[1].status, before.rows[0].cells[1].alternatives) == (
        CellStatus.UNPROVED,
        ("Lima",),
    )
    made = best_proved(before, [prove(with_stated(before, 0), pages)]).rows[0].cells[1]
    assert (made.text, made.status, made.alternatives) == ("Lima", PROVED, ("Cusco",))


def test_of_rows_of_one_name_no_other_ones_value_is_taken() -> None:
    columns = parse_columns("name, year")
    cell = Cell("", MISSING, alternatives=("1902",))
    rows = tuple(Row((Cell(name), cell)) for name in ("Ayr", "Ayr", "Kells"))
    assert [row.cells[1].text for row in with_stated(Table(columns, rows), 0).rows] == ["", "", "1902"]
