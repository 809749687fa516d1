"""The page itself: our markup, style and script around data that others wrote.

Everything is in one document, so that a page from the server and one in a file are the same. Script and
style are allowed by their hashes alone; the data is JSON that the script reads as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from wideseek_cli.core.text import clean_line
from wideseek_cli.table.model import CellStatus
from wideseek_cli.ui.signs import CELLS

SCRIPTS = ("dom", "head", "grid", "filter", "cell", "work", "sources", "downloads", "runs", "live", "main")
STYLES = ("base", "table", "work")
_UNFRAMED = "; frame-ancestors 'none'"  # only a header can say that
# `<` would end the script element, `&` begin a reference where somebody serves it as XHTML
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


@dataclass(frozen=True)
class Document:
    """HTML, and the policy that belongs to it."""

    html: str
    policy: str


@cache
def style() -> str:
    """The style sheet; a state's sign is one of `ui.signs`, with its name for those who listen."""
    signs = "".join(
        f'.s-{s.value}::before {{ content: "{CELLS[s].sign}"; content: "{CELLS[s].sign}" / "{s.value}:"; }}\n'
        for s in CellStatus
    )
    return "\n".join([*(_read(f"{name}.css") for name in STYLES), signs])


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
            f"script-src {_hash(script())}",
            f"style-src {_hash(style())}",
            "img-src data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def make_document(title: str, data: dict[str, Any]) -> Document:
    """The page that shows this data."""
    html = Template(_read("page.html")).substitute(
        policy=escape(_policy()),
        title=escape(clean_line(title, 120)),
        style=style(),
        data=_harmless(to_json(data)),
        script=script(),
    )
    return Document(html, _policy() + _UNFRAMED)


def _harmless(text: str) -> str:
    for letter, escaped in _ESCAPED.items():
        text = text.replace(letter, escaped)
    return text


def static_document(title: str, body: str, extra: str = "") -> Document:
    """A page without script in the same look; `body` is markup whose outside text is escaped, `extra` more of
    the style sheet."""
    sheet = f"{_read('base.css')}\n{_read('static.css')}\n{extra}"
    policy = f"default-src 'none'; style-src {_hash(sheet)}; base-uri 'none'; form-action 'none'"
    html = Template(_read("static.html")).substitute(
        policy=escape(policy), title=escape(clean_line(title, 120)), style=sheet, body=body
    )
    return Document(html, policy + _UNFRAMED)


def to_json(data: object) -> str:
    """On one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
