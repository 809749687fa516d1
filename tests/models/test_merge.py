"""A model in another form: what an adapter adds to a matrix is in it, and all else is as it was."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np
import pytest

from wideseek_cli.core.errors import BuildError
from wideseek_cli.models.gguf.merged import merge
from wideseek_cli.models.progress import Silent

DRAW = np.random.default_rng(3)
Q4, Q8 = gguf.GGMLQuantizationType.Q4_1, gguf.GGMLQuantizationType.Q8_0


def _write(path: Path, tensors: dict[str, np.ndarray], kinds: dict[str, gguf.GGMLQuantizationType]) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_block_count(2)
    writer.add_token_list(["a", "ü", "<|x|>"])
    writer.add_token_types([1, 1, 3])
    writer.add_float32("adapter.lora.alpha", 8.0)
    for name, values in tensors.items():
        kind = kinds.get(name)
        packed = values if kind is None else gguf.quants.quantize(values, kind)
        writer.add_tensor(name, packed, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _matrix(rows: int, columns: int) -> np.ndarray:
    return DRAW.standard_normal((rows, columns)).astype(np.float32)


def _read(path: Path) -> dict[str, np.ndarray]:
    return {t.name: gguf.quants.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(path).tensors}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    tensors = {"norm": _matrix(1, 64)[0], "q": _matrix(96, 64), "k": _matrix(32, 64), "embed": _matrix(8, 64)}
    return _write(tmp_path / "base.gguf", tensors, {"q": Q4, "k": Q4, "embed": Q8})


def test_an_adapter_is_taken_into_the_weights(base: Path, tmp_path: Path) -> None:
    down, up = _matrix(4, 64), _matrix(96, 4)
    adapter = _write(tmp_path / "adapter.gguf", {"q.lora_a": down, "q.lora_b": up}, {})
    merge(base, adapter, tmp_path / "out.gguf", Silent())
    before, after = _read(base), _read(tmp_path / "out.gguf")
    assert list(after) == list(before)
    assert np.array_equal(after["norm"], before["norm"])
    assert np.array_equal(after["embed"], before["embed"])
    right = before["q"] + 8.0 / 4 * up @ down
    assert np.abs(after["q"] - right).max() <= np.abs(right).max() / 127
    assert np.abs(after["k"] - before["k"]).max() <= np.abs(before["k"]).max() / 127


def test_what_the_file_says_of_itself_stays_but_for_its_kind(base: Path, tmp_path: Path) -> None:
    merge(base, None, tmp_path / "out.gguf", Silent())
    fields = [
        {name: field.contents() for name, field in gguf.GGUFReader(path).fields.items() if "." in name}
        for path in (base, tmp_path / "out.gguf")
    ]
    before, after = ({k: v for k, v in found.items() if not k.startswith("GGUF.")} for found in fields)
    assert after.pop("general.file_type") == gguf.LlamaFileType.MOSTLY_Q8_0
    assert after == before
    assert after["tokenizer.ggml.tokens"] == ["a", "ü", "<|x|>"]


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (
            {"v.lora_a": _matrix(4, 64), "v.lora_b": _matrix(32, 4)},
            "changes v, which the model does not have",
        ),
        ({"q.lora_a": _matrix(4, 64), "q.lora_b": _matrix(32, 4)}, "shapes"),
        ({"q.lora_a": _matrix(4, 64), "q.lora_b": _matrix(1, 4)}, "shapes"),  # would fit every row
        ({"q.lora_a": _matrix(4, 64)}, "q.lora_b"),
    ],
)
def test_an_adapter_of_another_model(
    base: Path, tmp_path: Path, tensors: dict[str, np.ndarray], said: str
) -> None:
    adapter = _write(tmp_path / "adapter.gguf", tensors, {})
    with pytest.raises(BuildError, match=said) as caught:
        merge(base, adapter, tmp_path / "out.gguf", Silent())
    assert str(caught.value).startswith("out.gguf cannot be made of base.gguf: ")
    assert not (tmp_path / "out.gguf").exists()


def test_a_model_that_q8_0_cannot_hold(tmp_path: Path) -> None:
    base = _write(tmp_path / "base.gguf", {"q": _matrix(4, 48).astype(np.float16)}, {})
    with pytest.raises(BuildError, match="cannot be made of base"):
        merge(base, None, tmp_path / "out.gguf", Silent())


def test_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "base.gguf").write_bytes(b"GGUF" + bytes(20))
    with pytest.raises(BuildError, match="cannot be made of base"):
        merge(tmp_path / "base.gguf", None, tmp_path / "out.gguf", Silent())
