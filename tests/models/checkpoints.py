"""Small Qwen3 checkpoints with random weights, written as the hub has them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Shape:
    """The sizes of a Qwen3 model."""

    layers: int = 2
    width: int = 64
    inner: int = 128
    heads: int = 2
    kv_heads: int = 1
    head: int = 32
    vocabulary: int = 151_936
    tied: bool = True

    @property
    def config(self) -> dict[str, Any]:
        return {
            "architectures": ["Qwen3ForCausalLM"],
            "model_type": "qwen3",
            "num_hidden_layers": self.layers,
            "hidden_size": self.width,
            "intermediate_size": self.inner,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": self.head,
            "vocab_size": self.vocabulary,
            "max_position_embeddings": 40_960,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1_000_000,
            "rope_scaling": None,
            "tie_word_embeddings": self.tied,
            "attention_bias": False,
            "use_sliding_window": False,
            "hidden_act": "silu",
            "eos_token_id": min(151_645, self.vocabulary - 1),
        }

    def tensors(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        yield "model.embed_tokens.weight", (self.vocabulary, self.width)
        if not self.tied:
            yield "lm_head.weight", (self.vocabulary, self.width)
        for layer in range(self.layers):
            prefix = f"model.layers.{layer}."
            yield prefix + "input_layernorm.weight", (self.width,)
            yield prefix + "self_attn.q_proj.weight", (self.heads * self.head, self.width)
            yield prefix + "self_attn.k_proj.weight", (self.kv_heads * self.head, self.width)
            yield prefix + "self_attn.v_proj.weight", (self.kv_heads * self.head, self.width)
            yield prefix + "self_attn.o_proj.weight", (self.width, self.heads * self.head)
            yield prefix + "self_attn.q_norm.weight", (self.head,)
            yield prefix + "self_attn.k_norm.weight", (self.head,)
            yield prefix + "post_attention_layernorm.weight", (self.width,)
            yield prefix + "mlp.gate_proj.weight", (self.inner, self.width)
            yield prefix + "mlp.up_proj.weight", (self.inner, self.width)
            yield prefix + "mlp.down_proj.weight", (self.width, self.inner)
        yield "model.norm.weight", (self.width,)


QWEN3_4B = Shape(layers=36, width=2560, inner=9728, heads=32, kv_heads=8, head=128)


QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def small_tokenizer(folder: Path) -> Path:
    """Files of a tokenizer that is cut as Qwen's but knows a few hundred tokens."""
    folder.mkdir(parents=True)
    plain = [chr(n) for n in (*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324))]
    vocabulary = {text: number for number, text in enumerate([*plain, "th", "the"])}
    names = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
    added = [
        {"id": len(vocabulary) + n, "content": text, "special": text.startswith("<|")}
        for n, text in enumerate(names)
    ]
    cut = {"type": "Split", "pattern": {"Regex": QWEN_SPLIT}, "behavior": "Isolated", "invert": False}
    model = {"type": "BPE", "vocab": vocabulary, "merges": [["t", "h"], ["th", "e"]]}
    tokenizer = {
        "model": model,
        "added_tokens": added,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [cut, {"type": "ByteLevel"}]},
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    config = {"eos_token": "<|im_end|>", "chat_template": "{{ messages[0].content }}<think>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


def write_checkpoint(
    folder: Path, tokenizer: Path, shape: Shape | None = None, *, dtype: str = "BF16", shards: int = 2
) -> Path:
    """config.json, the tokenizer and `shards` safetensors files; one tensor is in memory at a time."""
    shape = shape or Shape()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(shape.config))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tokenizer / name, folder / name)
    planned = list(shape.tensors())
    per_shard = -(-len(planned) // shards)
    rng = np.random.default_rng(7)
    places = {}
    for number in range(shards):
        name = f"model-{number + 1:05}-of-{shards:05}.safetensors"
        part = planned[number * per_shard : (number + 1) * per_shard]
        write_shard(folder / name, part, dtype, rng)
        places |= {tensor: name for tensor, _ in part}
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return folder


def write_shard(
    path: Path, planned: list[tuple[str, tuple[int, ...]]], dtype: str, rng: np.random.Generator
) -> None:
    """One safetensors file."""
    size, head, offset = {"F32": 4, "F16": 2, "BF16": 2}[dtype], {}, 0
    for name, shape in planned:
        end = offset + size * int(np.prod(shape))
        head[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(head).encode()
    with path.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for name, shape in planned:
            for piece in _values(name, shape, rng):
                file.write(as_bytes(piece, dtype))


def as_bytes(values: Array, dtype: str) -> bytes:
    """Float32 values in a safetensors type; BF16 by cutting, which is exact for values that fit."""
    if dtype == "BF16":
        return (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()
    return values.astype("<f4" if dtype == "F32" else "<f2").tobytes()


def _values(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Iterator[Array]:
    """Ones and a little for norms; else normal values of spread 1/sqrt(columns), some rows at a time."""
    if len(shape) == 1:
        yield 1 + 0.1 * rng.standard_normal(shape, dtype=np.float32)
        return
    step = max(1, (1 << 24) // shape[1])
    for row in range(0, shape[0], step):
        rows = min(step, shape[0] - row)
        yield rng.standard_normal((rows, shape[1]), dtype=np.float32) / np.sqrt(shape[1])
