"""A loaded engine, with what its model is used to; and what it has done since a run began."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from wideseek_cli.core.events import EngineTicked
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.base import Engine, EngineStats

_LATELY = 6  # looks over which the speed is taken: passes that only read make single seconds jump


@dataclass
class OpenEngine:
    """An engine for any number of runs."""

    engine: Engine
    sampling: Sampling | None = None
    prompts: str = ""
    notes: tuple[str, ...] = ()  # for the user, a line each
    hear: Callable[[Callable[[str], None]], None] | None = None  # takes who is told what turns up later
    subagents: OpenEngine | None = None  # theirs, where they have a model of their own

    @property
    def all(self) -> tuple[OpenEngine, ...]:
        """Both, where there are two."""
        return (self, self.subagents) if self.subagents else (self,)

    @property
    def name(self) -> str:
        """For the record."""
        name = self.engine.info.name
        return f"{name} (subagents: {self.subagents.engine.info.name})" if self.subagents else name

    async def aclose(self) -> None:
        try:
            await self.engine.aclose()
        finally:
            if self.subagents is not None:
                await self.subagents.aclose()


class Meter:
    """What engines have done since a run began, and how fast they wrote of late."""

    def __init__(self, engines: Sequence[Engine], written: int) -> None:
        """`written`: tokens of a run that goes on."""
        self._engines, self._written = engines, written
        self._first = self._stats()
        self._past: deque[tuple[float, int]] = deque(maxlen=_LATELY)

    def _stats(self) -> EngineStats:
        return sum((engine.stats for engine in self._engines), EngineStats())

    def read(self) -> EngineTicked:
        stats, first, now = self._stats(), self._first, time.monotonic()
        self._past.append((now, stats.decode_tokens))
        since, had = self._past[0]
        return EngineTicked(
            decode_tokens=self._written + stats.decode_tokens - first.decode_tokens,
            prefill_tokens=stats.prefill_tokens - first.prefill_tokens,
            shared_tokens=stats.shared_tokens - first.shared_tokens,
            tokens_per_second=(stats.decode_tokens - had) / (now - since) if now > since else 0.0,
        )
