"""An answer out of its bytes: whole or event by event, within limits."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

from wideseek_cli.core.text import clean_line

MOST_STREAM = 64 << 20  # bytes of one streamed answer; the longest reply has a hundredth of it
MOST_LINES = 1_000_000  # of one streamed answer: each costs time, however short; a token takes two
MOST_BYTES = 4 << 20  # of one event, and of an answer that is not streamed


class TooMuch(Exception):
    """An event or an answer beyond all measure."""


class BadAnswer(Exception):
    """An answer that cannot be parsed."""


async def data_of(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """What each event's `data` says. The last event counts although no blank line follows it."""
    data: list[str] = []
    size = 0
    async for line in _lines(chunks):
        if line.startswith(b"data:"):
            size += len(line)
            _check(size)
            data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
        elif not line and data:
            yield "\n".join(data)
            data.clear()
            size = 0
    if data:
        yield "\n".join(data)


async def whole(chunks: AsyncIterable[bytes]) -> bytes:
    """All bytes of an answer."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        _check(len(body))
    return bytes(body)


def parsed(data: str | bytes) -> Any:
    """JSON, or a BadAnswer: also for what is nested too deep, or a number too long for Python."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise BadAnswer("its JSON is nested too deep") from error
    except ValueError as error:
        raise BadAnswer(f"it sent no JSON ({clean_line(str(error), 100)})") from error


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    rest: list[bytes] = []  # of a line whose end has not come
    size = total = lines = 0
    async for chunk in chunks:
        total += len(chunk)
        _check(total, MOST_STREAM)
        lines += chunk.count(b"\n")
        _check(lines, MOST_LINES, "lines")
        first, *others = chunk.split(b"\n")
        rest.append(first)
        size += len(first)
        _check(size)
        if others:
            yield b"".join(rest).removesuffix(b"\r")
            for line in others[:-1]:
                yield line.removesuffix(b"\r")
            rest, size = [others[-1]], len(others[-1])
    if line := b"".join(rest):
        yield line.removesuffix(b"\r")


def _check(size: int, most: int = MOST_BYTES, what: str = "bytes") -> None:
    if size > most:
        raise TooMuch(f"more than {most:,} {what}")
