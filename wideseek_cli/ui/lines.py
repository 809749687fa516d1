"""An event as one line of plain text, for logs and dumb terminals."""

from __future__ import annotations

import re

from wideseek_cli.core import events as ev
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.messages import CALL_OPEN, split_thinking
from wideseek_cli.core.steering import in_words
from wideseek_cli.table.expected import UNKNOWN
from wideseek_cli.table.model import Table
from wideseek_cli.ui.amounts import count

MOST = 300  # characters of a line


def describe(event: ev.Event) -> str:
    """What happened, without the time; empty for what only a live view shows. Not cleaned yet."""
    match event:
        case ev.RunQueued():
            return f"run {event.run} is queued: {event.question}"
        case ev.RunStarted():
            given = f"; given: {_measure(event.given)}" if event.given else ""
            return f"run {event.run}: {event.question} ({event.model}, {event.source}){given}"
        case ev.RunResumed():
            return "the run goes on"
        case ev.Noticed():
            return f"note: {event.text}"
        case ev.Steered():
            done = in_words(event.orders)
            return f"the user says: {event.text}" + (f" ({done})" if done else "")
        case ev.BudgetEnded():
            return f"the {event.budget} budget ({event.limit}) is used up"
        case ev.TableChanged():
            return f"table ({event.stage.value}): {_measure(event.table)}"
        case ev.RowsExpected():
            numbers = [f"{one.rows} by the {one.by.value} on {one.title}" for one in event.expected]
            left = [f"the condition `{event.unchecked}` was left to the model"] if event.unchecked else []
            return "rows: " + "; ".join([str(event.estimate or UNKNOWN), *numbers, *left])
        case ev.RowsLeftOut():
            return f"left out, a condition is not met: {_names(event.table)}"
        case ev.RowsFilled():
            size = f"{event.places[0] + 1} to {event.places[-1] + 1}" if event.places else "none"
            return f"rows {size} done: {_states(Table((), event.rows))}"
        case ev.RunEnded():
            said = event.ending.value.replace("_", " ")
            why = event.reason
            return f"run ended: {said}" + (f" ({why})" if why and why != said else "")
        case ev.TextCame() | ev.EngineTicked() | ev.DocumentSaved() | ev.ToolAnswered():
            return ""
        case _:
            return _describe_agent(event)


def _describe_agent(event: ev.Event) -> str:
    match event:
        case ev.AgentStarted():
            return f"{event.agent} starts: {event.task}"
        case ev.Replied():
            answer = _said(event.text)
            head = f"{event.agent} turn {event.turn} ({event.context_tokens} tokens so far)"
            return f"{head}: {answer}" if answer else head
        case ev.Delegated():
            dropped = f" ({event.dropped} more were dropped)" if event.dropped else ""
            tasks = "; ".join(event.tasks)
            return f"{event.agent} wave {event.wave}: {count(len(event.tasks), 'subtask')}{dropped}: {tasks}"
        case ev.Searched():
            found = f"failed: {event.error}" if event.error else count(len(event.hits), "hit")
            again = ", asked before" if event.remembered else ""
            return f"{event.agent} searched {event.query!r}: {found} ({event.engine}{again})"
        case ev.PageRead():
            name = event.title or event.url
            if event.status is PageStatus.PAGE:
                return f"{event.agent} read {name} <{event.url}>"
            return f"{event.agent} could not read {event.url}: {event.reason or event.status.value}"
        case ev.AgentWarned():
            return f"{event.agent} was told: {event.text}"
        case ev.AgentFinished():
            why = f" ({event.detail or event.reason.words})" if event.reason else ""
            head = f"{event.agent} {event.outcome.value}{why}"
            own = event.summary and event.agent.startswith("w")  # a lead's last reply was shown as such
            return f"{head}: {event.summary}" if own else head
        case _:
            return type(event).__name__


def _said(text: str) -> str:
    """A reply without its reasoning; calls by their names."""
    answer, mark, calls = split_thinking(text)[1].partition(CALL_OPEN)
    if not mark:
        return answer
    names = re.findall(r'"name"\s*:\s*"(\w{1,40})"', calls)
    return " ".join(filter(None, [answer.strip(), f"calls {', '.join(names) or 'something unreadable'}"]))


def _names(table: Table) -> str:
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    return ", ".join(row.cells[key].text for row in table.rows)


def _measure(table: Table) -> str:
    return f"{count(len(table.rows), 'row')}, {count(len(table.columns), 'column')}; {_states(table)}"


def _states(table: Table) -> str:
    counts = table.counts()
    return ", ".join(f"{number} {status.value}" for status, number in counts.items() if number) or "no cells"
