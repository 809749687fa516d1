"""Where a run stands, as clients are told."""

from __future__ import annotations

from wideseek_cli.core.text import clean_line
from wideseek_cli.mcp.schema import Status
from wideseek_cli.runs import RecordedRun
from wideseek_cli.table.model import Table
from wideseek_cli.ui.amounts import count

ROWS_SO_FAR = 30
CELL, LINE = 1_000, 300  # characters of a cell, and of other texts
_NOTES = 5


def status_of(run: RecordedRun) -> Status:
    """Where it stands, with the first rows of its table."""
    state, before, word = run.state, run.ahead, run.standing
    said = "" if state.begun or before else clean_line(run.last_message, LINE)
    table = state.shown or Table(())
    return Status(
        run=run.id,
        state=word,
        running=not run.over,
        question=clean_line(state.question, CELL),
        seconds=round(state.active_s, 1),
        ahead=before,
        searches=state.searches,
        pages=state.pages,
        agents_at_work=sum(a.outcome is None for a in state.agents.values()) if run.running else 0,
        columns=names(table),
        rows=[[clean_line(cell.text, LINE) for cell in row.cells] for row in table.rows[:ROWS_SO_FAR]],
        row_count=len(table.rows),
        cells=counts(table) if state.stage and state.stage.checked else {},
        notes=[clean_line(note, LINE) for note in state.notices[-_NOTES:]],
        exit_code=state.exit_code,
        reason=clean_line(state.reason, LINE) or said,
        next=_next(word),
    )


def progress_of(run: RecordedRun) -> str:
    """A line while it goes on."""
    status = status_of(run)
    if not run.state.begun:
        return f"{status.state}, {status.ahead} before it" if status.ahead else status.state
    said = [count(status.searches, "search"), count(status.pages, "page"), count(status.row_count, "row")]
    return f"{', '.join(said)}, {count(status.agents_at_work, 'agent')} at work"


def _next(word: str) -> str:
    if word in ("queued", "starting", "running"):
        return "ask research_status again; steer or cancel changes the run"
    if word == "cut_off":
        return "its process died: `wideseek resume` continues it; research_result has what it found"
    return "research_result gives the table; why explains a cell"


def names(table: Table) -> list[str]:
    """Its columns."""
    return [clean_line(column.name, LINE) for column in table.columns]


def counts(table: Table) -> dict[str, int]:
    """Its cells by their status."""
    return {status.value: number for status, number in table.counts().items() if number}
