"""Whether a page of the row's name is about another of that name: `Paris, Texas`, `Georgia (U.S. state)`."""

from __future__ import annotations

import re
from functools import lru_cache

from wideseek_cli.facts.kinds import lines
from wideseek_cli.facts.names import forms
from wideseek_cli.table.fieldwords import stem, stems
from wideseek_cli.values.words import word_set, words

_NAME = r"[A-Z][\w.’'-]*"
_ADDED = re.compile(
    rf",\s(?P<place>{_NAME}(?:\s(?:of\s|the\s|and\s)?{_NAME}){{0,3}})(?=\s*(?:$|[|–—-]|,))|\s\((?P<aside>[^()]{{2,40}})\)"
)
_LITTLE = word_set("of the and in a an u s us")


@lru_cache(maxsize=20_000)
def namesake(title: str, names: frozenset[str], context: str) -> bool:
    """Whether what a title adds to the row's name is another thing than the row. `context`: all that is known
    of the row, the question, the row's own cells and the labels."""
    for added in _ADDED.finditer(title):
        if forms(title[: added.start()]).isdisjoint(names):
            continue
        more = added["place"] or added["aside"]
        known = frozenset(words(context))
        new = [word for word in words(more) if word not in _LITTLE and word not in known]
        given, asked = _kinds(more), _kinds(context)
        if given:
            return bool(asked) and given.isdisjoint(asked)
        return bool(new) and all(part[:1].isupper() for part in more.split() if part not in _LITTLE)
    return False


@lru_cache(maxsize=1)
def _groups() -> dict[str, int]:
    return {stem(word): at for at, line in enumerate(lines("distinct")) for word in line.split()}


def _kinds(text: str) -> frozenset[int]:
    known = _groups()
    return frozenset(known[word] for word in stems(text) if word in known)
