"""What a server may not do: send us elsewhere, answer without end, or nest without end."""

from __future__ import annotations

import json
from typing import Any

from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.remote.sse import MOST_BYTES, TooMuch


class Elsewhere(Exception):
    """The server redirects to another address. Nobody chose that one, and the conversation is not for it."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = clean_line(place, 200)


class BadAnswer(Exception):
    """An answer that cannot be parsed."""


async def check(response: Any) -> None:
    """For the HTTP client to call when an answer's head has come. The body of an error is read here, as the
    client would read it without a limit."""
    if 300 <= response.status_code < 400:
        raise Elsewhere(str(response.headers.get("location", "")))
    if response.status_code < 400:
        return
    body = bytearray()
    async for part in response.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise TooMuch(f"more than {MOST_BYTES:,} bytes")
    response._content = bytes(body)  # where the client keeps what it has read


def parsed(data: str | bytes) -> Any:
    """JSON, or a BadAnswer: also for what is nested too deep, or a number too long for Python."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise BadAnswer("its JSON is nested too deep") from error
    except ValueError as error:
        raise BadAnswer(f"it sent no JSON ({clean_line(str(error), 100)})") from error
