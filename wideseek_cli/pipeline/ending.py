"""How a run ends, by what it came to."""

from __future__ import annotations

from wideseek_cli.agents.lead import plain_task
from wideseek_cli.agents.library import Library
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause, ExitCode
from wideseek_cli.core.state import RunState
from wideseek_cli.pipeline.quest import Result
from wideseek_cli.table.summary import complete

_DOWN_AFTER = 3  # searches in a row without an answer, at the end of a run: the source is down
_CODES = {
    ev.Ending.COMPLETE: ExitCode.OK,
    ev.Ending.INCOMPLETE: ExitCode.INCOMPLETE,
    ev.Ending.NOTHING: ExitCode.FAILED,
    ev.Ending.SOURCE_DOWN: ExitCode.SOURCE,
    ev.Ending.FAILED: ExitCode.FAILED,
    ev.Ending.INTERRUPTED: ExitCode.INTERRUPTED,
}


def ended(result: Result, state: RunState, library: Library, *, interrupted: bool) -> ev.RunEnded:
    """The last event of a run that came to its end by itself, or in order after an interrupt."""
    table, proved = result.table, result.table is not None and complete(result.table)
    down = library.failures >= _DOWN_AFTER or (library.failures > 0 and library.answers == 0)
    all_there = proved and (result.whole or bool(result.answer))
    broken = _broken_by(state)
    if interrupted:
        return _end(ev.Ending.INTERRUPTED, result)
    if broken and not all_there:
        return _end(ev.Ending.FAILED, result, broken)
    if down and not proved:
        return _end(ev.Ending.SOURCE_DOWN, result, str(library.last_error or "the source did not answer"))
    if result.changed is not None and table is not None and result.whole:
        code = ExitCode.CHANGED if result.changed else ExitCode.OK
        return ev.RunEnded(ev.Ending.COMPLETE, code, "", result.reason)
    if result.answer:
        code = ExitCode.OK if proved else ExitCode.INCOMPLETE
        return ev.RunEnded(ev.Ending.ANSWERED, code, result.answer, result.reason)
    if table is None or not table.rows:
        why = "; ".join(filter(None, (result.cause.words, result.lack)))
        return _end(ev.Ending.NOTHING, result, why or "nothing was found")
    return _end(ev.Ending.COMPLETE if all_there else ev.Ending.INCOMPLETE, result)


def _end(ending: ev.Ending, result: Result, reason: str = "") -> ev.RunEnded:
    return ev.RunEnded(ending, _CODES[ending], result.answer, reason or result.reason)


def _broken_by(state: RunState) -> str:
    """The failure of the engine that ended an agent, if one did, and no later one reported on its subtask."""
    reported: dict[str, int] = {}  # the last wave that brought a report, by subtask
    for agent in state.agents.values():
        if agent.outcome is not None and agent.outcome is not ev.Outcome.FAILED:
            reported[plain_task(agent.task)] = max(agent.wave, reported.get(plain_task(agent.task), 0))
    for agent in state.agents.values():
        if agent.reason is Cause.ENGINE and reported.get(plain_task(agent.task), 0) <= agent.wave:
            return agent.why
    return ""
