"""What every engine offers: conversations, not requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Protocol

from wideseek_cli.core.messages import Opening, Reply, ReplyLimits


@dataclass(frozen=True)
class EngineInfo:
    """What an engine is, for records and screens."""

    name: str  # model name
    kind: str  # "local" or "remote"
    context: int  # tokens a conversation may hold
    slots: int  # conversations that run at once
    detail: str = ""  # quantisation, device, server version
    quick: bool = False  # whether an accelerator or a server computes: long texts cost little


@dataclass(frozen=True)
class EngineStats:
    """Running totals since the engine started."""

    prefill_tokens: int = 0
    decode_tokens: int = 0
    shared_tokens: int = 0  # prompt tokens copied instead of computed
    drafted_tokens: int = 0
    accepted_tokens: int = 0
    busy_seconds: float = 0.0
    decode_seconds: float = 0.0  # of these, inside llama.cpp: computing, and copying cells
    sample_seconds: float = 0.0  # of these, in the sampler
    prefill_seconds: float = 0.0  # of those inside the model, computing prompts

    def __add__(self, other: EngineStats) -> EngineStats:
        """The totals of two engines."""
        return EngineStats(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class Conversation(Protocol):
    """One append-only context. Cancelling a task that awaits `reply` stops it at the next step."""

    @property
    def tokens(self) -> int:
        """Length of the context so far."""

    @property
    def room(self) -> int:
        """Tokens left before the context is full."""

    async def reply(
        self, limits: ReplyLimits | None = None, on_text: Callable[[str], None] | None = None
    ) -> Reply:
        """Generate until the turn ends; pieces of text go to `on_text` as they come."""

    def add_tool_result(self, text: str) -> None:
        """Append a tool message; it is computed with the next reply."""

    def close(self) -> None:
        """Give the slot back. Safe to call twice."""


class Engine(Protocol):
    """One model, many conversations."""

    @property
    def info(self) -> EngineInfo: ...

    @property
    def stats(self) -> EngineStats: ...

    async def open(self, opening: Opening) -> Conversation:
        """Start (or, with history, go on with) a conversation."""

    def count_tokens(self, text: str) -> int:
        """Length of a text in this model's tokens (an estimate for remote engines)."""

    async def aclose(self) -> None:
        """Stop everything and free the model."""
