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

_BASE = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "


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
    policy = f"style-src {hashed(sheet)}"
    main = f'<main id="main" tabindex="-1">\n<h1>{escape(clean_line(title))}</h1>\n{body}\n</main>'
    return Document(f"{begun(title, policy, sheet)}{main}\n</body>\n</html>\n", whole_policy(policy))


def begun(title: str, policy: str, style: str, bar: str = "") -> str:
    """What every page begins with; its `main` follows."""
    shown, allowed = escape(clean_line(title, 120)), escape(_BASE + policy)
    return Template(_read("frame.html")).substitute(policy=allowed, title=shown, style=style, bar=bar)


def whole_policy(policy: str) -> str:
    """As a header has it."""
    return f"{_BASE}{policy}; frame-ancestors 'none'"  # which only a header can say


def hashed(text: str) -> str:
    """Script or style as a policy names it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _read(name: str) -> str:
    return files("wideseek_cli.export").joinpath("look", name).read_text(encoding="utf-8")
