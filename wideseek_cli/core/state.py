"""What a run's events add up to. The screen, resume and export all read this one fold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeVar

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import FROM_OUTSIDE, Cause
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.messages import Reply, Turn
from wideseek_cli.core.plain import alike
from wideseek_cli.core.task import About
from wideseek_cli.table.expected import Estimate, Expected
from wideseek_cli.table.model import Document, Table
from wideseek_cli.table.summary import Met, conditions_met

# Endings that a run came to by itself.
OWN_ENDS = (ev.Ending.COMPLETE, ev.Ending.INCOMPLETE, ev.Ending.ANSWERED)
_SUMMARY = 300  # characters that are kept of the report of an agent whose rows are done


@dataclass(frozen=True)
class AgentState:
    """One agent so far."""

    name: str
    role: ev.Role
    task: str
    wave: int
    turns: tuple[Turn, ...] = ()
    outcome: ev.Outcome | None = None
    summary: str = ""
    reason: Cause = Cause.NONE
    detail: str = ""
    last_action: str = ""
    streaming: str = ""  # the reply that is being written
    context_tokens: int = 0

    @property
    def why(self) -> str:
        """The cause of its end, in words."""
        return self.detail or self.reason.words


@dataclass(frozen=True)
class Wave:
    """A set of subtasks handed out together."""

    number: int
    tasks: tuple[str, ...]
    by: str


@dataclass(frozen=True)
class RunState(About):
    """One run so far."""

    run: str = ""
    question: str = ""
    model: str = ""
    source: str = ""
    language: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    started_at: float = 0.0
    now: float = 0.0
    active_s: float = 0.0  # seconds at work: the time between a cut and its resume does not count
    agents: Mapping[str, AgentState] = field(default_factory=dict)
    waves: tuple[Wave, ...] = ()
    expected: tuple[Expected, ...] = ()  # how many rows there should be, by what was read
    estimate: Estimate | None = None  # the same in one number
    counted: bool = False  # somebody has looked for what tells
    unchecked: str = ""  # a condition of the question that only the model has seen to
    documents: Mapping[tuple[str, str], Document] = field(default_factory=dict)  # (kind, url)
    found: Mapping[str, ev.Searched] = field(default_factory=dict)  # by query
    links: tuple[str, ...] = ()  # where the saved pages point
    searches: int = 0
    pages: int = 0  # that were read: an address that was not opened, or a dead one, is none
    batches: int = 0  # of the given table's rows that are done
    forgotten: int = 0  # pages that were read for them and are not needed any more
    table: Table | None = None
    left_out: Table | None = None  # rows that do not meet the user's conditions
    stage: ev.Stage | None = None
    budget_ended: str = ""
    notices: tuple[str, ...] = ()
    steered: tuple[ev.Steered, ...] = ()
    tokens_per_second: float = 0.0
    decode_tokens: int = 0
    prefill_tokens: int = 0
    ending: ev.Ending | None = None
    exit_code: int | None = None
    answer: str = ""
    reason: str = ""

    @property
    def shown(self) -> Table | None:
        """The table for people: without the columns that only its conditions need, which exports have as
        data."""
        return self.table and self.table.asked

    @property
    def met(self) -> list[Met]:
        """What the verdicts on its rows come to, by condition."""
        return conditions_met(self.table, self.left_out) if self.table is not None else []

    @property
    def begun(self) -> bool:
        """Whether its model was loaded; till then it waits for its turn."""
        return bool(self.model)


S = TypeVar("S", RunState, AgentState)
Listener = Callable[[ev.Event, RunState], None]  # hears each event, with the state after it


def fold(events: Iterable[ev.Event], state: RunState | None = None) -> RunState:
    """The state after all these events."""
    state = state or RunState()
    for event in events:
        state = apply(state, event)
    return state


def whole(state: RunState) -> dict[str, Any]:
    """How far a run's table is all that was asked for, as data: for exports."""
    made: dict[str, Any] = {"complete": state.ending is ev.Ending.COMPLETE}
    if state.reason:
        made["reason"] = state.reason
    if state.expected:
        made["expected"] = [
            {**asdict(one), "by": one.by.value, "lacking": list(one.lacking)} for one in state.expected
        ]
    if state.counted:
        made["rows_expected"] = {**asdict(one), "by": one.by.value} if (one := state.estimate) else None
    if state.met:
        made["conditions"] = [{**asdict(one), "not_shown": list(one.not_shown)} for one in state.met]
    if state.unchecked:
        made["unchecked"] = state.unchecked
    return made


def _changed(state: S, **values: object) -> S:
    """`replace` for what every word of an agent changes: the constructor of forty fields takes most of it."""
    made = object.__new__(type(state))
    vars(made).update(vars(state), **values)
    return made


def apply(state: RunState, event: ev.Event) -> RunState:
    """The one reducer."""
    waited = isinstance(event, (ev.RunStarted, ev.RunResumed)) or not state.begun
    spent = 0.0 if waited else max(event.at - state.now, 0.0)
    state = _changed(state, now=event.at, active_s=state.active_s + spent)
    match event:
        case ev.RunQueued():
            return _asked(state, event)
        case ev.RunStarted():
            begun = replace(_asked(state, event), model=event.model, source=event.source)
            return replace(begun, language=event.language, ending=None, exit_code=None, reason="")
        case ev.RunResumed():
            stopped = state.ending not in OWN_ENDS
            agents = {name: _resumed(agent, stopped) for name, agent in state.agents.items()}
            again = replace(state, ending=None, exit_code=None, answer="", reason="", budget_ended="")
            return replace(again, agents=agents)
        case ev.AgentStarted():
            known = state.agents.get(event.agent)
            fresh = AgentState(event.agent, event.role, event.task, event.wave)
            return _with_agent(state, known or fresh)
        case ev.Delegated():
            wave = Wave(event.wave, event.tasks, event.by)
            others = tuple(w for w in state.waves if w.number != event.wave)
            return replace(state, waves=(*others, wave))
        case ev.DocumentSaved(document=document):
            documents = {**state.documents, (document.kind, document.url): document}
            return replace(state, documents=documents, links=state.links + event.links)
        case ev.RowsLeftOut():
            return replace(state, left_out=event.table)
        case ev.RowsFilled():
            return _with_rows(state, event)
        case ev.TableChanged():
            return replace(state, table=event.table, stage=event.stage)
        case ev.RowsExpected():
            return replace(state, counted=True, **alike(ev.RowsExpected, event, "at"))
        case ev.BudgetEnded():
            return replace(state, budget_ended=event.budget)
        case ev.Noticed():
            return replace(state, notices=(*state.notices, event.text))
        case ev.Steered():
            return replace(state, steered=(*state.steered, event))
        case ev.EngineTicked():
            return replace(state, **alike(ev.EngineTicked, event, "at", "shared_tokens"))
        case ev.RunEnded():
            return replace(state, **alike(ev.RunEnded, event, "at"))
        case _:
            return _apply_to_agent(state, event)


def _asked(state: RunState, event: ev.RunQueued | ev.RunStarted) -> RunState:
    """What the run is to do."""
    return replace(
        state,
        run=event.run,
        question=event.question,
        settings=event.settings,
        **alike(About, event),
        table=event.given,
        stage=ev.Stage.ENTITIES if event.given else None,
        started_at=event.at,
    )


def _with_rows(state: RunState, event: ev.RowsFilled) -> RunState:
    """The table with a batch of rows, and without what only these needed: a long table must not fill the
    memory."""
    if state.table is None:
        return state
    rows = list(state.table.rows)
    for at, row in zip(event.places, event.rows, strict=True):
        rows[at] = row
    kept = {key: document for key, document in state.documents.items() if document.url in event.kept}
    gone = sum(kind == "page" for kind, _ in state.documents) - sum(kind == "page" for kind, _ in kept)
    return replace(
        state,
        table=replace(state.table, rows=tuple(rows)),
        stage=ev.Stage.PROVED,
        batches=event.batch,
        documents=kept,
        forgotten=state.forgotten + gone,
        found={},
        links=(),
        agents={name: _ended(agent) for name, agent in state.agents.items()},
    )


def _ended(agent: AgentState) -> AgentState:
    """An agent that is done, with its turns as numbers."""
    if agent.outcome is None or not agent.turns or not agent.turns[-1].reply.text:
        return agent
    emptied = (replace(turn.reply, text="", token_ids=(), counted=turn.reply.tokens) for turn in agent.turns)
    return replace(agent, turns=tuple(Turn(reply) for reply in emptied), summary=agent.summary[:_SUMMARY])


def _resumed(agent: AgentState, stopped: bool) -> AgentState:
    """Nobody is in the middle of a word; in a run that was stopped, those whom that cut short may go on."""
    agent = replace(agent, streaming="")
    lead = agent.role is not ev.Role.SUBAGENT
    if not stopped or agent.outcome in (None, ev.Outcome.DONE) or not (lead or agent.reason in FROM_OUTSIDE):
        return agent
    kept = _without_last_words(agent.turns)
    return replace(agent, outcome=None, summary="", reason=Cause.NONE, detail="", turns=kept)


def _without_last_words(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Without an answer that was ordered before its time, and without the order: what it was asked for
    with its last call is handed to it again."""
    if not turns or turns[-1].tool_result is not None:
        return turns
    kept = turns[:-1]
    return (*kept[:-1], replace(kept[-1], tool_result=None)) if kept else ()


def _apply_to_agent(state: RunState, event: ev.Event) -> RunState:
    agent = state.agents.get(getattr(event, "agent", ""))
    if isinstance(event, ev.Searched):
        state = replace(state, searches=state.searches + (not event.remembered))
        if not event.remembered and not event.error:
            state = replace(state, found={**state.found, event.query: event})
    if isinstance(event, ev.PageRead) and event.status is PageStatus.PAGE and not event.reason:
        state = replace(state, pages=state.pages + 1)
    if agent is None:
        return state
    match event:
        case ev.TextCame():
            agent = _changed(agent, streaming=agent.streaming + event.piece)
        case ev.Replied():
            turns = (*agent.turns[: event.turn - 1], Turn(Reply(**alike(Reply, event))))
            agent = replace(agent, turns=turns, streaming="", context_tokens=event.context_tokens)
        case ev.ToolAnswered() if agent.turns:  # a reply of a newer program may have been left out
            last = replace(agent.turns[-1], tool_result=event.text)
            agent = replace(agent, turns=(*agent.turns[:-1], last))
        case ev.Searched():
            agent = replace(agent, last_action=f"search: {event.query}")
        case ev.PageRead():
            agent = replace(agent, last_action=f"read: {event.title or event.url}")
        case ev.AgentWarned():
            agent = replace(agent, last_action=f"warned: {event.text}")
        case ev.AgentFinished():
            agent = replace(agent, streaming="", **alike(ev.AgentFinished, event, "at", "agent"))
        case _:
            return state
    return _with_agent(state, agent)


def _with_agent(state: RunState, agent: AgentState) -> RunState:
    return _changed(state, agents={**state.agents, agent.name: agent})
