"""Flash attention on or off: as the user says, else what was measured to be faster on this machine.

It computes attention in one kernel, which needs no memory for the scores. Which is faster depends on the
processor, the build of llama.cpp, a model's heads and the length of conversations. So it is measured at the
first load, for the mix of reading and writing that a run has, and kept in the cache folder.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths
from wideseek_cli.core.errors import EngineError, ModelMemoryError, OutputError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import cores, processor
from wideseek_cli.engine.llamacpp import twin
from wideseek_cli.engine.llamacpp.devices import device_summary
from wideseek_cli.engine.llamacpp.twin import Heads, Seconds, Setup
from wideseek_cli.engine.local.fit import AUTO, Layout, LoadOptions, lay_out
from wideseek_cli.export.output import write_text

READ_PER_WRITTEN = 3.5  # prompt tokens for each written one, as in a replayed run (bench/plan.py)
USUAL_TOKENS = 1536  # how long a run's conversations are on the average, where they may be
MOST_STREAMS = 4  # that are timed; more of them take longer in the same proportion
LEAST_KV = 4096  # bytes of a token: with fewer, attention is no part of the time that matters
WORTH = 0.95  # of attention's time: gains under this are within what a measurement is off
_MOST_KEPT = 1 << 20  # bytes of our file; larger ones are not ours

Figures = tuple[Seconds, Seconds]  # with it and without


@dataclass(frozen=True)
class Flash:
    """What was chosen, and why, for people."""

    on: bool
    why: str

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'}: {self.why}"


def planned(
    options: LoadOptions, device_bytes: float = 0.0, *, may_measure: bool = True
) -> tuple[Layout, Flash]:
    """How memory is laid out, and whether attention is computed in one kernel. Without `may_measure`, which
    takes a second, only what is known already counts."""
    layout = lay_out(options, device_bytes)
    if options.flash != AUTO:
        return layout, Flash(options.flash == "on", "as set")
    if device_bytes > 0 and options.gpu_layers != 0:
        return layout, Flash(True, "an accelerator computes")
    if layout.kv_type != "f16":
        return layout, Flash(True, f"a KV cache in {layout.kv_type} needs it")
    setup = _setup(options, layout)
    if setup is None:
        return layout, Flash(True, "this model's attention is not one that can be timed")
    if setup.heads.kv_bytes < LEAST_KV:
        return layout, Flash(True, "attention is a small part of this model")
    try:
        kept = _kept(setup)
        found = (kept, "") if kept else _measured(setup) if may_measure else None
    except EngineError as error:
        return layout, Flash(True, str(error))
    if found is None:
        return layout, Flash(True, "until it is measured, in a second or two, at the first run")
    figures, note = found
    layout = replace(layout, notes=(*layout.notes, *filter(None, [note])))
    told = f"measured here: {_told(figures)}"
    if not off_is_faster(setup, *figures):
        return layout, Flash(True, told)
    without = _laid_out_without(options, device_bytes, layout)
    if without is None:
        return layout, Flash(True, f"{told}; but there is no memory for the scores of long contexts")
    return without, Flash(False, told)


def off_is_faster(setup: Setup, on: Seconds, off: Seconds) -> bool:
    """Whether a run's attention is done sooner without it."""
    with_it, without = (
        READ_PER_WRITTEN * seconds.prompt / setup.tokens + seconds.token / setup.streams
        for seconds in (on, off)
    )
    return without < WORTH * with_it


def _told(figures: Figures) -> str:
    on, off = figures
    return (
        f"without it attention takes {off.prompt / on.prompt:.2f} times as long for prompts, "
        f"{off.token / on.token:.2f} times for what is written"
    )


def _laid_out_without(options: LoadOptions, device_bytes: float, layout: Layout) -> Layout | None:
    """The same contexts with memory for the scores; None where they would be shorter."""
    try:
        without = lay_out(replace(options, flash="off"), device_bytes)
    except ModelMemoryError:
        return None
    same = (without.pools, without.kv_type) == (layout.pools, layout.kv_type)
    return replace(without, notes=layout.notes) if same else None


def _setup(options: LoadOptions, layout: Layout) -> Setup | None:
    """What to time for these conversations."""
    heads = Heads.of(read_header(options.model))
    if heads is None:
        return None
    tokens = min(USUAL_TOKENS, max(256, min(pool.size for pool in layout.pools) * 3 // 4 // 256 * 256))
    streams = min(MOST_STREAMS, sum(pool.streams for pool in layout.pools))
    return Setup(heads, streams, tokens, options.threads or cores())


# What was measured, by what it depends on


def kept_file() -> Path:
    """Where figures are kept."""
    return paths.cache_dir() / "attention.json"


def _key(setup: Setup) -> str:
    build = f"llama-cpp-python {version('llama-cpp-python')}, {device_summary()}"
    numbers = "/".join(map(str, (*astuple(setup.heads), setup.streams, setup.tokens, setup.threads)))
    return f"{processor()}; {build}; {numbers}"


def _kept(setup: Setup) -> Figures | None:
    try:
        (a, b), (c, d) = _all_kept()[_key(setup)]
        numbers = (float(a), float(b), float(c), float(d))
    except (KeyError, TypeError, ValueError):
        return None  # never measured, or the file was written by something else: it is measured again
    return (Seconds(*numbers[:2]), Seconds(*numbers[2:])) if min(numbers) > 0 else None


def _all_kept() -> dict[str, Any]:
    try:
        with kept_file().open("rb") as file:
            found = json.loads(file.read(_MOST_KEPT))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _measured(setup: Setup) -> tuple[Figures, str]:
    """Measured now, and kept; what another process has kept meanwhile counts, so that all choose alike."""
    figures = twin.measure(setup)
    found = _kept(setup)
    if found is not None:
        return found, ""
    text = json.dumps({**_all_kept(), _key(setup): [astuple(part) for part in figures]}, indent=1)
    try:
        kept_file().parent.mkdir(parents=True, exist_ok=True)
        write_text(kept_file(), text, ours=True)
    except (OSError, OutputError):
        return figures, f"attention is timed at each start, because {kept_file()} cannot be written"
    return figures, ""
