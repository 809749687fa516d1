"""Whether a page of the row's name is about another of that name: `Paris, Texas`, `Georgia (U.S. state)`."""

from __future__ import annotations

import re
from functools import lru_cache

from wideseek_cli.facts.names import forms
from wideseek_cli.table.fieldwords import stem, stems
from wideseek_cli.table.words import word_set, words

# What a title may say that a name is. Kinds on one line are not told apart.
_KINDS = """
country nation republic kingdom
state province region territory canton
county district department prefecture
city town village municipality commune borough capital suburb
river stream creek
lake reservoir
mountain hill peak volcano
island peninsula
film movie
album record ep soundtrack
song single track
novel book novella
play musical opera
band group duo
game
series show sitcom
magazine newspaper journal
company firm corporation brand
university college school
airport
ship vessel
politician statesman
footballer soccer
cricketer
cyclist
swimmer
boxer
golfer
singer musician rapper songwriter
actor actress
author writer poet novelist
painter artist sculptor
composer
bishop priest
scientist physicist chemist biologist mathematician
"""
_KIND_OF = {stem(word): at for at, line in enumerate(_KINDS.split("\n")) for word in line.split()}
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


def _kinds(text: str) -> frozenset[int]:
    return frozenset(_KIND_OF[word] for word in stems(text) if word in _KIND_OF)
