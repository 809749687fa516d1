"""The one look of all pages we make: style sheet, policy, and a page without script."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from wideseek_cli.core.text import clean_line
from wideseek_cli.table.signs import CELLS

_UNFRAMED = "; frame-ancestors 'none'"  # only a header can say that


@dataclass(frozen=True)
class Document:
    """HTML, and the policy that belongs to it."""

    html: str
    policy: str


@cache
def base_style() -> str:
    """What every page begins with: colours, letters, and the states of cells by sign and colour."""
    return f"{_read('base.css')}\n{_states()}"


def _states() -> str:
    names: list[str] = []
    rules: list[str] = []
    for status, mark in CELLS.items():
        name = status.value
        names.append(f"  --{name}: light-dark({', '.join(mark.ink)});")
        sign = f'content: "{mark.sign}"; content: "{mark.sign}" / "{name}:"'  # for those who listen
        rules.append(f".s-{name} {{ --state: var(--{name}); }} .s-{name}::before {{ {sign}; }}")
        if mark.ground is not None:
            names.append(f"  --{name}-bg: light-dark({', '.join(mark.ground)});")
            rules.append(f":is(td, tbody th).g-{name} {{ background-color: var(--{name}-bg); }}")
    every = '[class*="s-"]::before { color: var(--state); font-weight: 700; }'
    return "\n".join([":root {", *names, "}", every, *rules])


def static_document(title: str, body: str, extra: str = "") -> Document:
    """A page without script; `body` is markup whose outside text is escaped, `extra` more of the style
    sheet."""
    sheet = f"{base_style()}\n{_read('static.css')}\n{extra}"
    policy = f"default-src 'none'; style-src {hashed(sheet)}; base-uri 'none'; form-action 'none'"
    return fill(
        _read("static.html"), title, policy, style=sheet, heading=escape(clean_line(title)), body=body
    )


def fill(template: str, title: str, policy: str, **parts: str) -> Document:
    """A page from its template."""
    shown = escape(clean_line(title, 120))
    html = Template(template).substitute(policy=escape(policy), title=shown, **parts)
    return Document(html, policy + _UNFRAMED)


def hashed(text: str) -> str:
    """Script or style as a policy names it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return files("wideseek_cli.export").joinpath("look", name).read_text(encoding="utf-8")
