"""Flash attention on or off: as the user says, else what was measured to be faster on this machine.

It computes attention in one kernel, which needs no memory for the scores.
"""

from __future__ import annotations

from dataclasses import replace

from wideseek_cli.core.errors import ModelMemoryError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import cores
from wideseek_cli.engine.llamacpp.twin import Heads, Setup
from wideseek_cli.engine.local.fit import AUTO, Layout, LoadOptions, lay_out
from wideseek_cli.engine.local.timed import Choice, timed

USUAL_TOKENS = 1536  # how long a run's conversations are on the average, where they may be
MOST_STREAMS = 4  # that are timed; more of them take longer in the same proportion
LEAST_KV = 4096  # bytes of a token: with fewer, attention is no part of the time that matters


def planned(
    options: LoadOptions, device_bytes: float = 0.0, *, may_measure: bool = True
) -> tuple[Layout, Choice]:
    """How memory is laid out, and whether attention is computed in one kernel. Without `may_measure`, which
    takes a second, only what is known already counts."""
    layout = lay_out(options, device_bytes)
    if options.flash != AUTO:
        return layout, Choice(options.flash == "on", "as set")
    if device_bytes > 0 and options.gpu_layers != 0:
        return layout, Choice(True, "an accelerator computes")
    if layout.kv_type != "f16":
        return layout, Choice(True, f"a KV cache in {layout.kv_type} needs it")
    setup = _setup(options, layout)
    if setup is None:
        return layout, Choice(True, "this model's attention is not one that can be timed")
    if setup.heads.kv_bytes < LEAST_KV:
        return layout, Choice(True, "attention is a small part of this model")
    found = timed(setup, may_measure=may_measure)
    layout = replace(layout, notes=(*layout.notes, *filter(None, [found.note])))
    told = found.told("without it attention")
    if not found.other_is_faster:
        return layout, Choice(True, told)
    without = _laid_out_without(options, device_bytes, layout)
    if without is None:
        return layout, Choice(True, f"{told}; but there is no memory for the scores of long contexts")
    return without, Choice(False, told)


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
