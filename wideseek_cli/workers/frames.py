"""Pickles with their length in front, over a socket; answers may hold nothing but data."""

from __future__ import annotations

import dataclasses
import io
import pickle
import socket
import struct
import time
from enum import Enum
from typing import Any

_LENGTH = struct.Struct("!Q")
_PIECE = 1 << 20
_PLAIN = {
    ("builtins", "set"),
    ("builtins", "frozenset"),
    ("builtins", "bytearray"),
    ("datetime", "date"),
    ("datetime", "datetime"),
    ("datetime", "timezone"),
    ("datetime", "timedelta"),
    ("decimal", "Decimal"),
}


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


def load(data: bytes) -> Any:
    """An answer's value. Its sender may have been taken over by what it read, so it can make nothing but
    plain values, enums and dataclasses of ours."""
    try:
        return _DataOnly(io.BytesIO(data)).load()
    except BadFrame:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise BadFrame from error


class _DataOnly(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _PLAIN:
            return super().find_class(module, name)
        if (module, name) == ("builtins", "getattr"):  # some Pythons pickle enums by their member's name
            return _member
        if module.startswith("wideseek_cli.") and "." not in name:
            found = super().find_class(module, name)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, Enum)):
                return found
        raise BadFrame


def _member(kind: Any, name: Any) -> Enum:
    if isinstance(kind, type) and issubclass(kind, Enum) and name in kind.__members__:
        return kind.__members__[name]
    raise BadFrame
