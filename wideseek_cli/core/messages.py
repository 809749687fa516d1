"""What agents, engine and tools say to each other: plain data."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

THINK_OPEN, THINK_CLOSE = "<think>", "</think>"
CALL_OPEN, CALL_CLOSE = "<tool_call>", "</tool_call>"
RESPONSE_OPEN, RESPONSE_CLOSE = "<tool_response>", "</tool_response>"


@dataclass(frozen=True)
class ToolSpec:
    """A tool as the model is told of it; `parameters` is a JSON schema object."""

    name: str
    description: str
    parameters: Mapping[str, Any]

    def as_function(self) -> dict[str, Any]:
        """The shape chat templates expect."""
        function = {"name": self.name, "description": self.description, "parameters": dict(self.parameters)}
        return {"type": "function", "function": function}


@dataclass(frozen=True)
class ToolCall:
    """One call the model wrote, already parsed."""

    name: str
    arguments: Mapping[str, Any]


class Stop(str, Enum):
    """Why a reply ended."""

    END = "end"  # the model ended its turn (or invented a tool response)
    LENGTH = "length"  # max_tokens
    CONTEXT = "context"  # no room left in the context


class ToolUse(str, Enum):
    """Whether a reply may, must, or must not call tools."""

    AUTO = "auto"
    REQUIRED = "required"
    NONE = "none"


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. The defaults are the reference's: the whole distribution."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    seed: int | None = None

    def drawn_by(self, name: str) -> Sampling:
        """With a seed of its own for each name, if there is one: the same in every run with the same seed."""
        if self.seed is None:
            return self
        return replace(self, seed=(self.seed * 1_000_003 + zlib.crc32(name.encode())) % 2**31)


@dataclass(frozen=True)
class ReplyLimits:
    """Bounds on one reply."""

    max_tokens: int = 4096
    think_cap: int = 0  # close <think> after so many tokens; 0: never
    tool_use: ToolUse = ToolUse.AUTO
    one_call: bool = False  # the reply ends with its first call


@dataclass(frozen=True)
class Reply:
    """One whole turn of the model. `text` keeps its reasoning and tool-call tags."""

    text: str
    token_ids: tuple[int, ...]  # none from a server
    stop: Stop
    context_tokens: int  # length of the conversation after this reply
    seconds: float = 0.0
    counted: int = 0  # tokens it took, where their ids are not known

    @property
    def tokens(self) -> int:
        """How many tokens the model wrote."""
        return self.counted or len(self.token_ids)


@dataclass(frozen=True)
class Turn:
    """A reply and the tool result that followed it (None: not there yet). What resume hands back."""

    reply: Reply
    tool_result: str | None = None


@dataclass(frozen=True)
class Opening:
    """How a conversation begins. With `show_tools` the template renders the schemas; without, the
    system text already speaks of the tools and the specs only shape the grammar."""

    system: str
    user: str
    tools: Sequence[ToolSpec] = ()
    show_tools: bool = True
    sampling: Sampling | None = None  # None: the model's defaults
    label: str = ""
    history: Sequence[Turn] = field(default=())


def split_thinking(text: str) -> tuple[str, str]:
    """(reasoning, the rest). What follows the last </think> is the answer."""
    head, mark, tail = text.rpartition(THINK_CLOSE)
    if mark:
        return head.replace(THINK_OPEN, "").strip(), tail.strip()
    if text.lstrip().startswith(THINK_OPEN):
        return text.replace(THINK_OPEN, "").strip(), ""
    return "", text.strip()
