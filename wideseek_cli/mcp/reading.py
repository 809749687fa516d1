"""What clients are told of runs. All of it is read from the record, so any client can ask about any run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wideseek_cli import events as ev
from wideseek_cli.errors import NotFoundError, UsageError
from wideseek_cli.mcp.schema import ResearchTable, RunLine, Runs, Status, TableCell, Told, Why
from wideseek_cli.record.detached import ahead, found, last_line, queue
from wideseek_cli.record.inbox import STEER, STOP, post
from wideseek_cli.record.lock import is_running, log_of
from wideseek_cli.record.store import RunEntry, Store
from wideseek_cli.state import RunState, fold
from wideseek_cli.steering import checked, in_words, read_orders
from wideseek_cli.table.export import ExportMeta, Format, render
from wideseek_cli.table.model import Cell, Row, Table
from wideseek_cli.text import clean_line, clean_text
from wideseek_cli.ui.evidence import MEANING, Finders, documents_of, excerpt
from wideseek_cli.ui.why import find_cell
from wideseek_cli.ui.words import count

ROWS_SO_FAR, MOST_ROWS = 30, 500
_CELL, _LINE = 1_000, 300  # characters of a cell, and of other texts
_NOTES = 5


class Look:
    """One run as its record grows. `look` brings it up to date."""

    def __init__(self, store: Store, wanted: str) -> None:
        self._store = store
        self.run = found(store, wanted)
        self.state, self.running = RunState(), True
        self.upto, self._changes = 0, -1

    def look(self) -> bool:
        """Whether there was anything new."""
        self.running = is_running(self._store.path, self.run)  # asked first: what it wrote is read below
        changes = self._store.changes()
        if changes == self._changes and self.running:
            return False
        self._changes = changes
        events, self.upto = self._store.numbered(self.run, self.upto)
        self.state = fold(events, self.state)
        return bool(events)

    @property
    def over(self) -> bool:
        """Whether no more is to come."""
        return self.state.ending is not None or not self.running

    @property
    def begun(self) -> bool:
        """Whether its model was loaded; before that nothing of it is in the record."""
        return bool(self.state.run)

    def status(self) -> Status:
        """Where it stands, with the first rows of its table."""
        state, record = self.state, self._store.path
        before = 0 if self.begun else ahead(record, self.run)
        word = self._word(before)
        said = "" if self.begun else clean_line(last_line(log_of(record, self.run)), _LINE)
        table = state.table or Table(())
        return Status(
            run=self.run,
            state=word,
            running=self.running and not self.over,
            question=clean_line(state.question, _CELL) or _asked(record, self.run),
            seconds=round(state.active_s, 1),
            ahead=before,
            searches=state.searches,
            pages=state.pages,
            agents_at_work=sum(a.outcome is None for a in state.agents.values()) if self.running else 0,
            columns=_names(table),
            rows=[[clean_line(cell.text, _LINE) for cell in row.cells] for row in table.rows[:ROWS_SO_FAR]],
            row_count=len(table.rows),
            cells=_counts(table),
            notes=[clean_line(note, _LINE) for note in state.notices[-_NOTES:]],
            exit_code=state.exit_code,
            reason=clean_line(state.reason, _LINE) or ("" if self.begun or before else said),
            next=_next(word),
        )

    def finders(self) -> Finders:
        """Who brought its pages."""
        return Finders.of(self._store.events(self.run))

    def page(self) -> str:
        """As `wideseek view -o` writes it."""
        from wideseek_cli.view.site import run_page

        return run_page(self._store, self.run, alone=True).html

    def _word(self, before: int) -> str:
        if self.state.ending is not None:
            return self.state.ending.value
        if self.begun:
            return "running" if self.running else "cut_off"
        return ("queued" if before else "starting") if self.running else ev.Ending.FAILED.value

    def progress(self) -> str:
        """A line while it goes on."""
        status = self.status()
        if not self.begun:
            return f"{status.state}, {status.ahead} before it" if status.ahead else status.state
        said = [count(status.searches, "search"), count(status.pages, "page"), count(status.row_count, "row")]
        return f"{', '.join(said)}, {count(status.agents_at_work, 'agent')} at work"


def _next(word: str) -> str:
    if word in ("queued", "starting", "running"):
        return "ask research_status again; steer or cancel changes the run"
    if word == "cut_off":
        return "its process died: `wideseek resume` continues it; research_result has what it found"
    return "research_result gives the table; why explains a cell"


@contextmanager
def looking_at(record: Path, run: str) -> Iterator[Look]:
    """A run, up to date."""
    with Store.open(record, read_only=True) as store:
        look = Look(store, run)
        look.look()
        yield look


def result_of(record: Path, run: str, offset: int = 0, limit: int = MOST_ROWS) -> ResearchTable:
    """Rows of its table, from number `offset`."""
    with looking_at(record, run) as look:
        state, status = look.state, look.status()
    if offset < 0 or limit < 1:
        raise UsageError("offset must be 0 or more, limit 1 or more")
    table = state.table or Table(())
    rows = table.rows[offset : offset + min(limit, MOST_ROWS)]
    return ResearchTable(
        run=status.run,
        state=status.state,
        question=status.question,
        exit_code=status.exit_code,
        reason=status.reason,
        answer=clean_text(state.answer),
        columns=_names(table),
        rows=[[_cell(cell) for cell in row.cells] for row in rows],
        offset=offset,
        row_count=len(table.rows),
        cells=_counts(table),
        resource=address(status.run) if table.columns else "",
    )


def address(run: str) -> str:
    """Where the whole table can be read."""
    return f"wideseek://run/{run}/table.csv"


def csv_of(record: Path, run: str) -> str:
    """The table as CSV; cells that a spreadsheet would run are made harmless."""
    with looking_at(record, run) as look:
        table = _table_of(look)
    return render(table, ExportMeta(), Format.CSV)


def page_of(record: Path, run: str) -> str:
    """The run as a page of its own: table, evidence, timeline."""
    with looking_at(record, run) as look:
        if not look.begun:
            raise NotFoundError(f"run {look.run} has not begun", hint="research_status says where it stands")
        return look.page()


def why_of(record: Path, run: str, row: str, column: str) -> Why:
    """A cell's proof in context."""
    with looking_at(record, run) as look:
        table = _table_of(look)
        place = find_cell(table, row, column)
        finders = look.finders() if place.cell.proof else Finders()
    cell, proof = place.cell, place.cell.proof
    known = Why(
        run=look.run,
        row=place.number + 1,
        name=_key(table, place.row),
        column=clean_line(table.columns[place.column].name, _LINE),
        value=clean_line(cell.text, _CELL),
        status=cell.status.value,
        meaning=clean_line(cell.note, _LINE) or MEANING[cell.status],
        alternatives=[clean_line(other, _LINE) for other in cell.alternatives],
    )
    if proof is None:
        return known
    part = excerpt(proof, documents_of(look.state.documents, proof))
    return known.model_copy(
        update={
            "url": clean_line(proof.url),
            "title": clean_line(proof.title, _LINE),
            "fetched_at": clean_line(proof.fetched_at),
            "quote": part.quote,
            "before": part.before,
            "after": part.after,
            "found_by": list(finders.of_page(proof.url)),
        }
    )


def tell(record: Path, run: str, message: str) -> Told:
    """Steer a run that goes on, or will."""
    text = checked(message)
    with looking_at(record, run) as look:
        _must_go_on(look)
        post(record, look.run, STEER, text)
        done = in_words(read_orders(text))
        return Told(run=look.run, done=done or "the lead is told; code obeys nothing of it by itself")


def stop(record: Path, run: str) -> Told:
    """The first time cleanly, the second time at once."""
    with looking_at(record, run) as look:
        _must_go_on(look)
        post(record, look.run, STOP)
        return Told(run=look.run, done="it stops and keeps partial results; once more stops it at once")


def runs_of(record: Path, limit: int) -> Runs:
    """The newest runs, those that wait first."""
    waiting = queue(record)
    entries: list[RunEntry] = []
    if record.is_file():
        with Store.open(record, read_only=True) as store:
            known = {*store.ids()} if waiting else set()
            entries = store.runs(limit)
            waiting = [one for one in waiting if one.run not in known]
    lines = [
        RunLine(
            run=one.run,
            state="queued" if ahead(record, one.run) else "starting",
            question=clean_line(one.question, _LINE),
            started=_utc(one.at),
        )
        for one in reversed(waiting)
    ]
    return Runs(runs=[*lines, *map(_line, entries)][:limit])


def _line(entry: RunEntry) -> RunLine:
    ending = entry.ending.value if entry.ending else ("running" if entry.running else "cut_off")
    return RunLine(
        run=entry.id,
        state=ending,
        question=clean_line(entry.question, _LINE),
        started=_utc(entry.started),
        rows=entry.rows,
        cells=entry.cells,
        proved=entry.proved,
    )


def _must_go_on(look: Look) -> None:
    if look.over:
        raise NotFoundError(f"run {look.run} is not running", hint="list_runs lists those that are")


def _table_of(look: Look) -> Table:
    if look.state.table is None or not look.state.table.columns:
        raise NotFoundError(f"run {look.run} has no table", hint="research_status says where it stands")
    return look.state.table


def _asked(record: Path, run: str) -> str:
    return next((clean_line(one.question, _CELL) for one in queue(record) if one.run == run), "")


def _cell(cell: Cell) -> TableCell:
    url = clean_line(cell.proof.url, _CELL) if cell.proof else ""
    return TableCell(value=clean_line(cell.text, _CELL), status=cell.status.value, url=url)


def _names(table: Table) -> list[str]:
    return [clean_line(column.name, _LINE) for column in table.columns]


def _counts(table: Table) -> dict[str, int]:
    return {status.value: number for status, number in table.counts().items() if number}


def _key(table: Table, row: Row) -> str:
    named = (cell for cell, column in zip(row.cells, table.columns, strict=True) if column.key)
    return clean_line(next(named, Cell()).text, _LINE)


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
