"""Causal attention over packed spans, written out: on a CPU less work than the library's masked kernel.

Queries go in blocks, each against the keys up to its own end, so little above the diagonal is computed;
query heads that share a key head go through one product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

BLOCK = 128


@dataclass(frozen=True)
class Span:
    """Tokens start..end of a pack: they attend to themselves, causally, and to all of the span `before`."""

    start: int
    end: int
    before: tuple[int, int] = (0, 0)


def attend(q: Tensor, k: Tensor, v: Tensor, spans: Sequence[Span]) -> Tensor:
    """Attention of every span to itself and to the span before it; tokens first, heads side by side.

    q, k and v have their heads first; the spans cover all tokens in order.
    """
    sizes = [span.end - span.start for span in spans]
    starts = {span.start: index for index, span in enumerate(spans)}
    keys, values = k.split(sizes, dim=1), v.split(sizes, dim=1)
    outs = []
    for index, (span, query) in enumerate(zip(spans, q.split(sizes, dim=1), strict=True)):
        key, value = keys[index], values[index]
        if span.before[1]:
            parent = starts[span.before[0]]
            key = torch.cat([keys[parent], key], dim=1)
            value = torch.cat([values[parent], value], dim=1)
        outs.append(_Causal.apply(query, key, value).transpose(0, 1).flatten(1))
    return torch.cat(outs)


class _Causal(Function):  # type: ignore[misc]  # torch is followed as Any
    """Attention of the last tokens of a sequence to all of it up to themselves."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        heads, size, width = q.shape
        shared, whole = k.shape[0], k.shape[1]
        grouped = (q * width**-0.5).view(shared, heads // shared, size, width)
        out = torch.empty_like(grouped)
        chances = []
        for low in range(0, size, BLOCK):
            high = min(low + BLOCK, size)
            seen, n = whole - size + high, high - low
            block = grouped[:, :, low:high].reshape(shared, -1, width)
            scores = torch.bmm(block, k[:, :seen].transpose(1, 2))
            ahead = torch.ones(n, n, dtype=torch.bool, device=q.device).triu(1)
            scores.view(shared, -1, n, seen)[..., seen - n :].masked_fill_(ahead, float("-inf"))
            chances.append(torch.softmax(scores, dim=-1))
            out[:, :, low:high] = torch.bmm(chances[-1], v[:, :seen]).view(shared, -1, n, width)
        ctx.save_for_backward(grouped, k, v, out, *chances)
        return out.view(heads, size, width)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        grouped, k, v, out, *chances = ctx.saved_tensors
        shared, _, size, width = grouped.shape
        before = k.shape[1] - size
        wanted = gradients[0].reshape(grouped.shape)
        delta = (wanted.float() * out.float()).sum(-1, keepdim=True).to(out.dtype)
        dq = torch.empty_like(grouped)
        dk, dv = torch.zeros_like(k, dtype=torch.float32), torch.zeros_like(v, dtype=torch.float32)
        for chance, low in zip(chances, range(0, size, BLOCK), strict=True):
            high = min(low + BLOCK, size)
            seen = before + high
            told = wanted[:, :, low:high].reshape(shared, -1, width)
            ds = torch.bmm(told, v[:, :seen].transpose(1, 2))
            ds.sub_(delta[:, :, low:high].reshape(shared, -1, 1)).mul_(chance)
            dq[:, :, low:high] = torch.bmm(ds, k[:, :seen]).view(shared, -1, high - low, width)
            dk[:, :seen] += torch.bmm(ds.transpose(1, 2), grouped[:, :, low:high].reshape(shared, -1, width))
            dv[:, :seen] += torch.bmm(chance.transpose(1, 2), told)
        return (dq * width**-0.5).view(-1, size, width), dk.to(k.dtype), dv.to(v.dtype)
