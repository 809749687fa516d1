"""Draws follow the distribution they should, whatever is cut or forbidden."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from wideseek_cli.core.errors import DecodeError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.local.sampler import Sampler

DRAWS = 6_000


def softmax(logits: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    weights = np.exp(logits.astype(np.float64) - logits.max())
    return np.asarray(weights / weights.sum())


def frequencies(
    sampling: Sampling, logits: npt.NDArray[np.float32], allowed: Any = None
) -> npt.NDArray[np.float64]:
    sampler = Sampler(sampling, seed=7)
    drawn = [sampler.draw(logits, allowed) for _ in range(DRAWS)]
    return np.bincount(drawn, minlength=len(logits)) / DRAWS


def close(found: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> bool:
    """A chi-squared test, the rare tokens taken together; what cannot come must not have come."""
    rare = expected * DRAWS < 10
    counts = np.append(found[~rare], found[rare].sum()) * DRAWS
    wanted = np.append(expected[~rare], expected[rare].sum() + 1e-9) * DRAWS
    statistic = float(((counts - wanted) ** 2 / wanted).sum())
    return not found[expected == 0].any() and statistic < len(counts) + 5 * np.sqrt(2 * len(counts))


@pytest.fixture
def logits() -> npt.NDArray[np.float32]:
    """More than one block, and not a multiple of it."""
    return np.random.default_rng(1).normal(0, 2.5, 1000).astype(np.float32)


@pytest.mark.parametrize("temperature", [1.0, 0.6, 1.7])
def test_the_whole_distribution(logits: npt.NDArray[np.float32], temperature: float) -> None:
    assert close(frequencies(Sampling(temperature), logits), softmax(logits / np.float32(temperature)))


@pytest.mark.parametrize("k", [1, 2, 20, 400])
def test_top_k(logits: npt.NDArray[np.float32], k: int) -> None:
    cut = np.full_like(logits, -np.inf)
    best = np.argsort(logits)[-k:]
    cut[best] = logits[best]
    assert close(frequencies(Sampling(top_k=k), logits), softmax(cut))


@pytest.mark.parametrize("p", [0.05, 0.5, 0.95])
def test_top_p(logits: npt.NDArray[np.float32], p: float) -> None:
    falling = np.argsort(-logits)
    steps = softmax(logits)[falling].cumsum()
    kept = falling[: int((steps < p).sum()) + 1]
    cut = np.full_like(logits, -np.inf)
    cut[kept] = logits[kept]
    assert close(frequencies(Sampling(top_p=p), logits), softmax(cut))


def test_min_p(logits: npt.NDArray[np.float32]) -> None:
    whole = softmax(logits)
    cut = np.where(whole >= 0.1 * whole.max(), logits, np.float32(-np.inf))
    assert close(frequencies(Sampling(min_p=0.1), logits), softmax(cut))


@pytest.mark.slow
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(top_k=50), Sampling(top_p=0.9)])
def test_forbidden_tokens_leave_the_others_in_proportion(
    logits: npt.NDArray[np.float32], sampling: Sampling
) -> None:
    likely = np.argsort(-logits)
    kept = set(likely[[3, 5, 8, 13, 21]].tolist())
    cut = np.full_like(logits, -np.inf)
    cut[list(kept)] = logits[list(kept)]
    found = frequencies(sampling, logits, lambda tokens: np.array([int(t) in kept for t in tokens]))
    assert close(found, softmax(cut))


def test_when_the_cut_leaves_nothing_allowed_the_whole_vocabulary_is_asked(
    logits: npt.NDArray[np.float32],
) -> None:
    worst = int(logits.argmin())
    for sampling in (Sampling(top_k=3), Sampling(temperature=0), Sampling(top_p=0.3)):
        assert Sampler(sampling, 1).draw(logits, lambda tokens: tokens == worst) == worst


def test_greedy_takes_the_best_allowed(logits: npt.NDArray[np.float32]) -> None:
    first, second = np.argsort(-logits)[:2]
    greedy = Sampler(Sampling(temperature=0), 1)
    assert greedy.draw(logits) == first
    assert greedy.draw(logits, lambda tokens: tokens != first) == second


@pytest.mark.parametrize("temperature", [1e-6, 1e-38, 1e-300])
@pytest.mark.parametrize("top_p", [1.0, 0.5])
def test_next_to_no_temperature_is_none(
    logits: npt.NDArray[np.float32], temperature: float, top_p: float
) -> None:
    assert Sampler(Sampling(temperature, top_p), 1).draw(logits) == logits.argmax()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_where_nothing_may_come_nothing_is_drawn(logits: npt.NDArray[np.float32], temperature: float) -> None:
    with pytest.raises(DecodeError, match="fits a tool call"):
        Sampler(Sampling(temperature), 1).draw(logits, lambda tokens: np.zeros(len(tokens), np.bool_))


def test_a_seed_draws_the_same_again(logits: npt.NDArray[np.float32]) -> None:
    one, same, other = (Sampler(Sampling(), seed) for seed in (1, 1, 2))
    drawn = [one.draw(logits) for _ in range(50)]
    assert drawn == [same.draw(logits) for _ in range(50)]
    assert drawn != [other.draw(logits) for _ in range(50)]


def test_a_token_of_no_weight_is_never_drawn() -> None:
    logits = np.full(700, -np.inf, np.float32)
    logits[[300, 699]] = 0.0
    assert {Sampler(Sampling(), s).draw(logits) for s in range(60)} == {300, 699}
