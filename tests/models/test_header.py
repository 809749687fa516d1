"""GGUF headers, honest and hostile."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from wideseek_cli.errors import ModelFileError
from wideseek_cli.models.header import ArrayLength, read_header

FIELDS = {
    "general.name": "Née",
    "qwen3.block_count": 36,
    "qwen3.attention.head_count": 32,
    "qwen3.attention.head_count_kv": 8,
    "qwen3.attention.key_length": 128,
    "qwen3.attention.value_length": 128,
    "qwen3.embedding_length": 2560,
    "qwen3.context_length": 40960,
    "short": ["a", "b"],
    "long": [str(n) for n in range(1000)],
}


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "x.gguf"
    path.write_bytes(data)
    return path


def test_reads_and_reckons(tmp_path: Path) -> None:
    header = read_header(_written(tmp_path, small_gguf(FIELDS)))
    assert header.architecture == "qwen3"
    assert header.context == 40960
    assert header.kv_bytes_per_token == 36 * 8 * 256 * 2
    assert header.fields["short"] == ["a", "b"]
    assert header.fields["long"] == ArrayLength(1000)


def test_the_real_vocabulary_is_skipped(tiny_model: Path) -> None:
    header = read_header(tiny_model)
    assert header.fields["tokenizer.ggml.tokens"] == ArrayLength(151_936)
    assert "<think>" in header.template


def test_every_cut_is_an_error_of_ours(tmp_path: Path) -> None:
    data = small_gguf(FIELDS)
    for end in random.Random(5).sample(range(len(data)), 60):
        with pytest.raises(ModelFileError, match=r"cut off|not a GGUF"):
            read_header(_written(tmp_path, data[:end]))


def test_every_flipped_byte_is_read_or_refused(tmp_path: Path) -> None:
    data = bytearray(small_gguf(FIELDS))
    rng = random.Random(6)
    refused = 0
    for _ in range(300):
        broken = bytearray(data)
        broken[rng.randrange(min(len(data), 600))] = rng.randrange(256)
        try:
            header = read_header(_written(tmp_path, bytes(broken)))
            assert header.kv_bytes_per_token >= 0 or header.fields
        except ModelFileError:
            refused += 1
    assert refused > 20


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not a GGUF file"),
        (b"<html>", "is not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "damaged header"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "damaged header"),
        (
            b"GGUF"
            + struct.pack("<IQQ", 3, 0, 1)
            + struct.pack("<Q", 1)
            + b"k"
            + struct.pack("<IIQ", 9, 4, 1 << 60),
            "damaged",
        ),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<I", 77),
            "damaged",
        ),
    ],
)
def test_hostile_headers(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(ModelFileError, match=said):
        read_header(_written(tmp_path, data))


def test_no_file_and_no_permission(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="does not exist"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_header(tmp_path)
