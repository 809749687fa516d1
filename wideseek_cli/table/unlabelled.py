"""What a sentence states of its subject without the column's word: where or what it is, who founded it."""

from __future__ import annotations

import re

from wideseek_cli.table.fieldwords import GROUPS, stems
from wideseek_cli.table.labels import Wanted
from wideseek_cli.table.lookup import Claim, Span, generic
from wideseek_cli.table.values import url_key
from wideseek_cli.table.words import words

_TOWNS = next(group.phrases for group in GROUPS if stems("city") in group.phrases)
_LANDS = frozenset((word,) for word in stems("country state province region county continent district"))
_FOUNDER, _WEBSITE = stems("founder"), stems("website")
_DESCRIPTION = 6  # words in small letters
_ENTERED = re.compile(r"\b(?:in|at|of|from|near|on|[IAF](?:n|t|rom))\s(?:the\s)?(?:[A-Z][\w-]+\s){0,2}$|,\s$")
_WHO_FOUNDED = re.compile(
    r"\s(?:(?!(?:was|were|is)\b)[\w.'’-]+,?\s){0,6}(?:co-?)?(?:founded|established|started)\b", re.I
)
_FOUNDED_BY = re.compile(
    r"\b(?:founded|established|started|set up)\b[^.;]*\bby\b(?:(?!\b(?:of|who|from|with|under|in)\b)[^.;])*$",
    re.I,
)
_GOES_ON = re.compile(r"\s[A-ZÀ-Þ]")  # `Shanghai Tower` is no city
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\s")
# `Marie Curie was a Polish`: what follows describes the subject, up to the first preposition.
_DESCRIBES = re.compile(
    r"(?:\s?[(（][^()（）]{0,200}[)）])?,?\s(?:is|was|are|were)\s(?:an?|the|one of the)\s"
    r"(?:(?!(?:in|of|by|from|with|for|at|on|to|near|that|which|who|based)\b)[\w'’-]+\s){0,6}"
)
_IT = re.compile(r"(?:It|He|She|They)\b")


def unlabelled(text: str, reach: Span, span: Span, subject: int | None, want: Wanted) -> bool:
    """Whether a text value needs no label where it stands; `subject` is where the row's name ends."""
    before = text[reach[0] : span[0]]
    if not want.concepts:
        return True
    if len(want.concepts) == 1 and want.spellings & (_TOWNS | _LANDS):
        if _ENTERED.search(before):
            return True
        return bool(want.spellings & _TOWNS) and not _GOES_ON.match(text, span[1])
    pronoun = _IT.match(before)
    said = subject if subject is not None else reach[0] + pronoun.end() if pronoun else None
    return (
        said is not None
        and text[span[1] : span[1] + 1] != "-"
        and bool(_DESCRIBES.fullmatch(text, said, span[0]))
    )


def founds(text: str, reach: Span, span: Span, want: Wanted) -> bool:
    """Whether a value is said to have founded something, and the column is for that."""
    if _FOUNDER not in want.spellings:
        return False
    by = _FOUNDED_BY.search(text[reach[0] : span[0]])
    return bool(by or _WHO_FOUNDED.match(text, span[1], reach[1]))


def first_address(text: str, start: int, span: Span) -> bool:
    """Whether an address is the first one of a field."""
    return _ADDRESS.search(text, start, span[0]) is None


def described(text: str) -> bool:
    """Whether a cell is a description rather than a name: a page that says all of it needs no label."""
    return sum(word[0].islower() for word in text.split()) >= _DESCRIPTION


def own_site(want: Wanted, claim: Claim, names: frozenset[str]) -> bool:
    """Whether an address tells by its site what it is: `github.com/acme` for `GitHub`, `acme.com` for the
    website of Acme Corp."""
    site = words(" ".join(url_key(claim.text).partition("/")[0].split(".")[:-1]))
    if any(stems(word) in want.spellings for word in site):
        return True
    return _WEBSITE in want.spellings and any(word in names and not generic(word) for word in site)
