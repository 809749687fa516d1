"""Conversations as the scheduler sees them: tokens, and the slots of KV cache that hold their computation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Slot:
    """One stream of one pool. `left` is what a conversation that is gone left, for others to share."""

    pool: int
    stream: int
    size: int
    owner: Sequence | None = None
    left: list[int] = field(default_factory=list)
    used: int = 0  # when it was last touched, in passes

    def held(self) -> tuple[list[int], int]:
        """The tokens whose keys and values are in here, as (list, how many of it)."""
        if self.owner is not None:
            return self.owner.tokens, self.owner.cached
        return self.left, len(self.left)


@dataclass(eq=False)
class Sequence:
    """One conversation: an append-only list of tokens, of which the first `cached` are computed."""

    tokens: list[int]
    limit: int  # most tokens this conversation may ever hold
    shared: int = 0  # so many at the beginning are kept from run to run: a pass ends with them
    cached: int = 0
    slot: Slot | None = None
    saved: Any = None  # a copy of its cells in host memory, opaque here
    saved_tokens: int = 0
    wants: bool = False  # a reply is being made
    order: int = 0  # first come, first served
    fresh: bool = False  # just got its slot: may still copy a beginning from another
    draft: list[int] = field(default_factory=list)  # tokens that may come next, not part of the conversation

    @property
    def pending(self) -> int:
        """Tokens still to be computed before the next one can be drawn."""
        return len(self.tokens) - self.cached

    @property
    def next_fill(self) -> int:
        """How many of them a pass may compute. What is kept is computed by itself, so that what follows is
        the same to the last bit whether it was computed or read back."""
        return self.shared - self.cached if self.cached < self.shared else self.pending

    @property
    def decoding(self) -> bool:
        """Only the token drawn last is to be computed."""
        return self.wants and self.pending == 1

    @property
    def room(self) -> int:
        return self.limit - len(self.tokens)
