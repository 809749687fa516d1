"""What clients are told of runs. All of it is read from the record, so any client can ask about any run."""

from __future__ import annotations

import time
from pathlib import Path

from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.export.writing import ExportMeta, Format, render
from wideseek_cli.mcp.looking import CELL, LINE, counts, names
from wideseek_cli.mcp.schema import ChangedValue, ResearchTable, RunLine, RunList, TableCell, Told, Why
from wideseek_cli.runs import RecordedRun, RunEntry, Runs
from wideseek_cli.table.changes import changes_of
from wideseek_cli.table.model import Cell, Row, Table
from wideseek_cli.table.signs import CELLS
from wideseek_cli.ui.evidence import Finders, documents_of, excerpt
from wideseek_cli.ui.why import find_cell

MOST_ROWS = 500


def known(record: Path, run: str) -> str:
    """The whole id of a run that has a table."""
    with Runs.open(record) as runs:
        found = runs.find(run)
        _table_of(found)
        return found.id


def result_of(record: Path, run: str, offset: int = 0, limit: int = MOST_ROWS) -> ResearchTable:
    """Rows of its table, from number `offset`."""
    with Runs.open(record) as runs:
        found = runs.find(run)
        state, standing = found.state, found.standing
    if offset < 0 or limit < 1:
        raise UsageError("offset must be 0 or more, limit 1 or more")
    table = state.shown or Table(())
    rows = table.rows[offset : offset + min(limit, MOST_ROWS)]
    return ResearchTable(
        run=found.id,
        state=standing,
        question=clean_line(state.question, CELL),
        exit_code=state.exit_code,
        reason=clean_line(state.reason, LINE),
        answer=clean_text(state.answer),
        columns=names(table),
        rows=[[_cell(cell) for cell in row.cells] for row in rows],
        offset=offset,
        row_count=len(table.rows),
        cells=counts(table),
        conditions=[clean_line(str(one), LINE) for one in state.met],
        changes=_changes(state),
        resource=address(found.id) if table.columns else "",
    )


def _changes(state: RunState) -> list[ChangedValue]:
    """Of a refresh, what is not as before."""
    if not state.refresh or state.given is None or state.table is None:
        return []
    return [
        ChangedValue(
            kind=change.kind.value,
            row=clean_line(change.row, LINE),
            column=clean_line(change.column, LINE),
            old=clean_line(change.old, CELL),
            new=clean_line(change.new, CELL),
            url=clean_line(change.new_source, CELL),
        )
        for change in changes_of(state.given, state.table, only_changes=True)
    ][:MOST_ROWS]


def address(run: str) -> str:
    """Where the whole table can be read."""
    return f"wideseek://run/{run}/table.csv"


def csv_of(record: Path, run: str) -> str:
    """The table as CSV; cells that a spreadsheet would run are made harmless."""
    with Runs.open(record) as runs:
        table = _table_of(runs.find(run))
    return render(table, ExportMeta(), Format.CSV)


def page_of(record: Path, run: str) -> str:
    """The run as a page of its own: table, evidence, timeline."""
    from wideseek_cli.view.site import run_page

    with Runs.open(record) as runs:
        found = runs.find(run)
        if not found.state.begun:
            raise NotFoundError(f"run {found.id} has not begun", hint="research_status says where it stands")
        return run_page(runs, found.id).html


def why_of(record: Path, run: str, row: str, column: str) -> Why:
    """A cell's proof in context."""
    with Runs.open(record) as runs:
        found, finders = runs.find(run), Finders()
        found.look(lambda event, state: finders.hear(event))
        table = _table_of(found)
        place = find_cell(table, row, column)
    cell, proof = place.cell, place.cell.proof
    known = Why(
        run=found.id,
        row=place.number + 1,
        name=_key(table, place.row),
        column=clean_line(table.columns[place.column].name, LINE),
        value=clean_line(cell.text, CELL),
        status=cell.status.value,
        meaning=clean_line(cell.note, LINE) or CELLS[cell.status].means,
        alternatives=[clean_line(other, LINE) for other in cell.alternatives],
    )
    if proof is None:
        return known
    part = excerpt(proof, documents_of(found.state.documents, proof))
    return known.model_copy(
        update={
            "url": clean_line(proof.url),
            "title": clean_line(proof.title, LINE),
            "fetched_at": clean_line(proof.fetched_at),
            "quote": part.quote,
            "before": part.before,
            "after": part.after,
            "found_by": list(finders.of_page(proof.url)),
        }
    )


def tell(record: Path, run: str, message: str) -> Told:
    """Steer a run that goes on, or will."""
    with Runs.open(record) as runs:
        found = runs.find(run)
        done = found.steer(message)
    return Told(run=found.id, done=done or "the lead is told; code obeys nothing of it by itself")


def stop(record: Path, run: str) -> Told:
    """The first time cleanly, the second time at once."""
    with Runs.open(record) as runs:
        found = runs.find(run)
        found.stop()
    return Told(run=found.id, done="it stops and keeps partial results; once more stops it at once")


def runs_of(record: Path, limit: int) -> RunList:
    """The newest runs first."""
    if not record.is_file():
        return RunList(runs=[])
    with Runs.open(record) as runs:
        return RunList(runs=[_line(entry) for entry in runs.latest(limit)])


def _line(entry: RunEntry) -> RunLine:
    return RunLine(
        run=entry.id,
        state=entry.state,
        question=clean_line(entry.question, LINE),
        started=_utc(entry.started),
        rows=entry.rows,
        cells=entry.cells,
        proved=entry.proved,
    )


def _table_of(run: RecordedRun) -> Table:
    if run.state.table is None or not run.state.table.columns:
        raise NotFoundError(f"run {run.id} has no table", hint="research_status says where it stands")
    return run.state.table


def _cell(cell: Cell) -> TableCell:
    url = clean_line(cell.proof.url, CELL) if cell.proof else ""
    return TableCell(value=clean_line(cell.text, CELL), status=cell.status.value, url=url)


def _key(table: Table, row: Row) -> str:
    named = (cell for cell, column in zip(row.cells, table.columns, strict=True) if column.key)
    return clean_line(next(named, Cell()).text, LINE)


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
