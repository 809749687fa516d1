"""The head of a GGUF file, read without loading it: is it one, is it whole, how big would it be."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from wideseek_cli.errors import ModelFileError, ModelMissingError

MAGIC = b"GGUF"
MAX_KEYS, MAX_TENSORS, MAX_TEXT, MAX_ITEMS = 100_000, 200_000, 16_000_000, 4_000_000
SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
TEXT, ARRAY = 8, 9
# (values in a block, bytes of a block) by tensor type, to know where the last tensor ends
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 30: (1, 2),
}  # fmt: skip


@dataclass(frozen=True)
class Header:
    """What a GGUF says of itself. Arrays are left out of `values`, their lengths are kept."""

    path: Path
    values: dict[str, Any]
    lengths: dict[str, int]
    file_bytes: int

    @property
    def architecture(self) -> str:
        return str(self.values.get("general.architecture", ""))

    def number(self, name: str, default: int = 0) -> int:
        """A whole number under the architecture's own prefix."""
        value = self.values.get(f"{self.architecture}.{name}", default)
        return int(value) if isinstance(value, (int, float)) else default

    @property
    def trained_context(self) -> int:
        return self.number("context_length")

    @property
    def vocab_size(self) -> int:
        return self.lengths.get("tokenizer.ggml.tokens", 0)

    def kv_values_per_token(self) -> int:
        """Numbers that one token adds to the KV cache, all layers together."""
        heads = self.number("attention.head_count", 1)
        kv_heads = self.number("attention.head_count_kv", heads)
        width = self.number("embedding_length") // max(1, heads)
        key, value = self.number("attention.key_length", width), self.number("attention.value_length", width)
        return self.number("block_count", 1) * kv_heads * (key + value)


def read_header(path: Path) -> Header:
    """The head of a GGUF; a file that is none, or is cut off, is an error that says so."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            return _Reader(path, file, size).header()
    except FileNotFoundError:
        raise ModelMissingError(
            f"no file {path}", hint="wideseek models lists the models on this machine"
        ) from None
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {error.strerror or error}") from error


class _Reader:
    """Reads field by field; every count is checked before it is believed."""

    def __init__(self, path: Path, file: BinaryIO, size: int) -> None:
        self._path, self._file, self._size = path, file, size

    def header(self) -> Header:
        if self._file.read(4) != MAGIC:
            raise ModelFileError(
                f"{self._path.name} is not a GGUF file", hint="Models come as .gguf files: wideseek models"
            )
        version = self._scalar("I")
        if version not in (2, 3):
            raise ModelFileError(f"{self._path.name} is GGUF version {version}; 2 and 3 can be read")
        tensors, keys = self._count(MAX_TENSORS), self._count(MAX_KEYS)
        values: dict[str, Any] = {}
        lengths: dict[str, int] = {}
        for _ in range(keys):
            name = self._text()
            kind = self._scalar("I")
            if kind == ARRAY:
                lengths[name] = self._skip_array()
            else:
                values[name] = self._text() if kind == TEXT else self._scalar(self._code(kind))
        self._check_end(tensors, int(values.get("general.alignment", 32)) or 32)
        return Header(self._path, values, lengths, self._size)

    def _check_end(self, tensors: int, alignment: int) -> None:
        """A download that broke off lacks the last tensors."""
        end = 0
        for _ in range(tensors):
            self._text()
            shape = [self._scalar("Q") for _ in range(min(8, self._scalar("I")))]
            kind, offset = self._scalar("I"), self._scalar("Q")
            count, size = BLOCKS.get(kind, (256, 0))
            values = 1
            for side in shape:
                values *= side
            end = max(end, offset + values // count * size)
        start = -(-self._file.tell() // alignment) * alignment
        if start + end > self._size:
            raise ModelFileError(
                f"{self._path.name} is cut off: {self._size:,} bytes of {start + end:,}",
                hint="Download it again: wideseek models get",
            )

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise ModelFileError(
                f"{self._path.name} is cut off in its header", hint="Download it again: wideseek models get"
            )
        return data

    def _scalar(self, code: str) -> Any:
        return struct.unpack(f"<{code}", self._bytes(struct.calcsize(f"<{code}")))[0]

    def _code(self, kind: int) -> str:
        if kind not in SCALARS:
            raise ModelFileError(f"{self._path.name} is damaged: a value of kind {kind}")
        return SCALARS[kind]

    def _count(self, most: int) -> int:
        count = int(self._scalar("Q"))
        if count > most:
            raise ModelFileError(f"{self._path.name} is damaged: it claims {count:,} entries")
        return count

    def _text(self) -> str:
        return self._bytes(self._count(MAX_TEXT)).decode("utf-8", "replace")

    def _skip_array(self) -> int:
        kind, count = self._scalar("I"), self._count(MAX_ITEMS)
        if kind == TEXT:
            for _ in range(count):
                self._bytes(self._count(MAX_TEXT))
        else:
            self._bytes(count * struct.calcsize(f"<{self._code(kind)}"))
        return int(count)
