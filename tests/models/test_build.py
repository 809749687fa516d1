"""Safetensors to GGUF, without torch: every value arrives, every stage is kept, bad input is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from tests.models.checkpoints import Shape, as_bytes, small_tokenizer, write_checkpoint
from wideseek_cli.core.errors import BuildError, UsageError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.models.gguf import build
from wideseek_cli.models.gguf.build import build_gguf
from wideseek_cli.models.gguf.checkpoint import open_checkpoint
from wideseek_cli.models.gguf.convert import check_supported, write_gguf
from wideseek_cli.models.progress import Silent


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two shards of bf16 with a small vocabulary; read only."""
    tokenizer = small_tokenizer(tmp_path_factory.mktemp("tokenizer") / "files")
    shape = Shape(width=32, inner=64, head=16, vocabulary=300)
    return write_checkpoint(tmp_path_factory.mktemp("ck") / "made", tokenizer, shape)


@pytest.fixture
def own(checkpoint: Path, tmp_path: Path) -> Path:
    """The same, to be damaged."""
    return Path(shutil.copytree(checkpoint, tmp_path / "own"))


@pytest.fixture(scope="module")
def converted(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "bf16.gguf"
    write_gguf(open_checkpoint(checkpoint), out, "BF16", "made", Silent())
    return out


def test_every_bf16_bit_arrives(checkpoint: Path, converted: Path) -> None:
    given = open_checkpoint(checkpoint).tensors
    reader = gguf.GGUFReader(converted)
    assert len(reader.tensors) == len(given)
    found = {tensor.name: tensor for tensor in reader.tensors}
    for theirs, ours in [
        ("model.embed_tokens.weight", "token_embd.weight"),
        ("model.layers.1.self_attn.k_norm.weight", "blk.1.attn_k_norm.weight"),
        ("model.layers.1.mlp.down_proj.weight", "blk.1.ffn_down.weight"),
        ("model.norm.weight", "output_norm.weight"),
    ]:
        wide = found[ours].tensor_type.name == "F32"
        expected = given[theirs].read("F32" if wide else "BF16")
        assert np.array_equal(
            found[ours].data.view("<f4" if wide else "<u2").reshape(expected.shape), expected
        )


def test_the_header_says_what_the_config_said(checkpoint: Path, converted: Path) -> None:
    header = read_header(converted)
    added = json.loads((checkpoint / "tokenizer.json").read_text(encoding="utf-8"))["added_tokens"]
    ends = [token["id"] for token in added if token["content"] == "<|im_end|>"]
    assert header.architecture == "qwen3"
    assert header.context == 40_960
    assert header.number("attention.key_length") == 16
    assert header.fields["qwen3.rope.freq_base"] == 1e6
    assert header.fields["tokenizer.ggml.pre"] == "qwen2"
    assert header.fields["tokenizer.ggml.eos_token_id"] == ends[0]
    assert "<think>" in header.template


@pytest.mark.parametrize("have", ["F32", "F16", "BF16"])
@pytest.mark.parametrize("want", ["F32", "F16", "BF16"])
def test_types_convert(tmp_path: Path, have: str, want: str) -> None:
    values = np.array([0.0, 1.0, -1.5, 0.333, 3e-5, -60000.0], dtype="<f4")
    head = json.dumps(
        {"t": {"dtype": have, "shape": [2, 3], "data_offsets": [0, len(as_bytes(values, have))]}}
    )
    data = len(head).to_bytes(8, "little") + head.encode() + as_bytes(values, have)
    (tmp_path / "x.safetensors").write_bytes(data)
    (tmp_path / "config.json").write_text("{}")
    found = open_checkpoint(tmp_path).tensors["t"].read(want)
    assert found.shape == (2, 3)
    wide = (found.astype("<u4") << 16).view("<f4") if want == "BF16" else found.astype("<f4")
    assert np.allclose(wide.ravel(), values, rtol=2e-2, atol=1e-7)


def test_f16_overflow_is_refused(tmp_path: Path) -> None:
    values = np.array([1e6], dtype="<f4")
    head = b'{"t": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}'
    (tmp_path / "x.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + values.tobytes())
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BuildError, match="f16 cannot hold"):
        open_checkpoint(tmp_path).tensors["t"].read("F16")


def _config(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architectures": ["LlamaForCausalLM"]}, "only Qwen3ForCausalLM"),
        ({"architectures": ["Qwen3MoeForCausalLM"]}, "only Qwen3ForCausalLM"),
        ({"architectures": 3}, "only Qwen3ForCausalLM"),
        ({"attention_bias": True}, "biases"),
        ({"use_sliding_window": True}, "sliding-window"),
        ({"hidden_act": "gelu"}, "activation"),
    ],
)
def test_other_architectures_are_refused(checkpoint: Path, changes: dict[str, Any], said: str) -> None:
    config = json.loads((checkpoint / "config.json").read_text())
    with pytest.raises(BuildError, match=said):
        check_supported(config | changes)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"num_hidden_layers": 3}, "lacks model.layers.2"),
        ({"num_hidden_layers": 10**9}, "says 1,000,000,000 layers"),
        ({"num_hidden_layers": 1}, "tensors that Qwen3 dense models lack"),
        ({"num_hidden_layers": "two"}, "num_hidden_layers is 'two'"),
        ({"hidden_size": 48}, r"has the shape .* config says"),
        ({"tie_word_embeddings": False}, "lacks lm_head.weight"),
        ({"rope_scaling": {"rope_type": "llama3"}}, "'llama3' is not supported"),
        ({"vocab_size": 299}, "has the shape"),
    ],
)
def test_a_config_that_does_not_fit(own: Path, tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    _config(own, **changes)
    with pytest.raises(BuildError, match=said):
        build_gguf(own, tmp_path / "x.gguf", "q8_0", tmp_path / "work", Silent())
    assert not (tmp_path / "x.gguf").exists()


def test_yarn_is_kept(own: Path, tmp_path: Path) -> None:
    _config(
        own,
        rope_parameters={
            "rope_type": "yarn",
            "rope_theta": 5e6,
            "factor": 4.0,
            "original_max_position_embeddings": 32768,
        },
    )
    write_gguf(open_checkpoint(own), tmp_path / "x.gguf", "F16", "x", Silent())
    fields = read_header(tmp_path / "x.gguf").fields
    assert fields["qwen3.rope.scaling.type"] == "yarn"
    assert fields["qwen3.rope.scaling.factor"] == 4.0
    assert fields["qwen3.rope.freq_base"] == 5e6


def _shard(folder: Path) -> Path:
    return sorted(folder.glob("*.safetensors"))[1]


def test_a_missing_shard(own: Path, tmp_path: Path) -> None:
    _shard(own).unlink()
    with pytest.raises(BuildError, match="tensors are missing"):
        build_gguf(own, tmp_path / "x.gguf", "q8_0", tmp_path / "work", Silent())


def test_a_cut_shard(own: Path) -> None:
    path = _shard(own)
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(BuildError, match="cut off"):
        open_checkpoint(own)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"not json", "damaged header"),
        (b'{"t": {"dtype": "I8", "shape": [1], "data_offsets": [0, 1]}}', "type I8"),
        (b'{"t": {"dtype": "F16", "shape": [5], "data_offsets": [0, 2]}}', "described wrongly"),
        (b'{"t": {"dtype": "F16", "shape": [-1], "data_offsets": [0, -2]}}', "described wrongly"),
        (b'{"t": {"dtype": "F16", "shape": [1], "data_offsets": [900, 902]}}', "cut off"),
        (b'{"t": {"dtype": "F16", "shape": [1e999], "data_offsets": [0, 2]}}', "described wrongly"),
        (b'{"t": {"shape": [1]}}', "described wrongly"),
        (b'{"t": 3}', "described wrongly"),
    ],
)
def test_hostile_safetensors(tmp_path: Path, head: bytes, said: str) -> None:
    (tmp_path / "x.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + b"00")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(BuildError, match=said):
        open_checkpoint(tmp_path)


def test_files_that_are_not_the_checkpoints_are_left_alone(own: Path) -> None:
    """An adapter beside it has tensors of the same names, or there is a shard of another version."""
    before = open_checkpoint(own).tensors
    shutil.copy(_shard(own), own / "other.safetensors")
    assert open_checkpoint(own).tensors == before
    (own / "model.safetensors.index.json").unlink()
    with pytest.raises(BuildError, match=r"is in model-00002-of-00002.safetensors and in other.safetensors"):
        open_checkpoint(own)
    shutil.copy(_shard(own), own / "model.safetensors")
    assert {tensor.file.name for tensor in open_checkpoint(own).tensors.values()} == {"model.safetensors"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"vocab": {', '"vocab": null, "x": {'),
        ('"!": 0', '"!": null'),
        ('"merges": [["t", "h"], ', '"merges": [["t", 5], '),
        ('"special": true', '"x": true'),
    ],
)
def test_a_damaged_tokenizer(own: Path, tmp_path: Path, before: str, after: str) -> None:
    path = own / "tokenizer.json"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BuildError, match="a file of the checkpoint is not as it should be"):
        build_gguf(own, tmp_path / "x.gguf", "q8_0", tmp_path / "work", Silent())


def test_another_tokenizer_is_refused(own: Path, tmp_path: Path) -> None:
    path = own / "tokenizer.json"
    path.write_text(path.read_text(encoding="utf-8").replace("'re|", "'xx|"), encoding="utf-8")
    with pytest.raises(BuildError, match="tokenizer is not Qwen's"):
        build_gguf(own, tmp_path / "x.gguf", "q8_0", tmp_path / "work", Silent())


def test_stages_are_kept(own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import wideseek_cli.models.gguf.convert as convert
    import wideseek_cli.models.gguf.quantize as quantize

    written, real = [], convert.write_gguf

    def counting(*arguments: Any) -> None:
        written.append(1)
        real(*arguments)

    def failing(*_: Any) -> None:
        raise BuildError("power went out")

    monkeypatch.setattr(convert, "write_gguf", counting)
    monkeypatch.setattr(quantize, "quantize", failing)
    target, work = tmp_path / "x.gguf", tmp_path / "work"
    for _ in range(2):
        with pytest.raises(BuildError, match="power"):
            build_gguf(own, target, "q8_0", work, Silent())
    assert len(written) == 1
    assert not target.exists()
    build_gguf(own, target, "bf16", work, Silent())
    assert len(written) == 1
    assert target.is_file()
    assert not list(work.glob("*.gguf"))


def test_a_wrong_quantisation_lists_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        build.check_quant("q9")
    assert "q4_k_m" in caught.value.hint


@pytest.mark.slow
@pytest.mark.parametrize("quant", ["q4_k_m", "q8_0"])
def test_llama_cpp_quantises_and_loads(tmp_path: Path, qwen3_folder: Path, quant: str) -> None:
    import llama_cpp

    folder = write_checkpoint(tmp_path / "ck", qwen3_folder, Shape(width=256, inner=512, heads=4, head=64))
    target = tmp_path / "x.gguf"
    build_gguf(folder, target, quant, tmp_path / "work", Silent())
    assert read_header(target).fields["general.file_type"] == {"q4_k_m": 15, "q8_0": 7}[quant]
    assert [p.suffix for p in (tmp_path / "work").iterdir()] == [".lock"]
    model = llama_cpp.llama_model_load_from_file(str(target).encode(), llama_cpp.llama_model_default_params())
    assert model
    llama_cpp.llama_model_free(model)


@pytest.mark.slow
def test_what_llama_cpp_cannot_quantise_is_told(tmp_path: Path) -> None:
    from wideseek_cli.models.gguf.quantize import quantize

    (tmp_path / "x.gguf").write_bytes(b"GGUFnot really")
    with pytest.raises(BuildError, match="could not quantise"):
        quantize(tmp_path / "x.gguf", tmp_path / "y.gguf", "q8_0", 1, Silent())
    assert not (tmp_path / "y.gguf").exists()
