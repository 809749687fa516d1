"""Raised letters in a page's tree: km² keeps its 2, 10⁶ becomes 10^6 (and not 106), marks of notes go."""

from __future__ import annotations

import re
from typing import Any

_NOTE = re.compile(r"\s*\[\s*(?:(?:note|n)\s+)?(?:\d{1,3}|[a-z]{1,2})\s*\]\s*", re.IGNORECASE)
_POWER = re.compile(r"[23]")
_UNIT = re.compile(r"(?:^|[^A-Za-z])(?:[kcdm]?m|mi|ft|yd|in)\s*$")
_ENDING = re.compile(r"st|nd|rd|th|er|ère|e|[oaºª]", re.IGNORECASE)
_TRADEMARK = re.compile(r"\s*(?:TM|SM|[®©™℠])\s*")


def flatten_superscripts(tree: Any) -> None:
    """Squares and cubes of units, and endings of ordinals, joined to what is before them; a ^ before others;
    notes taken out."""
    for raised in list(tree.iter("sup")):
        text, before = raised.text_content(), _before(raised)
        if _NOTE.fullmatch(text) or _TRADEMARK.fullmatch(text):
            raised.drop_tree()
        elif _POWER.fullmatch(text.strip()) and _UNIT.search(before):
            _set_before(raised, before.rstrip())
            raised.drop_tag()
        elif _ENDING.fullmatch(text.strip()) and before[-1:].isdigit():
            raised.drop_tag()
        elif text.strip() and (before.strip() or _follows_text(raised)):
            raised.text = "^" + (raised.text or "").lstrip()
            raised.drop_tag()


def _before(node: Any) -> str:
    """The text right before a node."""
    previous = node.getprevious()
    return (node.getparent().text if previous is None else previous.tail) or ""


def _follows_text(node: Any) -> bool:
    """Whether another element's text is right before a node: `<b>30</b><sup>2</sup>` is not 302."""
    previous = node.getprevious()
    return previous is not None and not previous.tail and previous.text_content()[-1:].strip() != ""


def _set_before(node: Any, text: str) -> None:
    previous = node.getprevious()
    if previous is None:
        node.getparent().text = text
    else:
        previous.tail = text
