"""Whether two texts are one name, and whether a page of a name is about another of it: `Paris, Texas`."""

from __future__ import annotations

import re
from functools import lru_cache

from wideseek_cli.facts.relations import kinds_in
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import tokens, word_set, words

_ASIDE = re.compile(r"[(\[](.{1,40}?)[)\]]")
_BRACKETS = re.compile(r"[(\[].{0,300}?[)\]]")
_FIRM = word_set("incorporated corporation limited company co llc plc ag gmbh sa nv ltd group holdings")
_RANK = re.compile(r"^\d{1,3}[.)]\s+")
_MARK = re.compile(r"\^[A-Z]{1,3}$")  # set small behind a name: it belongs to a legend
_SITE = re.compile(r"\s+[|–—·:-]+\s+|:\s+|\s*\|\s*")
_TAIL = re.compile(r"\s*(?:\([^()]*\)(?=\s*\S)|:|\s[-–—|]\s|\bby\b)")


@lru_cache(maxsize=200_000)
def forms(name: str) -> frozenset[str]:
    """Comparable forms of a name: without articles, brackets, the form of a firm; turned round at a comma."""
    first = _MARK.sub("", _RANK.sub("", name.split("\n", maxsplit=1)[0]).strip(" *†‡#^\"'“”"))
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


def beside_name(name: str) -> str:
    """What a name has in brackets that is not its initials, and may tell it from a namesake's."""
    aside = _ASIDE.search(first := name.split("\n", maxsplit=1)[0])
    return "" if aside is None or _is_short_for(plain(aside[1]), first) else plain(aside[1])


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


_LONGER_BEFORE = re.compile(r"(?:[A-Z][\w.’'-]*|\bof|\bof the|[\u3040-\u9fff])[ -]?$")
_LONGER_BEHIND = re.compile(r"[\s–-]?[A-Z0-9\u3040-\u9fff]|\s(?:of|and)\s|['’]")
_ARTICLE = re.compile(r"(?:^|\s)The $")


def stands_whole(text: str, names: frozenset[str]) -> bool:
    """Whether one of these names stands in a text, and not as a part of a longer name."""
    found = [token for token in tokens(text) if token[0] != "the"]
    plain = [word for word, _, _ in found]
    for parts in (name.split(" ") for name in names):
        for at in range(len(plain) - len(parts) + 1):
            if plain[at : at + len(parts)] == parts:
                start, end = found[at][1], found[at + len(parts) - 1][2]
                before = text[:start]
                longer = _LONGER_BEFORE.search(before) and not _ARTICLE.search(before)
                if not longer and not _LONGER_BEHIND.match(text, end):
                    return True
    return False


def begins_with(title: str, names: frozenset[str]) -> bool:
    """Whether a title is a name of several words and then only what that is: `Comet 3 telescope | Shop`."""
    found = _DESCRIBED.match(title)
    return found is not None and " " in plain(found[1]) and not names.isdisjoint(forms(found[1]))


_DESCRIBED = re.compile(
    r"((?:[A-Z0-9][\w.’'-]*\s)+)(?:[a-z-]+(?:\s(?=[a-z(])|(?=\s?(?:$|[|(–—:])))){1,5}\s?(?:$|[|(–—:])"
)


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
        given, asked = kinds_in(more), kinds_in(context)
        if given:
            return bool(asked) and given.isdisjoint(asked)
        return bool(new) and all(part[:1].isupper() for part in more.split() if part not in _LITTLE)
    return False
