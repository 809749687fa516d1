"""What the agents of a run did and when, as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, split_thinking
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.ui.lines import describe
from wideseek_cli.ui.signs import AGENTS
from wideseek_cli.view.tabledata import link

MOST = 4_000  # characters of one text; the record has all of it
HITS, SNIPPET = 10, 200
_BY_CODE = "What the program looked up itself"
_TOLD = (ev.RunResumed, ev.Noticed, ev.Steered, ev.BudgetEnded, ev.TableChanged, ev.RunEnded)


@dataclass
class AgentWork:
    """One agent. Times are seconds at work of the run: the time between a cut and its resume is left out."""

    name: str
    role: str
    task: str
    wave: int
    start: float | None = None
    end: float | None = None
    outcome: ev.Outcome | None = None
    why: str = ""
    report: str = ""
    context: int = 0
    turns: list[dict[str, Any]] = field(default_factory=list)
    acts: list[dict[str, Any]] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """As the page has it; no state while nothing ended it."""
        shown = {key: value for key, value in vars(self).items() if key != "outcome"}
        if self.outcome is None:
            return {**shown, "state": "", "sign": "", "tone": ""}
        mark = AGENTS[self.outcome]
        return {**shown, "state": self.outcome.value, "sign": mark.sign, "tone": mark.tone}


class Work:
    """Listens to a run. `news` is what has changed since it was last asked."""

    def __init__(self) -> None:
        self.agents: dict[str, AgentWork] = {}
        self._touched: dict[str, None] = {}
        self._waves: list[dict[str, Any]] = []
        self._new: dict[str, list[dict[str, Any]]] = {"searches": [], "pages": [], "log": []}

    def hear(self, event: ev.Event, at: float) -> None:
        """An event, and how many seconds the run had worked by then."""
        at = round(at, 2)
        if isinstance(event, _TOLD):
            self._new["log"].append({"at": at, "text": clean_line(describe(event), 600)})
        if isinstance(event, ev.Delegated):
            self._plan(event)
        elif name := getattr(event, "agent", ""):
            agent = self.agents.setdefault(name, AgentWork(name, "", _BY_CODE, 0))
            self._touched[name] = None
            self._act(agent, event, at)
            if not agent.role:  # the program itself: it never starts
                agent.start, agent.end = (at if agent.start is None else agent.start), at

    def _plan(self, event: ev.Delegated) -> None:
        self._waves = [wave for wave in self._waves if wave["number"] != event.wave]
        self._waves.append({"number": event.wave, "by": clean_line(event.by, 40), "dropped": event.dropped})
        for number, task in enumerate(event.tasks, 1):
            name = f"w{event.wave}.s{number}"
            known = self.agents.setdefault(name, AgentWork(name, ev.Role.SUBAGENT.value, "", event.wave))
            known.task = known.task or _long(task)
            self._touched[name] = None

    def _act(self, agent: AgentWork, event: ev.Event, at: float) -> None:
        match event:
            case ev.AgentStarted():
                agent.role, agent.task, agent.wave = event.role.value, _long(event.task), event.wave
                agent.start, agent.end, agent.outcome = (
                    (at if agent.start is None else agent.start),
                    None,
                    None,
                )
            case ev.Replied():
                agent.turns[event.turn - 1 :] = [_turn(event, at)]
                agent.context, agent.outcome, agent.end = event.context_tokens, None, None
            case ev.ToolAnswered() if agent.turns:
                agent.turns[-1]["result"] = _long(event.text)
            case ev.Searched():
                said = clean_line(event.query, 300)
                agent.acts.append({"at": at, "kind": "search", "text": said})
                self._new["searches"].append({"at": at, "agent": agent.name, **_search(event)})
            case ev.PageRead():
                agent.acts.append(
                    {"at": at, "kind": "page", "text": clean_line(event.title or event.url, 300)}
                )
                self._new["pages"].append({"at": at, "agent": agent.name, **_page(event)})
            case ev.AgentWarned():
                agent.acts.append({"at": at, "kind": "warned", "text": clean_line(event.text, 300)})
            case ev.AgentFinished():
                agent.outcome, agent.end = event.outcome, at
                agent.why = clean_line(event.detail or event.reason.words, 300)
                agent.report = _long(event.summary)
            case _:
                pass

    def news(self) -> dict[str, Any]:
        """Agents that have changed, whole; searches, pages and messages that are new."""
        told: dict[str, Any] = {name: items for name, items in self._new.items() if items}
        if self._touched:
            told |= {"agents": [self.agents[name].data() for name in self._touched], "waves": self._waves}
        self._touched, self._new = {}, {name: [] for name in self._new}
        return told


def _turn(reply: ev.Replied, at: float) -> dict[str, Any]:
    thought, rest = split_thinking(reply.text)
    said, mark, calls = rest.partition(CALL_OPEN)
    return {
        "at": at,
        "seconds": round(reply.seconds, 1),
        "tokens": reply.tokens,
        "thought": _long(thought),
        "said": _long(said.strip()),
        "calls": list(_calls(calls)) if mark else [],
        "result": "",
    }


def _calls(text: str) -> Iterator[str]:
    for part in text.split(CALL_OPEN):
        if call := _long(part.replace(CALL_CLOSE, "").strip()):
            yield call


def _search(event: ev.Searched) -> dict[str, Any]:
    hits = [
        {**link(hit.url), "title": clean_line(hit.title, 200), "snippet": clean_line(hit.snippet, SNIPPET)}
        for hit in event.hits[:HITS]
    ]
    return {
        "query": clean_line(event.query, 500),
        "engine": clean_line(event.engine, 80),
        "again": event.remembered,
        "problem": clean_line(event.error, 300),
        "note": clean_line(event.note, 300),
        "count": len(event.hits),
        "hits": hits,
    }


def _page(event: ev.PageRead) -> dict[str, Any]:
    good = event.status is PageStatus.PAGE and not event.reason
    return {
        **link(event.url),
        "title": clean_line(event.title, 200),
        "need": clean_line(event.need, 300),
        "good": good,
        "state": "read" if good else event.status.value.replace("_", " "),
        "why": clean_line(event.reason, 300),
        "cached": event.cached,
    }


def _long(text: str) -> str:
    text = clean_text(text)
    left = len(text) - MOST
    return text if left <= 0 else f"{text[:MOST]}… ({left:,} more characters are in the record)"
