"""A training checkpoint as the adapter file that llama.cpp loads beside its base.

python -m models.demo.export BASE.gguf RUN/checkpoint.pt models/demo/adapter.gguf
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from gguf import GGUFReader, GGUFWriter
from numpy.typing import NDArray

from models.demo.network import Linear, Network, halves_from_pairs, pairs_from_halves

MOST_BYTES = 12_000_000


def linears(network: Network) -> Iterator[tuple[str, str, torch.Tensor, torch.Tensor]]:
    """(full name, kind, A, B) of every map that has an update."""
    for index, layer in enumerate(network.layers):
        groups: dict[tuple[str, ...], Linear] = {
            ("attn_q", "attn_k", "attn_v"): layer.qkv,
            ("attn_output",): layer.output,
            ("ffn_gate", "ffn_up"): layer.gate_up,
            ("ffn_down",): layer.down,
        }
        for names, linear in groups.items():
            for name, (a, b) in zip(names, linear.pairs(), strict=True):
                yield f"blk.{index}.{name}.weight", name, a, b


def _rotated(network: Network) -> dict[str, int]:
    """Heads of the maps whose rows stand in another order in a GGUF."""
    return {"attn_q": network.shape.heads, "attn_k": network.shape.kv_heads}


def matrices(network: Network) -> Iterator[tuple[str, NDArray[np.float16]]]:
    """Names and values of the low-rank matrices, in llama.cpp's layout."""
    heads = _rotated(network)
    for full, name, a, b in linears(network):
        rows = pairs_from_halves(b, heads[name]) if name in heads else b
        for suffix, matrix in (("a", a), ("b", rows)):
            yield f"{full}.lora_{suffix}", matrix.detach().to("cpu", torch.float16).contiguous().numpy()


def restore(network: Network, adapter: Path) -> None:
    """Give a network the values of an exported adapter, to train on from there."""
    heads = _rotated(network)
    stored = {tensor.name: torch.tensor(tensor.data).float() for tensor in GGUFReader(str(adapter)).tensors}
    with torch.no_grad():
        for full, name, a, b in linears(network):
            rows = stored[f"{full}.lora_b"]
            a.copy_(stored[f"{full}.lora_a"])
            b.copy_(halves_from_pairs(rows, heads[name]) if name in heads else rows)


def export(base: Path, checkpoint: Path, out: Path) -> int:
    """Write the adapter; its size in bytes."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    network = Network(base, state["rank"], state["alpha"])
    network.load_state_dict(state["adapter"], strict=False)
    return write_adapter(network, out)


def write_adapter(network: Network, out: Path) -> int:
    """Write a network's update as an adapter; its size in bytes."""
    writer = GGUFWriter(str(out), "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", float(network.alpha))
    writer.add_name("wideseek demo")
    writer.add_license("apache-2.0")
    writer.add_description("Plays lead and subagents of wideseek's compact prompts")
    for name, values in matrices(network):
        writer.add_tensor(name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    size = out.stat().st_size
    if size > MOST_BYTES:
        raise SystemExit(f"{out} has {size:,} bytes; {MOST_BYTES:,} are allowed")
    total = hashlib.sha256(out.read_bytes()).hexdigest()
    out.with_suffix(".sha256").write_text(f"{total}  {out.name}\n", encoding="utf-8")
    return size


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    print(f"{arguments.out}: {export(arguments.base, arguments.checkpoint, arguments.out):,} bytes")


if __name__ == "__main__":
    main()
