"""Whether a page's value is the claimed one: whole values are compared, a part of one proves nothing."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import takewhile

from wideseek_cli.values.compare import is_missing, list_items, name_forms, url_key
from wideseek_cli.values.dates import Date, parse_date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number
from wideseek_cli.values.words import words

_NOTED = re.compile(
    r"(?:[;,.(\[–—\n-]|\s\s)\s{0,3}(?:notes?(?:\s\d)?|n\.?\s?b\.?|remarks?)\s?[:–—-]", re.IGNORECASE
)
_NEXT = re.compile(r"(;\s|\n)")
_VERB = re.compile(  # with a word behind it that is no name: `The Sky Is Falling`, `Life is Beautiful`
    r"[\w)]\s(?:is|are|was|were|has|have|had|will|would|can|could|may|might|must|should)\s[a-z]"
)
_OPENS, _STOPS = re.compile(r"[A-Z0-9\"“]"), re.compile(r"[a-z)\d][.!?][\"”]?$")
_LEAST_SENTENCE = 6  # words
_PARTS = re.compile(r"(?<!\s)\s+[/|·•]\s+|\n|;\s")
_APART = re.compile(r"(?:^|\s)[(\[][^()\[\]]*[)\]]")  # `Peruvian(s)` is one word
_REMARK = re.compile(r" (?:as|by|in|at|under|when|from|with) [^\d]{2,}$")
_FIGURE = re.compile(r"\d|年")
_LONGEST = 600


@lru_cache(maxsize=200_000)
def states(said: str, value: str, kind: ColumnType = ColumnType.STR) -> bool:
    """Whether a page that says `said` states the value: as a whole, without notes, or as one of its lines."""
    if not said or len(said) > _LONGEST:
        return False
    if equal(said, value, kind):
        return True
    if not _FIGURE.search(value) and _vocabulary(said).isdisjoint(_vocabulary(value)):
        return False  # no part of it can be the same
    bare = _APART.sub("", said).strip()
    if bare and bare != said and equal(bare, value, kind):
        return True
    stated = without_remarks(said)
    if stated != said.strip() and equal(stated, value, kind):
        return True
    parts = [part for part in _PARTS.split(said) if part.strip()]
    return len(parts) > 1 and any(equal(part, value, kind) for part in parts)


def is_clause(text: str) -> bool:
    """Whether a text has a verb of its own: it speaks of something and is no value."""
    return _VERB.search(text) is not None


def is_sentence(text: str) -> bool:
    """Whether a text is written as a whole sentence."""
    return bool(_OPENS.match(text) and _STOPS.search(text)) and len(text.split()) >= _LEAST_SENTENCE


def without_remarks(said: str) -> str:
    """What a place states, without the notes and clauses about something else behind it: `Ostra; note - the
    court sits in Brun`. Nothing where all of it is a note."""
    noted = _NOTED.search(f"\n{said}")
    first, *others = _NEXT.split(said[: max(0, noted.start() - 1)] if noted else said)
    pairs = takewhile(lambda pair: not is_clause(pair[1]), zip(others[::2], others[1::2], strict=True))
    return "".join((first, *(text for pair in pairs for text in pair))).strip()


@lru_cache(maxsize=20_000)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(words(text))


@lru_cache(maxsize=200_000)
def equal(said: str, value: str, kind: ColumnType = ColumnType.STR) -> bool:
    """Whether two values are the same; the claimed one may be coarser, never finer."""
    said, value = said.strip(), value.strip()
    if is_missing(said, kind):
        return False
    if said == value:
        return True
    if kind is ColumnType.URL:
        return url_key(said) == url_key(value)
    date, asked = parse_date(said) or _first_date(said), parse_date(value)
    if date is not None and asked is not None:
        return date.backs(asked)
    one, other = _number(said), _number(value)
    if one is None and other is not None and kind in (ColumnType.INT, ColumnType.FLOAT):
        one = parse_number(said)  # `17.0 births/1,000 population` in a column of numbers
        one = one if one is not None and one.start == 0 else None
    if one is not None and other is not None:
        return one.backs(other)
    if (one is not None and asked is not None) or (other is not None and date is not None):
        return bool(date and other and other.plain and date.year == other.value)
    if _vocabulary(said).isdisjoint(_vocabulary(value)):
        return False
    if plain_form(said) == plain_form(value) != "":
        return True
    mine = set(map(plain_form, list_items(said)))
    return len(mine) > 1 and mine == set(map(plain_form, list_items(value)))


def coarser_place(said: str, value: str) -> bool:
    """Whether a place begins the one that a page gives: `Chicago` of `Chicago, Illinois, U.S.`."""
    whole, asked = said.split("\n", maxsplit=1)[0].split(","), value.split(",")
    pairs = zip(whole, asked, strict=False)
    return len(asked) <= len(whole) > 1 and all(set(name_forms(a)) & set(name_forms(b)) for a, b in pairs)


def plain_form(text: str) -> str:
    """A text's words in order, without articles and notes in brackets."""
    found = words(_APART.sub(" ", text)) or words(text)
    return " ".join([word for word in found if word != "the"] or found)


def _first_date(text: str) -> Date | None:
    """The date that a value begins with, if words are all that follows it: `1636 as New College`."""
    first = next(iter(scan_dates(text)), None) if text[:1].isalnum() else None
    if first is None or first.start != 0 or not _REMARK.match(text, first.end):
        return None
    return first


def _number(text: str) -> Number | None:
    """The number that a text is, with its unit; none where it says more."""
    number = parse_number(text)
    if number is None or number.start != 0 or number.end < len(text.rstrip(" .*†+")):
        return None
    return number
