"""What a server lists, and which of it is meant: one model has many names, not every listed one writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wideseek_cli.core.errors import RemoteError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.remote.answer import number
from wideseek_cli.engine.remote.wire import Served

# What is told of a file or a package behind the model's own name, whatever parts it with.
_PACKING = re.compile(
    r"[-._:@](?:gguf|latest|instruct|mlx|ud|i1|\d+bit|awq|gptq|int[48]|fp8|b?f16|fp16|f32|w\d+a\d+"
    r"|(?:i?q|mxfp|nvfp)\d\w*)$"
)
_NO_WRITERS = re.compile(r"embed|rerank|\bbge\b|\bgte\b|\be5\b|minilm|whisper|\btts\b|moderation|\bclip\b")


def plain_name(name: str) -> str:
    """A model's name without folder, owner, file ending, quantisation and tags, in lower case."""
    plain = _base_name(name)
    while (shorter := _PACKING.sub("", plain)) != plain:
        plain = shorter
    return plain.replace(":", "-")


def writes(name: str) -> bool:
    """Whether it is no name of a model that only embeds, ranks, listens or speaks."""
    return not _NO_WRITERS.search(name.lower().replace("_", "-"))


def entry_of(listed: Mapping[str, Any], model: str) -> Mapping[str, Any]:
    """The listed model that is meant, by any of its names; when none is named, the first that writes."""
    found = [entry for entry in listed.get("data") or [] if isinstance(entry, dict)]
    if not model:
        writers = (entry for entry in found if writes(str(entry.get("id") or "")))
        return next(writers, None) or next(iter(found), {})
    alike = [entry for entry in found if plain_name(str(entry.get("id") or "")) == plain_name(model)]

    def nearness(entry: Mapping[str, Any]) -> tuple[bool, bool]:
        listed_as = str(entry.get("id"))
        return listed_as == model, _base_name(listed_as) == _base_name(model)

    return max(alike, key=nearness, default={"id": model})  # the first of those that are equally near


def served(entry: Mapping[str, Any], properties: Mapping[str, Any]) -> Served:
    """What is known of the model by its entry, and by llama-server's page about itself."""
    name = str(entry.get("id") or "")
    if not name:
        raise RemoteError("the server lists no model", hint="name one with --model")
    settings = properties.get("default_generation_settings")
    context = (
        number(settings, "n_ctx") or number(entry.get("meta"), "n_ctx") or number(entry, "max_model_len")
    )
    kind = "llamacpp" if "total_slots" in properties else str(entry.get("owned_by") or "")
    return Served(
        model=name,
        context=context,
        slots=number(properties, "total_slots"),
        template=str(properties.get("chat_template") or ""),
        bos_token=str(properties.get("bos_token") or ""),
        eos_token=str(properties.get("eos_token") or ""),
        kind=kind,
        detail=clean_line(str(properties.get("build_info") or kind), 300),
    )


def _base_name(name: str) -> str:
    return name.strip().replace("\\", "/").rstrip("/").rpartition("/")[2].lower()
