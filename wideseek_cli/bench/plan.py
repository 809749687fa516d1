"""The wide task that is replayed: how many tokens everybody reads and writes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from wideseek_cli.core.errors import UsageError

FIRST_TOKEN, LAST_TOKEN = 1000, 40_000  # ordinary words in every vocabulary that is so large
PLAN = 1  # the lead's plan is taken as given: its first turn is one token


@dataclass(frozen=True)
class Lengths:
    """Tokens of each part, as a run with the reference's prompts has them."""

    lead_prompt: int = 1450
    shared_prompt: int = 950
    own_prompt: int = 40
    replies: tuple[int, ...] = (90, 90, 160)
    results: tuple[int, ...] = (450, 700)
    lead_results: int = 1400
    table: int = 420

    def scaled(self, scale: float) -> Lengths:
        """Every length times `scale`, never below one token."""
        if not 0 < scale <= 20:
            raise UsageError(f"a scale of {scale:g} is not between 0 and 20")
        changed: dict[str, Any] = {}
        for part in fields(self):
            value = getattr(self, part.name)
            several = isinstance(value, tuple)
            numbers = [max(1, round(n * scale)) for n in (value if several else (value,))]
            changed[part.name] = tuple(numbers) if several else numbers[0]
        return replace(self, **changed)


@dataclass(frozen=True)
class Step:
    """Write so many tokens, then hear these."""

    write: int
    hear: Sequence[int] = ()


@dataclass(frozen=True)
class Part:
    """What one agent does."""

    prompt: Sequence[int]
    steps: tuple[Step, ...]

    @property
    def tokens(self) -> int:
        """Length of its context in the end."""
        return len(self.prompt) + sum(step.write + len(step.hear) for step in self.steps)


@dataclass(frozen=True)
class WideTask:
    """A lead and its subagents. The subagents run between the lead's first step and its second."""

    lead: Part
    subagents: tuple[Part, ...]

    @property
    def written(self) -> int:
        return sum(step.write for part in (self.lead, *self.subagents) for step in part.steps)


def wide_task(width: int, lengths: Lengths, *, seed: int = 0, vocabulary: int = LAST_TOKEN) -> WideTask:
    """The task with random tokens of a vocabulary; the same arguments give the same tokens."""
    if not 1 <= width <= 64:
        raise UsageError(f"a width of {width} is not between 1 and 64")
    rng = random.Random(seed)
    end = min(LAST_TOKEN, vocabulary)  # Llama 2's, and many of its kind, have 32,000
    begin = min(FIRST_TOKEN, end // 2)

    def text(count: int) -> list[int]:
        return [rng.randrange(begin, end) for _ in range(count)]

    heard = text(lengths.lead_results)
    lead = Part(text(lengths.lead_prompt), (Step(PLAN, heard), Step(lengths.table)))
    shared = text(lengths.shared_prompt)
    subagents = []
    for _ in range(width):
        results = [text(count) for count in lengths.results]
        steps = [Step(write, hear) for write, hear in zip(lengths.replies, [*results, []], strict=True)]
        subagents.append(Part([*shared, *text(lengths.own_prompt)], tuple(steps)))
    return WideTask(lead, tuple(subagents))
