"""HTML that is nested too deep for the parser: a flat page of its text, in time linear in its length."""

from __future__ import annotations

import re

_LONGEST_LINE = 1_000_000  # the parser takes no text beyond ten million
_CODE_TAG = re.compile(r"<(/?)(script|style)\b", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]{0,500})", re.IGNORECASE)


def flatten(source: str) -> str:
    """The title, and a paragraph for every stretch of text between two tags."""
    title = _TITLE.search(source)
    text = _without_tags(_without_code(source))
    lines = (
        line[i : i + _LONGEST_LINE] for line in text.split("\n") for i in range(0, len(line), _LONGEST_LINE)
    )
    body = "".join(f"<p>{line}</p>" for line in lines if line.strip())
    return f"<title>{title.group(1) if title else ''}</title><body>{body}</body>"


def _without_code(text: str) -> str:
    """Scripts and styles cut out; what is never closed stays."""
    parts: list[str] = []
    kept_from, opened, name = 0, 0, ""
    for tag in _CODE_TAG.finditer(text):
        if not name and not tag[1]:
            opened, name = tag.start(), tag[2].lower()
        elif tag[1] and tag[2].lower() == name:
            parts.append(text[kept_from:opened])
            kept_from, name = tag.start(), ""
    return "\n".join([*parts, text[kept_from:]])


def _without_tags(text: str) -> str:
    """A line break for every tag."""
    *pieces, rest = text.split(">")
    halves = (piece.partition("<") for piece in pieces)
    return "".join(before + ("\n" if tag else ">") for before, tag, _ in halves) + rest
