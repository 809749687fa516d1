"""Names of people as lists and libraries write them: `Austen, Jane`, `John B. Goodenough`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from wideseek_cli.table.passages import Indexed

Span = tuple[int, int]

_COMMA = re.compile(r",\s{1,2}")
_NAME_BEFORE = re.compile(r"[A-ZÀ-Þ][\w'’-]* $")  # `Mary Austen, Jane` names two people
_NAME_BEHIND = re.compile(r"(?: [A-Z]\.?(?!\w))* [A-ZÀ-Þ]\w")
_INITIAL = re.compile(r"\s[A-Z]\.?\s")


def turned_places(doc: Indexed, form: Sequence[str]) -> Iterator[Span]:
    """Where a name of several words stands with its last word first, or with a middle initial."""
    if len(form) < 2:
        return
    size = len(form)
    for at in doc.places.get(form[-1], ()):
        if doc.plain[at + 1 : at + size] == list(form[:-1]):
            start, end = doc.starts[at], doc.ends[at + size - 1]
            if _COMMA.fullmatch(doc.text, doc.ends[at], doc.starts[at + 1]) and _alone(doc.text, start, end):
                yield start, end
        if size == 2 and at >= 2 and doc.plain[at - 2] == form[0] and len(doc.plain[at - 1]) == 1:
            start, end = doc.starts[at - 2], doc.ends[at]
            between = _INITIAL.fullmatch(doc.text, doc.ends[at - 2], doc.starts[at])
            if between is not None and doc.text[start].isupper() and doc.text[doc.starts[at]].isupper():
                yield start, end


def _alone(text: str, start: int, end: int) -> bool:
    """Whether neither name at a comma is a part of a longer one."""
    before = _NAME_BEFORE.search(text, max(0, start - 40), start)
    return text[start].isupper() and before is None and _NAME_BEHIND.match(text, end) is None
