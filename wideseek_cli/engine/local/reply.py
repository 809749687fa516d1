"""One reply as it is written: which token may come next, what must come, and when it is over."""

from __future__ import annotations

import codecs
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from wideseek_cli.core.messages import (
    CALL_CLOSE,
    CALL_OPEN,
    RESPONSE_CLOSE,
    RESPONSE_OPEN,
    THINK_CLOSE,
    THINK_OPEN,
    ReplyLimits,
    Stop,
    ToolUse,
)
from wideseek_cli.engine.local.sampler import Floats, Sampler

STOP_TAGS = (RESPONSE_OPEN, RESPONSE_CLOSE)
TAIL = 64  # characters of text kept to find tags that are spread over tokens
ROUND = 16  # so few tokens, over and over, are a model that goes round
_ROUNDS, _LONG_ENOUGH = 8, 64  # so often, and so many tokens in all


class Vocabulary(Protocol):
    """What a reply needs to know of a model."""

    @property
    def end_tokens(self) -> frozenset[int]: ...

    def piece(self, token: int) -> bytes: ...

    def tokenize(self, text: str, *, special: bool = True) -> list[int]: ...


class TokenGrammar(Protocol):
    """A constraint that walks along."""

    def allowed(self, tokens: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]: ...

    def accept(self, token: int) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class Rules:
    """What holds for one reply."""

    limits: ReplyLimits
    vocabulary: Vocabulary
    sampler: Sampler
    grammar: Callable[[], TokenGrammar] | None = None  # makes the grammar of one tool call
    thinking: bool = False  # the prompt already opened <think>
    exact: bool = False  # write just as many tokens as the limit says, whatever they are


@dataclass
class ReplyWriter:
    """Takes logits, gives tokens. `take_text` gives text as soon as it can be no part of a tag."""

    rules: Rules
    tokens: list[int] = field(default_factory=list)
    stop: Stop | None = None
    text: str = ""
    draw_seconds: float = 0.0  # in the sampler and in what tells it which tokens may come

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._forced: deque[int] = deque()
        self._grammar: TokenGrammar | None = None
        self._thinking = self.rules.thinking
        self._thought = 0
        self._called = False
        self._told = 0  # characters of `text` already given out
        use = self.rules.limits.tool_use
        self._must_call = use is ToolUse.REQUIRED and self.rules.grammar is not None
        self._may_call = use is not ToolUse.NONE
        self._end = np.array(sorted(self.rules.vocabulary.end_tokens), np.int32)

    @property
    def left(self) -> int:
        """Tokens it may still write."""
        return self.rules.limits.max_tokens - len(self.tokens)

    def next(self, logits: Floats) -> int:
        """Draw and take the next token."""
        self._plan_ahead()
        if self._forced:
            token = self._forced.popleft()
        else:
            began = time.perf_counter()
            token = self.rules.sampler.draw(logits, self._constraint())
            self.draw_seconds += time.perf_counter() - began
            token = self._instead(token)
        self._take(token)
        return token

    def take_forced(self, room: int) -> list[int]:
        """Forced tokens that need no logits: they are computed together."""
        taken: list[int] = []
        while self._forced and self.stop is None and len(taken) < room:
            token = self._forced.popleft()
            self._take(token)
            taken.append(token)
        return taken

    def take_text(self) -> str:
        """The text since the last call that is certain."""
        upto = len(self.text) if self.stop is not None else len(self.text) - _held_back(self.text)
        piece = self.text[self._told : upto]
        self._told = max(self._told, upto)
        return piece

    def close(self) -> None:
        if self._grammar is not None:
            self._grammar.close()
            self._grammar = None

    # What may come

    def _constraint(self) -> Callable[[npt.NDArray[np.integer[Any]]], npt.NDArray[np.bool_]] | None:
        if self._grammar is not None:
            return self._grammar.allowed
        if not self._may_call:
            return self._no_call
        return None

    def _no_call(self, tokens: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
        """Tokens that do not complete a <tool_call>."""
        tail = self.text[-len(CALL_OPEN) :]
        return np.array([CALL_OPEN not in tail + self._show(int(token)) for token in tokens], np.bool_)

    def _show(self, token: int) -> str:
        return self.rules.vocabulary.piece(token).decode("utf-8", "replace")

    # What must come

    def _plan_ahead(self) -> None:
        if not self._thinking or self._forced or self.rules.exact:
            return
        if self._grammar is not None:
            return  # a call in a thought is finished first: nothing but what its grammar allows may come
        cap = self.rules.limits.think_cap
        if (cap and self._thought >= cap) or goes_round(self.tokens):
            self._force(f"\n{THINK_CLOSE}\n\n")

    def _force(self, text: str) -> None:
        self._forced.extend(self.rules.vocabulary.tokenize(text))

    def _force_now(self, text: str) -> int:
        """The first token of a text that comes now; the others follow."""
        self._force(text)
        return self._forced.popleft()

    def _instead(self, token: int) -> int:
        """A token that ends a reply which must still call, or that writes past a tag, is replaced."""
        if self._grammar is not None:
            return token
        if self._must_call and not self._called and not self._thinking:
            seen = (self.text + self._show(token)).lstrip()
            ends = token in self.rules.vocabulary.end_tokens
            if ends or not (CALL_OPEN.startswith(seen) or self._may_think(seen)):
                return self._force_now(
                    CALL_OPEN if not self.text or self.text.endswith("\n") else f"\n{CALL_OPEN}"
                )
        return self._exactly(token)

    def _may_think(self, seen: str) -> bool:
        return THINK_CLOSE not in seen and (THINK_OPEN.startswith(seen) or seen.startswith(THINK_OPEN))

    def _exactly(self, token: int) -> int:
        """The tag alone, if this token would complete <tool_call> and run on behind it: what follows is the
        grammar's to say."""
        if self.rules.grammar is None or not self._may_call:
            return token
        tail = self.text[-len(CALL_OPEN) :]
        seen = tail + self._show(token)
        at = seen.rfind(CALL_OPEN)
        end = at + len(CALL_OPEN)
        if at < 0 or end <= len(tail) or end == len(seen):
            return token
        return self._force_now(seen[len(tail) : end])

    # What has come

    def _take(self, token: int) -> None:
        self.tokens.append(token)
        if self._thinking:
            self._thought += 1
        if self.rules.exact:
            self.stop = Stop.LENGTH if len(self.tokens) >= self.rules.limits.max_tokens else None
            return
        if token in self.rules.vocabulary.end_tokens:
            self.stop = Stop.END
            return
        if self._grammar is not None:
            self._grammar.accept(token)
        before = len(self.text)
        self.text += self._decoder.decode(self.rules.vocabulary.piece(token))
        self._notice(before)
        over = len(self.tokens) >= self.rules.limits.max_tokens
        if self.stop is None and (over or (not self._thinking and goes_round(self.tokens))):
            self.stop = Stop.LENGTH

    def _notice(self, before: int) -> None:
        """Tags that this token completed."""
        tail = self.text[max(0, before - TAIL) :]
        closed = self._called and tail.endswith(CALL_CLOSE)
        if closed and self.rules.limits.one_call:
            self.stop = Stop.END
        if self._grammar is not None:
            if closed:
                self.close()
            return
        for tag in STOP_TAGS:
            at = self.text.find(tag, max(0, before - len(tag)))
            if at >= 0:
                self.text, self.stop = self.text[:at], Stop.END
                return
        if len(self.text) > before:
            self._notice_thinking(before)
            self._notice_call(before)

    def _notice_thinking(self, before: int) -> None:
        opened = self.text.rfind(THINK_OPEN, max(0, before - len(THINK_OPEN)))
        closed = self.text.rfind(THINK_CLOSE, max(0, before - len(THINK_CLOSE)))
        if max(opened, closed) >= 0:
            was, self._thinking = self._thinking, opened > closed
            if self._must_call and was and not self._thinking and not self._called:
                self._force(f"\n\n{CALL_OPEN}")

    def _notice_call(self, before: int) -> None:
        at = self.text.rfind(CALL_OPEN, max(0, before - len(CALL_OPEN)))
        if at >= 0 and at + len(CALL_OPEN) == len(self.text) and self._may_call:
            self._called = True
            self._forced.clear()
            if self.rules.grammar is not None:
                self._grammar = self.rules.grammar()


def goes_round(tokens: Sequence[int]) -> bool:
    """Whether they end in the same few tokens over and over: small models do that until they are stopped."""
    for period in range(1, ROUND + 1):
        size = max(_LONG_ENOUGH, _ROUNDS * period)
        if len(tokens) < size:
            return False
        if tokens[-1] == tokens[-1 - period] and tokens[-size:-period] == tokens[period - size :]:
            return True
    return False


def _held_back(text: str) -> int:
    """Length of the end of a text that may still become a stop tag."""
    for tag in STOP_TAGS:
        for length in range(min(len(tag) - 1, len(text)), 0, -1):
            if tag.startswith(text[-length:]):
                return length
    return 0


def ends_inside_thinking(prompt: str) -> bool:
    """Whether a rendered prompt leaves <think> open for the reply."""
    return prompt.rfind(THINK_OPEN) > prompt.rfind(THINK_CLOSE) and prompt.rstrip().endswith(THINK_OPEN)


def spells(vocabulary: Vocabulary, tokens: Sequence[int], text: str) -> bool:
    """Whether a reply of these tokens has this text, which lacks its end token and a tag that cut it off."""
    said = tokens[:-1] if tokens and tokens[-1] in vocabulary.end_tokens else tokens
    decoder = codecs.getincrementaldecoder("utf-8")("replace")  # half a character at the end is no text yet
    whole = decoder.decode(b"".join(map(vocabulary.piece, said)))
    return whole == text or (whole.startswith(text) and whole.startswith(STOP_TAGS, len(text)))
