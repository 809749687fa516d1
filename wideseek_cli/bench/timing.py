"""Runs a timing from start to figures: ours, and a peer's server beside it."""

from __future__ import annotations

import os
import resource
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wideseek_cli.bench.burners import burners
from wideseek_cli.bench.ours import Ours, longest
from wideseek_cli.bench.peer import LlamaServer
from wideseek_cli.bench.plan import Lengths, WideTask, wide_task
from wideseek_cli.bench.player import Timing, replay
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.engine.local.fit import LoadOptions

MARGIN, LEAST = 64, 1024  # tokens of room beside the longest context, and of the shortest one we make


@dataclass(frozen=True)
class Job:
    """What is to be timed. The best of `repeat` rounds counts, for machines that do other things as well."""

    model: Path
    width: int = 6
    scale: float = 1.0
    against: str = ""
    repeat: int = 1
    threads: int = 0
    speculate: bool = True
    kv: str = "f16"
    flash: str = "auto"  # attention in one kernel
    beside: int = 0  # other processes that compute meanwhile


async def run(job: Job) -> dict[str, Any]:
    """The figures, as they are printed and written."""
    if job.beside > (most := os.cpu_count() or 1):
        raise UsageError(
            f"--beside {job.beside} is more than the {most} cores of this machine", hint=f"at most {most}"
        )
    lengths = Lengths().scaled(job.scale)
    vocabulary = read_header(job.model).vocabulary
    rounds = range(max(1, job.repeat))
    tasks = [wide_task(job.width, lengths, seed=seed, vocabulary=vocabulary) for seed in rounds]
    server = LlamaServer(job.against) if job.against else None
    try:
        peer_model = await server.connect() if server else ""
        stage = await Ours.load(_options(job, tasks[0]))
        try:
            with burners(job.beside):
                ours, theirs = await _rounds(tasks, stage, server)
        finally:
            await stage.aclose()
    finally:
        if server:
            await server.aclose()
    figures = _figures(job, stage, ours)
    if server:
        figures["against"] = _against(job, peer_model, ours, theirs)
    return figures


def _options(job: Job, task: WideTask) -> LoadOptions:
    return LoadOptions(
        job.model,
        width=job.width,
        conversation_tokens=max(LEAST, longest(task) + MARGIN),
        threads=job.threads,
        speculate=job.speculate,
        kv=job.kv,
        flash=job.flash,
        repack="auto",
    )


async def _rounds(
    tasks: list[WideTask], stage: Ours, server: LlamaServer | None
) -> tuple[list[Timing], list[Timing]]:
    """Every round on both sides, one after the other; each with tokens that no cache has seen."""
    ours: list[Timing] = []
    theirs: list[Timing] = []
    for task in tasks:
        stage.reset()
        ours.append(await replay(task, stage))
        if server:
            server.reset()
            theirs.append(await replay(task, server))
    return ours, theirs


def _figures(job: Job, stage: Ours, timings: list[Timing]) -> dict[str, Any]:
    best = min(timings, key=lambda timing: timing.wall_s)
    wall, counts = best.wall_s, best.counts
    model, sampling = counts.model_seconds / wall, counts.sampling_seconds / wall
    decoding = counts.model_seconds - counts.prefill_seconds
    return {
        "model": job.model.name,
        "width": job.width,
        "scale": job.scale,
        **stage.chosen,
        "beside": job.beside,
        "wall_s": round(wall, 3),
        "walls_s": [round(timing.wall_s, 3) for timing in timings],
        "prefill_tokens": counts.prefill_tokens,
        "decode_tokens": counts.decode_tokens,
        "shared_tokens": counts.shared_tokens,
        "prefill_per_s": _rate(counts.prefill_tokens, counts.prefill_seconds),
        "decode_per_s": _rate(counts.decode_tokens, decoding),
        "model_share": round(model, 4),
        "prefill_share": round(counts.prefill_seconds / wall, 4),
        "decode_share": round(decoding / wall, 4),
        "sampling_share": round(sampling, 4),
        "python_share": round(max(0.0, 1 - model - sampling), 4),
        "peak_memory_mb": _peak_memory_mb(),
        "llama_cpp": version("llama-cpp-python"),
    }


def _rate(tokens: int, seconds: float) -> float:
    return round(tokens / seconds, 1) if seconds > 0 else 0.0


def _against(job: Job, model: str, ours: list[Timing], theirs: list[Timing]) -> dict[str, Any]:
    best = min(theirs, key=lambda timing: timing.wall_s)
    return {
        "url": job.against,
        "model": model,
        "wall_s": round(best.wall_s, 3),
        "walls_s": [round(timing.wall_s, 3) for timing in theirs],
        "prefill_tokens": best.counts.prefill_tokens,
        "decode_tokens": best.counts.decode_tokens,
        "ratio": round(min(timing.wall_s for timing in ours) / best.wall_s, 4),
    }


def _peak_memory_mb() -> int:
    """Linux counts in kilobytes, macOS in bytes."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
