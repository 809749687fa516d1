"""The page itself: our markup, style and script around data that others wrote.

Everything is in one document, so that a page from the server and one in a file are the same. Script and
style are allowed by their hashes alone; the data is JSON that the script reads as text.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

from wideseek_cli.export.document import Document, base_style, begun, hashed, whole_policy

SCRIPTS = (
    *("dom", "head", "grid", "filter", "cell", "work", "sources", "downloads", "steer"),
    *("runs", "live", "main"),
)
STYLES = ("table", "work")
_BAR = '<span class="spacer"></span><button type="button" id="theme">Dark theme</button>'
_MAIN = """<main id="main" tabindex="-1"><noscript><p>This page needs JavaScript. Without it:
<code>wideseek runs show</code>.</p></noscript></main>
"""
_START = "start();"
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
def policy() -> str:
    """What the page may do."""
    scripts = f"{hashed(script())} {hashed(_START)}"
    return f"script-src {scripts}; style-src {hashed(style())}; connect-src 'self'"


def page_begun(title: str) -> str:
    """All of a page that needs no data: a browser shows and compiles it while the data is being made."""
    return f"{begun(title, policy(), style(), _BAR)}{_MAIN}<script>{script()}</script>\n"


def page_ended(data: dict[str, Any]) -> str:
    """The rest of it."""
    shown = f'<script type="application/json" id="data">{_harmless(to_json(data))}</script>'
    return f"{shown}\n<script>{_START}</script>\n</body>\n</html>\n"


def make_document(title: str, data: dict[str, Any]) -> Document:
    """The page that shows this data."""
    return Document(page_begun(title) + page_ended(data), whole_policy(policy()))


def _harmless(text: str) -> str:
    for letter, escaped in _ESCAPED.items():
        text = text.replace(letter, escaped)
    return text


def to_json(data: object) -> str:
    """On one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
