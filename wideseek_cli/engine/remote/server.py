"""An OpenAI-compatible server over HTTP: what it serves, and what it writes."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from wideseek_cli.core.aio import timeout as time_limit
from wideseek_cli.core.errors import ConfigError, RemoteError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.remote.answer import Answer, number
from wideseek_cli.engine.remote.dialect import SAMPLING, Dialect
from wideseek_cli.engine.remote.listing import entry_of, served
from wideseek_cli.engine.remote.refusals import LONGEST_TOLD_WAIT, refusal, words
from wideseek_cli.engine.remote.sse import BadAnswer, TooMuch, data_of, parsed, whole
from wideseek_cli.engine.remote.wire import Ask, NoSuchPath, Passing, Piece, Served
from wideseek_cli.settings.proxies import certificates

KEY = "WIDESEEK_API_KEY"
CONNECT_SECONDS = 10.0
LOOK_SECONDS = 30.0  # for a page about the server
_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=100)  # each subagent has one
_END_WAIT = 0.5  # seconds for what ends an answer
KNOW_ALL_SAMPLERS = {"llamacpp", "vllm", "sglang"}  # others may refuse parameters that OpenAI does not have


class Refused(Exception):
    """An answer that is an error: its status, and its body as JSON or text."""

    def __init__(self, status: int, body: object, wait: float) -> None:
        super().__init__(status)
        self.status, self.body, self.wait = status, body, wait


class Server:
    """One server. The key comes from the environment, and OpenAI's own only goes to OpenAI."""

    def __init__(self, url: str, *, timeout: float, key: str = "") -> None:
        self.url = _base(url)
        self.note: Callable[[str, str], None] = _nobody  # hears what a user should know
        self._dialect = Dialect()
        self._client = httpx.AsyncClient(
            verify=certificates(),
            headers={"Authorization": f"Bearer {key or _key(self.url) or 'none'}"},
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=_LIMITS,
            follow_redirects=False,  # nobody chose another address, and the conversation is not for it
        )

    async def look(self, model: str) -> Served:
        """Ask what it serves."""
        async with self._translated():
            listed = await self._json(f"{self.url}/models")
            if not isinstance(listed, dict):
                raise NoSuchPath("no list")
            entry = entry_of(listed, model)
            properties = await self._properties() if entry.get("owned_by") in ("llamacpp", None, "") else {}
        return served(entry, properties)

    async def _properties(self) -> Mapping[str, Any]:
        """llama-server's own page about itself; other servers have none."""
        try:
            told = await self._json(self.url.removesuffix("/v1") + "/props")
        except (Refused, BadAnswer):
            return {}
        return told if isinstance(told, dict) else {}

    async def _json(self, url: str) -> Any:
        """A small page of the server's, within limits of size and time."""
        try:
            async with time_limit(LOOK_SECONDS), self._answer("GET", url) as response:
                return parsed(await whole(response.aiter_bytes()))
        except TimeoutError as error:
            raise TooMuch(f"{urlsplit(url).path} did not finish within {LOOK_SECONDS:g} s") from error

    @asynccontextmanager
    async def _answer(
        self, method: str, url: str, body: Mapping[str, Any] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """An answer whose head has come, and which is no refusal."""
        data = None if body is None else json.dumps(body).encode()  # escaped: a prompt may hold anything
        headers = {} if data is None else {"Content-Type": "application/json"}
        async with self._client.stream(method, url, content=data, headers=headers) as response:
            if 300 <= response.status_code < 400:
                place = clean_line(response.headers.get("location", ""), 200) or "another address"
                raise RemoteError(
                    f"{self.url} redirects to {place}: conversations are not sent there",
                    hint="if that address is right, name it with --engine",
                )
            if response.status_code >= 400:
                said = await whole(response.aiter_bytes())
                raise Refused(response.status_code, _json_or_text(said), _wanted_wait(response))
            yield response

    def complete(self, served: Served, prompt: str, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Continue a text."""
        return self._pieces("completions", {"prompt": prompt, **_parameters(served, ask)})

    def chat(
        self, served: Served, messages: Sequence[Mapping[str, str]], ask: Ask
    ) -> AsyncGenerator[Piece, None]:
        """Answer messages, for servers that continue no texts."""
        return self._pieces("chat/completions", {"messages": list(messages), **_parameters(served, ask)})

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _pieces(self, path: str, body: Mapping[str, Any]) -> AsyncGenerator[Piece, None]:
        async with self._translated(), AsyncExitStack() as stack:
            while True:
                sent = self._dialect.fit(body)
                try:
                    response = await stack.enter_async_context(
                        self._answer("POST", f"{self.url}/{path}", {**sent, "stream": True})
                    )
                    break
                except Refused as refused:
                    learnt_since = self._dialect.fit(body) != sent  # from another conversation's refusal
                    if not learnt_since and not self._learn(refused, body):
                        raise
            answer = Answer()
            async for event in self._events(response):
                for piece in answer.pieces(event) if event is not None else answer.done():
                    yield piece

    def _learn(self, refused: Refused, body: Mapping[str, Any]) -> bool:
        before = len(self._dialect.dropped)
        learnt = self._dialect.learn(refused.status, words(refused.body), body)
        for name in self._dialect.dropped[before:]:
            if name in SAMPLING:
                self.note(name, f"{self.url} takes no {name}: it is left to the server.")
        return learnt

    async def _events(self, response: httpx.Response) -> AsyncGenerator[object, None]:
        """What the server says, one event after the other; None when it says that this is all."""
        kind = response.headers.get("content-type", "")
        if "html" in kind:
            raise NoSuchPath("a web page")
        if "application/json" in kind:  # it does not stream
            yield self._event(await whole(response.aiter_bytes()))
            yield None
            return
        said = data_of(response.aiter_bytes())
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
        """Refusals and the HTTP library's errors become ours."""
        try:
            yield
        except Refused as refused:
            hint = f"export {KEY}=…" if not os.environ.get(KEY) else f"is the key in {KEY} right?"
            raise refusal(self.url, refused.status, refused.body, wait=refused.wait, key=hint) from refused
        except (httpx.HTTPError, httpx.InvalidURL, TooMuch, BadAnswer) as error:
            raise self._gone(error) from error

    def _gone(self, error: Exception) -> Exception:
        untrusted = next((e for e in _causes(error) if isinstance(e, ssl.SSLCertVerificationError)), None)
        if untrusted is not None:
            return RemoteError(
                f"the certificate of {self.url} is not trusted: {clean_line(untrusted.verify_message, 200)}",
                hint="if it is your own, let SSL_CERT_FILE name the file of its authority",
            )
        if isinstance(error, httpx.TimeoutException):
            return Passing(
                RemoteError(f"{self.url} did not answer in time", hint="is the server overloaded?")
            )
        if isinstance(error, (httpx.ConnectError, httpx.ProxyError, httpx.InvalidURL)):
            hint = "is it running, and is the address right?"
            return Passing(RemoteError(f"no server answers at {self.url}", hint=hint))
        said = clean_line(str(error), 300) or type(error).__name__
        return Passing(RemoteError(f"{self.url} broke off: {said}"))


async def _ended(rest: AsyncGenerator[str, None]) -> None:
    """What ends an answer is read too, or its connection could not be used again. Some never end it."""

    async def read() -> None:
        async with aclosing(rest):
            async for _ in rest:
                continue

    with suppress(Exception):  # the answer is whole: nothing that happens now takes from it
        await asyncio.wait_for(read(), _END_WAIT)


def _key(url: str) -> str:
    """The key for this server, if there is one."""
    name = KEY if os.environ.get(KEY) or urlsplit(url).hostname != "api.openai.com" else "OPENAI_API_KEY"
    key = os.environ.get(name, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(f"{name} is not a key: it has characters that no key has", hint="copy it again")
    return key


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


def _json_or_text(data: bytes) -> object:
    try:
        return parsed(data)
    except BadAnswer:
        return data.decode("utf-8", "replace")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from."""
    for _ in range(10):
        yield error
        under = error.__cause__ or error.__context__
        if under is None:
            return
        error = under


def _wanted_wait(response: httpx.Response) -> float:
    try:
        return min(LONGEST_TOLD_WAIT, max(0.0, float(response.headers.get("retry-after", "0"))))
    except ValueError:
        return 0.0


def _nobody(_: str, __: str) -> None:
    """Nobody listens to notes."""
