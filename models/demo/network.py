"""The base model as a plain PyTorch network, its weights read from the GGUF that the adapter will sit on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from torch import Tensor, nn
from torch.nn import functional

from models.demo.attention import Span, attend

LINEARS = ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")
ROTARY_PERMUTED = ("attn_q", "attn_k")  # llama.cpp rotates neighbouring pairs, PyTorch code halves


@dataclass(frozen=True)
class Shape:
    """The sizes of a llama-architecture model."""

    layers: int
    width: int
    heads: int
    kv_heads: int
    vocabulary: int
    rope_base: float
    epsilon: float

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    @classmethod
    def read(cls, reader: GGUFReader) -> Shape:
        def value(name: str) -> Any:
            field = reader.get_field(f"llama.{name}")
            if field is None:
                raise SystemExit(f"the base GGUF has no llama.{name}; this needs a llama-architecture model")
            return field.contents()

        return cls(
            layers=value("block_count"),
            width=value("embedding_length"),
            heads=value("attention.head_count"),
            kv_heads=value("attention.head_count_kv"),
            vocabulary=value("vocab_size"),
            rope_base=value("rope.freq_base"),
            epsilon=value("attention.layer_norm_rms_epsilon"),
        )


def halves_from_pairs(rows: Tensor, heads: int) -> Tensor:
    """Reorder the rows of a query or key matrix from llama.cpp's layout to the halves layout."""
    return rows.reshape(heads, -1, 2, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


def pairs_from_halves(rows: Tensor, heads: int) -> Tensor:
    """The way back, for the adapter's file."""
    return rows.reshape(heads, 2, -1, *rows.shape[1:]).transpose(1, 2).reshape(rows.shape)


class Linear(nn.Module):  # type: ignore[misc]  # torch is followed as Any
    """One or several frozen matrices over the same input, each with its own low-rank update."""

    def __init__(self, weights: Sequence[Tensor], rank: int, alpha: float) -> None:
        super().__init__()
        sizes = [weight.shape[0] for weight in weights]
        self.register_buffer("weight", torch.cat(list(weights)).to(torch.bfloat16), persistent=False)
        inputs = weights[0].shape[1]
        self.scale = alpha / rank
        self.rank = rank
        self.a = nn.Parameter(torch.randn(rank * len(weights), inputs) / inputs**0.5)
        self.b = nn.ParameterList([nn.Parameter(torch.zeros(size, rank)) for size in sizes])

    def tensors(self, kind: torch.dtype) -> list[Tensor]:
        """What `low_rank` takes: the frozen weight, all A with the scale in it, and each B."""
        return [self.weight, (self.a * self.scale).to(kind), *(b.to(kind) for b in self.b)]

    def pairs(self) -> Iterator[tuple[Tensor, Tensor]]:
        """(A, B) of each matrix."""
        yield from zip(self.a.split(self.rank), self.b, strict=True)


def low_rank(x: Tensor, weight: Tensor, a: Tensor, *bs: Tensor) -> Tensor:
    """x through the frozen weight and the low-rank updates; one result side by side."""
    parts = functional.linear(x, a).chunk(len(bs), dim=-1)
    updates = [functional.linear(part, b) for part, b in zip(parts, bs, strict=True)]
    return functional.linear(x, weight) + (updates[0] if len(bs) == 1 else torch.cat(updates, dim=-1))


def normed(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Root mean square norm, computed in full precision."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)).to(x.dtype) * weight


Rope = tuple[Tensor, Tensor]


def before_attention(
    x: Tensor, norm: Tensor, epsilon: float, heads: tuple[int, int], rope: Rope, qkv: list[Tensor]
) -> tuple[Tensor, Tensor, Tensor]:
    """Queries, keys (both rotated) and values, heads first."""
    tokens, all_heads = x.shape[0], heads[0] + 2 * heads[1]
    mixed = low_rank(normed(x, norm, epsilon), *qkv).view(tokens, all_heads, -1)
    turned = rotate(mixed[:, : heads[0] + heads[1]], rope).transpose(0, 1)
    return turned[: heads[0]], turned[heads[0] :], mixed[:, heads[0] + heads[1] :].transpose(0, 1)


def after_attention(
    x: Tensor, seen: Tensor, norm: Tensor, epsilon: float, rest: tuple[list[Tensor], ...]
) -> Tensor:
    """The rest of a block: both residuals; `rest` are output, gate and up, and down."""
    output, gate_up, down = rest
    x = x + low_rank(seen, *output)
    gate, up = low_rank(normed(x, norm, epsilon), *gate_up).chunk(2, dim=-1)
    return x + low_rank(functional.silu(gate) * up, *down)


class Layer(nn.Module):  # type: ignore[misc]
    """One transformer block over a pack of sequences."""

    def __init__(self, shape: Shape, tensors: dict[str, Tensor], rank: int, alpha: float) -> None:
        super().__init__()
        self.shape = shape
        q = halves_from_pairs(tensors["attn_q"], shape.heads)
        k = halves_from_pairs(tensors["attn_k"], shape.kv_heads)
        self.qkv = Linear([q, k, tensors["attn_v"]], rank, alpha)
        self.output = Linear([tensors["attn_output"]], rank, alpha)
        self.gate_up = Linear([tensors["ffn_gate"], tensors["ffn_up"]], rank, alpha)
        self.down = Linear([tensors["ffn_down"]], rank, alpha)
        self.register_buffer("attn_norm", tensors["attn_norm"].to(torch.bfloat16), persistent=False)
        self.register_buffer("ffn_norm", tensors["ffn_norm"].to(torch.bfloat16), persistent=False)

    def forward(self, x: Tensor, rope: tuple[Tensor, Tensor], spans: Sequence[Span]) -> Tensor:
        shape, kind = self.shape, x.dtype
        heads = (shape.heads, shape.kv_heads)
        q, k, v = FUSED.before(x, self.attn_norm, shape.epsilon, heads, rope, self.qkv.tensors(kind))
        seen = attend(q, k, v, spans)
        rest = tuple(layer.tensors(kind) for layer in (self.output, self.gate_up, self.down))
        return FUSED.after(x, seen, self.ffn_norm, shape.epsilon, rest)


class _Fused:
    """The two halves of a block; `compile` has them fused, which needs a C++ compiler."""

    def __init__(self) -> None:
        self.before: Any = before_attention
        self.after: Any = after_attention

    def compile(self) -> None:
        self.before = torch.compile(before_attention, dynamic=True)
        self.after = torch.compile(after_attention, dynamic=True)


FUSED = _Fused()


def rotate(x: Tensor, rope: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary embedding in the halves layout."""
    cosine, sine = rope
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cosine - second * sine, second * cosine + first * sine], dim=-1)


class Network(nn.Module):  # type: ignore[misc]
    """The whole model; spans must cover the pack from 0 on, in order."""

    def __init__(self, gguf: Path, rank: int = 16, alpha: float = 32.0) -> None:
        super().__init__()
        reader = GGUFReader(str(gguf))
        self.shape = Shape.read(reader)
        tensors = {t.name: torch.tensor(dequantize(t.data, t.tensor_type)) for t in reader.tensors}
        self.rank, self.alpha = rank, alpha
        self.register_buffer("embedding", tensors["token_embd.weight"].to(torch.bfloat16), persistent=False)
        self.register_buffer("norm", tensors["output_norm.weight"].to(torch.bfloat16), persistent=False)
        self.layers = nn.ModuleList()
        for index in range(self.shape.layers):
            prefix = f"blk.{index}."
            names = (*LINEARS, "attn_norm", "ffn_norm")
            own = {name: tensors[f"{prefix}{name}.weight"] for name in names}
            self.layers.append(Layer(self.shape, own, rank, alpha))

    def forward(self, tokens: Tensor, positions: Tensor, spans: Sequence[Span], wanted: Tensor) -> Tensor:
        """Logits at the `wanted` places of the pack."""
        x = functional.embedding(tokens, self.embedding)
        rope = self._rope(positions, x.dtype)
        for layer in self.layers:
            x = layer(x, rope, spans)
        x = functional.rms_norm(x[wanted], (self.shape.width,), self.norm, self.shape.epsilon)
        return functional.linear(x, self.embedding)

    def _rope(self, positions: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        half = self.shape.head_width // 2
        frequencies = self.shape.rope_base ** (-torch.arange(half, dtype=torch.float32) / half)
        angles = (positions.float()[:, None] * frequencies)[:, None, :]
        return angles.cos().to(dtype), angles.sin().to(dtype)
