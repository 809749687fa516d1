"""Messages with their length in front, over a socket; answers are plain data."""

from __future__ import annotations

import json
import socket
import struct
import time
import types
import typing
from typing import Any

from wideseek_cli.core.plain import decoder, to_plain

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 20
_UNIONS = (typing.Union, types.UnionType)


class BadFrame(Exception):
    """What came is longer than allowed, or no answer."""


def send(line: socket.socket, data: bytes, end: float | None = None) -> None:
    """Raises TimeoutError when the other side does not take it by `end` (of `time.monotonic`)."""
    line.settimeout(_left(end))
    line.sendall(_LENGTH.pack(len(data)) + data if len(data) < _PIECE else _LENGTH.pack(len(data)))
    if len(data) >= _PIECE:
        line.sendall(data)


def receive(line: socket.socket, end: float | None = None, most: int | None = None) -> bytes:
    """One frame. Raises EOFError at the end, TimeoutError at `end`, BadFrame over `most` bytes."""
    (size,) = _LENGTH.unpack(_exactly(line, _LENGTH.size, end))
    if most is not None and size > most:
        raise BadFrame
    return bytes(_exactly(line, size, end))


def _exactly(line: socket.socket, size: int, end: float | None) -> bytearray:
    data = bytearray(size)
    view, got = memoryview(data), 0
    while got < size:
        line.settimeout(_left(end))
        count = line.recv_into(view[got : got + _PIECE])
        if not count:
            raise EOFError
        got += count
    return data


def _left(end: float | None) -> float | None:
    if end is None:
        return None
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def pack(said: str, value: Any, peak: int) -> bytes:
    """An answer: how it went, what came of it, and how large its process has been."""
    plain = [said, type(value).__name__, to_plain(value), peak]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpack(data: bytes, kind: Any) -> tuple[str, Any, int]:
    """An answer whose value is of the annotated type `kind`. Its sender may have been taken over by what it
    read: it can make nothing else, and run nothing."""
    try:
        said, name, plain, peak = json.loads(data.decode("utf-8", "surrogatepass"))
        if said == "done":
            members = typing.get_args(kind) if typing.get_origin(kind) in _UNIONS else (kind,)
            named = [one for one in members if getattr(one, "__name__", "") == name]
            plain = decoder(named[0] if named else kind)(plain)
        return str(said), plain, int(peak)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadFrame from error
