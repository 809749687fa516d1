"""The same conversations on an OpenAI-compatible server: vLLM, SGLang, llama-server, a hosted one.

Where the server continues texts and the model's chat template is known, a conversation is one growing text,
as it is locally: the model's reasoning stays in it, and the server's prefix cache keeps what it has computed.
Else messages are sent, and what the server's own template drops of earlier turns is lost.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wideseek_cli.engine.base import EngineInfo, EngineStats
from wideseek_cli.engine.chat import ChatTemplate, describe_tools
from wideseek_cli.engine.grammar import tool_call_grammar
from wideseek_cli.engine.streamed import Leg, StreamedReply
from wideseek_cli.engine.wire import Ask, NoSuchPath, Passing, Piece, Served
from wideseek_cli.errors import (
    ContextFullError,
    EngineClosedError,
    MissingExtraError,
    RemoteError,
    TemplateError,
)
from wideseek_cli.messages import (
    CALL_CLOSE,
    CALL_OPEN,
    RESPONSE_CLOSE,
    RESPONSE_OPEN,
    THINK_CLOSE,
    THINK_OPEN,
    Opening,
    Reply,
    ReplyLimits,
    Sampling,
)
from wideseek_cli.proxies import readable_proxies

if TYPE_CHECKING:
    from wideseek_cli.engine.server import Server

UNKNOWN_CONTEXT = 32_768  # what the reference gives an agent
UNKNOWN_SLOTS = 16
LOADING_ATTEMPTS = 12  # about a minute
LONGEST_WAIT = 8.0  # seconds between two attempts, unless the server asks for more

# The vocabulary is not here; these are what models of Qwen's kind must not be told by a page.
WELL_KNOWN_TAGS = (
    *("<|im_start|>", "<|im_end|>", "<|endoftext|>", CALL_OPEN, CALL_CLOSE),
    *(RESPONSE_OPEN, RESPONSE_CLOSE, THINK_OPEN, THINK_CLOSE),
)


@dataclass(frozen=True)
class RemoteOptions:
    """Which server, and how to deal with it."""

    url: str
    model: str = ""  # empty: the first that it lists
    template: str = ""  # the model's chat template, when the server does not tell it
    context: int = 0  # tokens of one conversation; 0: what the server says
    sampling: Sampling = field(default_factory=Sampling)
    grammar: bool = True
    timeout: float = 600.0  # seconds without a single token
    attempts: int = 5
    first_wait: float = 0.5  # seconds before the second attempt; doubled each time


class RemoteEngine:
    """Conversations on one server."""

    def __init__(self, server: Server, served: Served, options: RemoteOptions) -> None:
        self.options = options
        self.served = served
        self.server = server
        self.template = _template(served, options)
        self.continues_texts = self.template is not None
        self._stats = EngineStats()
        self.closed = False

    @classmethod
    async def connect(cls, options: RemoteOptions) -> RemoteEngine:
        """Ask the server what it serves; fails clearly when it is down or wants a key."""
        try:
            from wideseek_cli.engine.server import Server
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "The openai package is not installed, which talks to servers.",
                hint="Install it beside wideseek: pip install openai",
            ) from error
        with readable_proxies():
            server = Server(options.url, timeout=options.timeout)
        try:
            return cls(server, await _look(server, options), options)
        except BaseException:
            await server.aclose()
            raise

    @property
    def info(self) -> EngineInfo:
        name = self.served.model.replace("\\", "/").rpartition("/")[2].removesuffix(".gguf")
        slots = self.served.slots or UNKNOWN_SLOTS
        detail = f"{self.served.detail} at {self.server.url}".strip()
        return EngineInfo(name, "remote", self.context, slots, detail, quick=True)

    @property
    def stats(self) -> EngineStats:
        return self._stats

    @property
    def context(self) -> int:
        return self.options.context or self.served.context or UNKNOWN_CONTEXT

    async def open(self, opening: Opening) -> RemoteConversation:
        """Start (or go on with) a conversation; nothing is sent before the first reply."""
        if self.closed:
            raise EngineClosedError("the engine was closed")
        conversation = RemoteConversation(self, opening)
        for turn in opening.history:
            conversation.take_reply(turn.reply.text)
            if turn.tool_result is not None:
                conversation.add_tool_result(turn.tool_result)
        conversation.check_room()
        return conversation

    def count_tokens(self, text: str) -> int:
        """An estimate: the server's tokenizer is not here."""
        return estimate(text)

    def count(self, piece: Piece) -> None:
        """Add up what the server says it computed."""
        stats = self._stats
        self._stats = replace(
            stats,
            prefill_tokens=stats.prefill_tokens + max(0, piece.prompt_tokens - piece.cached_tokens),
            shared_tokens=stats.shared_tokens + piece.cached_tokens,
            decode_tokens=stats.decode_tokens + piece.written_tokens,
        )

    async def aclose(self) -> None:
        self.closed = True
        await self.server.aclose()


class RemoteConversation:
    """One append-only context, kept here and sent with every reply."""

    def __init__(self, engine: RemoteEngine, opening: Opening) -> None:
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
        self._messages.append({"role": "user", "content": f"{RESPONSE_OPEN}\n{text}\n{RESPONSE_CLOSE}"})
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
                hint="Start the server with a longer context, or ask for less.",
            )

    async def _request(self, draft: StreamedReply) -> None:
        """One request, or several until one gets through; a text goes on where it broke off."""
        failures = 0
        while True:
            before = len(draft.text)
            draft.begin()
            try:
                return await self._stream(draft)
            except NoSuchPath as error:
                if not draft.continues:
                    raise RemoteError(f"{self._engine.server.url} is no OpenAI-compatible server.") from error
                self._engine.continues_texts = draft.continues = False
            except Passing as passing:
                failures = failures + 1 if len(draft.text) == before else 1
                if failures >= self._engine.options.attempts or (draft.text and not draft.continues):
                    raise passing.cause from passing
                await asyncio.sleep(self._pause(failures, passing.wait))

    async def _stream(self, draft: StreamedReply) -> None:
        engine, before = self._engine, draft.tokens
        async with aclosing(self._ask(draft)) as pieces:
            async for piece in pieces:
                goes_on = draft.take(piece)
                engine.count(replace(piece, written_tokens=draft.tokens - before))
                before = draft.tokens
                if not goes_on:
                    return
        draft.end()

    def _pause(self, failures: int, wanted: float) -> float:
        backoff = self._engine.options.first_wait * 2.0 ** (failures - 1)
        return max(wanted, min(LONGEST_WAIT, backoff) * random.uniform(0.75, 1.25))

    def _ask(self, draft: StreamedReply) -> AsyncGenerator[Piece, None]:
        engine, in_call = self._engine, draft.leg is Leg.CALL
        ends = (engine.template.end_text,) if engine.template and engine.template.end_text else ()
        ask = Ask(
            max_tokens=max(1, min(draft.left, self.room)),
            sampling=self._sampling,
            stop=() if in_call else ends,
            grammar=tool_call_grammar(self._opening.tools) if in_call else "",
        )
        if draft.continues:
            return engine.server.complete(engine.served, self._text + draft.text, ask)
        return engine.server.chat(engine.served, self._messages, ask)


async def _look(server: Server, options: RemoteOptions) -> Served:
    """A server that is still loading its model is waited for; one that is down is better said at once."""
    attempt = 0
    try:
        while True:
            try:
                return await server.look(options.model)
            except Passing as passing:
                attempt += 1
                if not passing.answered or attempt >= LOADING_ATTEMPTS:
                    raise passing.cause from passing
                wait = min(LONGEST_WAIT, options.first_wait * 2.0 ** (attempt - 1))
                await asyncio.sleep(max(passing.wait, wait))
    except NoSuchPath as error:
        if options.model:
            return Served(options.model)
        raise RemoteError(
            f"{server.url} lists no models.",
            hint="Is it OpenAI-compatible? If so, name a model with --model.",
        ) from error


def _template(served: Served, options: RemoteOptions) -> ChatTemplate | None:
    """The model's template if it is known; a bad one from the server only means that messages are sent."""
    source = options.template or served.template
    if not source:
        return None
    try:
        return ChatTemplate(
            source, bos_token=served.bos_token, eos_token=served.eos_token, specials=WELL_KNOWN_TAGS
        )
    except TemplateError:
        if options.template:
            raise
        return None


def _opening_messages(opening: Opening) -> list[dict[str, str]]:
    """For servers that take messages only: tools in words, as no two servers treat them alike."""
    system = opening.system
    if opening.tools and opening.show_tools:
        system = f"{system}\n\n{describe_tools(opening.tools)}".strip()
    head = [{"role": "system", "content": system}] if system else []
    return [*head, {"role": "user", "content": opening.user}]


def estimate(text: str) -> int:
    """Tokens of a text, rather too many than too few: about three letters each, a Chinese character one."""
    wide = sum(1 for character in text if character >= "\u2e80")
    return wide + -(-(len(text) - wide) // 3)


def _ignore(_: str) -> None:
    """Nobody watches the pieces."""
