"""The smallest files that are GGUFs."""

from __future__ import annotations

import struct
from typing import Any


def text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def small_gguf(fields: dict[str, Any] | None = None, padding: int = 0) -> bytes:
    """A header with these fields (strings and counts), no tensors, and zeros."""
    fields = {"general.architecture": "qwen3", **(fields or {})}
    out = b"GGUF" + struct.pack("<IQQ", 3, 0, len(fields))
    for key, value in fields.items():
        if isinstance(value, str):
            out += text(key) + struct.pack("<I", 8) + text(value)
        elif isinstance(value, list):
            items = b"".join(text(item) for item in value)
            out += text(key) + struct.pack("<IIQ", 9, 8, len(value)) + items
        else:
            out += text(key) + struct.pack("<II", 4, value)
    return out + bytes(padding)
