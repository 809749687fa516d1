"""The beginning of a GGUF file, read without trusting it. Long arrays are skipped, only their length kept."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from wideseek_cli.errors import ModelFileError

_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9
MAX_FIELDS = 4096
MAX_STRING = 1 << 20  # a chat template has some kilobytes
MAX_ITEMS = 1 << 22
KEPT_ITEMS = 16


@dataclass(frozen=True)
class ArrayLength:
    """Stands for an array too long to keep."""

    items: int


@dataclass(frozen=True)
class Header:
    """What a GGUF says of itself."""

    version: int
    tensors: int
    fields: Mapping[str, Any]

    @property
    def architecture(self) -> str:
        return str(self.fields.get("general.architecture", ""))

    @property
    def template(self) -> str:
        return str(self.fields.get("tokenizer.chat_template", ""))

    def number(self, key: str) -> int:
        """A figure of this architecture (`block_count`), 0 where absent or not a number."""
        value = self.fields.get(f"{self.architecture}.{key}")
        return int(value) if isinstance(value, (int, float)) else 0

    @property
    def context(self) -> int:
        return self.number("context_length")

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in f16."""
        heads = self.number("attention.head_count")
        wide = self.number("embedding_length") // heads if heads else 0
        keys = self.number("attention.key_length") or wide
        values = self.number("attention.value_length") or wide
        kv_heads = self.number("attention.head_count_kv") or heads
        return 2 * self.number("block_count") * kv_heads * (keys + values)


def read_header(path: Path) -> Header:
    """Read the fields of a GGUF; anything wrong with them is a ModelFileError."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except FileNotFoundError as error:
        raise ModelFileError(f"{path} does not exist") from error
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror}") from error
    except (struct.error, EOFError) as error:
        raise ModelFileError(f"{path} is cut off", hint="fetch it again") from error
    except ValueError as error:
        raise ModelFileError(f"{path} {error}") from error


def _read(file: BinaryIO) -> Header:
    if file.read(4) != b"GGUF":
        raise ValueError("is not a GGUF file")
    version = _scalar(file, "<I")
    if version not in (2, 3):
        raise ValueError(f"has GGUF version {version}, which is not supported")
    tensors, count = _scalar(file, "<Q"), _scalar(file, "<Q")
    if count > MAX_FIELDS:
        raise ValueError("has a damaged header")
    fields = {}
    for _ in range(count):
        key = _string(file)
        fields[key] = _value(file, _scalar(file, "<I"))
    return Header(version, tensors, fields)


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        return _array(file)
    if kind not in _SCALARS:
        raise ValueError("has a damaged header")
    return _scalar(file, "<" + _SCALARS[kind])


def _array(file: BinaryIO) -> Any:
    kind, items = _scalar(file, "<I"), _scalar(file, "<Q")
    if items > MAX_ITEMS or (kind not in _SCALARS and kind != _STRING):
        raise ValueError("has a damaged header")
    if items <= KEPT_ITEMS:
        return [_value(file, kind) for _ in range(items)]
    if kind == _STRING:
        for _ in range(items):
            file.seek(_length(file), 1)
    else:
        file.seek(items * struct.calcsize("<" + _SCALARS[kind]), 1)
    return ArrayLength(items)


def _scalar(file: BinaryIO, form: str) -> Any:
    return struct.unpack(form, file.read(struct.calcsize(form)))[0]


def _length(file: BinaryIO) -> int:
    length = int(_scalar(file, "<Q"))
    if length > MAX_STRING:
        raise ValueError("has a damaged header")
    return length


def _string(file: BinaryIO) -> str:
    length = _length(file)
    data = file.read(length)
    if len(data) < length:
        raise EOFError
    return data.decode("utf-8", "replace")
