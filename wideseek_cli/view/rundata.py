"""One run as the page shows it: all of it at first, then what each new event changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import in_words
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.runs import RecordedRun, RunEntry
from wideseek_cli.table.model import CellStatus
from wideseek_cli.table.signs import CELLS
from wideseek_cli.ui.closing import counted, ending_text
from wideseek_cli.ui.evidence import Finders
from wideseek_cli.ui.signs import ENDINGS, WAITING, WORKING
from wideseek_cli.view.tabledata import DRAFT, table_data
from wideseek_cli.view.workdata import Work


class RunData:
    """Listens to a run, and says what a page that knew the rest must hear."""

    def __init__(self, run: RecordedRun) -> None:
        self._run = run
        self._work, self._finders = Work(), Finders()
        self._table_changed = False

    def hear(self, event: ev.Event, state: RunState) -> None:
        """Take what happened next."""
        self._finders.hear(event)
        self._work.hear(event, state.active_s)
        self._table_changed |= isinstance(event, ev.TableChanged)

    def news(self) -> dict[str, Any]:
        """What has changed since this was last asked; the head, which is small, each time."""
        told = {"head": head(self._run), **self._work.news()}
        if self._table_changed:
            told["table"] = table_data(self._run.state, self._finders)
            self._table_changed = False
        return told


def head(run: RecordedRun) -> dict[str, Any]:
    """What was asked, with what, and where the run stands."""
    state, running = run.state, run.running
    why = f"the {state.budget_ended} budget is used up" if state.budget_ended else state.reason
    turns = [turn for agent in state.agents.values() for turn in agent.turns]
    return {
        "run": state.run,
        "question": clean_text(state.question),
        "model": clean_line(state.model, 200),
        "origin": clean_line(state.source, 200),
        **shown(state.ending, run.standing),
        "said": "at work" if running and state.begun else ending_text(state),
        "why": "" if running else clean_line(why, 500),
        "exit": state.exit_code,
        "answer": clean_text(state.answer),
        "started": state.started_at,
        "begun": state.begun,
        "now": state.now,
        "seconds": round(state.active_s, 1),
        "searches": state.searches,
        "pages": state.pages,
        "tokens": sum(turn.reply.tokens for turn in turns),
        "counted": counted(state),
        "met": [str(one) for one in state.met],
        "notices": [clean_line(text, 500) for text in state.notices],
        "steered": [
            {"text": clean_line(one.text, 1000), "done": clean_line(in_words(one.orders), 1000)}
            for one in state.steered
        ],
    }


def shown(ending: ev.Ending | None, state: str) -> dict[str, Any]:
    """Sign, tone and word for where a run stands."""
    running = state in ("running", "queued", "starting")
    mark = ENDINGS[ending] if ending else WORKING if state == "running" else WAITING
    return {"state": state.replace("_", " "), "sign": mark.sign, "tone": mark.tone, "running": running}


def states() -> list[dict[str, str]]:
    """The states of a cell, for legend and filter."""
    known = [{"name": s.value, "sign": CELLS[s].sign, "means": CELLS[s].means} for s in CellStatus]
    return [*known, {"name": DRAFT, "sign": "", "means": "not yet checked against the pages"}]


def listed(entries: Iterable[RunEntry]) -> list[dict[str, Any]]:
    """The list of runs."""
    return [
        {
            "run": entry.id,
            "question": clean_line(entry.question, 400),
            "model": clean_line(entry.model, 80),
            "origin": clean_line(entry.source, 80),
            "started": entry.started,
            "rows": entry.rows,
            "proved": entry.share,
            **shown(entry.ending, entry.state),
        }
        for entry in entries
    ]
