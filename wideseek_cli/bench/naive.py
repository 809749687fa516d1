"""What one gets without an engine: concurrent agents that share one `Llama` object behind a lock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from wideseek_cli.bench.baseline import Turns
from wideseek_cli.bench.replay import Counts
from wideseek_cli.engine.local.binding import llama_cpp


class SharedLlama:
    """llama-cpp-python's own class. It keeps what a prompt has in common with the one before it, no more."""

    at_once = True

    def __init__(self, path: Path, size: int, *, threads: int) -> None:
        self._llama = _Timed(
            str(path), n_ctx=size, n_threads=threads, n_threads_batch=threads, n_gpu_layers=-1, verbose=False
        )
        self._lock = asyncio.Lock()
        self.reset()

    async def enter(self, prompt: Sequence[int]) -> Turns:
        return Turns(self, list(prompt))

    @property
    def counts(self) -> Counts:
        prefilling, decoding, sampling = self._llama.seconds
        return Counts(
            prefill_tokens=self._llama.prefilled,
            decode_tokens=self._written,
            model_seconds=prefilling + decoding,
            prefill_seconds=prefilling,
            sampling_seconds=sampling,
        )

    def reset(self) -> None:
        self._llama.prefilled, self._llama.seconds = 0, [0.0, 0.0, 0.0]
        self._written = 0

    async def write(self, tokens: list[int], count: int) -> list[int]:
        """Continue these tokens by so many; the others wait."""
        async with self._lock:
            return await asyncio.to_thread(self._write, tokens, count)

    def _write(self, tokens: list[int], count: int) -> list[int]:
        drawn = self._llama.generate(tokens, temp=1.0, top_k=0, top_p=1.0, min_p=0.0)
        self._written += count
        return list(islice(drawn, count))

    async def aclose(self) -> None:
        self._llama.close()


class _Timed(llama_cpp.Llama):  # type: ignore[misc]
    """Counts what it evaluates and how long that takes."""

    prefilled = 0
    seconds: list[float]

    def eval(self, tokens: Sequence[int]) -> None:
        began = time.perf_counter()
        super().eval(tokens)
        self.prefilled += len(tokens) if len(tokens) > 1 else 0
        self.seconds[len(tokens) == 1] += time.perf_counter() - began

    def sample(self, *arguments: Any, **options: Any) -> int:
        began = time.perf_counter()
        token = int(super().sample(*arguments, **options))
        self.seconds[2] += time.perf_counter() - began
        return token
