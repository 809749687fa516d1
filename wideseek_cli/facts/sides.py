"""A sentence in normal form around S and V, and the pieces that constructions are made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.facts.clauses import BE, W, heads_clause
from wideseek_cli.facts.relations import Relation

TITLE = rf"(?:(?:{W}|N|/|&) ){{0,9}}"  # `the British rock band V`
_LIST = rf"(?:(?:(?:{W}|N|D|/) )+(?:, and|,|and|&) )*(?:by )?"
AGENT = rf"{_LIST}(?:N 's )?{TITLE}"
ITEMS = r"(?:(?:(?:the|a|an) )?(?:N|D) (?:D )?(?:, and|,|and|&) )*(?:the |a |an )?"  # names of the same list
_BAR = (
    "who|whom|which|that|whose|where|when|while|but|although|because|than|is|was|are|were|has|had|have|S|;|:|–"
    "|'s|will|not|he|she|it|they|we"
)
_STEP = rf"(?!(?:{_BAR}) )(?!(?:and|,|or) (?:then |later |was |were )?\w+ed )"
MID = rf"(?:{_STEP}\S+ ){{0,16}}?"
_SAME = r"(?:(?:, |and |, and |& )?(?:co-)?\w+(?:ed|en) )*"  # `born and raised in V`
_MID_OF_DATE = rf"(?:{_STEP}(?!D )\S+ ){{0,16}}?"
_MID_OF_PLACE = (
    rf"(?:(?:during|of|from|with|to|under|after) (?:{W} )*N |{_STEP}(?!N (?!{W} )|by )\S+ ){{0,14}}?"
)
COPULA = (
    rf"(?:,|:|(?:{BE}|stands at|stood at|remains|reached|totals|totalled|came to"
    r"|comes to|amounts to|lies at|measures|numbers|consists of)"
    r"(?: (?:now|currently|still))?)"
)
ITS = r"(?:a |an |the |its |his |her |their )"
LITTLE = r"(?:(?:the|a|an|in|at|on|near|of|to) )*"


@dataclass(frozen=True)
class Sides:
    """A sentence in normal form around S and V."""

    before: str
    between: str
    after: str
    reverse: bool  # the value comes first
    told: bool  # the subject is left out, or part of the label
    dated: bool  # the value is a date or number


def sides(text: str, *, told: bool, dated: bool) -> Sides | None:
    """What stands before, between and after the two."""
    match = re.fullmatch(r"(.*?)\b([SV]) (.*?)\b([SV]) (.*)", text)
    if match is None or match[2] == match[4]:
        return None
    return Sides(match[1], match[3], match[5], match[2] == "V", told, dated)


def any_of(words: Iterable[str]) -> str:
    """One of these words, longest first; nothing where there are none."""
    found = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return f"(?:{found})" if found else "(?!)"


@lru_cache(maxsize=2_000)
def nouns_of(relation: Relation) -> str:
    """The words for the value."""
    return rf"{any_of(relation.nouns)}s?" if relation.nouns else r"(?!)"


def is_subject(here: Sides) -> bool:
    """Whether S is what its clause is about; a label's own S is, unless a relative clause has another."""
    relative = re.search(r"\b(?:who|which|that|whose) [^,;]*$", here.before)
    return (here.told and not relative) or heads_clause(here.before)


def tail_of(relation: Relation, *, dated: bool, cue: str = "") -> str:
    """What may stand between a verb and its value."""
    if dated:
        return rf"{_SAME}{_MID_OF_DATE}"
    if relation.after and (cue not in relation.active or cue in relation.roles):
        more = r"(?:and (?:\w+ (?:at|in|from|on) |\w+ing ))?"  # `owned by and based at V`
        return rf"{_SAME}{MID}{any_of(relation.after)} {more}{AGENT}"
    if relation.place:
        wider = rf"(?:{LITTLE}N (?:,|in|near|at) )*"  # `at N in V`, `in N, V`
        return rf"{_SAME}(?:[ND] )*{_MID_OF_PLACE}{wider}{LITTLE}"
    if relation.kin:
        return rf"(?:(?:{W}|N) )*?(?:N (?:, (?:{W} )*(?:N |D )*)?and (?:his |her )?(?:{W} )*?)?"
    return rf"{MID}(?:N 's )?{TITLE}" if relation.far else rf"{LITTLE}{AGENT}"
