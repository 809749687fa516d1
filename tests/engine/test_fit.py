"""Files and memory are judged before anything is loaded."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from wideseek_cli.engine import fit
from wideseek_cli.engine.fit import LoadOptions, lay_out
from wideseek_cli.engine.header import read_header
from wideseek_cli.errors import ModelFileError, ModelMemoryError, ModelMissingError, UsageError

GB = 1e9


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(path: Path, *, layers: int = 36, tensor_bytes: int = 4096, context: int = 40_960) -> Path:
    """A head as Qwen3-4B's, and a file as long as it claims."""
    numbers = {
        "block_count": layers,
        "context_length": context,
        "embedding_length": 2560,
        "feed_forward_length": 9728,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
        "attention.key_length": 128,
        "attention.value_length": 128,
    }
    keys = [text("general.architecture") + struct.pack("<I", 8) + text("qwen3")]
    keys += [text(f"qwen3.{name}") + struct.pack("<II", 4, value) for name, value in numbers.items()]
    tokens = b"".join(text(f"t{number}") for number in range(100))
    keys.append(text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 100) + tokens)
    tensor = text("output.weight") + struct.pack("<IQIQ", 1, tensor_bytes // 4, 0, 0)
    head = b"GGUF" + struct.pack("<IQQ", 3, 1, len(keys)) + b"".join(keys) + tensor
    head += b"\0" * (-len(head) % 32)
    path.write_bytes(head + b"\0" * tensor_bytes)
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return gguf(tmp_path / "model.gguf")


def have(monkeypatch: pytest.MonkeyPatch, free: float) -> None:
    monkeypatch.setattr(fit, "available_memory", lambda: free)


def test_the_head_tells_the_size_of_a_token(model: Path) -> None:
    header = read_header(model)
    assert header.architecture == "qwen3"
    assert header.vocab_size == 100
    assert header.kv_values_per_token() * 2 == 36 * 8 * 256 * 2  # 147,456 bytes in f16


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="no file"):
        read_header(tmp_path / "none.gguf")


def test_a_file_that_is_no_gguf(tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<html>not found</html>")
    with pytest.raises(ModelFileError, match=r"page\.gguf is not a GGUF file"):
        read_header(path)


@pytest.mark.parametrize("kept", [3, 30, 200, 2000])
def test_a_file_cut_off_anywhere(model: Path, kept: int) -> None:
    model.write_bytes(model.read_bytes()[:kept])
    with pytest.raises(ModelFileError, match=r"cut off|is not a GGUF"):
        read_header(model)


def test_a_file_whose_last_tensor_is_missing_says_how_much(model: Path) -> None:
    model.write_bytes(model.read_bytes()[:-1000])
    with pytest.raises(ModelFileError, match=r"cut off: [\d,]+ bytes of [\d,]+") as caught:
        read_header(model)
    assert "again" in caught.value.hint


def test_absurd_counts_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "mad.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60))
    with pytest.raises(ModelFileError, match="damaged"):
        read_header(path)


def test_with_much_memory_streams_are_as_long_as_they_are_of_use(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 200 * GB)
    lead, others = lay_out(LoadOptions(model, width=10)).pools
    assert (lead.streams, lead.size) == (1, 32_768)
    assert (others.streams, others.size) == (10, 16_384)
    (pool,) = lay_out(LoadOptions(model, width=10, conversation_tokens=8192)).pools
    assert (pool.streams, pool.size) == (11, 8192)


def test_with_little_memory_the_lead_has_a_long_stream_and_the_others_shorter_ones(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(monkeypatch, 9 * GB)
    lead, others = lay_out(LoadOptions(model, width=6)).pools
    assert lead.streams == 1
    assert others.streams == 6
    assert lead.size > 2 * others.size >= 4096
    used = (lead.size + others.streams * others.size) * 147_456
    assert used < 9 * GB


def test_width_gives_way_before_streams_become_useless(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 4 * GB)
    layout = lay_out(LoadOptions(model, width=10))
    assert all(pool.size >= 2048 for pool in layout.pools)
    assert sum(pool.streams for pool in layout.pools) < 11


def test_too_little_memory_is_said_with_the_number(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 0.9 * GB)
    with pytest.raises(ModelMemoryError, match=r"needs about \d\.\d GB; 0\.9 GB are free"):
        lay_out(LoadOptions(model, width=4))


def test_a_context_that_was_asked_for_must_fit(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    with pytest.raises(ModelMemoryError, match="100,000 tokens"):
        lay_out(LoadOptions(model, context=100_000))


def test_a_context_over_the_training_is_refused(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 200 * GB)
    with pytest.raises(UsageError, match=r"50,000 tokens is over the 40,960"):
        lay_out(LoadOptions(model, conversation_tokens=50_000))


def test_q8_holds_nearly_twice_as_much(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, 9 * GB)
    plain, small = (
        sum(p.streams * p.size for p in lay_out(LoadOptions(model, width=6, kv_type=kind)).pools)
        for kind in ("f16", "q8_0")
    )
    assert 1.7 < small / plain < 1.95
