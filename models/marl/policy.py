"""The adapter as a policy: log-probabilities of what was said, the clipped loss, the penalty to the start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from models.demo.attention import Span
from models.demo.network import Network
from models.demo.packing import Pack, Transcript, fitting, place
from models.marl.credit import Said

CLIP = 0.2
TOGETHER = 4096  # tokens of a pack


@dataclass(frozen=True)
class Sample:
    """One agent's trained turns: its tokens, whose are its own, the advantage, and one token's weight."""

    ids: tuple[int, ...]
    said: tuple[Said, ...]
    advantage: float
    weight: float
    role: str = ""
    task: str = ""

    @property
    def count(self) -> int:
        return sum(said.end - said.start for said in self.said)


@dataclass(frozen=True)
class Batch:
    """Samples side by side in one pack, and of each of its trained tokens the advantage and the weight."""

    pack: Pack
    advantages: Tensor
    weights: Tensor

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Batch:
        pack = Pack()
        place(pack, [_transcript(sample) for sample in samples])
        counts = torch.tensor([sample.count for sample in samples])
        return cls(
            pack,
            torch.tensor([sample.advantage for sample in samples]).repeat_interleave(counts),
            torch.tensor([sample.weight for sample in samples]).repeat_interleave(counts),
        )


def batches(samples: Sequence[Sample], size: int = TOGETHER) -> list[Batch]:
    """All samples in packs. Agents of one role and question begin alike; that is computed once."""

    def kind(sample: Sample) -> tuple[str, str]:
        return sample.task, sample.role

    made = []
    for _, alike in groupby(sorted(samples, key=kind), kind):
        left = list(alike)
        for part in fitting([_transcript(sample) for sample in left], size):
            made.append(Batch.of(left[: len(part)]))
            left = left[len(part) :]
    return made


def _transcript(sample: Sample) -> Transcript:
    said = tuple((said.start, said.end) for said in sample.said)
    return Transcript(sample.task, sample.role, sample.ids[: said[-1][1]], said)


def token_loss(
    now: Tensor, old: Tensor, start: Tensor, advantage: Tensor | float, kl: float, clip: float = CLIP
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

    def log_probs(self, pack: Pack) -> Tensor:
        """Log-probabilities of the agents' own tokens, temperature 1."""
        ends = {start: end for start, end, _ in pack.spans}
        spans = [Span(s, e, (after, ends[after]) if after >= 0 else (0, 0)) for s, e, after in pack.spans]
        logits = self.network(self._on(pack.ids), self._on(pack.positions), spans, self._on(pack.places))
        logits = logits.float()
        chosen: Tensor = logits.gather(1, self._on(pack.targets)[:, None])[:, 0] - logits.logsumexp(-1)
        return chosen

    def fixed(self, many: Sequence[Batch], at_start: bool = False) -> list[Tensor]:
        """The same without gradients, of the adapter as it is or as it was at the start."""
        with torch.no_grad(), self._at_start() if at_start else nullcontext():
            return [self.log_probs(batch.pack) for batch in many]

    def update(self, samples: Sequence[Sample], kl: float, times: int = 1) -> dict[str, float]:
        """Gradient steps on all samples; figures of the first: loss, KL to the start, mean ratio, norm.
        With one step, the old probabilities are those of that step itself."""
        many = batches(samples)
        old = self.fixed(many) if times > 1 else [None] * len(many)
        start = self.fixed(many, at_start=True)
        first: dict[str, float] = {}
        for _ in range(times):
            figures = self._step(many, old, start, kl)
            first = first or figures
        return first

    def _step(
        self, many: Sequence[Batch], old: Sequence[Tensor | None], start: Sequence[Tensor], kl: float
    ) -> dict[str, float]:
        self.optimiser.zero_grad(set_to_none=True)
        total = apart = ratio = 0.0
        for batch, before, origin in zip(many, old, start, strict=True):
            weights, advantages = batch.weights.to(self.device), batch.advantages.to(self.device)
            now = self.log_probs(batch.pack)
            before = now.detach() if before is None else before
            loss = (weights * token_loss(now, before, origin, advantages, kl)).sum()
            if not bool(torch.isfinite(loss)):
                raise SystemExit("a step's loss is not a number; the last checkpoint is whole. Lower --rate.")
            loss.backward()
            total += float(loss.detach())
            apart += float((weights * divergence(now.detach(), origin)).sum())
            ratio += float((weights * (now.detach() - before).exp()).sum())
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        if not bool(torch.isfinite(norm)):
            raise SystemExit("a step's gradient is not a number; the last checkpoint is whole. Lower --rate.")
        self.optimiser.step()
        weight = sum(float(batch.weights.sum()) for batch in many)
        return {"loss": total, "kl": apart, "ratio": ratio / weight, "norm": float(norm)}

    def _on(self, values: Sequence[int]) -> Tensor:
        return torch.tensor(values, device=self.device)

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
