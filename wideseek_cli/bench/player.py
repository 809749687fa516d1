"""Plays a wide task on anything that can read and write tokens, and keeps the time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wideseek_cli.bench.plan import Part, WideTask
from wideseek_cli.core.aio import TaskGroup


class Speaker(Protocol):
    """One agent's context on the thing that is timed."""

    async def write_tokens(self, count: int) -> object:
        """Generate exactly so many tokens."""

    def append_tokens(self, tokens: Sequence[int]) -> None:
        """Append tokens; they are computed with the next that are written."""

    def close(self) -> None: ...


@dataclass(frozen=True)
class Counts:
    """What was computed, and where the seconds went as far as the thing that is timed can tell."""

    prefill_tokens: int
    decode_tokens: int
    shared_tokens: int = 0
    model_seconds: float = 0.0
    prefill_seconds: float = 0.0  # of these
    sampling_seconds: float = 0.0


class Stage(Protocol):
    """What is timed."""

    async def enter(self, prompt: Sequence[int]) -> Speaker: ...

    @property
    def counts(self) -> Counts:
        """Since the last `reset`."""

    def reset(self) -> None:
        """A new round begins: count from nothing, forget who held what."""

    async def aclose(self) -> None: ...


@dataclass(frozen=True)
class Timing:
    """One replay."""

    wall_s: float
    counts: Counts


async def replay(task: WideTask, stage: Stage) -> Timing:
    """Lead, subagents, lead again."""
    began = time.perf_counter()
    lead = await stage.enter(task.lead.prompt)
    first, *rest = task.lead.steps
    await lead.write_tokens(first.write)
    async with TaskGroup() as group:
        for part in task.subagents:
            group.create_task(_play(part, stage))
    lead.append_tokens(first.hear)
    for step in rest:
        await lead.write_tokens(step.write)
    wall = time.perf_counter() - began
    lead.close()
    return Timing(wall, stage.counts)


async def _play(part: Part, stage: Stage) -> None:
    speaker = await stage.enter(part.prompt)
    for step in part.steps:
        await speaker.write_tokens(step.write)
        if step.hear:
            speaker.append_tokens(step.hear)
    speaker.close()
