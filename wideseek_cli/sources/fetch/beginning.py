"""The first bytes of an answer, unpacked: what comes behind them is not asked for."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from wideseek_cli.sources.fetch.body import BadEncodingError

_ZLIB_OR_GZIP = 47  # zlib's own number for: whichever of the two its first bytes say


async def read_beginning(parts: AsyncIterator[bytes], encoding: str, most: int) -> bytes:
    """At most so many bytes of a body."""
    name = encoding.strip().lower()
    if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise BadEncodingError(f"packed with {name[:30]}")
    unpacker = None if name in ("", "identity") else zlib.decompressobj(_ZLIB_OR_GZIP)
    body = bytearray()
    async for part in parts:
        room = most - len(body)
        try:
            body += part[:room] if unpacker is None else unpacker.decompress(part, room)
        except zlib.error as error:
            raise BadEncodingError(str(error)) from error
        if len(body) >= most:
            break
    return bytes(body)
