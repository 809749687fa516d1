"""Which paragraphs of a page are its main text: trafilatura decides.

Each paragraph gets a stamp, a few Braille characters that text of pages hardly has, in front of its first
words; those whose stamp comes out of trafilatura are main text.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from wideseek_cli.pages.elements.tree import take_out

_FIRST, _BASE, _DIGITS = 0x2800, 256, 3
_STAMP = re.compile("[\u2800-\u28ff]{3}")
_BRAILLE = re.compile("[\u2800-\u28ff]")


class Place(NamedTuple):
    """Where a paragraph's first words stand in the tree."""

    node: Any
    part: Literal["text", "tail"]


def find_main(tree: Any, places: Iterable[Place], url: str, read: Iterable[Any]) -> frozenset[int]:
    """The numbers of those places whose text is main text; elements that are `read` already are not looked
    at. Changes the tree."""
    for number, place in enumerate(places):
        text = _BRAILLE.sub(" ", getattr(place.node, place.part) or "")
        setattr(place.node, place.part, _stamp(number) + text.lstrip())
    take_out(tree, read)
    for cell in tree.iter("td", "th"):  # of tables that lay out the page: spans only cost time
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    text = _extract(tree, url)
    return frozenset(_number(match[0]) for match in _STAMP.finditer(text))


def _stamp(number: int) -> str:
    digits = []
    for _ in range(_DIGITS):
        number, digit = divmod(number, _BASE)
        digits.append(chr(_FIRST + digit))
    return "".join(digits)


def _number(stamp: str) -> int:
    return sum((ord(char) - _FIRST) * _BASE**at for at, char in enumerate(stamp))


def _extract(tree: Any, url: str) -> str:
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        return trafilatura.extract(tree, url=url or None, include_comments=False) or ""
    except Exception as error:
        # trafilatura has no error type of its own: whatever broken HTML made it trip, the whole page is kept
        logging.getLogger(__name__).debug("trafilatura failed on %s: %r", url, error)
        return ""
