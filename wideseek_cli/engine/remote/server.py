"""An OpenAI-compatible server, spoken to through the openai package: the only file that imports it."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import openai

from wideseek_cli.core.aio import timeout as time_limit
from wideseek_cli.core.errors import ConfigError, RemoteError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.remote.answer import Answer, number
from wideseek_cli.engine.remote.dialect import SAMPLING, Dialect
from wideseek_cli.engine.remote.guard import BadAnswer, Elsewhere, check, parsed
from wideseek_cli.engine.remote.names import base_name, plain_name, writes
from wideseek_cli.engine.remote.refusals import LONGEST_TOLD_WAIT, refusal, words
from wideseek_cli.engine.remote.sse import TooMuch, data_of, whole
from wideseek_cli.engine.remote.wire import Ask, NoSuchPath, Passing, Piece, Served

KEY = "WIDESEEK_API_KEY"
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 30.0  # for a page about the server
_UNREAD = {"X-Stainless-Raw-Response": "stream"}  # the package's own word for: leave the body to me
_END_WAIT = 0.5  # seconds for what ends an answer
KNOW_ALL_SAMPLERS = {"llamacpp", "vllm", "sglang"}  # others may refuse parameters that OpenAI does not have


class Server:
    """One server. The key comes from the environment, and OpenAI's own only goes to OpenAI."""

    def __init__(self, url: str, *, timeout: float) -> None:
        self.url = _base(url)
        self.note: Callable[[str, str], None] = _nobody  # hears what a user should know
        self._dialect = Dialect()
        host = urlsplit(self.url).hostname or ""
        key = os.environ.get(KEY) or (os.environ.get("OPENAI_API_KEY") if host == "api.openai.com" else "")
        self._client: Any = openai.AsyncOpenAI(
            base_url=self.url,
            api_key=key or "none",
            max_retries=0,
            timeout=openai.Timeout(timeout, connect=CONNECT_SECONDS),
            http_client=openai.DefaultAsyncHttpxClient(
                follow_redirects=False, event_hooks={"response": [check]}
            ),
        )

    async def look(self, model: str) -> Served:
        """Ask what it serves."""
        async with self._translated():
            listed = await self._json("/models")
            if not isinstance(listed, dict):
                raise NoSuchPath("no list")
            entry = _entry(listed, model)
            properties = await self._properties() if entry.get("owned_by") in ("llamacpp", None, "") else {}
        return _served(entry, properties)

    async def _properties(self) -> Mapping[str, Any]:
        """llama-server's own page about itself; other servers have none."""
        root = self.url.removesuffix("/v1")
        try:
            told = await self._json(f"{root}/props")
        except (openai.APIStatusError, BadAnswer):
            return {}
        return told if isinstance(told, dict) else {}

    async def _json(self, path: str) -> Any:
        """A small page of the server's, within limits of size and time."""
        try:
            async with time_limit(LOOK_SECONDS):
                response = await self._client.get(path, cast_to=object, options={"headers": _UNREAD})
                try:
                    return parsed(await whole(response.iter_bytes()))
                finally:
                    await response.close()
        except TimeoutError as error:
            raise TooMuch(f"{path} did not finish within {LOOK_SECONDS:g} s") from error

    def complete(self, served: Served, prompt: str, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Continue a text."""
        create = self._client.completions.with_streaming_response.create
        return self._pieces(create, {"prompt": prompt}, _parameters(served, ask))

    def chat(
        self, served: Served, messages: Sequence[Mapping[str, str]], ask: Ask
    ) -> AsyncGenerator[Piece, None]:
        """Answer messages, for servers that continue no texts."""
        create = self._client.chat.completions.with_streaming_response.create
        return self._pieces(create, {"messages": list(messages)}, _parameters(served, ask))

    async def aclose(self) -> None:
        await self._client.close()

    async def _pieces(
        self, create: Callable[..., Any], what: Mapping[str, Any], parameters: Mapping[str, Any]
    ) -> AsyncGenerator[Piece, None]:
        body = {**what, **parameters}
        async with self._translated(), AsyncExitStack() as stack:
            while True:
                sent = self._dialect.fit(body)
                try:
                    response = await stack.enter_async_context(create(**_arguments(sent)))
                    break
                except openai.APIStatusError as error:
                    learnt_since = self._dialect.fit(body) != sent  # from another conversation's refusal
                    if not learnt_since and not self._learn(error, body):
                        raise
            answer = Answer()
            async for event in self._events(response):
                for piece in answer.pieces(event) if event is not None else answer.done():
                    yield piece

    def _learn(self, error: openai.APIStatusError, body: Mapping[str, Any]) -> bool:
        before = len(self._dialect.dropped)
        learnt = self._dialect.learn(error.status_code, words(error.body), body)
        for name in self._dialect.dropped[before:]:
            if name in SAMPLING:
                self.note(name, f"{self.url} takes no {name}: it is left to the server.")
        return learnt

    async def _events(self, response: Any) -> AsyncGenerator[object, None]:
        """What the server says, one event after the other; None when it says that this is all."""
        kind = response.headers.get("content-type", "")
        if "html" in kind:
            raise NoSuchPath("a web page")
        if "application/json" in kind:  # it does not stream
            yield self._event(await whole(response.iter_bytes()))
            yield None
            return
        said = data_of(response.iter_bytes())
        async for data in said:
            if data.startswith("[DONE]"):
                yield None
                await _ended(said)
                return
            yield self._event(data)

    def _event(self, data: str | bytes) -> object:
        event = parsed(data)
        if isinstance(event, dict) and (event.get("error") or event.get("object") == "error"):
            error = event.get("error")
            code = number(error if isinstance(error, dict) else event, "code")
            raise refusal(self.url, code if 400 <= code < 600 else 500, event)
        return event

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """The package's errors, and those of the HTTP library under it, become ours."""
        try:
            yield
        except openai.APIStatusError as error:
            hint = f"export {KEY}=…" if not os.environ.get(KEY) else f"is the key in {KEY} right?"
            raise refusal(
                self.url, error.status_code, error.body, wait=_wanted_wait(error), key=hint
            ) from error
        except Elsewhere as error:
            raise RemoteError(
                f"{self.url} redirects to {error.place or 'another address'}: "
                "conversations are not sent there",
                hint="if that address is right, name it with --engine",
            ) from error
        except (openai.OpenAIError, TooMuch, BadAnswer) as error:
            raise self._gone(error) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "json"):
                raise
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> Exception:
        untrusted = next((e for e in _causes(error) if isinstance(e, ssl.SSLCertVerificationError)), None)
        if untrusted is not None:
            return RemoteError(
                f"the certificate of {self.url} is not trusted: {clean_line(untrusted.verify_message, 200)}",
                hint="if it is your own, let SSL_CERT_FILE name the file of its authority",
            )
        if "Timeout" in type(error).__name__:
            return Passing(
                RemoteError(f"{self.url} did not answer in time", hint="is the server overloaded?")
            )
        if isinstance(error, openai.APIConnectionError):
            hint = "is it running, and is the address right?"
            return Passing(RemoteError(f"no server answers at {self.url}", hint=hint))
        said = clean_line(str(error), 300) or type(error).__name__
        return Passing(RemoteError(f"{self.url} broke off: {said}"))


async def _ended(rest: AsyncIterator[str]) -> None:
    """What ends an answer is read too, or its connection could not be used again. Some never end it."""

    async def read() -> None:
        async for _ in rest:
            continue

    with suppress(Exception):  # the answer is whole: nothing that happens now takes from it
        await asyncio.wait_for(read(), _END_WAIT)


def _base(url: str) -> str:
    """The address with a scheme and a path; /v1 where none was given."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        fits = parts.port != 0  # reading it is what finds a port that is none
    except ValueError:
        parts, fits = urlsplit(""), False
    if not fits or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{url!r} is not a server address", hint="for example: http://localhost:8080/v1")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/v1", "", ""))


def _entry(listed: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """The listed model that is meant, by any of its names; when none is named, the first that writes."""
    found = [entry for entry in listed.get("data") or [] if isinstance(entry, dict)]
    if not model:
        writers = (entry for entry in found if writes(str(entry.get("id") or "")))
        return next(writers, None) or next(iter(found), {})
    alike = [entry for entry in found if plain_name(str(entry.get("id") or "")) == plain_name(model)]

    def nearness(entry: Mapping[str, Any]) -> tuple[bool, bool]:
        listed_as = str(entry.get("id"))
        return listed_as == model, base_name(listed_as) == base_name(model)

    return max(alike, key=nearness, default={"id": model})  # the first of those that are equally near


def _served(entry: Mapping[str, Any], properties: Mapping[str, Any]) -> Served:
    name = str(entry.get("id") or "")
    if not name:
        raise RemoteError("the server lists no model", hint="name one with --model")
    settings = properties.get("default_generation_settings")
    context = (
        number(settings, "n_ctx") or number(entry.get("meta"), "n_ctx") or number(entry, "max_model_len")
    )
    kind = "llamacpp" if "total_slots" in properties else str(entry.get("owned_by") or "")
    return Served(
        model=name,
        context=context,
        slots=number(properties, "total_slots"),
        template=str(properties.get("chat_template") or ""),
        bos_token=str(properties.get("bos_token") or ""),
        eos_token=str(properties.get("eos_token") or ""),
        kind=kind,
        detail=clean_line(str(properties.get("build_info") or kind), 300),
    )


def _parameters(served: Served, ask: Ask) -> dict[str, Any]:
    how = ask.sampling
    parameters: dict[str, Any] = {
        "model": served.model,
        "max_tokens": ask.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        "stream_options": {"include_usage": True},
    }
    if served.kind in KNOW_ALL_SAMPLERS or how.top_k > 0:
        parameters["top_k"] = how.top_k if how.top_k > 0 else (0 if served.kind == "llamacpp" else -1)
    if served.kind in KNOW_ALL_SAMPLERS or how.min_p > 0:
        parameters["min_p"] = how.min_p
    if how.seed is not None:
        parameters["seed"] = how.seed
    if ask.stop:
        parameters["stop"] = list(ask.stop)
    if ask.grammar:
        parameters["grammar"] = ask.grammar
    return parameters


def _arguments(body: Mapping[str, Any]) -> dict[str, Any]:
    """For the package: what it insists on by name, all else in the request's body as it is."""
    named = {name: value for name, value in body.items() if name in ("model", "prompt", "messages")}
    others = {name: value for name, value in body.items() if name not in named}
    return {**named, "stream": True, "extra_body": others}


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from."""
    for _ in range(10):
        yield error
        under = error.__cause__ or error.__context__
        if under is None:
            return
        error = under


def _wanted_wait(error: openai.APIStatusError) -> float:
    try:
        return min(LONGEST_TOLD_WAIT, max(0.0, float(error.response.headers.get("retry-after", "0"))))
    except ValueError:
        return 0.0


def _nobody(_: str, __: str) -> None:
    """Nobody listens to notes."""
