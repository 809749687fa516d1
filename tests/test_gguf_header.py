"""GGUF headers, honest and hostile."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf, text
from wideseek_cli.core import gguf_header
from wideseek_cli.core.errors import ModelFileError, ModelMissingError
from wideseek_cli.core.gguf_header import ArrayLength, Header, read_header

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
    "tokenizer.ggml.tokens": [str(n) for n in range(1000)],
}
WHOLE = small_gguf(FIELDS, tensor_bytes=4096)


def _written(folder: Path, data: bytes) -> Path:
    path = folder / "x.gguf"
    path.write_bytes(data)
    return path


def _field(kind: int, value: bytes, name: str = "k") -> bytes:
    """A file with one field and no tensors."""
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text(name) + struct.pack("<I", kind) + value


def test_reads_and_reckons(tmp_path: Path) -> None:
    header = read_header(_written(tmp_path, WHOLE))
    assert (header.version, header.tensors, header.file_bytes) == (3, 1, len(WHOLE))
    assert header.architecture == "qwen3"
    assert header.context == 40960
    assert header.kv_bytes_per_token == 36 * 8 * 256 * 2 == 2 * header.kv_values_per_token
    assert header.vocabulary == 1000
    assert header.fields["short"] == ["a", "b"]
    assert header.fields["tokenizer.ggml.tokens"] == ArrayLength(1000)


def test_the_real_vocabulary_is_skipped(tiny_model: Path) -> None:
    header = read_header(tiny_model)
    assert header.vocabulary == 151_936
    assert "<think>" in header.template


def test_widths_follow_from_the_heads_where_they_are_not_given() -> None:
    fields = {name: FIELDS[f"qwen3.{name}"] for name in ("block_count", "attention.head_count")}
    fields = {f"llama.{name}": value for name, value in fields.items()} | {"llama.embedding_length": 2560}
    header = Header(3, 0, {"general.architecture": "llama", **fields}, 0)
    assert header.kv_values_per_token == 36 * 32 * (80 + 80)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -4, -0.5, True, "9", ["9"], ArrayLength(9)])
def test_what_is_no_count_is_none(value: object) -> None:
    header = Header(3, 0, {"general.architecture": "a", "a.block_count": value}, 0)
    assert header.number("block_count") == 0
    assert header.number("block_count", 7) == 7


def test_every_cut_is_an_error_of_ours(tmp_path: Path) -> None:
    ends = [0, 3, 4, len(WHOLE) - 1, *random.Random(5).sample(range(len(WHOLE)), 60)]
    for end in ends:
        with pytest.raises(ModelFileError, match=r"cut off|not a GGUF") as caught:
            read_header(_written(tmp_path, WHOLE[:end]))
        assert "again" in caught.value.hint


def test_a_cut_tensor_says_how_much_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=rf"cut off: {len(WHOLE) - 9:,} bytes of {len(WHOLE):,}"):
        read_header(_written(tmp_path, WHOLE[:-9]))


def test_the_last_field_may_not_be_cut_either(tmp_path: Path) -> None:
    """Long arrays are skipped, not read: their end is looked at all the same."""
    with pytest.raises(ModelFileError, match="cut off"):
        read_header(_written(tmp_path, _field(9, struct.pack("<IQ", 4, 1000) + bytes(3999))))
    assert read_header(_written(tmp_path, _field(9, struct.pack("<IQ", 4, 1000) + bytes(4000)))).fields


def test_every_flipped_byte_is_read_or_refused(tmp_path: Path) -> None:
    rng = random.Random(6)
    refused = 0
    for _ in range(600):
        broken = bytearray(WHOLE)
        broken[rng.randrange(len(WHOLE) - 4100 if rng.random() < 0.5 else 600)] = rng.randrange(256)
        try:
            header = read_header(_written(tmp_path, bytes(broken)))
            assert header.kv_bytes_per_token >= 0
            assert header.context >= 0
            assert header.vocabulary >= 0
            assert isinstance(header.template, str)
        except ModelFileError:
            refused += 1
    assert refused > 40


def _tensor(sides: int, kind: int = 0, offset: int = 0) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text("t") + struct.pack("<I", sides)
    return head + struct.pack("<Q", 1 << 20) * min(sides, 9) + struct.pack("<IQ", kind, offset) + bytes(64)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not a GGUF file"),
        (b"<html>", "is not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 9, 0, 0), "version 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1 << 40), "damaged: it claims [0-9,]+ fields"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "damaged: it claims [0-9,]+ tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1 << 62), "damaged: it claims"),
        (_field(8, struct.pack("<Q", 1 << 21)), "damaged: it claims 2,097,152 bytes of text"),
        (_field(9, struct.pack("<IQ", 4, 1 << 60)), "damaged: it claims [0-9,]+ items"),
        (_field(9, struct.pack("<IQ", 9, 2)), "damaged: a value of kind 9"),
        (_field(9, struct.pack("<IQ", 77, 2)), "damaged: a value of kind 77"),
        (_field(77, b""), "damaged: a value of kind 77"),
        (_field(4, struct.pack("<I", 0), "general.alignment"), "damaged: an alignment of 0"),
        (_field(8, text("x"), "general.alignment"), "damaged: an alignment of 'x'"),
        (_field(6, struct.pack("<f", float("nan")), "general.alignment"), "damaged: an alignment of nan"),
        (_tensor(2_000_000_000), "damaged: a tensor with 2,000,000,000 sides"),
        (_tensor(8), "cut off: "),
        (_tensor(1, kind=99, offset=1 << 62), "cut off: "),
    ],
)
def test_hostile_headers(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(ModelFileError, match=said):
        read_header(_written(tmp_path, data))


def test_many_bearable_fields_are_together_unbearable(tmp_path: Path) -> None:
    million = struct.pack("<Q", 1_000_000) + bytes(1_000_000)
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 20)
    body = b"".join(text(f"k{n}") + struct.pack("<I", 8) + million for n in range(20))
    with pytest.raises(ModelFileError, match="it claims 1,000,000 bytes of text"):
        read_header(_written(tmp_path, head + body))
    item = text("k") + struct.pack("<IIQ", 9, 0, 2_000_000) + bytes(2_000_000)
    with pytest.raises(ModelFileError, match="it claims 2,000,000 items"):
        read_header(_written(tmp_path, b"GGUF" + struct.pack("<IQQ", 3, 0, 3) + item * 3))


def test_block_sizes_are_those_of_the_format() -> None:
    import gguf

    for kind, size in gguf_header.BLOCKS.items():
        assert gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType(kind)] == size


def test_no_file_and_no_permission(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="no file"):
        read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_header(tmp_path)


@pytest.mark.parametrize("layers", [513, 2**31 - 1, 2**32 - 1])
def test_layers_over_which_llama_cpp_ends_the_process(tmp_path: Path, layers: int) -> None:
    data = small_gguf({"qwen3.block_count": layers}, tensor_bytes=4096)
    with pytest.raises(ModelFileError, match=f"claims {layers:,} layers"):
        read_header(_written(tmp_path, data))
