"""Where the sentences of a paragraph begin and end."""

from __future__ import annotations

import re
from functools import lru_cache

from wideseek_cli.values.words import word_set

_STOP = re.compile(r"[.!?。！？]+[\"'”’)\]]*(?=\s|$)|\n+")
_SHORT = word_set(
    "mr mrs ms dr st no vs jr sr inc ltd co corp bros mt ft approx c ca cf fl r b d est dept gen col lt sgt"
    " prof rev hon gov sen rep capt cmdr adm messrs op vol ed eds pp al etc jan feb mar apr jun jul aug sept"
    " oct nov dec"
)
_OPENS = word_set(
    "a an the this that these those he she it they we you his her its their our in on at by for from after"
    " before since during until as with when while although but and there here one some many most all both"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.){1,}[^\W\d_]$|^[^\W\d_]$")


@lru_cache(maxsize=100_000)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Where a paragraph's sentences begin and end; initials and short forms end none, nor does a stop
    before a small letter."""
    spans, start = [], 0
    for stop in _STOP.finditer(text):
        if stop.end() > start and not _goes_on(text, start, stop):
            spans.append((start, stop.end()))
            start = stop.end()
    if start < len(text):
        spans.append((start, len(text)))
    return tuple(spans)


def _goes_on(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether the sentence goes on behind this stop."""
    if stop.group()[0] == "\n":
        return False
    rest = text[stop.end() : stop.end() + 24].lstrip()
    if rest[:1].islower():
        return True
    before = text[max(start, stop.start() - 12) : stop.start()].split()
    last = before[-1].lstrip("([\"'“‘") if before else ""
    if stop.group()[0] != ".":
        return False
    if last[-1:].isupper() and _INITIALS.search(last):
        word = re.match(r"\w+", rest)
        return not (word and word.group().lower() in _OPENS)
    return last.lower() in _SHORT
