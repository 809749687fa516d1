"""The one way to a run, for every door: the command line, Python, other assistants, the page.

A `Session` is a model and sources, open, for any number of runs. `recorded` gives a run its place in the
record; `begin_detached` leaves it to a process of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from wideseek_cli import opening
from wideseek_cli.core.events import Noticed, RunQueued
from wideseek_cli.core.plain import alike
from wideseek_cli.core.state import OWN_ENDS, Listener, RunState
from wideseek_cli.core.task import About, Task
from wideseek_cli.engine.opened import OpenEngine
from wideseek_cli.record import detached
from wideseek_cli.record.store import RunJournal, open_journal
from wideseek_cli.run import Journal, Run
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import to_plain

if TYPE_CHECKING:
    from wideseek_cli.sources.opening import SourceSet

Say = Callable[[str], None]


@dataclass
class Session:
    """Engine and sources for any number of runs; an async context manager (`wideseek help python`)."""

    settings: Settings
    model: OpenEngine
    sources: SourceSet
    abandoned: bool = False

    @classmethod
    async def open(
        cls,
        settings: Settings,
        say: Say | None = None,
        *,
        runs: int = 1,
        ahead: opening.Ahead | None = None,
    ) -> Session:
        """Sources first: they are quick to fail. `runs` is how many runs there will be at once; `ahead`: the
        model, if it is being loaded already."""
        from wideseek_cli.sources.opening import open_sources

        sources, _ = await asyncio.gather(
            asyncio.to_thread(open_sources, settings, say=say), asyncio.to_thread(_import_engine, settings)
        )
        try:
            model = await opening.open_engine(settings, runs=runs, ahead=ahead)
        except BaseException:
            with suppress(Exception):  # the first error is the one to tell
                await sources.aclose()
            raise
        if say is not None:
            for note in model.notes:
                say(note)
        return cls(settings, model, sources)

    def run(
        self,
        task: Task | str,
        journal: Journal,
        listeners: Sequence[Listener] = (),
        resume_from: RunState | None = None,
    ) -> Run:
        """A run, which `go` sets going. Its settings may differ in what is not about opening a session; a
        mere question has the session's."""
        task = Task(task, self.settings) if isinstance(task, str) else task
        run = Run(task, self.model, self.sources, journal, listeners, resume_from)
        reads = self.model.all[-1]  # who asks for a page reads it
        reader = opening.reader_for(run.settings, run.prompts(reads), reads.engine, run.sampling(self.model))
        run.sources = replace(self.sources, reader=reader)
        for model in self.model.all:
            if model.hear is not None:
                model.hear(_noticed_in(run))
        return run

    def abandon(self) -> None:
        """Close nothing: the process is about to end, and a model at work takes long to close."""
        self.abandoned = True

    async def aclose(self) -> None:
        if not self.abandoned:
            await self.sources.aclose()
            await self.model.aclose()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


def _noticed_in(run: Run) -> Say:
    """Tells a run what its server does, as long as it goes on."""

    def notice(text: str) -> None:
        if run.bus.state.ending is None:
            run.bus.emit(Noticed(text))

    return notice


def _import_engine(settings: Settings) -> None:
    """llama.cpp and its binding, while the sources wait for a process or a file."""
    if not settings.engine:
        import_module("wideseek_cli.engine.local.engine")


@dataclass(frozen=True)
class Place:
    """A run's place in the record, and what stands there already. `over`: another process has ended it."""

    task: Task
    journal: Journal
    known: RunState | None = None
    over: bool = False


@contextmanager
def recorded(
    task: Task, run_id: str = "", known: RunState | None = None, lock: int | None = None
) -> Iterator[Place]:
    """A place for a new run, or for one that goes on from what is `known` of it. `lock`: the run's, in a
    process that was begun for it and waits for its turn."""
    store, journal = open_journal(task.settings, run_id, lock)
    with ExitStack() as stack:
        if store is not None:
            stack.enter_context(store)
        stack.enter_context(closing(journal))
        if known is not None and store is not None:
            before, known = known, store.state(journal.run)  # now that no other process is at it
            if known.ending in OWN_ENDS and before.ending not in OWN_ENDS:
                yield Place(task, journal, known, over=True)
                return
        if lock is not None and isinstance(journal, RunJournal):
            stack.enter_context(detached.in_turn(journal.store, journal))
        if known is not None and not known.begun:
            task = replace(task, pages=tuple(known.documents.values()), **alike(About, known))
            known = None
        yield Place(task, journal, known)


def begin_detached(task: Task, orders: Mapping[str, Any] | None = None) -> str:
    """Begin a run in a process of its own; its id. `orders` are for that process: where the result goes."""
    in_turn = not task.settings.engine  # a server may be asked at any time
    asked = RunQueued("", task.question, to_plain(task.settings), in_turn, **alike(About, task))
    return detached.begin(task.settings.record, asked, task.pages, orders)
