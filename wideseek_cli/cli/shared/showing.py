"""What `wideseek runs show` says of a run."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line, without_password
from wideseek_cli.runs import RunEntry
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import to_plain
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.closing import counted


def state_of(entry: RunEntry) -> str:
    """Where a run stands, for people."""
    return entry.state.replace("_", " ")


def listed(entries: list[RunEntry], width: int) -> Iterator[str]:
    """The list, newest first, a line each."""
    yield f"{'ID':<9}  {'STARTED':<16}  {'STATE':<11}  {'ROWS':>5}  {'PROVED':>6}  QUESTION"
    for entry in entries:
        started = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.started))
        proved = "-" if entry.share is None else f"{entry.share}%"
        head = f"{entry.id:<9}  {started}  {state_of(entry):<11}  {entry.rows or '-':>5}  {proved:>6}  "
        yield head + clean_line(entry.question, max(width - len(head), 20))


def as_data(entry: RunEntry) -> dict[str, Any]:
    """The same for programs."""
    ending = entry.ending.value if entry.ending else None
    return {**vars(entry), "ending": ending, "state": state_of(entry)}


def head_lines(entry: RunEntry, state: RunState) -> Iterator[str]:
    """What was asked, with what, and how it ended."""
    code = "" if entry.exit_code is None else f", exit code {entry.exit_code}"
    yield f"run:      {entry.id} ({state_of(entry)}{code})"
    yield f"question: {clean_line(entry.question, 2000)}"
    yield f"model:    {clean_line(entry.model)}; source: {clean_line(entry.source)}; wideseek {entry.version}"
    started = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.started))
    yield f"started:  {started}, last event after {entry.updated - entry.started:.1f} s"
    usual = to_plain(Settings())
    changed = {key: value for key, value in state.settings.items() if value != usual.get(key)}
    if changed:
        yield "settings: " + clean_line(", ".join(f"{key}={_short(v)}" for key, v in changed.items()), 2000)
    if state.reason:
        yield f"reason:   {clean_line(state.reason, 2000)}"
    for number, said in enumerate(counted(state)):
        yield f"{'expected: ' if number else 'rows:     '}{said}"
    if state.answer:
        yield f"answer:   {clean_line(state.answer, 2000)}"
    for notice in state.notices:
        yield f"note:     {clean_line(notice, 500)}"


def _short(value: Any) -> str:
    """A recorded setting in few words; columns by their names."""
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(str(v.get("name", v)) if isinstance(v, dict) else str(v) for v in value) + "]"
    return without_password(str(value))


def agent_lines(state: RunState, *, running: bool) -> Iterator[str]:
    """The lead and each wave's subagents."""
    for agent in state.agents.values():
        outcome = agent.outcome.value if agent.outcome else "at work" if running else "cut off"
        why = f" ({clean_line(agent.why, 80)})" if agent.reason else ""
        size = f"{count(len(agent.turns), 'turn')}, {count(agent.context_tokens, 'token')}"
        yield f"{agent.name:<7}  {outcome}{why}, {size}"
        if agent.wave:
            yield f"         task:   {clean_line(agent.task, 300)}"
            if agent.summary:
                yield f"         report: {clean_line(agent.summary, 300)}"


def search_lines(events: Iterable[ev.Event]) -> Iterator[str]:
    """Every search with what it brought."""
    for event in events:
        if isinstance(event, ev.Searched):
            found = (
                f"failed: {clean_line(event.error, 200)}" if event.error else count(len(event.hits), "hit")
            )
            by = clean_line(event.engine) + (", asked before" if event.remembered else "")
            yield f"{event.agent:<7}  {clean_line(event.query, 200)!r}: {found} ({by})"


def page_lines(events: Iterable[ev.Event]) -> Iterator[str]:
    """Every page that was asked for."""
    for event in events:
        if isinstance(event, ev.PageRead):
            good = event.status is PageStatus.PAGE
            how = (
                clean_line(event.title, 100)
                if good
                else f"{event.status.value}: {clean_line(event.reason, 200)}"
            )
            yield f"{event.agent:<7}  {clean_line(event.url, 300)}  {how}"
