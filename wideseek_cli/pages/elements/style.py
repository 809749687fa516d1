"""What a reader of the page does not see: by attribute, by style, or by the page's own stylesheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_HIDING = re.compile(r"display:none|visibility:hidden|speak:none")
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?([.#])([\w-]+)")
_MOST_STYLE = 200_000  # characters of all stylesheets
_MOST_RULES = 5_000
# What sites and their frameworks call text for machines and screen readers alone.
_FOR_MACHINES = (
    *("sortkey", "sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text", "screenreader"),
    "offscreen",
)
_PAGES = {"html", "body", "main"}  # hidden only until a script shows them


class Hidden:
    """Looks elements up in what the page's stylesheet hides: by one class or id, with or without a tag."""

    def __init__(self, tree: Any = None) -> None:
        self._names = {f".{name}": {""} for name in _FOR_MACHINES}  # `.class` or `#id` -> tags, "" for any
        for style in tree.iter("style") if tree is not None else ():
            if (style.get("media") or "all").strip().lower() in ("all", "screen"):
                self._read((style.text or "")[:_MOST_STYLE])

    @property
    def has_rules(self) -> bool:
        """Whether the stylesheet hides anything."""
        return len(self._names) > len(_FOR_MACHINES)

    def _read(self, text: str) -> None:
        for selectors, body in _rules(text):
            if is_hiding(body):
                for selector in selectors.split(",")[:200]:
                    if (match := _SELECTOR.fullmatch(selector.strip())) and match[1] not in _PAGES:
                        self._names.setdefault(match[2] + match[3], set()).add(match[1] or "")

    def hides(self, node: Any) -> bool:
        """Whether a reader does not see this element, or it is a wiki's note or mark for editing."""
        style = node.get("style")
        if style and is_hiding(style):
            return True
        if node.get("hidden") is not None or node.get("aria-hidden") == "true":
            return True
        kind = node.get("class") or ""
        if kind and ("mw-editsection" in kind or "editsection" in kind.split()):
            return True
        if node.tag == "li" and (node.get("id") or "").startswith("cite_note"):
            return True
        names = [f".{name}" for name in kind.split()[:20]]
        if name := node.get("id"):
            names.append(f"#{name}")
        return any(not tags.isdisjoint(("", node.tag)) for n in names if (tags := self._names.get(n)))


def is_hiding(declarations: str) -> bool:
    """Whether declarations of a style hide what has them."""
    return _HIDING.search(declarations.replace(" ", "").lower()) is not None


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations outside of `@media` and its like, which hold for some screens only."""
    depth, at, head = 0, 0, ""
    found = 0
    text = _without_comments(text)
    for brace in re.finditer(r"[{}]", text):
        part = text[at : brace.start()]
        at = brace.end()
        if brace[0] == "{":
            head = part.strip() if depth == 0 else ""
            depth += 1
        else:
            if depth == 1 and head and not head.startswith("@"):
                found += 1
                yield head.rsplit(";", 1)[-1], part
            depth = max(0, depth - 1)
        if found >= _MOST_RULES:
            return


def _without_comments(text: str) -> str:
    first, *others = text.split("/*")
    return first + "".join(part.partition("*/")[2] for part in others)
