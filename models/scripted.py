"""An engine whose words are written beforehand: the real agents, tools and table play around it.

For tests, benchmarks and demonstrations that must be quick and the same every time. It streams in pieces,
counts tokens, fills up its context, can be slow or fail, and keeps everything that it was sent.
"""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from wideseek_cli.core.errors import ContextFullError, EngineClosedError
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, Opening, Reply, ReplyLimits, Stop, ToolUse, Turn
from wideseek_cli.engine.base import Conversation, EngineInfo, EngineStats

_CALLS = re.compile(f"{CALL_OPEN}.*?({CALL_CLOSE}|$)", re.DOTALL)
_TOKEN = re.compile(r"\s?[^\s]{1,6}|\s", re.DOTALL)


@dataclass(frozen=True)
class Play:
    """One scripted reply. `error` is raised after the text has streamed; `seconds` pass before it ends."""

    text: str
    seconds: float = 0.0
    stop: Stop = Stop.END
    error: Exception | None = None


Script = Callable[[Opening, Sequence[Turn]], "str | Play"]
Scripts = Mapping[str, "Sequence[str | Play] | Script"]


def by_label(scripts: Scripts, otherwise: str | Play = "") -> Script:
    """A script for each label: the agent's own (`w1.s3`), or the part of it that is all digits left out
    (`w.s`), or `*`. A list is played turn by turn; its last entry is played for all further turns."""

    def play(opening: Opening, turns: Sequence[Turn]) -> str | Play:
        plain = re.sub(r"\d+", "", opening.label)
        chosen = next((scripts[key] for key in (opening.label, plain, "*") if key in scripts), None)
        if chosen is None:
            return otherwise
        return chosen(opening, turns) if callable(chosen) else chosen[min(len(turns), len(chosen) - 1)]

    return play


def fake_tokens(text: str) -> tuple[int, ...]:
    """Token ids that depend on the text alone: a few letters each."""
    return tuple(zlib.crc32(piece.encode()) % 150_000 for piece in _TOKEN.findall(text))


@dataclass
class ScriptedConversation:
    """One conversation: what it began with, and every turn since, open to tests."""

    engine: ScriptedEngine
    opening: Opening
    turns: list[Turn] = field(default_factory=list)
    limits: list[ReplyLimits] = field(default_factory=list)
    tokens: int = 0
    closed: bool = False

    @property
    def room(self) -> int:
        return max(self.engine.info.context - self.tokens, 0)

    async def reply(
        self, limits: ReplyLimits | None = None, on_text: Callable[[str], None] | None = None
    ) -> Reply:
        if self.closed or self.engine.closed:
            raise EngineClosedError("the conversation is closed")
        limits = limits or ReplyLimits()
        self.limits.append(limits)
        played = self.engine.script(self.opening, tuple(self.turns))
        played = Play(played) if isinstance(played, str) else played
        text = _CALLS.sub("", played.text) if limits.tool_use is ToolUse.NONE else played.text
        if limits.one_call and CALL_CLOSE in text:
            text = text[: text.index(CALL_CLOSE) + len(CALL_CLOSE)]
        reply = self._measured(text, played, limits)
        await self._stream(reply.text, played, on_text)
        if played.error is not None:
            raise played.error
        self.tokens = reply.context_tokens
        self.turns.append(Turn(reply))
        self.engine.count_reply(reply)
        return reply

    def add_tool_result(self, text: str) -> None:
        size = self.engine.count_tokens(text)
        if size > self.room:
            raise ContextFullError(f"a tool result of {size} tokens does not fit the {self.room} left")
        self.turns[-1] = replace(self.turns[-1], tool_result=text)
        self.tokens += size

    def close(self) -> None:
        self.closed = True

    def _measured(self, text: str, played: Play, limits: ReplyLimits) -> Reply:
        """The reply as far as `max_tokens` and the context let it go."""
        pieces = _TOKEN.findall(text)
        stop = played.stop
        most = min(limits.max_tokens, self.room)
        if len(pieces) > most:
            stop = Stop.CONTEXT if self.room < limits.max_tokens else Stop.LENGTH
            text = "".join(pieces[:most])
        ids = fake_tokens(text)
        return Reply(text, ids, stop, self.tokens + len(ids), played.seconds)

    async def _stream(self, text: str, played: Play, on_text: Callable[[str], None] | None) -> None:
        size = self.engine.piece_chars
        pieces = [text[start : start + size] for start in range(0, len(text), size)] or [""]
        for piece in pieces:
            await asyncio.sleep(played.seconds / len(pieces))
            if self.engine.closed:
                raise EngineClosedError("the engine is closed")
            if on_text is not None and piece:
                on_text(piece)


class ScriptedEngine:
    """Plays a script; see `by_label` for one made of lists."""

    def __init__(
        self,
        script: Script,
        *,
        context: int = 32_000,
        slots: int = 16,
        piece_chars: int = 400,
        quick: bool = False,
        keep: bool = True,
    ) -> None:
        """`keep`: remember every conversation, for tests to look at."""
        self.script = script
        self.piece_chars = piece_chars
        self.conversations: list[ScriptedConversation] = []
        self.closed = False
        self._keep = keep
        self._info = EngineInfo("scripted", "scripted", context, slots, quick=quick)
        self._stats = EngineStats()

    @property
    def info(self) -> EngineInfo:
        return self._info

    @property
    def stats(self) -> EngineStats:
        return self._stats

    async def open(self, opening: Opening) -> Conversation:
        if self.closed:
            raise EngineClosedError("the engine is closed")
        conversation = ScriptedConversation(self, opening, list(opening.history))
        said = [opening.system, opening.user]
        said += [text for turn in opening.history for text in (turn.reply.text, turn.tool_result or "")]
        conversation.tokens = sum(self.count_tokens(text) for text in said)
        if conversation.tokens > self._info.context:
            raise ContextFullError(f"a prompt of {conversation.tokens} tokens does not fit the context")
        self._stats = replace(self._stats, prefill_tokens=self._stats.prefill_tokens + conversation.tokens)
        if self._keep:
            self.conversations.append(conversation)
        return conversation

    def count_tokens(self, text: str) -> int:
        return len(_TOKEN.findall(text))

    def count_reply(self, reply: Reply) -> None:
        """Add a reply to the totals."""
        total = self._stats.decode_tokens + len(reply.token_ids)
        self._stats = replace(
            self._stats, decode_tokens=total, busy_seconds=self._stats.busy_seconds + reply.seconds
        )

    def named(self, label: str) -> list[ScriptedConversation]:
        """Every conversation an agent had, in order; more than one after a resume."""
        return [conversation for conversation in self.conversations if conversation.opening.label == label]

    async def aclose(self) -> None:
        self.closed = True
