"""What `wideseek models` says of models: a row of the list, the facts of one file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.core.gguf_header import Header, read_header
from wideseek_cli.core.machine import available_memory
from wideseek_cli.core.text import clean_line
from wideseek_cli.models.choose import entry_memory, needed_memory
from wideseek_cli.models.fetching.files import gigabytes
from wideseek_cli.models.registry import Entry, Registry
from wideseek_cli.models.store import ModelStore

_TWO_TO_SIX = ["q2_k", "q3_k_s", "q3_k_m", "q3_k_l", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "q6_k"]
# llama.cpp's numbers for mixes of tensor types
_QUANTS = {0: "f32", 1: "f16", 2: "q4_0", 3: "q4_1", 7: "q8_0", 8: "q5_0", 9: "q5_1", 32: "bf16"}
_QUANTS |= dict(enumerate(_TWO_TO_SIX, start=10))


@dataclass(frozen=True)
class Row:
    """One line of the list; all text."""

    name: str
    here: str
    size: str
    quant: str
    context: str
    licence: str
    fits: str
    title: str


def entry_row(entry: Entry, registry: Registry, store: ModelStore, width: int, memory: int) -> Row:
    base = registry.base_of(entry)
    here = store.has(base)
    size = gigabytes(base.size) if base.size else "?"
    fits = _fits(entry_memory(base, width), entry_memory(base, 0), memory)
    context = str(entry.context or "?")
    quant = base.quant + (" + adapter" if entry.adapter else "")
    return Row(
        entry.name,
        "yes" if here else "no",
        size,
        quant,
        context,
        entry.licence,
        fits,
        clean_line(entry.title),
    )


def file_row(path: Path, width: int, memory: int) -> Row:
    size = path.stat().st_size
    try:
        header = read_header(path)
    except ModelFileError as error:
        return Row(path.name, "yes", gigabytes(size), "?", "?", "?", "?", str(error))
    kv = header.kv_bytes_per_token
    fits = _fits(needed_memory(size, kv, width), needed_memory(size, kv, 0), memory)
    fields = header.fields
    licence = clean_line(str(fields.get("general.license", "?")), 20)
    title = clean_line(str(fields.get("general.name", "")), 60)
    return Row(
        path.name, "yes", gigabytes(size), _quant_name(header), str(header.context), licence, fits, title
    )


def _fits(wide: int, narrow: int, memory: int) -> str:
    if not memory:
        return "?"
    return "yes" if wide <= memory else "tight" if narrow <= memory else "no"


def _quant_name(header: Header) -> str:
    kind = header.fields.get("general.file_type")
    return _QUANTS.get(kind, "?") if isinstance(kind, int) else "?"


def facts_of(path: Path, header: Header, width: int, context: int) -> list[tuple[str, str]]:
    size, kv = path.stat().st_size, header.kv_bytes_per_token
    tokens = context or header.context
    free = available_memory()
    small, large = needed_memory(size, kv, width), needed_memory(size, kv, width, tokens)
    fields = header.fields
    facts = [
        ("file", f"{path} ({gigabytes(size)})"),
        ("name", str(fields.get("general.name", "?"))),
        (
            "architecture",
            f"{header.architecture}, {header.number('block_count')} layers, "
            f"{header.number('embedding_length')} wide, {header.tensors} tensors",
        ),
        ("quantisation", _quant_name(header)),
        ("licence", str(fields.get("general.license", "?"))),
        ("trained for", f"{header.context:,} tokens"),
        ("vocabulary", f"{header.vocabulary:,} tokens"),
        ("template", _template_words(header.template)),
        ("KV cache", f"{kv / 1024:.0f} KiB a token in f16, {kv * 34 / 64 / 1024:.0f} KiB in q8_0"),
        ("memory", f"{gigabytes(small)} for {width} agents and a lead with 4,096 tokens each"),
        ("", f"{gigabytes(large)} with {tokens:,} tokens each; {gigabytes(free)} are free now"),
    ]
    return [(label, clean_line(text, 300)) for label, text in facts]


def _template_words(template: str) -> str:
    if not template:
        return "none: this model cannot hold a conversation"
    can = [word for word, sign in (("tools", "tools"), ("thinking", "<think>")) if sign in template]
    return f"{len(template):,} characters" + (f", knows {' and '.join(can)}" if can else "")
