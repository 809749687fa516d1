"""Greedy replies that may differ only where the model hardly prefers one token to the other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from wideseek_cli.engine.llamacpp.context import Context, ContextShape, Row
from wideseek_cli.engine.llamacpp.llama import Model

# Logits nearer than this may change places when a batch is cut differently: 0.22 was seen, on a CPU that has
# AVX2 and nothing newer.
TIE = 0.3


def same_but_for_ties(path: Path, one: Sequence[int], other: Sequence[int]) -> bool:
    """Equal, or parted at a place where the model itself hardly prefers one token to the other."""
    if list(one) == list(other):
        return True
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if at is None:
        return False
    model = Model(path)
    size = -(-at // 256) * 256
    context = Context(model, ContextShape(1, size, size, 1, threads=1))
    logits = np.array(context.decode([Row(0, 0, list(one[:at]), 1)])[0])
    context.close()
    model.close()
    return abs(float(logits[one[at]] - logits[other[at]])) < TIE
