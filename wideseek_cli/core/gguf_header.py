"""The head of a GGUF file, read without trusting it and without loading the model."""

from __future__ import annotations

import math
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from wideseek_cli.core.errors import ModelFileError, ModelMissingError

_SCALARS = dict(zip((0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12), "BbHhIif?Qqd", strict=True))
_STRING, _ARRAY = 8, 9
# (values in a block, bytes of a block) by tensor type, to know where the last tensor ends
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
MAX_FIELDS, MAX_TENSORS, MAX_SIDES = 4096, 200_000, 8
MAX_LAYERS = 512  # llama.cpp's own limit, over which it ends the process
MAX_NAME = 65_535
MAX_STRING = 1 << 20  # a chat template has some kilobytes
MAX_ITEMS = 1 << 22  # of all arrays together; a vocabulary and its merges have half a million
MAX_KEPT = 1 << 24  # bytes of text, all fields together
KEPT_ITEMS = 16
_AT_A_TIME = 1 << 20  # bytes
_HINT = "download it again (wideseek models pull), or choose another: wideseek models list"


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
    file_bytes: int
    kind: int = -1  # of most of its weights

    @property
    def architecture(self) -> str:
        return str(self.fields.get("general.architecture", ""))

    @property
    def template(self) -> str:
        return str(self.fields.get("tokenizer.chat_template", ""))

    def number(self, key: str, default: int = 0) -> int:
        """A count under the architecture's own prefix (`block_count`); what is no count is the default."""
        value = self.fields.get(f"{self.architecture}.{key}")
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return default
        return int(value) if math.isfinite(value) and value >= 0 else default

    @property
    def context(self) -> int:
        """Tokens the model was trained for, 0 where it does not say."""
        return self.number("context_length")

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        tokens = self.fields.get("tokenizer.ggml.tokens")
        return tokens.items if isinstance(tokens, ArrayLength) else len(tokens or ())

    @property
    def kv_head_sizes(self) -> tuple[int, int]:
        """Numbers in a key and in a value of one head."""
        heads = self.number("attention.head_count")
        wide = self.number("embedding_length") // heads if heads else 0
        return self.number("attention.key_length") or wide, self.number("attention.value_length") or wide

    @property
    def kv_values_per_token(self) -> int:
        """Numbers that one token adds to the KV cache, all layers together."""
        kv_heads = self.number("attention.head_count_kv") or self.number("attention.head_count")
        return self.number("block_count") * kv_heads * sum(self.kv_head_sizes)

    @property
    def kv_bytes_per_token(self) -> int:
        """Keys and values of one token in f16."""
        return 2 * self.kv_values_per_token


def read_header(path: Path) -> Header:
    """The head of a GGUF; a file that is none, is damaged or cut off anywhere is an error that says so."""
    try:
        found = path.stat()
        return _read(path, found.st_size, found.st_mtime_ns, found.st_ino)
    except FileNotFoundError:
        raise ModelMissingError(
            f"no file {path}", hint="wideseek models list shows the models on this machine"
        ) from None
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}") from error
    except _CutError as error:
        raise ModelFileError(f"{path} is cut off{error}", hint=_HINT) from error
    except ValueError as error:
        raise ModelFileError(f"{path} {error}", hint=_HINT) from error


@lru_cache(maxsize=4)
def _read(path: Path, size: int, changed: int, inode: int) -> Header:
    """Kept: a vocabulary of 150,000 words is skipped one by one, and a start asks for it several times."""
    with path.open("rb") as file:
        return _Reader(file, size).header()


class _CutError(ValueError):
    """The file ends before it should."""


class _Reader:
    """Reads field by field; every length and count is checked before it is believed."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._size = file, size
        self._items, self._kept = MAX_ITEMS, MAX_KEPT  # what may still come

    def header(self) -> Header:
        if self._file.read(4) != b"GGUF":
            raise ValueError("is not a GGUF file")
        version = self._scalar("I")
        if version not in (2, 3):
            raise ValueError(f"has GGUF version {version}, which cannot be read; 2 and 3 can")
        tensors, count = self._count(MAX_TENSORS, "tensors"), self._count(MAX_FIELDS, "fields")
        fields: dict[str, Any] = {}
        for _ in range(count):
            name = self._text(MAX_NAME)
            fields[name] = self._value(self._scalar("I"))
        kind = self._check_end(tensors, fields.get("general.alignment", 32))
        header = Header(version, tensors, fields, self._size, kind)
        if header.number("block_count") > MAX_LAYERS:
            raise ValueError(f"is damaged: it claims {header.number('block_count'):,} layers")
        return header

    def _check_end(self, tensors: int, alignment: Any) -> int:
        """The type of most weights. A download that broke off lacks the last tensors."""
        if type(alignment) is not int or alignment < 1:
            raise ValueError(f"is damaged: an alignment of {alignment!r:.40}")
        end, sizes = 0, Counter[int]()
        for _ in range(tensors):
            kind, size, offset = self._tensor()
            sizes[kind] += size
            end = max(end, offset + size)
        here = self._file.tell()
        whole = -(-here // alignment) * alignment + end if tensors else here
        if whole > self._size:
            raise _CutError(f": {self._size:,} bytes of {whole:,}")
        return max(sizes, key=sizes.__getitem__, default=-1)

    def _tensor(self) -> tuple[int, int, int]:
        """A tensor's type, its bytes, and where it begins, counted from the first one."""
        self._skip(self._length(MAX_NAME))
        sides = self._scalar("I")
        if sides > MAX_SIDES:
            raise ValueError(f"is damaged: a tensor with {sides:,} sides")
        values = math.prod(self._scalar("Q") for _ in range(sides))
        kind, offset = self._scalar("I"), self._scalar("Q")
        block, size = BLOCKS.get(kind, (1, 0))  # of a type we do not know, at least its beginning is there
        return kind, int(values // block * size), offset

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self._text(MAX_STRING)
        return self._array() if kind == _ARRAY else self._scalar(_code(kind))

    def _array(self) -> list[Any] | ArrayLength:
        kind, count = self._scalar("I"), self._count(self._items, "items")
        self._items -= count
        code = "" if kind == _STRING else _code(kind)
        if count <= KEPT_ITEMS:
            return [self._value(kind) for _ in range(count)]
        if code:
            self._skip(count * struct.calcsize(f"<{code}"))
            return ArrayLength(count)
        self._skip_texts(count)
        return ArrayLength(count)

    def _skip_texts(self, count: int) -> None:
        """A vocabulary has hundreds of thousands, so many are read at a time."""
        length_at, data, at = struct.Struct("<Q").unpack_from, b"", 0
        for _ in range(count):
            if len(data) - at < 8:
                data, at = data[at:] + self._file.read(_AT_A_TIME), 0
                if len(data) < 8:
                    raise _CutError(" in its header")
            at += 8 + _believed(length_at(data, at)[0], MAX_STRING, "bytes of text")
            if at > len(data):
                self._skip(at - len(data))
                data, at = b"", 0
        self._skip(at - len(data))

    def _scalar(self, code: str) -> Any:
        form = f"<{code}"
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    def _count(self, most: int, what: str) -> int:
        return _believed(int(self._scalar("Q")), most, what)

    def _length(self, most: int) -> int:
        return self._count(most, "bytes of text")

    def _text(self, most: int) -> str:
        length = self._length(min(most, self._kept))
        self._kept -= length
        return self._bytes(length).decode("utf-8", "replace")

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise _CutError(" in its header")
        return data

    def _skip(self, count: int) -> None:
        """Past the end of the file, too: the next read, or the last check, notices."""
        self._file.seek(count, 1)


def _believed(count: int, most: int, what: str) -> int:
    if count > most:
        raise ValueError(f"is damaged: it claims {count:,} {what}")
    return count


def _code(kind: int) -> str:
    if kind not in _SCALARS:
        raise ValueError(f"is damaged: a value of kind {kind}")
    return _SCALARS[kind]
