"""A passage as a reader should see it."""

from __future__ import annotations

import re

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.passages import Indexed
from wideseek_cli.text import clean_line

LIMIT = 300


def quote_at(doc: Indexed, block: Block, start: int, end: int) -> tuple[str, int, int]:
    """The sentence, field or table row around a value, at most 300 characters, and its place in the text.

    A field is introduced by its heading, a table row by nothing: its place covers the row alone.
    """
    first, last = (block.start, block.end) if block.kind == "row" else doc.sentence(block, start)
    first, last = _bounded(doc.text, first, last, start, end)
    quote = clean_line(doc.text[first:last])
    if block.kind == "row":
        quote = re.sub(r"\s*\|\s*", " | ", quote.strip("| "))
    else:
        quote = re.sub(r"\*\*|__|^#+\s+", "", quote)
        heading = clean_line(block.headings[-1].text, 80) if block.headings else ""
        lead = " › ".join([*([heading] if heading else []), *reversed(block.parents)])
        if (
            lead
            and block.kind != "heading"
            and block.headings
            and len(quote) < 120
            and block.headings[-1].level > 1
        ):
            quote = f"{lead}: {quote}"
    return quote, first, last


def _bounded(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """At most so many characters, cut at blanks, with the value inside."""
    if last - first <= LIMIT:
        return first, last
    middle = (start + min(end, start + LIMIT)) // 2
    low = max(first, min(middle - LIMIT // 2, last - LIMIT))
    high = min(last, low + LIMIT)
    if low > first:
        blank = text.find(" ", low, start)
        low = blank + 1 if blank >= 0 else low
    if high < last:
        blank = text.rfind(" ", end, high)
        high = blank if blank >= 0 else high
    return low, high
