"""Blocks as a compact text, for the record and the page cache, and back.

Paragraphs are kept by their place alone; headings are numbered, as many blocks share them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from wideseek_cli.pages.model import Block, Field, FieldOrigin, Grid, Headings, Paragraph

_ORIGINS = {origin.value: origin for origin in FieldOrigin}


def to_text(blocks: Sequence[Block]) -> str:
    """The blocks as JSON."""
    numbers: dict[Headings, int] = {}
    plain: list[Any] = []
    for block in blocks:
        at = numbers.setdefault(block.headings, len(numbers))
        if isinstance(block, Paragraph):
            plain.append([at, block.start, block.end, *([block.listing] if block.listing else [])])
        elif isinstance(block, Field):
            stated = [block.label, block.value, block.group, block.origin.value, block.start, block.end]
            plain.append([at, "f", *stated])
        else:
            plain.append([at, "g", block.labels, block.rows, block.caption, block.groups, block.places])
    return json.dumps([list(numbers), plain], ensure_ascii=False, separators=(",", ":"))


def from_text(packed: str, text: str) -> tuple[Block, ...]:
    """The blocks of a kept text; raises ValueError on what was not made by `to_text`."""
    try:
        heads, plain = json.loads(packed)
        headings = [tuple(map(str, head)) for head in heads]
        return tuple(_block(headings[at], parts, text) for at, *parts in plain)
    except (TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise ValueError(f"no blocks: {error}") from error


def _block(headings: Headings, parts: list[Any], text: str) -> Block:
    if parts[0] == "f":
        label, value, group, origin, start, end = parts[1:]
        return Field(label, value, headings, group, _ORIGINS[origin], start, end)
    if parts[0] == "g":
        labels, rows, caption, groups, places = parts[1:]
        spans = tuple((start, end) for start, end in places)
        return Grid(tuple(labels), tuple(map(tuple, rows)), headings, caption, tuple(groups), spans)
    start, end = parts[:2]
    listing = parts[2] if len(parts) > 2 else 0
    return Paragraph(text[start:end].replace("\n", " "), start, end, headings, listing)
