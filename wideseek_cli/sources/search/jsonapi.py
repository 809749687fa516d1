"""Asking a search engine's JSON API; what goes wrong becomes one of our errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import httpx

from wideseek_cli.core import aio
from wideseek_cli.core.errors import (
    ConfigError,
    SearchBlockedError,
    SearchTimeoutError,
    SourceUnreachableError,
)
from wideseek_cli.core.text import clean_line
from wideseek_cli.settings.proxies import certificates, readable_proxies
from wideseek_cli.sources.manners import Pacer

_MAX_BYTES = 5_000_000
_MESSAGE_NAMES = ("message", "detail", "error", "reason")  # under which APIs say what is wrong
_MOST_SAID = 100  # characters of it that are shown


class JsonApi:
    """One engine's API: one request at a time, paced, and asked again once when it says too often.

    `timeout_s` is for a whole answer, however slowly it comes.
    """

    def __init__(self, name: str, *, timeout_s: float = 15.0, pause_s: float = 0.3) -> None:
        self._name = name
        self._client: httpx.AsyncClient | None = None
        self._timeout = timeout_s
        self._pacer = Pacer(pause_s, first_backoff=2.0)

    async def ask(self, method: str, url: str, **how: Any) -> Mapping[str, Any]:
        """The object that the API answers with."""
        for left in (1, 0):
            async with self._pacer.turn():
                code, data = await self._send(method, url, how)
            if code == 429 and left:
                self._pacer.refused()
                continue
            break
        self._check(code, _said(data) if code != 200 else "")
        self._pacer.answered()
        try:
            loaded = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise SourceUnreachableError(f"{self._name} did not answer with JSON") from error
        if not isinstance(loaded, dict):
            raise SourceUnreachableError(f"{self._name} answered with JSON of another shape")
        return loaded

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def _send(self, method: str, url: str, how: dict[str, Any]) -> tuple[int, bytes]:
        if self._client is None:
            with readable_proxies():
                self._client = httpx.AsyncClient(
                    verify=certificates(), timeout=self._timeout, follow_redirects=False
                )
        try:
            async with aio.timeout(self._timeout), self._client.stream(method, url, **how) as answer:
                data = bytearray()
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > _MAX_BYTES:
                        raise SourceUnreachableError(f"{self._name} answered with more than 5 MB")
                return answer.status_code, bytes(data)
        except (httpx.TimeoutException, asyncio.TimeoutError) as error:
            raise SearchTimeoutError(f"{self._name} did not answer within {self._timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            detail = clean_line(str(error), 100) or type(error).__name__
            raise SourceUnreachableError(f"{self._name} cannot be reached ({detail})") from error

    def _check(self, code: int, said: str) -> None:
        told = f"HTTP {code}: {said}" if said else f"HTTP {code}"
        if code == 429:
            raise SearchBlockedError(f"{self._name} says it was asked too often ({told})")
        if code == 401:
            raise ConfigError(f"{self._name} does not accept the key ({told})")
        if code in (402, 403):
            raise SearchBlockedError(
                f"{self._name} refuses ({told})", hint="check the API key, JSON access and quota"
            )
        if code != 200:
            raise SourceUnreachableError(f"{self._name} answered with {told}")


def _said(data: bytes) -> str:
    """The first words of the message in an error's JSON, made safe; empty when there is none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return ""
    for _ in range(3):  # {"error": {"detail": "…"}}
        if not isinstance(value, dict):
            break
        value = next((value[name] for name in _MESSAGE_NAMES if value.get(name)), "")
    return clean_line(value, _MOST_SAID) if isinstance(value, str) else ""
