"""What all agents of one run share: the engine, the words, the budgets, and where events go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.core.errors import Cause
from wideseek_cli.core.events import BudgetEnded, Event
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.base import Engine
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.base import PageSource, Reader, SearchSource

T = TypeVar("T")
Emit = Callable[[Event], None]


class Sources(Protocol):
    """Where agents search and read."""

    @property
    def search(self) -> SearchSource: ...

    @property
    def pages(self) -> PageSource: ...

    @property
    def reader(self) -> Reader: ...


class Stopped(Exception):
    """The run is being ended: what an agent was doing is over."""


class GraceOver(Exception):
    """The run was being ended, and the time for last words is over too."""


_FOR_WORDS = 0.75  # of the grace; what is left of it is for what code can still look up


class Ender:
    """Ends a run in order: `ask` once, then everybody has a grace to hand in what they have."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._began, self._end = 0.0, 0.0
        self.why = Cause.NONE

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    def ask(self, why: Cause, grace: float) -> None:
        """End the run within `grace` seconds. A later call can only shorten it."""
        now = asyncio.get_running_loop().time()
        if not self.asked or now + grace < self._end:
            self._began, self._end = now, now + grace
        self.why = self.why or why
        self._asked.set()

    async def unless_asked(self, work: Coroutine[Any, Any, T], keep: Callable[[], bool] = lambda: False) -> T:
        """The work's result, or Stopped as soon as the end is asked for; with `keep`, only if that says no,
        and else GraceOver."""
        task = asyncio.ensure_future(work)
        waiting = asyncio.ensure_future(self._asked.wait())
        try:
            await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if not keep():
                raise Stopped
            return await self._within_grace(task, _FOR_WORDS)
        finally:
            waiting.cancel()
            await _cancelled(task)

    async def before_grace_ends(self, work: Coroutine[Any, Any, T], *, words: bool = True) -> T:
        """The work's result, or GraceOver. To be used once the end was asked for. A model's words do not get
        the whole of the grace."""
        task = asyncio.ensure_future(work)
        try:
            return await self._within_grace(task, _FOR_WORDS if words else 1.0)
        finally:
            await _cancelled(task)

    async def in_time(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Code's own work: it is quick, and may use what is left of the grace when the run is being ended."""
        with suppress(Stopped, GraceOver):
            if self.asked:
                return await self.before_grace_ends(work, words=False)
            return await self.unless_asked(work, keep=lambda: True)
        return None

    async def _within_grace(self, task: asyncio.Future[T], share: float) -> T:
        while not task.done():
            until = self._began + share * (self._end - self._began)
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                raise GraceOver
            await asyncio.wait({task}, timeout=min(left, 0.2))  # a second request may shorten the grace
        return task.result()


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """Cancel what still runs, wait until it has let go, and leave no failure of it unheard."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Budget:
    """How many searches and pages a run may still use; says once when one is used up."""

    def __init__(self, settings: Settings, emit: Emit, searches: int = 0, pages: int = 0) -> None:
        self._most = {"searches": settings.max_searches, "pages": settings.max_pages}
        self._used = {"searches": searches, "pages": pages}
        self._said: set[str] = set()
        self._closed = False
        self._emit = emit

    @property
    def ended(self) -> bool:
        """Searches or pages are used up: to send out more subagents would bring nothing."""
        return self._closed or any(most and self._used[kind] >= most for kind, most in self._most.items())

    def limit(self, kind: str, most: int) -> None:
        """No more `searches` or `pages` than that in all, and never more than before."""
        self._most[kind] = min(most, self._most[kind] or most)

    def close(self) -> None:
        """No more of anything: somebody has said so, and need not be told."""
        self._closed = True

    def take(self, kind: str) -> bool:
        """Use one of `searches` or `pages`; False when there is none left."""
        if self._closed:
            return False
        most = self._most[kind]
        if most and self._used[kind] >= most:
            if kind not in self._said:
                self._said.add(kind)
                self._emit(BudgetEnded(kind, str(most)))
            return False
        self._used[kind] += 1
        return True


@dataclass
class World:
    """One run as its agents see it."""

    engine: Engine
    prompts: PromptSet
    settings: Settings
    emit: Emit
    budget: Budget
    ender: Ender = field(default_factory=Ender)
    sampling: Sampling | None = None
    told: list[str] = field(default_factory=list)  # by the user; the lead hears it with its next tool result
    subagents: World | None = None  # theirs, where they have a model of their own

    def heard(self) -> list[str]:
        """What the user said since the last tool result."""
        told, self.told = self.told, []
        return told

    def sampling_for(self, agent: str) -> Sampling | None:
        """Each agent draws its own numbers, the same ones in every run with the same seed."""
        return self.sampling.drawn_by(agent) if self.sampling else None
