"""Drawing tokens from logits, one conversation's own random numbers at a time.

A draw costs one uniform number, so the same seed gives the same tokens whether or not others are drawn in the
same pass. A token that may not come is drawn again without it: exact, and cheap while that is rare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from wideseek_cli.core.errors import DecodeError
from wideseek_cli.core.messages import Sampling

Floats = npt.NDArray[np.float32]
Allowed = Callable[[npt.NDArray[np.integer[Any]]], npt.NDArray[np.bool_]]

GREEDY = 1e-5  # a temperature below is none: divided by it, logits would leave the numbers there are
BLOCK = 256  # a vocabulary is searched by the sums of blocks first
LIKELY = 64  # tokens that a greedy draw tries before all
TRIES = 4  # draws before the whole vocabulary is asked what is allowed


class Sampler:
    """How one conversation draws."""

    def __init__(self, sampling: Sampling, seed: int) -> None:
        self.sampling = sampling
        self._random = np.random.Generator(np.random.PCG64(seed))

    def draw(self, logits: Floats, allowed: Allowed | None = None) -> int:
        """The next token; `allowed` says of some tokens which may come."""
        if self.sampling.temperature < GREEDY:
            return _greedy(logits, allowed)
        tokens, weights = self._weigh(logits)
        at = _pick(weights, self._random.random())
        if allowed is None:
            return _token(tokens, at)
        for _ in range(TRIES):
            token = _token(tokens, at)
            if allowed(np.array([token], np.int32))[0]:
                return token
            weights[at] = 0.0
            if not weights.any():
                break
            at = _pick(weights, self._random.random())
        return self._draw_allowed(logits, tokens, weights, allowed)

    def _weigh(self, logits: Floats) -> tuple[npt.NDArray[np.int32] | None, Floats]:
        """Tokens (None: all, in order) with their weights, after temperature, top-k, top-p and min-p."""
        how = self.sampling
        scaled = logits if how.temperature == 1.0 else logits / np.float32(how.temperature)
        if how.top_k <= 0 and how.top_p >= 1.0 and how.min_p <= 0.0:
            return None, _weights(scaled)
        if 0 < how.top_k < len(scaled):
            tokens = _top_k(scaled, how.top_k)
            weights = _weights(scaled[tokens])
        else:
            tokens = np.arange(len(scaled), dtype=np.int32)
            weights = _weights(scaled)
        if how.top_p < 1.0:
            tokens, weights = _top_p(tokens, weights, how.top_p)
        if how.min_p > 0.0:
            kept = weights >= how.min_p * weights.max()
            tokens, weights = tokens[kept], weights[kept]
        return tokens, weights

    def _draw_allowed(
        self, logits: Floats, tokens: npt.NDArray[np.int32] | None, weights: Floats, allowed: Allowed
    ) -> int:
        """Among what is left of the cut; if nothing of it may come, among the whole vocabulary."""
        everything = np.arange(len(logits), dtype=np.int32)
        candidates = everything if tokens is None else tokens
        masked = np.where(allowed(candidates), weights, np.float32(0.0))
        if not masked.any():
            candidates = everything
            kept = np.where(_some(allowed(candidates)), logits, np.float32(-np.inf))
            masked = np.exp((kept - kept.max()) / np.float32(self.sampling.temperature))
        return int(candidates[_pick(masked, self._random.random())])


def _number(largest: np.float32) -> np.float32:
    """The largest logit, if it is a number: one that is none hides which token is likely."""
    if not np.isfinite(largest):
        raise DecodeError(
            "the model computed no number (NaN) for its next token: its file may be damaged",
            hint="check it (wideseek models verify), or take another quantisation",
        )
    return largest


def _weights(scaled: Floats) -> Floats:
    weights: Floats = np.exp(scaled - _number(scaled.max()))
    return weights


def _some(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """llama.cpp ends the process when its grammar is given a token that does not fit."""
    if not mask.any():
        raise DecodeError("no token of this model's vocabulary fits a tool call", hint="take another model")
    return mask


def _token(tokens: npt.NDArray[np.int32] | None, at: int) -> int:
    return at if tokens is None else int(tokens[at])


def _greedy(logits: Floats, allowed: Allowed | None) -> int:
    best = int(logits.argmax())
    _number(logits[best])
    if allowed is None or allowed(np.array([best], np.int32))[0]:
        return best
    likely = _top_k(logits, min(LIKELY, len(logits)))
    likely = likely[np.argsort(-logits[likely], kind="stable")]
    fits = np.flatnonzero(allowed(likely))
    if len(fits):
        return int(likely[fits[0]])
    mask = _some(allowed(np.arange(len(logits), dtype=np.int32)))
    return int(np.where(mask, logits, np.float32(-np.inf)).argmax())


def _pick(weights: Floats, uniform: float) -> int:
    """Inverse of the cumulative weights, found by block sums: no cumulative sum over 150,000 tokens."""
    whole = len(weights) // BLOCK * BLOCK
    sums = weights[:whole].reshape(-1, BLOCK).sum(axis=1, dtype=np.float64)
    sums = np.append(sums, weights[whole:].sum(dtype=np.float64))
    steps = sums.cumsum()
    target = uniform * steps[-1]
    block = min(int(steps.searchsorted(target, side="right")), len(sums) - 1)
    while sums[block] == 0.0:  # the last step, reached by rounding, may be an empty block
        block -= 1
    start = block * BLOCK
    inside = weights[start : start + BLOCK].cumsum(dtype=np.float64)
    rest = target - (steps[block] - sums[block])
    at = min(int(inside.searchsorted(rest, side="right")), len(inside) - 1)
    while weights[start + at] == 0.0:
        at -= 1
    return start + at


def _top_k(scaled: Floats, k: int) -> npt.NDArray[np.int32]:
    """The k largest. They lie in the k blocks with the largest maxima, so only those are partitioned."""
    whole = len(scaled) // BLOCK * BLOCK
    count = whole // BLOCK
    if k * 4 >= count:
        return np.argpartition(scaled, -k)[-k:].astype(np.int32)
    peaks = scaled[:whole].reshape(-1, BLOCK).max(axis=1)
    blocks = np.argpartition(peaks, -k)[-k:]
    tokens = (blocks[:, None] * BLOCK + np.arange(BLOCK)).ravel()
    tokens = np.concatenate([tokens, np.arange(whole, len(scaled))])
    return tokens[np.argpartition(scaled[tokens], -k)[-k:]].astype(np.int32)


def _top_p(tokens: npt.NDArray[np.int32], weights: Floats, p: float) -> tuple[npt.NDArray[np.int32], Floats]:
    """The fewest tokens that make up p of the whole. Those under (1-p)/count add up to less than 1-p."""
    total = weights.sum(dtype=np.float64)
    likely = np.flatnonzero(weights >= (1.0 - p) * total / len(weights))
    falling = likely[np.argsort(-weights[likely], kind="stable")]
    steps = weights[falling].cumsum(dtype=np.float64)
    kept = falling[: int(steps.searchsorted(p * total)) + 1]
    return tokens[kept], weights[kept]
