"""Whether weights are copied into the order that llama.cpp's older kernels want: what is faster here.

Repacked, tokens are mostly written sooner. As they are in the file, weights are mapped and not copied, so a
model is there at once, its memory is shared with other programs, and llama.cpp has newer kernels that read
prompts. Which is faster for a run depends on the processor and the type of the weights.
"""

from __future__ import annotations

from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import cores
from wideseek_cli.engine.llamacpp.twin import Heads, Setup, Weights
from wideseek_cli.engine.local.attention import MOST_STREAMS
from wideseek_cli.engine.local.fit import AUTO, LoadOptions
from wideseek_cli.engine.local.timed import Choice, timed

_TOKENS = 128  # of a prompt that is timed
_HEADS = (1, 1, 32)  # next to none


def repacked(options: LoadOptions, device_bytes: float = 0.0, *, may_measure: bool = True) -> Choice:
    """Whether this model's weights are to be repacked. Without `may_measure`, which takes a second, only what
    is known already counts."""
    if options.repack != AUTO:
        return Choice(options.repack == "on", "as set")
    if device_bytes > 0 and options.gpu_layers != 0:
        return Choice(True, "an accelerator computes")
    header = read_header(options.model)
    weights, layers = Weights.of(header), header.number("block_count")
    if weights is None or not layers:
        return Choice(True, "this model's weights are not of a type that can be timed")
    streams = min(MOST_STREAMS, options.width + options.leads)
    setup = Setup(Heads(layers, *_HEADS), streams, _TOKENS, options.threads or cores(), weights)
    found = timed(setup, may_measure=may_measure)
    return Choice(found.other_is_faster, found.told("repacked it"))
