"""A conversation with a server: what was said so far, and how a reply is got out of the server."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from wideseek_cli.core.errors import ContextFullError, EngineClosedError, RemoteError
from wideseek_cli.core.messages import (
    CALL_CLOSE,
    CALL_OPEN,
    RESPONSE_CLOSE,
    RESPONSE_OPEN,
    THINK_CLOSE,
    THINK_OPEN,
    Opening,
    Reply,
    ReplyLimits,
)
from wideseek_cli.engine.chat import ChatTemplate, defuser, describe_tools
from wideseek_cli.engine.estimate import estimate
from wideseek_cli.engine.local.grammar import tool_call_grammar
from wideseek_cli.engine.remote.streamed import Leg, StreamedReply
from wideseek_cli.engine.remote.wire import Ask, NoSuchPath, Passing, Piece, RemoteOptions, Served, TooLong

if TYPE_CHECKING:
    from wideseek_cli.engine.remote.server import Server

BUSY_S = 60.0
BUSY_ATTEMPTS = 14  # a minute at least, for a server that loads its model or has too much to do
LEAST_LOST = 500  # tokens missing from a prompt that are more than an error of the estimate
LONGEST_WAIT = 8.0  # seconds between two attempts, unless the server asks for more

# The vocabulary is not here; these are what models of the common families must not be told by a page.
WELL_KNOWN_TAGS = (
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", CALL_OPEN, CALL_CLOSE),
    *(RESPONSE_OPEN, RESPONSE_CLOSE, THINK_OPEN, THINK_CLOSE),
    *("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<start_of_turn>", "<end_of_turn>"),
    *("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "[INST]", "[/INST]"),
)
_defused = defuser(WELL_KNOWN_TAGS)


class Serving(Protocol):
    """What a conversation needs of the engine that it is on."""

    options: RemoteOptions
    served: Served
    server: Server
    template: ChatTemplate | None
    continues_texts: bool
    closed: bool

    @property
    def context(self) -> int:
        """Tokens of one conversation."""

    def count(self, before: tuple[int, int, int], now: tuple[int, int, int]) -> None:
        """Add up what the server computed, had and wrote since."""

    def note(self, about: str, text: str) -> None:
        """Something to tell the user, once."""


class RemoteConversation:
    """One append-only context, kept here and sent with every reply."""

    def __init__(self, engine: Serving, opening: Opening) -> None:
        self._engine = engine
        self._opening = opening
        self._sampling = opening.sampling or engine.options.sampling
        self._messages = _opening_messages(opening)
        self._text = engine.template.render_opening(opening) if engine.template else ""
        self._tokens = estimate(self._text or "".join(message["content"] for message in self._messages))
        self._open = True

    @property
    def tokens(self) -> int:
        """As the server counted the last reply; an estimate for what was added since."""
        return self._tokens

    @property
    def room(self) -> int:
        return max(0, self._engine.context - self._tokens)

    @property
    def messages(self) -> Sequence[Mapping[str, str]]:
        """All that was said, as it is sent where messages are."""
        return self._messages

    async def reply(
        self, limits: ReplyLimits | None = None, on_text: Callable[[str], None] | None = None
    ) -> Reply:
        """Generate until the turn ends. Cancelled, the request is dropped and the conversation as before."""
        self.check_room()
        engine, limits, began = self._engine, limits or ReplyLimits(), time.perf_counter()
        draft = StreamedReply(
            limits,
            on_text or _ignore,
            calls=bool(self._opening.tools) and engine.options.grammar and engine.served.takes_grammar,
            continues=engine.continues_texts,
            thinking=self._text.rstrip().endswith(THINK_OPEN),
        )
        while draft.stop is None:
            await self._request(draft)
        self.take_reply(draft.text)
        self._tokens = draft.context_tokens or self._tokens
        seconds = time.perf_counter() - began
        return Reply(draft.text, (), draft.stop, self._tokens, seconds, draft.tokens)

    def take_reply(self, text: str) -> None:
        """Append a whole turn of the model."""
        template = self._engine.template
        self._messages.append({"role": "assistant", "content": text})
        self._tokens += estimate(text)
        if template is not None:
            self._text += text + template.end_text

    def add_tool_result(self, text: str) -> None:
        """Append a tool message; it is sent with the next reply."""
        self.check_room(estimate(text))
        template = self._engine.template
        told = f"{RESPONSE_OPEN}\n{_defused(text)}\n{RESPONSE_CLOSE}"
        self._messages.append({"role": "user", "content": told})
        self._tokens += estimate(text)
        if template is not None:
            self._text += template.render_tool_result(text)

    def close(self) -> None:
        """Nothing is held on the server. Safe to call twice."""
        self._open = False

    def check_room(self, more: int = 0) -> None:
        """Raise if the context cannot hold so many more tokens, and a reply."""
        if not self._open or self._engine.closed:
            raise EngineClosedError("the conversation was closed")
        if self.room <= more:
            raise ContextFullError(
                f"a conversation of about {self._tokens + more:,} tokens does not fit a context of "
                f"{self._engine.context:,}",
                hint="start the server with a longer context, or ask for less",
            )

    async def _request(self, draft: StreamedReply) -> None:
        """One request, or several until one gets through. A text goes on where it broke off, a message
        begins anew; a reply that is too long for the server is asked for as a shorter one, twice at most."""
        failures, shortened, most = 0, 0, self._most(draft)
        while True:
            before = len(draft.text)
            draft.begin()
            try:
                return await self._stream(draft, most)
            except NoSuchPath as error:
                if not draft.continues:
                    raise RemoteError(
                        f"{self._engine.server.url} is not an OpenAI-compatible server"
                    ) from error
                self._engine.continues_texts = draft.continues = False
            except TooLong as error:
                most = most // 2 if error.room is None or error.room >= most else error.room
                shortened += 1
                cuts_itself = self._engine.served.kind == "llamacpp"
                if most < 1 or shortened > 2 or cuts_itself:
                    raise error.cause from error
            except Passing as passing:
                went_on = draft.continues and len(draft.text) > before
                failures = 1 if went_on else failures + 1
                if failures >= attempts_for(passing, self._engine.options.attempts):
                    raise passing.cause from passing
                await asyncio.sleep(pause(failures, self._engine.options.first_wait, passing.wait))
            if draft.text and not draft.continues:
                draft.restart()

    async def _stream(self, draft: StreamedReply, most: int) -> None:
        before = draft.spent
        async with aclosing(self._ask(draft, most)) as pieces:
            async for piece in pieces:
                goes_on = draft.take(piece)
                self._engine.count(before, draft.spent)
                before = draft.spent
                if not goes_on:
                    return
        self._check_whole(draft.prompt_tokens)
        draft.end()

    def _check_whole(self, counted: int) -> None:
        """Some servers cut a prompt that is too long for them and say nothing; only their count shows it.
        Replies do not count here: a server's template may rightly leave their thoughts out."""
        sent = sum(estimate(said["content"]) for said in self._messages if said["role"] != "assistant")
        if 0 < counted < sent // 2 and sent - counted > LEAST_LOST:
            self._engine.note(
                "cut",
                f"{self._engine.server.url} read only {counted:,} of about {sent:,} tokens: it seems to cut "
                "what is too long for it. Start it with a longer context (Ollama: OLLAMA_CONTEXT_LENGTH).",
            )

    def _most(self, draft: StreamedReply) -> int:
        return max(1, min(draft.left, self.room))

    def _ask(self, draft: StreamedReply, most: int) -> AsyncGenerator[Piece, None]:
        engine, in_call = self._engine, draft.leg is Leg.CALL
        ends = (engine.template.end_text,) if engine.template and engine.template.end_text else ()
        ask = Ask(
            max_tokens=min(self._most(draft), most),
            sampling=self._sampling,
            stop=() if in_call else ends,
            grammar=tool_call_grammar(self._opening.tools) if in_call else "",
        )
        if draft.continues:
            return engine.server.complete(engine.served, self._text + draft.text, ask)
        return engine.server.chat(engine.served, self._messages, ask)


def attempts_for(passing: Passing, usual: int) -> int:
    """A server that says that it is busy gets a minute or more, any other failure the usual attempts."""
    if not passing.busy:
        return usual
    return max(usual, min(BUSY_ATTEMPTS, 1 + int(BUSY_S / max(passing.wait, 1.0))))


def pause(failures: int, first: float, wanted: float) -> float:
    """Seconds before the next attempt."""
    backoff = min(LONGEST_WAIT, first * 2.0 ** (failures - 1))
    return max(wanted, backoff * random.uniform(0.75, 1.25))


def _opening_messages(opening: Opening) -> list[dict[str, str]]:
    """For servers that take messages only: tools in words, as no two servers treat them alike."""
    system = opening.system
    if opening.tools and opening.show_tools:
        system = f"{system}\n\n{describe_tools(opening.tools)}".strip()
    head = [{"role": "system", "content": system}] if system else []
    return [*head, {"role": "user", "content": _defused(opening.user)}]


def _ignore(_: str) -> None:
    """Nobody watches the pieces."""
