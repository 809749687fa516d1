"""The columns that a question asks for without naming them as columns: `with their capitals and area`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wideseek_cli.question.words import LITTLE, PLURAL
from wideseek_cli.table.columns import with_key
from wideseek_cli.table.model import Column
from wideseek_cli.values.words import name_key, word_set

_MOST_WORDS, _MOST_WISHED = 4, 8
_HEADS = word_set("year years date number name names")  # that are fields too: `founding year`, `date`
_WITHIN = word_set("of in at by from to as on for")  # what a field's name may have inside: `date of birth`
# What leads to them, at the beginning of a part of the question.
_LEADS = re.compile(
    r"^(?:(?:and|also|please|together|along|i|we|you|want|need|for|each|of|them|can|could|with|plus|including|add|give|giving"
    r"|name|naming|state|stating|show|showing|tell|me|us|list|listing|the|a|an|its|their|what|is|are)\s)+",
    re.IGNORECASE,
)
_PARTS = re.compile(r",\s|;\s|:\s|[.?!]\s|\s(?:and|plus|as well as|&)\s|\s(?=with\s)|\s[–—-]\s")
_SENTENCE = re.compile(r"(?<=[a-z)”\"])[.!]\s+(?=[A-Z])")
_BEHIND = re.compile(r"\s(?:please|each|(?:of|for|in)\s(?:each|all|every|them)(?:\s(?:one|of\sthem))?)$")
_WORD = r"(?:[a-z][a-z'’-]*|[A-Z]{2,6}s?)"  # or `ICAO`
_FIELD = re.compile(rf"{_WORD}(?:\s{_WORD})*")
_CLAUSE = re.compile(r"\s(?:that|which|who)\s.*")  # `the fish that live in them`
_ASKING = re.compile(r"^\W*(?:(?:please|list|table|all|the|of)\s)+", re.IGNORECASE)
_PREPOSITION = re.compile(r"\s(?:in|of|from|at|near|within|on|by|for|that|which|who|whose)\s")


def kind_of(head: str) -> str:
    """The kind of things that the head of a question names, one of them: `lake` of `the lakes of Ayr`."""
    found = PLURAL.finditer(_PREPOSITION.split(_ASKING.sub("", head))[0])
    named = [m[0].lower() for m in found if (m[0].islower() or not m.start()) and m[0].lower() not in LITTLE]
    return _singular(named[-1]) if named else ""


def wished(head: str, rest: str) -> tuple[Column, ...]:
    """What is wanted of the things that the head of a question names; nothing where it names no kind of
    things, or says more than names of fields."""
    kind = kind_of(head)
    told = [list(_fields(sentence)) for sentence in _SENTENCE.split(rest)] if kind else []
    named = [fields for fields in told if "" not in fields]  # others tell something else
    fields = list(dict.fromkeys(field for some in named for field in some))
    keys = {name_key(field) for field in fields}
    if not 0 < len(fields) <= _MOST_WISHED or keys & {"", name_key(kind)} or len(keys) < len(fields):
        return ()
    return with_key([Column(kind), *map(Column, fields)])


def _fields(rest: str) -> Iterator[str]:
    """Each field; an empty one where it goes on to something else."""
    theirs = False
    rest = rest.rpartition(": ")[2]  # `tramways with long spans: country and city`
    for part in _PARTS.split(rest):
        lead = _LEADS.match(f"{part.strip()} ")
        bare = part.strip()[lead.end() if lead else 0 :].rstrip(" .?!")
        field = _BEHIND.sub("", _CLAUSE.sub("", bare))
        last = lead[0].split()[-1].lower() if lead else ""
        field = field or (last if last in ("state", "name") else "")  # which are also words to ask with
        if not field:
            continue
        said = field.split()
        if (
            not _FIELD.fullmatch(field)
            or len(said) > _MOST_WORDS
            or not LITTLE.isdisjoint({said[0], said[-1]} - _HEADS)
            or not LITTLE.isdisjoint(set(said[1:-1]) - _WITHIN - _HEADS)
        ):
            yield ""
            continue
        theirs = theirs or bool(lead and "their" in lead[0].lower().split())
        yield " ".join((*said[:-1], _singular(said[-1]))) if theirs else field


def _singular(word: str) -> str:
    """`country` of `countries`."""
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if re.search(r"(?:ss|x|ch|sh)es$", word):
        return word[:-2]
    if word.endswith("men"):
        return f"{word[:-2]}an"
    return word[:-1] if re.search(r"[^sui]s$", word) else word
