"""The short form that a page gives a row's name: `International Business Machines Corporation (IBM)`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wideseek_cli.table.entity import Entity, initials, is_initials
from wideseek_cli.table.passages import Indexed

Span = tuple[int, int]

_CAPITALS = re.compile(r"(?<!\w)([(（]?)([A-Z]{2,8})(?!\w)")
_END = re.compile(r"[.;。]\s|\n")
_REACH = 60  # characters behind the name
_MOST = 5  # places of the name


def possible(entity: Entity) -> frozenset[str]:
    """The short forms that an entity's names may have."""
    return frozenset(short for form in entity.forms if len(form) > 1 for short in initials(form))


def short_form(doc: Indexed, entity: Entity, named: Sequence[Span]) -> str:
    """The initials that a page gives a name right where it stands in full; empty where it gives none. Two
    letters must stand in brackets."""
    forms = [form for form in entity.forms if len(form) > 1]
    for _, end in named[:_MOST] if forms else ():
        stop = _END.search(doc.text, end, end + _REACH)
        for said in _CAPITALS.finditer(doc.text, end, stop.start() if stop else end + _REACH):
            if (said[1] or len(said[2]) > 2) and any(is_initials(said[2], form) for form in forms):
                return said[2].casefold()
    return ""


def places(doc: Indexed, short: str) -> list[Span]:
    """Where a document has a short form, in capitals."""
    return [(start, end) for start, end in doc.find((short,)) if doc.text[start:end].isupper()]
