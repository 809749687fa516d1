"""The events of a streamed answer, out of its bytes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable

MOST_BYTES = 4 << 20  # of one event, and of an answer that is not streamed


class TooMuch(Exception):
    """An event or an answer beyond all measure."""


async def data_of(chunks: AsyncIterable[bytes]) -> AsyncGenerator[str, None]:
    """What each event's `data` says. The last event counts although no blank line follows it."""
    data: list[str] = []
    async for line in _lines(chunks):
        if line.startswith(b"data:"):
            _check(sum(map(len, data)))
            data.append(line[5:].removeprefix(b" ").decode("utf-8", "replace"))
        elif not line and data:
            yield "\n".join(data)
            data.clear()
    if data:
        yield "\n".join(data)


async def whole(chunks: AsyncIterable[bytes]) -> bytes:
    """All bytes of an answer."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        _check(len(body))
    return bytes(body)


async def _lines(chunks: AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        _check(len(rest))
        for line in lines:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest.removesuffix(b"\r")


def _check(size: int) -> None:
    if size > MOST_BYTES:
        raise TooMuch(f"more than {MOST_BYTES:,} bytes")
