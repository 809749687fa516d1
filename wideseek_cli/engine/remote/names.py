"""Models as servers call them: one model has many names, and not every listed one writes."""

from __future__ import annotations

import re

# What is told of a file or a package behind the model's own name, whatever parts it with.
_PACKING = re.compile(
    r"[-._:@](?:gguf|latest|instruct|mlx|ud|i1|\d+bit|awq|gptq|int[48]|fp8|b?f16|fp16|f32|w\d+a\d+"
    r"|(?:i?q|mxfp|nvfp)\d\w*)$"
)
_NO_WRITERS = re.compile(r"embed|rerank|\bbge\b|\bgte\b|\be5\b|minilm|whisper|\btts\b|moderation|\bclip\b")


def base_name(name: str) -> str:
    """A model's name without folder and owner, in lower case."""
    return name.strip().replace("\\", "/").rstrip("/").rpartition("/")[2].lower()


def plain_name(name: str) -> str:
    """A model's name also without file ending, quantisation and tags."""
    plain = base_name(name)
    while (shorter := _PACKING.sub("", plain)) != plain:
        plain = shorter
    return plain.replace(":", "-")


def writes(name: str) -> bool:
    """Whether it is no name of a model that only embeds, ranks, listens or speaks."""
    return not _NO_WRITERS.search(name.lower().replace("_", "-"))
