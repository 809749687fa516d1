"""A topic's Markdown as a manual page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from wideseek_cli import __version__


def to_roff(topic: str, about: str, text: str) -> str:
    """The page `wideseek-TOPIC(7)`."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt().enable("table").parse(text)
    name = f"wideseek-{topic}"
    head = [f'.TH "{name.upper()}" 7 "" "wideseek {__version__}"', ".SH NAME", f"{name} \\- {_plain(about)}"]
    return "\n".join([*head, *_lines(tokens)]) + "\n"


def _lines(tokens: list[Any]) -> Iterator[str]:
    cells: list[str] = []
    for at, token in enumerate(tokens):
        before = tokens[at - 1].type if at else ""
        if token.type == "fence":
            yield from (
                ".PP",
                ".nf",
                ".RS 4",
                *map(_plain, token.content.rstrip("\n").split("\n")),
                ".RE",
                ".fi",
            )
        elif token.type == "inline" and before == "heading_open":
            yield f".SH {_inline(token).upper()}"
        elif token.type == "inline" and before == "paragraph_open":
            yield from (".PP", _inline(token))
        elif token.type == "inline" and before == "td_open":
            cells.append(_inline(token))
        elif token.type == "tr_close" and cells:
            yield from (".TP", cells[0], ", ".join(cells[1:]))
            cells = []


def _inline(token: Any) -> str:
    """A line of text: code in bold, other marks left out."""
    parts = []
    for child in token.children or ():
        if child.type == "code_inline":
            parts.append(f"\\fB{_escaped(child.content)}\\fR")
        elif child.type in ("text", "softbreak"):
            parts.append(_escaped(child.content) if child.type == "text" else " ")
    return _guarded("".join(parts))


def _plain(line: str) -> str:
    return _guarded(_escaped(line))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\e").replace("-", "\\-")


def _guarded(line: str) -> str:
    """A line that begins with a control character would be read as a request."""
    return f"\\&{line}" if line[:1] in (".", "'") else line
