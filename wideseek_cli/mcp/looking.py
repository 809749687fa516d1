"""A run as its record grows, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wideseek_cli.core.state import RunState, fold
from wideseek_cli.core.text import clean_line
from wideseek_cli.mcp.schema import Status
from wideseek_cli.record.detached import last_line
from wideseek_cli.record.lock import is_running, log_of
from wideseek_cli.record.store import Store, standing
from wideseek_cli.table.model import Table
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.evidence import Finders

ROWS_SO_FAR = 30
CELL, LINE = 1_000, 300  # characters of a cell, and of other texts
_NOTES = 5


class Look:
    """One run as its record grows. `look` brings it up to date."""

    def __init__(self, store: Store, wanted: str) -> None:
        self._store = store
        self.run = store.find(wanted)
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
        return self.state.begun

    def status(self) -> Status:
        """Where it stands, with the first rows of its table."""
        state, record = self.state, self._store.path
        before = 0 if self.begun else self._store.ahead(self.run)
        word = standing(state.ending, running=self.running, begun=self.begun, ahead=before)
        said = "" if self.begun else clean_line(last_line(log_of(record, self.run)), LINE)
        table = state.table or Table(())
        return Status(
            run=self.run,
            state=word,
            running=self.running and not self.over,
            question=clean_line(state.question, CELL),
            seconds=round(state.active_s, 1),
            ahead=before,
            searches=state.searches,
            pages=state.pages,
            agents_at_work=sum(a.outcome is None for a in state.agents.values()) if self.running else 0,
            columns=names(table),
            rows=[[clean_line(cell.text, LINE) for cell in row.cells] for row in table.rows[:ROWS_SO_FAR]],
            row_count=len(table.rows),
            cells=counts(table),
            notes=[clean_line(note, LINE) for note in state.notices[-_NOTES:]],
            exit_code=state.exit_code,
            reason=clean_line(state.reason, LINE) or ("" if self.begun or before else said),
            next=_next(word),
        )

    def finders(self) -> Finders:
        """Who brought its pages."""
        return Finders.of(self._store.events(self.run))

    def page(self) -> str:
        """As `wideseek view -o` writes it."""
        from wideseek_cli.view.site import run_page

        return run_page(self._store, self.run).html

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


def names(table: Table) -> list[str]:
    """Its columns."""
    return [clean_line(column.name, LINE) for column in table.columns]


def counts(table: Table) -> dict[str, int]:
    """Its cells by their status."""
    return {status.value: number for status, number in table.counts().items() if number}
