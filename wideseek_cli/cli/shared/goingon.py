"""`wideseek ask --from RUN`: more columns or rows for a table that a run has made, by what it has read."""

from __future__ import annotations

from dataclasses import replace

from wideseek_cli.agents.steered import carried_out
from wideseek_cli.cli.shared.filling import OldTable, TableSource, read_run, settings_again
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.steering import read_orders
from wideseek_cli.pipeline.givencells import Given
from wideseek_cli.settings.layers import Loaded
from wideseek_cli.table.columns import columns_spec
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table
from wideseek_cli.tablefile.given import gaps, opened
from wideseek_cli.values.words import name_key

_HINT = 'like this: wideseek ask --from @last "also give the founder", or --columns "founder", --rows "Peru"'


def going_on(run: str, text: str, rows: str, loaded: Loaded) -> OldTable:
    """The run's table with gaps where more is wanted; what it has stays as it is proved."""
    old = read_run(run, loaded.settings.record)
    orders = read_orders(text)
    named = loaded.settings.columns if loaded.origins["columns"].kind == "flag" else ()
    if orders.for_lead:
        raise UsageError(f"not understood: {'; '.join(orders.for_lead)}", hint=_HINT)
    known = {name_key(column.name) for column in old.table.columns}
    wanted = [*named, *(Column(name) for name in orders.add_columns)]
    new = [replace(c, key=False) for c in wanted if name_key(c.name) not in known]
    table = carried_out(old.table, [replace(orders, add_columns=())])
    table = opened(table, columns_spec(new), f"run {old.run}") if new else _as_it_is(table)
    table = _with_rows(table, rows)
    if not gaps(table):
        raise UsageError("nothing is asked that the table does not have", hint=_HINT)
    given = Given(table, pages=old.pages)
    question = f"{old.state.question}\n{text}".strip()
    settings = settings_again(old.state, loaded, loaded.settings.max_age_s)
    return OldTable(TableSource(table, f"run {old.run}"), question, settings, given)


def _as_it_is(table: Table) -> Table:
    rows = (Row(tuple(replace(cell, given=True) for cell in row.cells)) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _with_rows(table: Table, names: str) -> Table:
    """The table with rows of these names, but those that it has."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    known = {name_key(row.cells[key].text) for row in table.rows}
    made = []
    for name in (" ".join(part.split()) for part in names.split(",")):
        if name and name_key(name) not in known:
            known.add(name_key(name))
            cells = [Cell("", CellStatus.MISSING)] * len(table.columns)
            cells[key] = Cell(name, CellStatus.GIVEN, given=True)
            made.append(Row(tuple(cells)))
    return replace(table, rows=(*table.rows, *made))
