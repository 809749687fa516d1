"""The same conversations on an OpenAI-compatible server: vLLM, SGLang, llama-server, a hosted one.

Where the server continues texts and the model's chat template is known, a conversation is one growing text,
as it is locally: the model's reasoning stays in it, and the server's prefix cache keeps what it has computed.
Else messages are sent, and what the server's own template drops of earlier turns is lost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from wideseek_cli.core.errors import EngineClosedError, RemoteError, TemplateError
from wideseek_cli.core.messages import Opening
from wideseek_cli.engine.base import EngineInfo, EngineStats
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.engine.estimate import estimate
from wideseek_cli.engine.remote.talk import BUSY_ATTEMPTS, WELL_KNOWN_TAGS, RemoteConversation, pause
from wideseek_cli.engine.remote.wire import NoSuchPath, Passing, RemoteOptions, Served, TooLong
from wideseek_cli.settings.proxies import readable_proxies

if TYPE_CHECKING:
    from wideseek_cli.engine.remote.server import Server

__all__ = ["RemoteEngine", "RemoteOptions"]

UNKNOWN_CONTEXT = 32_768  # what the reference gives an agent
UNKNOWN_SLOTS = 16
_MOST_LISTENERS = 64


class RemoteEngine:
    """Conversations on one server."""

    def __init__(self, server: Server, served: Served, options: RemoteOptions) -> None:
        self.options = options
        self.served = served
        self.server = server
        self.template: ChatTemplate | None = None
        self.continues_texts = False
        self.use_template(options.template or served.template, strict=bool(options.template))
        # who is told what, and what each was told; as many as there can be runs at once
        self._listeners: deque[tuple[Callable[[str], None], set[str]]] = deque(maxlen=_MOST_LISTENERS)
        server.note = self.note
        self._stats = EngineStats()
        self.closed = False

    @classmethod
    async def connect(cls, options: RemoteOptions) -> RemoteEngine:
        """Ask the server what it serves; fails clearly when it is down or wants a key."""
        from wideseek_cli.engine.remote.server import Server

        with readable_proxies():
            server = Server(options.url, timeout=options.timeout, key=options.key)
        try:
            return cls(server, await _look(server, options), options)
        except BaseException:
            await server.aclose()
            raise

    def use_template(self, source: str, *, strict: bool = False) -> None:
        """The model's chat template: from now on texts are continued. A bad one is an error where `strict`,
        else it only means that messages are sent."""
        served = self.served
        try:
            self.template = ChatTemplate(
                source, bos_token=served.bos_token, eos_token=served.eos_token, specials=WELL_KNOWN_TAGS
            )
        except TemplateError:
            if strict:
                raise
        else:
            self.continues_texts = True

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

    def count(self, before: tuple[int, int, int], now: tuple[int, int, int]) -> None:
        """Add up what the server says it computed, had and wrote since."""
        computed, shared, written = (new - old for new, old in zip(now, before, strict=True))
        stats = self._stats
        self._stats = replace(
            stats,
            prefill_tokens=stats.prefill_tokens + computed,
            shared_tokens=stats.shared_tokens + shared,
            decode_tokens=stats.decode_tokens + written,
        )

    def hear(self, on_note: Callable[[str], None]) -> None:
        """From now on `on_note` is told too what a user should know of the server, each thing once."""
        self._listeners.append((on_note, set()))

    def note(self, about: str, text: str) -> None:
        """Something to tell the user, in every run that goes on: they are all on this server."""
        for on_note, told in self._listeners:
            if about not in told:
                told.add(about)
                on_note(text)

    async def aclose(self) -> None:
        self.closed = True
        await self.server.aclose()


async def _look(server: Server, options: RemoteOptions) -> Served:
    """A server that is still loading its model is waited for; one that is down is better said at once."""
    attempt = 0
    try:
        while True:
            try:
                return await server.look(options.model)
            except Passing as passing:
                attempt += 1
                if not passing.answered or attempt >= BUSY_ATTEMPTS:
                    raise passing.cause from passing
                await asyncio.sleep(pause(attempt, options.first_wait, passing.wait))
    except TooLong as error:
        raise error.cause from error
    except NoSuchPath as error:
        if options.model:
            return Served(options.model)
        raise RemoteError(
            f"{server.url} lists no models",
            hint="is it OpenAI-compatible? If so, name a model with --model.",
        ) from error
