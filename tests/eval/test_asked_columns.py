"""What is scored of a run's table: the columns that were asked for."""

from __future__ import annotations

from wideseek_cli.core.state import RunState
from wideseek_cli.eval.runner import asked_table
from wideseek_cli.table.columns import parse_columns
from wideseek_cli.table.model import Cell, Row, Table


def test_what_conditions_added_is_no_column_of_the_answer() -> None:
    columns = parse_columns("Player, Round, Nationality, Nationality is Ardovia")
    row = Row(tuple(Cell(text) for text in ("Ana Ruiz", "3", "Ardovia", "meets")))
    question = "Draft picks of the Kells Rovers. Only those whose Nationality is Ardovia. Columns: {}."
    for asked, left in (("Player, Round", 2), ("Player, Round, Nationality", 3)):
        state = RunState(question=question.format(asked), table=Table(columns, (row,)))
        assert len(asked_table(state).columns) == left, asked
