"""An OpenAI-compatible server, spoken to through the openai package: the only file that imports it."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import openai

from wideseek_cli.engine.wire import Ask, NoSuchPath, Passing, Piece, Served
from wideseek_cli.errors import ConfigError, ContextFullError, RemoteError
from wideseek_cli.text import clean_line

KEY = "WIDESEEK_API_KEY"
CONNECT_SECONDS = 10.0
KNOW_ALL_SAMPLERS = {"llamacpp", "vllm", "sglang"}  # others may refuse parameters that OpenAI does not have


class Server:
    """One server. The key comes from the environment, and OpenAI's own only goes to OpenAI."""

    def __init__(self, url: str, *, timeout: float) -> None:
        self.url = _base(url)
        host = urlsplit(self.url).hostname or ""
        key = os.environ.get(KEY) or (os.environ.get("OPENAI_API_KEY") if host == "api.openai.com" else "")
        self._client: Any = openai.AsyncOpenAI(
            base_url=self.url,
            api_key=key or "none",
            max_retries=0,
            timeout=openai.Timeout(timeout, connect=CONNECT_SECONDS),
        )

    async def look(self, model: str) -> Served:
        """Ask what it serves."""
        async with self._translated():
            listed = await self._client.get("/models", cast_to=object)
            entry = _entry(listed, model)
            properties = await self._properties() if entry.get("owned_by") in ("llamacpp", None, "") else {}
        return _served(entry, properties, model)

    async def _properties(self) -> Mapping[str, Any]:
        """llama-server's own page about itself; other servers have none."""
        root = self.url.removesuffix("/v1")
        try:
            told = await self._client.get(f"{root}/props", cast_to=object)
        except openai.APIStatusError:
            return {}
        return told if isinstance(told, dict) else {}

    async def complete(self, served: Served, prompt: str, ask: Ask) -> AsyncGenerator[Piece, None]:
        """Continue a text."""
        body = {"prompt": prompt, **_parameters(served, ask)}
        async with self._translated(), await self._client.completions.create(**body) as stream:
            async for chunk in stream:
                text = chunk.choices[0].text if chunk.choices else ""
                yield _piece(chunk, text or "")

    async def chat(
        self, served: Served, messages: Sequence[Mapping[str, str]], ask: Ask
    ) -> AsyncGenerator[Piece, None]:
        """Answer messages, for servers that continue no texts."""
        body = {"messages": list(messages), **_parameters(served, ask)}
        async with self._translated(), await self._client.chat.completions.create(**body) as stream:
            async for chunk in stream:
                delta = chunk.choices[0].delta if chunk.choices else None
                thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
                yield _piece(chunk, (delta.content if delta else "") or "", thought or "")

    async def aclose(self) -> None:
        await self._client.close()

    @asynccontextmanager
    async def _translated(self) -> AsyncIterator[None]:
        """The package's errors, and those of the HTTP library under it, become ours."""
        try:
            yield
        except openai.APIStatusError as error:
            raise self._refused(error) from error
        except openai.OpenAIError as error:
            raise Passing(self._gone(error)) from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] not in ("httpx", "httpx2", "httpcore", "json"):
                raise
            raise Passing(self._gone(error)) from error

    def _gone(self, error: Exception) -> RemoteError:
        if isinstance(error, openai.APITimeoutError):
            return RemoteError(f"{self.url} did not answer in time.", hint="Is the server overloaded?")
        if isinstance(error, openai.APIConnectionError):
            return RemoteError(
                f"No server answers at {self.url}.", hint="Is it running, and is the address right?"
            )
        return RemoteError(f"{self.url} broke off: {_clean(error)}")

    def _refused(self, error: openai.APIStatusError) -> Exception:
        code, text = error.status_code, _clean(error)
        if code in (401, 403):
            hint = f"export {KEY}=…" if not os.environ.get(KEY) else f"Is the key in {KEY} right?"
            return RemoteError(f"{self.url} wants a key.", hint=hint)
        if code == 400 and "context" in text.lower():
            return ContextFullError(
                f"{self.url} says: {text}", hint="Start the server with a longer context."
            )
        if code in (404, 405, 501):
            if "model" in text.lower():
                return RemoteError(
                    f"{self.url} says: {text}", hint="Name a model that it serves with --model."
                )
            return NoSuchPath(text)
        refusal = RemoteError(f"{self.url} answered {code}: {text}")
        if code in (408, 409, 425, 429) or code >= 500:
            return Passing(refusal, _wanted_wait(error), answered=True)
        return refusal


def _base(url: str) -> str:
    """The address with a scheme and a path; /v1 where none was given."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        fits = parts.port != 0  # reading it is what finds a port that is none
    except ValueError:
        parts, fits = urlsplit(""), False
    if not fits or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"{url!r} is no address of a server.", hint="For example: http://localhost:8080/v1")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") or "/v1", "", ""))


def _entry(listed: Any, model: str) -> Mapping[str, Any]:
    entries = listed.get("data") if isinstance(listed, dict) else None
    found = [entry for entry in entries or [] if isinstance(entry, dict)]
    named = next((entry for entry in found if entry.get("id") == model), None)
    if named is not None:
        return named
    return {"id": model} if model else next(iter(found), {})


def _served(entry: Mapping[str, Any], properties: Mapping[str, Any], model: str) -> Served:
    name = model or str(entry.get("id") or "")
    if not name:
        raise RemoteError("The server lists no model.", hint="Name one with --model.")
    settings = properties.get("default_generation_settings")
    context = (
        _number(settings, "n_ctx") or _number(entry.get("meta"), "n_ctx") or _number(entry, "max_model_len")
    )
    kind = "llamacpp" if "total_slots" in properties else str(entry.get("owned_by") or "")
    return Served(
        model=name,
        context=context,
        slots=_number(properties, "total_slots"),
        template=str(properties.get("chat_template") or ""),
        bos_token=str(properties.get("bos_token") or ""),
        eos_token=str(properties.get("eos_token") or ""),
        kind=kind,
        detail=_clean(properties.get("build_info") or kind),
    )


def _parameters(served: Served, ask: Ask) -> dict[str, Any]:
    how = ask.sampling
    extra: dict[str, Any] = {}
    if served.kind in KNOW_ALL_SAMPLERS or how.top_k > 0:
        extra["top_k"] = how.top_k if how.top_k > 0 else (0 if served.kind == "llamacpp" else -1)
    if served.kind in KNOW_ALL_SAMPLERS or how.min_p > 0:
        extra["min_p"] = how.min_p
    if ask.grammar:
        extra["grammar"] = ask.grammar
    parameters: dict[str, Any] = {
        "model": served.model,
        "max_tokens": ask.max_tokens,
        "temperature": how.temperature,
        "top_p": how.top_p,
        "stream": True,
        "stream_options": {"include_usage": True},
        "extra_body": extra,
    }
    if how.seed is not None:
        parameters["seed"] = how.seed
    if ask.stop:
        parameters["stop"] = list(ask.stop)
    return parameters


def _piece(chunk: Any, text: str, thought: str = "") -> Piece:
    usage = chunk.usage
    details = getattr(usage, "prompt_tokens_details", None)
    return Piece(
        text=text,
        thought=thought,
        finish=(chunk.choices[0].finish_reason or "") if chunk.choices else "",
        prompt_tokens=_number(usage, "prompt_tokens"),
        cached_tokens=_number(details, "cached_tokens"),
        written_tokens=_number(usage, "completion_tokens"),
    )


def _wanted_wait(error: openai.APIStatusError) -> float:
    try:
        return min(60.0, max(0.0, float(error.response.headers.get("retry-after", "0"))))
    except ValueError:
        return 0.0


def _number(source: Any, key: str) -> int:
    value = source.get(key) if isinstance(source, dict) else getattr(source, key, None)
    return value if isinstance(value, int) and value > 0 else 0


def _clean(thing: object) -> str:
    """A server's words on one line of a terminal."""
    body = getattr(thing, "body", None)
    told = body.get("message") if isinstance(body, dict) else None
    text = clean_line(str(told or getattr(thing, "message", "") or thing), 300)
    return text or type(thing).__name__
