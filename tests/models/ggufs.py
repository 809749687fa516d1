"""The smallest files that are GGUFs."""

from __future__ import annotations

import struct
from typing import Any


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def small_gguf(fields: dict[str, Any] | None = None, padding: int = 0, tensor_bytes: int = 0) -> bytes:
    """A header with these fields (strings, counts, lists of strings), one f32 tensor or none, and zeros."""
    fields = {"general.architecture": "qwen3", **(fields or {})}
    out = b"GGUF" + struct.pack("<IQQ", 3, bool(tensor_bytes), len(fields))
    for key, value in fields.items():
        if isinstance(value, str):
            out += text(key) + struct.pack("<I", 8) + text(value)
        elif isinstance(value, list):
            items = b"".join(text(item) for item in value)
            out += text(key) + struct.pack("<IIQ", 9, 8, len(value)) + items
        else:
            out += text(key) + struct.pack("<II", 4, value)
    if tensor_bytes:
        out += text("output.weight") + struct.pack("<IQIQ", 1, tensor_bytes // 4, 0, 0)
        out += bytes(-len(out) % 32 + tensor_bytes)
    return out + bytes(padding)
