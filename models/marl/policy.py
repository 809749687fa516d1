"""The adapter as a policy: log-probabilities of what was said, the clipped loss, the penalty to the start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor

from models.demo.attention import Span
from models.demo.network import Network
from models.marl.credit import Said

CLIP = 0.2


@dataclass(frozen=True)
class Sample:
    """One agent's trained turns: its tokens, whose are its own, the advantage, and one token's weight."""

    ids: tuple[int, ...]
    said: tuple[Said, ...]
    advantage: float
    weight: float
    role: str = ""

    @property
    def places(self) -> list[int]:
        return [place for said in self.said for place in range(said.start, said.end)]


def token_loss(
    now: Tensor, old: Tensor, start: Tensor, advantage: float, kl: float, clip: float = CLIP
) -> Tensor:
    """Of each token: the clipped ratio's loss, and the low-variance estimate of the KL to the start."""
    ratio = (now - old).exp()
    gain = torch.minimum(ratio * advantage, ratio.clamp(1 - clip, 1 + clip) * advantage)
    return -gain + kl * divergence(now, start)


def divergence(now: Tensor, start: Tensor) -> Tensor:
    """exp(d) - d - 1 with d = log p_start - log p_now: never negative, 0 where they agree."""
    apart = start - now
    return apart.exp() - apart - 1


class Policy:
    """The network, its adapter's values at the start, and the optimiser."""

    def __init__(self, network: Network, rate: float, device: str = "cpu") -> None:
        self.network = network.to(torch.device(device))
        self.parameters = [p for p in network.parameters() if p.requires_grad]
        self.start = [p.detach().clone() for p in self.parameters]
        self.optimiser = torch.optim.Adam(self.parameters, lr=rate)
        self.device = torch.device(device)

    def log_probs(self, sample: Sample) -> Tensor:
        """Log-probabilities of the agent's own tokens, temperature 1."""
        places = sample.places
        end = places[-1]
        tokens = torch.tensor(sample.ids[:end], device=self.device)
        wanted = torch.tensor([place - 1 for place in places], device=self.device)
        positions = torch.arange(end, device=self.device)
        logits = self.network(tokens, positions, [Span(0, end)], wanted).float()
        targets = torch.tensor([sample.ids[place] for place in places], device=self.device)
        chosen: Tensor = logits.gather(1, targets[:, None])[:, 0] - logits.logsumexp(-1)
        return chosen

    def fixed(self, samples: Sequence[Sample], at_start: bool = False) -> list[Tensor]:
        """The same without gradients, of the adapter as it is or as it was at the start."""
        with torch.no_grad(), self._at_start() if at_start else _as_it_is():
            return [self.log_probs(sample) for sample in samples]

    def update(self, samples: Sequence[Sample], kl: float, times: int = 1) -> dict[str, float]:
        """Gradient steps on all samples; figures of the first: loss, KL to the start, mean ratio, norm."""
        old, start = self.fixed(samples), self.fixed(samples, at_start=True)
        first: dict[str, float] = {}
        for _ in range(times):
            figures = self._step(samples, old, start, kl)
            first = first or figures
        return first

    def _step(
        self, samples: Sequence[Sample], old: Sequence[Tensor], start: Sequence[Tensor], kl: float
    ) -> dict[str, float]:
        self.optimiser.zero_grad(set_to_none=True)
        total = apart = ratio = 0.0
        for sample, before, origin in zip(samples, old, start, strict=True):
            now = self.log_probs(sample)
            loss = sample.weight * token_loss(now, before, origin, sample.advantage, kl).sum()
            if not bool(torch.isfinite(loss)):
                raise SystemExit("a step's loss is not a number; the last checkpoint is whole. Lower --rate.")
            loss.backward()
            total += float(loss.detach())
            apart += sample.weight * float(divergence(now.detach(), origin).sum())
            ratio += float((now.detach() - before).exp().mean())
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        if not bool(torch.isfinite(norm)):
            raise SystemExit("a step's gradient is not a number; the last checkpoint is whole. Lower --rate.")
        self.optimiser.step()
        return {"loss": total, "kl": apart, "ratio": ratio / max(len(samples), 1), "norm": float(norm)}

    @contextmanager
    def _at_start(self) -> Iterator[None]:
        now = [p.detach().clone() for p in self.parameters]
        self._set(self.start)
        try:
            yield
        finally:
            self._set(now)

    def _set(self, values: Sequence[Tensor]) -> None:
        with torch.no_grad():
            for parameter, value in zip(self.parameters, values, strict=True):
                parameter.copy_(value)


@contextmanager
def _as_it_is() -> Iterator[None]:
    yield
