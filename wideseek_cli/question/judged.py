"""What the values of a table say of conditions, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.core.text import clean_line
from wideseek_cli.question.condition import Condition, is_year, place_of
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table, Verdict
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.numbers import parse_number

_KNOWN = (CellStatus.PROVED, CellStatus.GIVEN)


@dataclass(frozen=True)
class Sorted:
    """The rows that may stay, with a verdict for each condition, and those that do not meet one."""

    kept: Table
    left_out: Table


def sorted_by(table: Table, conditions: Sequence[Condition], verdicts: Sequence[Sequence[Cell]]) -> Sorted:
    """A column more for each condition: its verdicts, one for each row. Rows that are shown not to meet one
    are left out; those of which nothing is shown stay, marked."""
    columns = (*table.columns, *(Column(one.text, verdict=True, aside=not one.ordered) for one in conditions))
    kept: list[Row] = []
    left_out: list[Row] = []
    for number, row in enumerate(table.rows):
        cells = [of_rows[number] for of_rows in verdicts]
        fails = any(cell.text == Verdict.FAILS.value for cell in cells)
        (left_out if fails else kept).append(Row((*row.cells, *cells)))
    return Sorted(Table(columns, tuple(kept)), Table(columns, tuple(left_out)))


def by_values(table: Table, condition: Condition) -> list[Cell]:
    """The verdicts of a condition on a column's values, with the proof of the value that each rests on."""
    wanted = condition.as_column
    keys = [at for at, column in enumerate(table.columns) if column.key] or [0]
    at = place_of(wanted, table.columns) if wanted else keys[0]
    if condition.sign.orders and not wanted:
        at = _only_comparable(table, condition)
        if at is None:
            return [not_shown("it does not say which column is compared") for _ in table.rows]
    if at is None:
        return [not_shown() for _ in table.rows]
    return [_verdict(condition, row.cells[at], table.columns[at]) for row in table.rows]


def _only_comparable(table: Table, condition: Condition) -> int | None:
    """The one column most of whose values are of the bound's kind: dates, numbers, numbers in its unit."""
    bound = _measure(condition.values[0])
    fits = []
    for at in range(len(table.columns)):
        said = [_measure(row.cells[at].text) for row in table.rows if row.cells[at].text.strip()]
        if bound and 2 * said.count(bound) > len(said):
            fits.append(at)
    return fits[0] if len(fits) == 1 else None


def _measure(text: str) -> str:
    """What a value is measured in: `date`, `number`, a unit; nothing where it is none."""
    number = parse_number(text)
    begins = number is not None and number.start == 0
    if number is not None and begins and not is_year(number):
        return number.unit or "number"
    return "date" if begins or parse_date(text) else ""


def _verdict(condition: Condition, cell: Cell, column: Column) -> Cell:
    if cell.status not in _KNOWN or not cell.text.strip():
        return not_shown(f"{column.name} is {cell.status.value}")
    verdict = condition.judge(cell.text, column.type)
    if verdict is Verdict.NOT_SHOWN:
        return not_shown(f"{column.name} is {clean_line(cell.text, 60)}")
    return Cell(verdict.value, cell.status, cell.proof)


def not_shown(why: str = "no page that was read says it") -> Cell:
    """The cell of a row that nothing is known of."""
    return Cell(Verdict.NOT_SHOWN.value, CellStatus.UNPROVED, note=why)
