"""What ours is held against on the same llama.cpp: one slot, one agent after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from wideseek_cli.bench.replay import Counts
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.local.context import Blob, Context, ContextShape, Row
from wideseek_cli.engine.local.llama import Model
from wideseek_cli.engine.local.sampler import Sampler

CHUNK = 512  # llama.cpp's own default


class Writer(Protocol):
    """Something that continues tokens for everybody."""

    async def write(self, tokens: list[int], count: int) -> list[int]: ...


class OneSlot:
    """One sequence on one context. What a prompt has in common with what is held stays; the rest is computed.
    The lead's cells are set aside while others work, as llama-server does it."""

    at_once = False

    def __init__(self, path: Path, size: int, *, threads: int) -> None:
        self._model = Model(path)
        self._context = Context(self._model, ContextShape(1, size, CHUNK, outputs=1, threads=threads))
        self._sampler = Sampler(Sampling(), seed=0)
        self._held: list[int] = []
        self._aside: tuple[list[int], Blob] | None = None
        self.reset()

    async def enter(self, prompt: Sequence[int]) -> Turns:
        return Turns(self, list(prompt))

    @property
    def counts(self) -> Counts:
        return Counts(self._prefilled, self._written, 0, sum(self._seconds), self._seconds[0], self._sampling)

    def reset(self) -> None:
        self._aside = None
        self._prefilled = self._written = 0
        self._seconds = [0.0, 0.0]  # in the model, for prompts and for single tokens
        self._sampling = 0.0

    async def write(self, tokens: list[int], count: int) -> list[int]:
        """Continue these tokens by so many."""
        return await asyncio.to_thread(self._write, tokens, count)

    def _write(self, tokens: list[int], count: int) -> list[int]:
        kept = self._keep(tokens)
        self._prefilled += len(tokens) - kept
        written = [self._compute(tokens[kept:], kept)]
        for _ in range(count - 1):
            written.append(self._compute(written[-1:], len(tokens) + len(written) - 1))
        self._written += count
        self._held = [*tokens, *written[:-1]]
        return written

    def _keep(self, tokens: list[int]) -> int:
        """Make the cache a beginning of these tokens, and say how long it is."""
        kept = _common(self._held, tokens)
        if self._aside is not None and _common(self._aside[0], tokens) > kept:
            before, cells = self._aside
            kept = _common(before, tokens)
            self._context.restore(0, cells, kept)
            return kept
        if self._aside is None and self._held and kept == 0:
            self._aside = (self._held, self._context.save(0))
        self._context.trim(0, kept)
        return kept

    def _compute(self, tokens: Sequence[int], start: int) -> int:
        """Compute these behind `start` and draw the next."""
        for at in range(0, len(tokens), CHUNK):
            part = tokens[at : at + CHUNK]
            last = at + len(part) == len(tokens)
            began = time.perf_counter()
            logits = self._context.decode([Row(0, start + at, part, int(last))])
            self._seconds[len(tokens) == 1] += time.perf_counter() - began
        began = time.perf_counter()
        token = self._sampler.draw(logits[0])
        self._sampling += time.perf_counter() - began
        return token

    async def aclose(self) -> None:
        self._context.close()
        self._model.close()


class Turns:
    """One agent."""

    def __init__(self, slot: Writer, tokens: list[int]) -> None:
        self._slot = slot
        self._tokens = tokens

    async def write(self, count: int) -> None:
        self._tokens += await self._slot.write(self._tokens, count)

    def hear(self, tokens: Sequence[int]) -> None:
        self._tokens += tokens

    def close(self) -> None:
        """Nothing is held but the one cache."""


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of the common beginning, short of the last token: that one must be computed to draw the next."""
    length = min(len(one), len(other) - 1)
    return next((at for at in range(length) if one[at] != other[at]), length)
