"""Whether two texts are one name."""

from __future__ import annotations

import re
from functools import lru_cache

from wideseek_cli.table.values import name_forms
from wideseek_cli.table.words import word_set, words

_ASIDE = re.compile(r"[(\[](.{1,40}?)[)\]]")
_BRACKETS = re.compile(r"[(\[].{0,300}?[)\]]")
_FIRM = word_set("incorporated corporation limited company co llc plc ag gmbh sa nv ltd group holdings")
_RANK = re.compile(r"^\d{1,3}[.)]\s+")
_SITE = re.compile(r"\s+[|–—·:-]+\s+|:\s+|\s*\|\s*")
_TAIL = re.compile(r"\s*(?:\([^()]*\)(?=\s*\S)|:|\s[-–—|]\s|\bby\b)")


@lru_cache(maxsize=200_000)
def forms(name: str) -> frozenset[str]:
    """Comparable forms of a name: without articles, brackets, the form of a firm; turned round at a comma."""
    first = _RANK.sub("", name.split("\n", maxsplit=1)[0]).strip(" *†‡#^\"'“”")
    made = set(name_forms(first))
    if inner := {form for aside in _ASIDE.findall(first) for form in name_forms(aside)}:
        made = made - inner | {form for form in inner if _is_short_for(form, first)}
    for form in list(made):
        parts = form.split()
        while len(parts) > 1 and parts[-1] in _FIRM:
            parts.pop()
            made.add(" ".join(parts))
    return frozenset(made)


def _is_short_for(form: str, name: str) -> bool:
    """Whether a text in brackets is the name's initials, and not a country or a team beside it."""
    initials = "".join(word[0] for word in words(_BRACKETS.sub(" ", name)))
    return len(form) > 1 and form.replace(" ", "") in initials


def same(name: str, other: str) -> bool:
    """Whether both have a form in common."""
    return not forms(name).isdisjoint(forms(other))


def plain(name: str) -> str:
    """Its words, brackets and all."""
    return " ".join(word for word in words(name) if word != "the")


@lru_cache(maxsize=20_000)
def title_forms(title: str) -> frozenset[str]:
    """The names that a title may give what its page is about: whole, without the site's name, before `by`."""
    found = set(forms(title))
    if _ASIDE.search(title):  # `Georgia (U.S. state)` is not about Georgia
        found = {form for form in found if form == plain(title)}
    for cut in _SITE.finditer(title):
        found |= forms(title[: cut.start()])
    for cut in _TAIL.finditer(title):
        found |= forms(title[: cut.start()])
    return frozenset(found)
