"""A run: the one place that wires engine, sources, agents and record together."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from wideseek_cli import __version__
from wideseek_cli.agents.lead import plain_task
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.agents.shapes import language_of
from wideseek_cli.agents.world import Budget, Ender, Sources, World
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import ExitCode, SourceError, UsageError, WideseekError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.state import BY_ENGINE, RunState, apply
from wideseek_cli.engine.base import Engine, EngineStats
from wideseek_cli.listening import Listening
from wideseek_cli.pipeline.conditions import wanted_of
from wideseek_cli.pipeline.fill import Fill
from wideseek_cli.pipeline.givencells import Given
from wideseek_cli.pipeline.quest import Quest, Result
from wideseek_cli.pipeline.refresh import Refresh, Refreshed
from wideseek_cli.record.inbox import Inbox
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import to_plain
from wideseek_cli.table.conditions.condition import with_columns_of
from wideseek_cli.table.summary import complete

INTERRUPT_GRACE = 12.0  # seconds in which the lead may answer after the first interrupt; the proof takes more
TICK = 1.0  # seconds between two looks at the engine's figures
_LATELY = 6  # such looks, over which the speed is taken: passes that only read make single seconds jump
_DOWN_AFTER = 3  # searches in a row without an answer, at the end of a run: the source is down

Listener = Callable[[ev.Event, RunState], None]


class Journal(Protocol):
    """Where events are kept before anybody sees them."""

    run: str

    def commit(self, event: ev.Event) -> None: ...


class Bus:
    """Events on their way: committed, folded into the state, shown."""

    def __init__(self, journal: Journal, listeners: Sequence[Listener], state: RunState) -> None:
        self._journal, self._listeners, self.state = journal, listeners, state

    def emit(self, event: ev.Event) -> None:
        if not event.transient:
            self._journal.commit(event)
        self.state = apply(self.state, event)
        for listener in self._listeners:
            listener(event, self.state)


@dataclass(frozen=True)
class OwnModel:
    """A model for one role, with the prompts and sampling it is used to."""

    engine: Engine
    prompts: str = ""
    sampling: Sampling | None = None


class _Meter:
    """What an engine has done since a run began, and how fast it wrote of late."""

    def __init__(self, engines: Sequence[Engine], written: int) -> None:
        self._engines, self._written = engines, written
        self._first = self._stats()
        self._past: deque[tuple[float, int]] = deque(maxlen=_LATELY)

    def _stats(self) -> EngineStats:
        return sum((engine.stats for engine in self._engines), EngineStats())

    def read(self) -> ev.EngineTicked:
        stats, first, now = self._stats(), self._first, time.monotonic()
        self._past.append((now, stats.decode_tokens))
        since, had = self._past[0]
        return ev.EngineTicked(
            decode_tokens=self._written + stats.decode_tokens - first.decode_tokens,
            prefill_tokens=stats.prefill_tokens - first.prefill_tokens,
            shared_tokens=stats.shared_tokens - first.shared_tokens,
            tokens_per_second=(stats.decode_tokens - had) / (now - since) if now > since else 0.0,
        )


class Run:
    """One question, from its first event to its last. Engine and sources are lent: runs may share them."""

    def __init__(
        self,
        question: str,
        settings: Settings,
        *,
        engine: Engine,
        sources: Sources,
        journal: Journal,
        listeners: Sequence[Listener] = (),
        resume_from: RunState | None = None,
        sampling: Sampling | None = None,
        prompts: str = "",
        inbox: Inbox | None = None,
        subagents: OwnModel | None = None,
        given: Given | None = None,
    ) -> None:
        """`sampling` and `prompts` are the model's own; what the settings say goes before them. `subagents`:
        a model of theirs; else they have the lead's. `given`: a table to fill instead of a question."""
        if not question.strip():
            raise UsageError("the question is empty", hint='ask like this: wideseek ask "List the …"')
        self.question = question.strip()
        self._engine, self.sources = engine, sources
        self._known = resume_from
        self._ender = Ender()
        self._inbox, self._given = inbox, given
        self._listening: Listening | None = None
        conditions = wanted_of(question, settings).conditions
        if settings.columns and given is None:
            settings = replace(settings, columns=with_columns_of(settings.columns, conditions))
        self._sampling = _sampling(settings, sampling)
        self._language = settings.language if settings.language != "auto" else language_of(question)
        own = load_prompts(settings.prompts, self._language, own=prompts)
        self._prompts = _at_width(own, settings.width)
        self._subagents = subagents
        self._notices = list(_bounded(settings, own)) if resume_from is None else []
        self.settings = within(settings, own)
        self.bus = Bus(journal, [*listeners, self._saw], resume_from or RunState())
        self._run_id = journal.run
        self._task: asyncio.Task[Result] | None = None
        self._quest: Quest | Fill | None = None
        self._interrupts = 0
        engines = [self._engine, *([subagents.engine] if subagents else [])]
        self._meter = _Meter(engines, _written(self.bus.state))

    @property
    def sampling(self) -> Sampling | None:
        """How this run draws its tokens; None: as the engine does by default."""
        return self._sampling

    @property
    def prompts(self) -> PromptSet:
        """The words this run uses."""
        return self._prompts

    @property
    def subagent_prompts(self) -> PromptSet:
        """The words of the subagents, whose model may have others."""
        if self._subagents is None:
            return self._prompts
        own = load_prompts(self.settings.prompts, self._language, own=self._subagents.prompts)
        return _at_width(own, self.settings.width)

    def _model_name(self) -> str:
        name = self._engine.info.name
        return f"{name} (subagents: {self._subagents.engine.info.name})" if self._subagents else name

    def interrupt(self) -> None:
        """First: the lead answers with what it has, within seconds. Second: at once."""
        self._interrupts += 1
        if self._interrupts == 1:
            self._ender.ask("interrupted", INTERRUPT_GRACE)
        elif self._task is not None:
            self._task.cancel()

    def _saw(self, event: ev.Event, state: RunState) -> None:
        if isinstance(event, ev.TableChanged) and self._listening is not None:
            self._listening.saw(event.table)

    def steer(self, text: str) -> None:
        """As `wideseek steer` does from another process; nothing once the run has ended."""
        if self._listening is not None and self.bus.state.ending is None:
            self._listening.steer(text)

    async def go(self) -> RunState:
        """Run to the end. Whatever happens, the last event says how it ended."""
        library = self._begin()
        self._task = asyncio.create_task(self._work())
        helpers = [asyncio.create_task(self._watch_time()), asyncio.create_task(self._tick())]
        helpers += [asyncio.create_task(self._listening.listen(self._inbox))] if self._listening else []
        try:
            result = await self._task
        except asyncio.CancelledError:
            self._end_cut(library)
            if self._interrupts < 2:
                raise
        except Exception as error:
            code = error.exit_code if isinstance(error, WideseekError) else ExitCode.FAILED
            table = self._quest.partial() if self._quest else None
            self.bus.state = replace(self.bus.state, table=table)  # for whoever shows what was found
            with suppress(WideseekError):  # the record or the output may be the very thing that failed
                self._end(ev.Ending.FAILED, code, str(error) or type(error).__name__)
            raise
        else:
            self._end_with(result, library)
        finally:
            self._task.cancel()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(self._task, *helpers, return_exceptions=True)
        return self.bus.state

    def _begin(self) -> Library:
        """The first event, and everything the agents share."""
        if self._known is None:
            self.bus.emit(
                ev.RunStarted(
                    run=self._run_id,
                    question=self.question,
                    settings=to_plain(self.settings),
                    model=self._model_name(),
                    source=self.sources.search.name,
                    version=__version__,
                    language=self._language,
                    **({k: v for k, v in vars(self._given).items() if k != "pages"} if self._given else {}),
                )
            )
            for page in self._given.pages if self._given else ():  # a run's own, whose record knows them
                self.bus.emit(ev.DocumentSaved(page))
        else:
            self.bus.emit(ev.RunResumed())
        known = self.bus.state
        brought = self._given.pages if self._given and self._known is None else ()
        pages = known.forgotten + sum(kind == "page" for kind, _ in known.documents) - len(brought)
        budget = Budget(self.settings, self.bus.emit, known.searches, pages)
        for notice in self._notices:
            self.bus.emit(ev.Noticed(notice))
        world = World(
            engine=self._engine,
            prompts=self._prompts,
            settings=self.settings,
            emit=self.bus.emit,
            budget=budget,
            ender=self._ender,
            sampling=self._sampling,
        )
        if self._subagents is not None:
            world.subagents = replace(
                world,
                engine=self._subagents.engine,
                prompts=self.subagent_prompts,
                sampling=_sampling(self.settings, self._subagents.sampling),
            )
        give_up = partial(self._ender.ask, "source", INTERRUPT_GRACE)
        library = Library(self.sources, self._prompts, self.bus.emit, budget, give_up)
        library.allow(self.question)
        library.remember(known)
        way = Refresh if known.refresh else Fill if known.given else Quest
        self._quest = way(world, library, known, lambda: self.bus.state)
        self._listening = Listening(world, self._quest, lambda: self.bus.state, self.interrupt)
        return library

    async def _work(self) -> Result:
        assert self._quest is not None
        return await self._quest.go()

    async def _watch_time(self) -> None:
        """Ask for the end so early that the lead can still answer in time."""
        limit = self.settings.time_s
        if not limit:
            return
        spent = self.bus.state.active_s
        grace = min(max(0.15 * limit, 2.0), 60.0, 0.5 * limit)
        await asyncio.sleep(max(limit - grace - spent, 0.0))
        self.bus.emit(ev.BudgetEnded("time", f"{limit:g} s"))
        self._ender.ask("time", grace)

    async def _tick(self) -> None:
        """The engine's figures, about once a second."""
        while True:
            self.bus.emit(self._meter.read())
            await asyncio.sleep(TICK)

    # How a run ends

    def _end_with(self, result: Result, library: Library) -> None:
        """The ending that a result amounts to."""
        down = library.failures >= _DOWN_AFTER or (library.failures > 0 and library.answers == 0)
        reason = result.reason
        if self._interrupts:
            self._end(ev.Ending.INTERRUPTED, ExitCode.INTERRUPTED, reason, result.answer)
        elif (broken := _broken_by(self.bus.state)) and not _all_there(result):
            self._end(ev.Ending.FAILED, ExitCode.FAILED, broken, result.answer)
        elif down and not (result.table and complete(result.table)):
            self._end(ev.Ending.SOURCE_DOWN, ExitCode.SOURCE, _said(library.last_error), result.answer)
        elif isinstance(result, Refreshed) and result.table is not None and result.whole:
            self._end(ev.Ending.COMPLETE, result.exit_code, reason)
        elif result.answer:
            proved = result.table is not None and complete(result.table)
            code = ExitCode.OK if proved else ExitCode.INCOMPLETE
            self._end(ev.Ending.ANSWERED, code, reason, result.answer)
        elif result.table is None or not result.table.rows:
            self._end(ev.Ending.NOTHING, ExitCode.FAILED, reason or "nothing was found")
        elif _all_there(result):
            self._end(ev.Ending.COMPLETE, ExitCode.OK, reason)
        else:
            self._end(ev.Ending.INCOMPLETE, ExitCode.INCOMPLETE, reason)

    def _end_cut(self, library: Library) -> None:
        """At once: the table as far as it is known."""
        table = self._quest.partial() if self._quest else None
        if table is not None:
            self.bus.emit(ev.TableChanged(ev.Stage.FINAL, table))
        self._end(ev.Ending.INTERRUPTED, ExitCode.INTERRUPTED, "interrupted")

    def _end(self, ending: ev.Ending, code: int, reason: str = "", answer: str = "") -> None:
        if self._listening is not None:
            self._listening.close()
        self.bus.emit(self._meter.read())
        self.bus.emit(ev.RunEnded(ending, code, answer, reason))


async def answer(
    question: str,
    settings: Settings,
    *,
    engine: Engine,
    sources: Sources,
    journal: Journal,
    listeners: Sequence[Listener] = (),
    resume_from: RunState | None = None,
) -> RunState:
    """A run in one call, for those who need not interrupt it."""
    run = Run(
        question,
        settings,
        engine=engine,
        sources=sources,
        journal=journal,
        listeners=listeners,
        resume_from=resume_from,
    )
    return await run.go()


def _all_there(result: Result) -> bool:
    return result.table is not None and complete(result.table) and (result.whole or bool(result.answer))


def _broken_by(state: RunState) -> str:
    """The failure of the engine that ended an agent, if one did, and no later one reported on its subtask."""
    reported: dict[str, int] = {}  # the last wave that brought a report, by subtask
    for agent in state.agents.values():
        if agent.outcome is not None and agent.outcome is not ev.Outcome.FAILED:
            reported[plain_task(agent.task)] = max(agent.wave, reported.get(plain_task(agent.task), 0))
    for agent in state.agents.values():
        if agent.reason.startswith(BY_ENGINE) and reported.get(plain_task(agent.task), 0) <= agent.wave:
            return agent.reason.removeprefix(BY_ENGINE)
    return ""


def _sampling(settings: Settings, model: Sampling | None) -> Sampling | None:
    """The settings' sampling over the model's; None when neither says anything."""
    given = {
        name: value
        for name in ("temperature", "top_p", "top_k", "min_p", "seed")
        if (value := getattr(settings, name)) is not None
    }
    if not given:
        return model
    return replace(model or Sampling(), **given)


def _at_width(prompts: PromptSet, width: int) -> PromptSet:
    """The lead is told how many subtasks it may hand out: no more than will be taken."""
    limits = prompts.limits
    return replace(prompts, limits=replace(limits, width=min(width, limits.width) if limits.width else width))


def _bounds(prompts: PromptSet) -> dict[str, int]:
    """By setting, what a prompt set goes no further than."""
    limits = prompts.limits
    bounds = {
        "width": limits.width,
        "turns": limits.lead_turns,
        "subagent_turns": limits.subagent_turns,
        "single_turns": limits.single_turns,
    }
    return {name: most for name, most in bounds.items() if most}


def within(settings: Settings, prompts: PromptSet) -> Settings:
    """The settings as they take effect."""
    return replace(
        settings, **{name: min(getattr(settings, name), m) for name, m in _bounds(prompts).items()}
    )


def _bounded(settings: Settings, prompts: PromptSet) -> Iterator[str]:
    """What the user set higher than the prompt set allows."""
    plain = Settings()
    for name, most in _bounds(prompts).items():
        wanted = getattr(settings, name)
        if (name == "single_turns") is settings.single and wanted > most and wanted != getattr(plain, name):
            words = name.replace("_", " ")
            yield f"{words} is {most}, not {wanted}: the prompt set {prompts.name} goes no further"


def _written(state: RunState) -> int:
    """Tokens of the replies so far: those of a run that goes on."""
    return sum(turn.reply.tokens for agent in state.agents.values() for turn in agent.turns)


def _said(error: SourceError | None) -> str:
    return str(error) if error else "the source did not answer"
