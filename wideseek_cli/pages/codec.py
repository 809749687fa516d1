"""Blocks as text, for the record and the page cache, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from wideseek_cli.pages.model import Block, Field, FieldOrigin, Grid


def to_text(blocks: Sequence[Block]) -> str:
    """Grids and fields as compact JSON; nothing where there are none."""
    plain: list[Any] = []
    for block in blocks:
        if isinstance(block, Grid):
            plain.append(["g", block.labels, block.rows, block.headings, block.caption, block.groups])
        elif isinstance(block, Field):
            plain.append(["f", block.label, block.value, block.headings, block.group, block.origin.value])
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")) if plain else ""


def from_text(text: str) -> tuple[Block, ...]:
    """The blocks again; raises ValueError on what was not written by `to_text`."""
    made: list[Block] = []
    try:
        for kind, *parts in json.loads(text) if text else ():
            if kind == "g":
                labels, rows, headings, caption, groups = parts
                made.append(
                    Grid(tuple(labels), tuple(map(tuple, rows)), tuple(headings), caption, tuple(groups))
                )
            elif kind == "f":
                label, value, headings, group, origin = parts
                made.append(Field(label, value, tuple(headings), group, FieldOrigin(origin)))
    except (TypeError, RecursionError) as error:
        raise ValueError(f"no blocks: {error}") from error
    return tuple(made)
