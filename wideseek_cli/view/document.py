"""The page itself: our markup, style and script around data that others wrote.

Everything is in one document, so that a page from the server and one in a file are the same. Script and
style are allowed by their hashes alone; the data is JSON that the script reads as text.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from wideseek_cli.export.document import Document, base_style, fill, hashed

SCRIPTS = (
    *("dom", "head", "grid", "filter", "cell", "work", "sources", "downloads", "steer"),
    *("runs", "live", "main"),
)
STYLES = ("table", "work")
# `<` would end the script element, `&` begin a reference where somebody serves it as XHTML
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@cache
def style() -> str:
    """The style sheet."""
    return "\n".join([base_style(), *(_read(f"{name}.css") for name in STYLES)])


@cache
def script() -> str:
    """Our script, as one."""
    return "\n".join(['"use strict";', *(_read(f"{name}.js") for name in SCRIPTS)])


def _read(name: str) -> str:
    return files("wideseek_cli.view").joinpath("page", name).read_text(encoding="utf-8")


@cache
def _policy() -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {hashed(script())}",
            f"style-src {hashed(style())}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def make_document(title: str, data: dict[str, Any]) -> Document:
    """The page that shows this data."""
    parts = {"style": style(), "script": script(), "data": _harmless(to_json(data))}
    return fill(_read("page.html"), title, _policy(), **parts)


def _harmless(text: str) -> str:
    for letter, escaped in _ESCAPED.items():
        text = text.replace(letter, escaped)
    return text


def to_json(data: object) -> str:
    """On one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
