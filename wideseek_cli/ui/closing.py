"""The last words about a run, on stderr: how it ended, what its cells are worth, and how to ask on."""

from __future__ import annotations

from wideseek_cli.core.events import Ending
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.table.expected import UNKNOWN
from wideseek_cli.table.model import CellStatus, Table
from wideseek_cli.table.summary import complete, summary_line
from wideseek_cli.ui.amounts import clock, count
from wideseek_cli.ui.signs import ENDINGS

_SAID = {
    Ending.COMPLETE: "complete",
    Ending.INCOMPLETE: "some cells are missing or not proved",
    Ending.ANSWERED: "answered",
    Ending.NOTHING: "nothing was found",
    Ending.SOURCE_DOWN: "the source did not answer",
    Ending.FAILED: "failed",
    Ending.INTERRUPTED: "interrupted; this is what was known",
}


def closing_lines(state: RunState) -> list[str]:
    """One to three lines, without colours."""
    ending = state.ending
    doubt = _doubt(state.table) if ending is Ending.ANSWERED else ""
    mark = ENDINGS[Ending.INCOMPLETE if doubt or ending is None else ending]
    parts = [ending_text(state)]
    if state.shown is not None and not state.answer:
        parts.append(summary_line(state.shown))
    used = [count(state.searches, "search"), count(state.pages, "page"), clock(state.active_s)]
    lines = [f"{mark.sign} {'; '.join([*parts, ', '.join(used)])}"]
    if state.table is not None and state.table.rows:
        lines += [f"  rows: {said}" for said in counted(state)[:1]]
        lines += [f"  {met}" for met in state.met]
    why = f"the {state.budget_ended} budget is used up" if state.budget_ended else state.reason
    if why and ending is not Ending.INTERRUPTED:
        lines.append(f"  because: {clean_line(why, 300)}")
    if state.settings.get("keep_record", True) and state.run:
        asks = [f"wideseek runs show {state.run}"]
        if state.table is not None and state.table.rows:
            asks.append(f"wideseek runs why {state.run} ROW COLUMN")
        if ending in (None, Ending.INTERRUPTED, Ending.FAILED, Ending.SOURCE_DOWN):
            asks.append(f"wideseek resume {state.run}")
        lines.append("  " + ", ".join(asks))
    return lines


def counted(state: RunState) -> list[str]:
    """How many rows there should be, and what tells it; nothing where nobody has looked."""
    if not state.counted:
        return []
    by = (f"{one.rows} rows, by the {one.by.value} on {clean_line(one.title, 200)}" for one in state.expected)
    return [str(state.estimate or UNKNOWN), *by]


def ending_text(state: RunState) -> str:
    """How the run ended, in words."""
    doubt = _doubt(state.table) if state.ending is Ending.ANSWERED else ""
    return _said(state.ending, state.table) + doubt


def _doubt(table: Table | None) -> str:
    """What is to be said of a short answer that is not proved."""
    if table is not None and complete(table):
        return ""
    if table is not None and table.counts()[CellStatus.CONFLICT]:
        return ", but another source says otherwise"
    if table is not None and table.counts()[CellStatus.SEEN]:
        return ", but it is only seen on a page, not stated of what was asked"
    return ", but no page that was read supports it"


def _said(ending: Ending | None, table: Table | None) -> str:
    if ending is None:  # one of the record's
        return "cut off, or still going on"
    if ending is Ending.INTERRUPTED and (table is None or not table.rows):
        return "interrupted; nothing was known yet"
    if ending is Ending.INCOMPLETE and table is not None and complete(table):
        return "rows may be missing"
    return _SAID[ending]
