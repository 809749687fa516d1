"""The text of one element as a reader sees it: hidden parts and footnote marks gone, lines kept."""

from __future__ import annotations

import re
from typing import Any

from wideseek_cli.text import clean_text

_SKIP = {
    "script",
    "style",
    "noscript",
    "template",
    "svg",
    "iframe",
    "object",
    "canvas",
    "math",
    "button",
    "select",
}
_LINES = {
    "br",
    "p",
    "div",
    "li",
    "tr",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "table",
    "ul",
    "ol",
    "dl",
}
_NOTE = re.compile(r"\[[^\[\]\n]{1,24}\]|[*†‡§¶]{1,3}|(?:note|nb|fn)\W?\d*", re.IGNORECASE)
_HIDING = re.compile(r"display:none|visibility:hidden|speak:none")
_MARKS = re.compile(r"(?<=\S)\s?\[(?:\d{1,3}|[a-z]|note \d+|nb \d+|citation needed)\](?!\w)")
# what sites and their frameworks call text for machines and screen readers alone
_HIDDEN_NAMES = [
    "sortkey",
    "sr-only",
    "visually-hidden",
    "visuallyhidden",
    "screen-reader-text",
    "screenreader",
    "offscreen",
]
_MAX_DEPTH = 60
_MOST_TEXT = 20_000  # characters of one element
_MOST_ALT = 40


class Hidden:
    """What a page's own stylesheet hides: classes and ids with `display: none`."""

    _RULE = re.compile(r"([^{}]{1,400})\{([^{}]{0,2000})\}")
    _NAME = re.compile(r"^[a-z]*([.#])([\w-]+)$")

    def __init__(self, tree: Any) -> None:
        self._names = {(".", name) for name in _HIDDEN_NAMES}
        for style in tree.iter("style"):
            for rule in self._RULE.finditer((style.text or "")[:200_000]):
                if "display:none" in rule[2].replace(" ", "").lower():
                    for selector in rule[1].split(","):
                        if match := self._NAME.match(selector.strip()):
                            self._names.add((match[1], match[2]))

    def hides(self, node: Any) -> bool:
        """Whether a reader does not see this element, by attribute, style or the page's stylesheet."""
        style = (node.get("style") or "").replace(" ", "").lower()
        if (
            (style and _HIDING.search(style))
            or node.get("hidden") is not None
            or node.get("aria-hidden") == "true"
        ):
            return True
        if not self._names and not node.get("class"):
            return False
        names = {(".", name) for name in (node.get("class") or "").split()} | {("#", node.get("id") or "")}
        return not self._names.isdisjoint(names)


def text_of(node: Any, hidden: Hidden) -> str:
    """Its text, a line for each line of the page."""
    parts: list[str] = []
    _collect(node, hidden, parts, 0)
    lines = (" ".join(line.split()) for line in clean_text("".join(parts)).replace("\u2212", "-").split("\n"))
    text = _MARKS.sub("", "\n".join(line for line in lines if line))[:_MOST_TEXT]
    if not text:
        alts = [image.get("alt") or "" for image in node.iter("img")]
        text = next((alt for alt in alts if alt and len(alt) <= _MOST_ALT and "." not in alt[-5:]), "")
    return text


def _collect(node: Any, hidden: Hidden, parts: list[str], depth: int) -> None:
    if depth > _MAX_DEPTH:
        return
    parts.append((node.text or "").replace("\n", " "))
    for child in node:
        tag = child.tag
        if isinstance(tag, str) and tag not in _SKIP and not hidden.hides(child):
            if tag in ("sup", "sub"):
                parts.append(_raised(child, parts))
            else:
                if tag in _LINES:
                    parts.append("\n")
                _collect(child, hidden, parts, depth + 1)
                if tag in _LINES and tag != "br":
                    parts.append("\n")
        parts.append((child.tail or "").replace("\n", " "))


def _raised(node: Any, parts: list[str]) -> str:
    """A raised text: a power or an ordinal's letters stay, the mark of a note goes."""
    text = " ".join("".join(node.itertext())[:60].split())
    links_down = any((a.get("href") or "").startswith("#") for a in node.iter("a"))
    if links_down or "reference" in (node.get("class") or "") or _NOTE.fullmatch(text):
        return ""
    before = next((part for part in reversed(parts) if part), "")
    return f"^{text}" if node.tag == "sup" and before[-1:].isdigit() and text[:1].isdigit() else text
