"""One reply as a server streams it, over as many requests as it takes.

A request is cut where something else must follow: behind `<tool_call>`, where a grammar takes over, and where
thinking has gone on for long enough. The next request continues the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from wideseek_cli.core.errors import RemoteError
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
from wideseek_cli.engine.estimate import estimate
from wideseek_cli.engine.remote.wire import Passing, Piece

STOP_TAGS = (RESPONSE_OPEN, RESPONSE_CLOSE)
TAGS = (*STOP_TAGS, CALL_OPEN)


class Leg(Enum):
    """What a request is for."""

    FREE = "free"
    CALL = "call"  # the inside of one tool call, under a grammar


@dataclass
class StreamedReply:
    """Takes pieces, and says when a request has done its part."""

    limits: ReplyLimits
    on_text: Callable[[str], None]
    calls: bool = False  # the server can be held to a grammar, and there are tools
    continues: bool = True  # a further request can go on where the last one ended
    thinking: bool = False  # the prompt already opened <think>
    text: str = ""
    stop: Stop | None = None
    leg: Leg = Leg.FREE
    context_tokens: int = 0  # as the server counted, when it did
    prompt_tokens: int = 0  # of this request, likewise
    cached_tokens: int = 0
    pieces: int = 0  # of this request
    _counted: int = 0  # tokens of this request, as the server told it
    _earlier: int = 0  # tokens of the requests before it
    _earlier_prompts: int = 0  # what they had to compute
    _earlier_cached: int = 0
    _kept: int = 0  # of these, what stands in the text
    _in_call: bool = False  # this request is for a call, which stands in the text once it is whole
    _thought: int = 0
    _seen: int = 0  # tags up to here are dealt with
    _told: int = 0
    _called: bool = False
    _wrapped: bool = False  # the server keeps thoughts apart, and we are inside them
    _call: list[str] = field(default_factory=list)
    _finish: str = ""

    @property
    def left(self) -> int:
        """Tokens that may still be written."""
        return max(1, self.limits.max_tokens - self._written)

    @property
    def tokens(self) -> int:
        """Tokens of all requests so far: a piece is about one, until the server says how many it wrote."""
        return self._earlier + self._newest

    @property
    def spent(self) -> tuple[int, int, int]:
        """Prompt tokens that the server computed and that it had, and tokens that it wrote, in all."""
        computed = max(0, self.prompt_tokens - self.cached_tokens)
        return (
            self._earlier_prompts + computed,
            self._earlier_cached + self.cached_tokens,
            self.tokens,
        )

    @property
    def _newest(self) -> int:
        return self._counted or self.pieces

    @property
    def _written(self) -> int:
        return self._kept + (0 if self._in_call else self._newest)

    def begin(self) -> None:
        """A request is about to be made."""
        self._close_request()
        self._in_call = self.leg is Leg.CALL
        self._finish = ""
        self._call.clear()

    def restart(self) -> None:
        """The text broke off where it cannot go on: the reply begins anew, behind an empty line for whoever
        has heard its beginning."""
        self._close_request()
        if self._told:
            self.on_text("\n\n")
        self.text, self.leg, self._kept = "", Leg.FREE, 0
        self._thought = self._seen = self._told = 0
        self._called = self._wrapped = False

    def _close_request(self) -> None:
        self._earlier_prompts, self._earlier_cached, _ = self.spent
        self._kept, self._earlier = self._written, self.tokens
        self._counted = self.pieces = 0
        self.context_tokens = self.prompt_tokens = self.cached_tokens = 0

    def take(self, piece: Piece) -> bool:
        """False: drop this request, it has done its part."""
        self._take_counts(piece)
        self._finish = self._finish or piece.finish
        text = self._with_thoughts(piece)
        if not text:
            return True
        self.pieces += 1
        if self.leg is Leg.CALL:
            self._call.append(text)
            return True
        before = len(self.text)
        self.text += text
        goes_on = self._look(before)
        self._tell()
        return goes_on

    def _take_counts(self, piece: Piece) -> None:
        """The last ones stay: some servers count with every piece."""
        if piece.prompt_tokens or piece.written_tokens:
            self.context_tokens = piece.prompt_tokens + piece.written_tokens
        self.prompt_tokens = piece.prompt_tokens or self.prompt_tokens
        self.cached_tokens = piece.cached_tokens or self.cached_tokens
        self._counted = piece.written_tokens or self._counted

    def end(self) -> None:
        """The server has ended the request."""
        if not self._finish:
            raise Passing(RemoteError("the server broke off in the middle of a reply"))
        if self.leg is Leg.CALL:
            self._end_call()
        elif self._finish == "length":
            self.stop = Stop.LENGTH if self._is_long() else Stop.CONTEXT
        elif self._must_call():
            self.text += CALL_OPEN if not self.text or self.text.endswith("\n") else f"\n{CALL_OPEN}"
            self._open_call()
        else:
            self.stop = Stop.END
        self._tell()

    def _is_long(self) -> bool:
        """Whether it is the reply's own length that was reached; where nobody counts, pieces may be long."""
        most = self.limits.max_tokens
        return self._written >= most or (not self._counted and estimate(self.text) >= most)

    def _end_call(self) -> None:
        self._in_call = False
        self.text += "".join(self._call)
        self._seen, self.leg = len(self.text), Leg.FREE
        if self._written >= self.limits.max_tokens:
            self.stop = Stop.LENGTH
        elif not self.text.endswith(CALL_CLOSE):
            self.stop = Stop.CONTEXT if self._finish == "length" else Stop.END
        elif self.limits.one_call:
            self.stop = Stop.END

    def _must_call(self) -> bool:
        required = self.limits.tool_use is ToolUse.REQUIRED
        return required and self.calls and self.continues and not self._called

    def _open_call(self) -> None:
        self.leg, self._called, self._seen = Leg.CALL, True, len(self.text)

    def _look(self, before: int) -> bool:
        """Deal with tags that the newest text completed."""
        for tag in TAGS:
            at = self.text.find(tag, max(self._seen, before - len(tag) + 1))
            if at < 0:
                continue
            if tag in STOP_TAGS or self.limits.tool_use is ToolUse.NONE:
                self.text, self.stop = self.text[:at], Stop.END
                return False
            self._called, self._seen = True, at + len(tag)
            if self.calls and self.continues:
                self.text = self.text[: self._seen]
                self._open_call()
                return False
        closed = self.text.find(CALL_CLOSE, max(self._seen, before - len(CALL_CLOSE) + 1))
        if self.limits.one_call and self._called and closed >= 0:
            self.text, self.stop = self.text[: closed + len(CALL_CLOSE)], Stop.END
            return False
        return self._look_at_thinking()

    def _look_at_thinking(self) -> bool:
        opened, closed = self.text.rfind(THINK_OPEN), self.text.rfind(THINK_CLOSE)
        inside = opened > closed or (self.thinking and opened == closed)
        self._thought += inside
        if not (inside and self.continues and 0 < self.limits.think_cap <= self._thought):
            return True
        self.text += f"\n{THINK_CLOSE}\n\n"
        self._thought = 0
        return False

    def _with_thoughts(self, piece: Piece) -> str:
        """Some servers send reasoning apart; here it stands where the model wrote it."""
        text = piece.text
        if piece.thought:
            text = f"{'' if self._wrapped else THINK_OPEN + chr(10)}{piece.thought}{text}"
            self._wrapped = True
        elif self._wrapped and (text or piece.finish):
            text = f"\n{THINK_CLOSE}\n\n{text}"
            self._wrapped = False
        return text

    def _tell(self) -> None:
        """Give out what can no longer be the beginning of a tag that ends the reply."""
        upto = len(self.text) if self.stop is not None else len(self.text) - _held_back(self.text)
        if upto > self._told:
            piece, self._told = self.text[self._told : upto], upto
            self.on_text(piece)


def _held_back(text: str) -> int:
    for tag in TAGS:
        for length in range(min(len(tag) - 1, len(text)), 0, -1):
            if tag.startswith(text[-length:]):
                return length
    return 0
