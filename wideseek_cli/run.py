"""A run: the one place that wires engine, sources, agents and record together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Protocol

from wideseek_cli import __version__
from wideseek_cli.agents.library import Library
from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.agents.shapes import language_of
from wideseek_cli.agents.world import Budget, Ender, Sources, World
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import Cause, ExitCode, UsageError, WideseekError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.core.plain import alike
from wideseek_cli.core.state import Listener, RunState, apply
from wideseek_cli.core.task import About, Task
from wideseek_cli.engine.opened import Meter, OpenEngine
from wideseek_cli.listening import Listening
from wideseek_cli.pipeline.ending import ended
from wideseek_cli.pipeline.fill import Fill
from wideseek_cli.pipeline.quest import Quest, Result
from wideseek_cli.pipeline.refresh import Refresh
from wideseek_cli.question.condition import with_columns_of
from wideseek_cli.question.reading import read_question
from wideseek_cli.record.store import RunJournal
from wideseek_cli.settings.layers import to_plain

INTERRUPT_GRACE = 12.0  # seconds in which the lead may answer after the first interrupt; the proof takes more
TICK = 1.0  # seconds between two looks at the engine's figures


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


class Run:
    """One task, from its first event to its last. Engine and sources are lent: runs may share them."""

    def __init__(
        self,
        task: Task,
        model: OpenEngine,
        sources: Sources,
        journal: Journal,
        listeners: Sequence[Listener] = (),
        resume_from: RunState | None = None,
    ) -> None:
        """What the task's settings say goes before what the model is used to."""
        if not task.question.strip():
            raise UsageError("the question is empty", hint='ask like this: wideseek ask "List the …"')
        self.question = task.question.strip()
        self._asked, self._model, self.sources = task, model, sources
        self._known = resume_from
        self._ender = Ender()
        self._listening: Listening | None = None
        settings = task.settings
        if settings.columns and task.given is None:
            conditions = read_question(self.question, settings.where).conditions
            settings = replace(settings, columns=with_columns_of(settings.columns, conditions, chosen=True))
        self._language = settings.language if settings.language != "auto" else language_of(self.question)
        own = load_prompts(settings.prompts, self._language, own=model.prompts)
        self.settings = own.within(settings)
        self._notices = list(own.bounded(settings)) if resume_from is None else []
        self.bus = Bus(journal, listeners, resume_from or RunState())
        self._run_id = journal.run
        self._inbox = journal.inbox if isinstance(journal, RunJournal) else None
        self._task: asyncio.Task[Result] | None = None
        self._quest: Quest | Fill | None = None
        self._interrupts = 0
        turns = (turn for agent in self.bus.state.agents.values() for turn in agent.turns)
        self._meter = Meter([one.engine for one in model.all], sum(turn.reply.tokens for turn in turns))

    def sampling(self, model: OpenEngine) -> Sampling | None:
        """How a model's tokens are drawn in this run; None: as its engine does by default."""
        given = {k: v for k, v in alike(Sampling, self.settings).items() if v is not None}
        return replace(model.sampling or Sampling(), **given) if given else model.sampling

    def prompts(self, model: OpenEngine) -> PromptSet:
        """The words that this run has for a model."""
        own = load_prompts(self.settings.prompts, self._language, own=model.prompts)
        return own.at_width(self.settings.width)

    def interrupt(self) -> None:
        """First: the lead answers with what it has, within seconds. Second: at once."""
        self._interrupts += 1
        if self._interrupts == 1:
            self._ender.ask(Cause.INTERRUPTED, INTERRUPT_GRACE)
        elif self._task is not None:
            self._task.cancel()

    def steer(self, text: str) -> None:
        """As `wideseek steer` does from another process; nothing once the run has ended."""
        if self._listening is not None and self.bus.state.ending is None:
            self._listening.steer(text)

    async def go(self) -> RunState:
        """Run to the end. Whatever happens, the last event says how it ended."""
        library = self._begin()
        assert self._quest is not None
        assert self._listening is not None
        self._task = asyncio.create_task(self._quest.go())
        others = (self._watch_time(), self._tick(), self._listening.listen(self._inbox))
        helpers = [asyncio.create_task(work) for work in others]
        try:
            result = await self._task
        except asyncio.CancelledError:
            self._end_cut()
            if self._interrupts < 2:
                raise
        except Exception as error:
            code = error.exit_code if isinstance(error, WideseekError) else ExitCode.FAILED
            found = self._quest.partial()
            self.bus.state = replace(self.bus.state, table=found)  # for whoever shows it
            with suppress(WideseekError):  # the record or the output may be the very thing that failed
                self._end(ev.RunEnded(ev.Ending.FAILED, code, "", str(error) or type(error).__name__))
            raise
        else:
            self._end(ended(result, self.bus.state, library, interrupted=self._interrupts > 0))
        finally:
            self._task.cancel()
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(self._task, *helpers, return_exceptions=True)
        return self.bus.state

    def _begin(self) -> Library:
        """The first event, and everything the agents share."""
        self._emit_begin()
        known, brought = self.bus.state, () if self._known else self._asked.pages
        pages = known.forgotten + sum(kind == "page" for kind, _ in known.documents) - len(brought)
        budget = Budget(self.settings, self.bus.emit, known.searches, pages)
        for notice in self._notices:
            self.bus.emit(ev.Noticed(notice))
        world = self._world(self._model, budget)
        if self._model.subagents is not None:
            world.subagents = self._world(self._model.subagents, budget)
        give_up = partial(self._ender.ask, Cause.SOURCE, INTERRUPT_GRACE)
        library = Library(self.sources, world.prompts, self.bus.emit, budget, give_up)
        library.allow(self.question)
        library.remember(known)
        way = Refresh if known.refresh else Fill if known.given else Quest
        self._quest = way(world, library, known, lambda: self.bus.state)
        self._listening = Listening(world, self._quest, lambda: self.bus.state, self.interrupt)
        return library

    def _emit_begin(self) -> None:
        if self._known is not None:
            self.bus.emit(ev.RunResumed())
            return
        self.bus.emit(
            ev.RunStarted(
                run=self._run_id,
                question=self.question,
                settings=to_plain(self.settings),
                model=self._model.name,
                source=self.sources.search.name,
                version=__version__,
                language=self._language,
                **alike(About, self._asked),
            )
        )
        for page in self._asked.pages:  # of the run that it goes on from, whose record knows them
            self.bus.emit(ev.DocumentSaved(page))

    def _world(self, model: OpenEngine, budget: Budget) -> World:
        return World(
            engine=model.engine,
            prompts=self.prompts(model),
            settings=self.settings,
            emit=self.bus.emit,
            budget=budget,
            ender=self._ender,
            sampling=self.sampling(model),
        )

    async def _watch_time(self) -> None:
        """Ask for the end so early that the lead can still answer in time."""
        limit = self.settings.time_s
        if not limit:
            return
        spent = self.bus.state.active_s
        grace = min(max(0.15 * limit, 2.0), 60.0, 0.5 * limit)
        await asyncio.sleep(max(limit - grace - spent, 0.0))
        self.bus.emit(ev.BudgetEnded("time", f"{limit:g} s"))
        self._ender.ask(Cause.TIME, grace)

    async def _tick(self) -> None:
        """The engine's figures, about once a second."""
        while True:
            self.bus.emit(self._meter.read())
            await asyncio.sleep(TICK)

    def _end_cut(self) -> None:
        """At once: the table as far as it is known."""
        table = self._quest.partial() if self._quest else None
        if table is not None:
            self.bus.emit(ev.TableChanged(ev.Stage.FINAL, table))
        reason = Cause.INTERRUPTED.words
        self._end(ev.RunEnded(ev.Ending.INTERRUPTED, ExitCode.INTERRUPTED, "", reason))

    def _end(self, last: ev.RunEnded) -> None:
        if self._listening is not None:
            self._listening.close()
        self.bus.emit(self._meter.read())
        self.bus.emit(replace(last, at=ev.moment()))
