"""Whether a label of a page answers a column of the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from functools import lru_cache

from wideseek_cli.settings.data import packaged
from wideseek_cli.values.numbers import UNITS
from wideseek_cli.values.words import name_key, stem, stems, word_set, words

Phrase = tuple[str, ...]  # the stems of a label
_RANKS = frozenset(
    {"", "no", "nr", "num", "index", "idx", "rank", "row", "sn", "序号", "编号", "排名", "行号"}
)
_NOTE = re.compile(r"\s{0,9}[(\[][^()\[\]]*[)\]]")
_EMPTY = frozenset(map(stem, word_set("the a an of in for to and or at by no number name s")))
_PLAIN = _EMPTY | frozenset(map(stem, word_set("total overall value all")))
_WHOLE = frozenset(map(stem, word_set("total overall altogether")))
_YEAR = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_SUFFIX = re.compile(r"(?:\sin)?[-\s]\d+$")


class Match(IntEnum):
    """How well a label answers a column."""

    NONE = 0
    AKIN = 1  # other words for it, or some of its words
    IDENTICAL = 2


@lru_cache(maxsize=100_000)
def match(label: str, column: str) -> Match:
    """Identical but for notes and units in brackets; or akin."""
    if " ".join(label.casefold().split()) == " ".join(column.casefold().split()) != "":
        return Match.IDENTICAL
    if name_key(label) == name_key(column) and name_key(label):
        return Match.IDENTICAL
    if _other_years(label, column):
        return Match.NONE
    bare, asked = _NOTE.sub("", label).strip(" :"), _NOTE.sub("", column).strip(" :")
    if name_key(bare) and name_key(bare) == name_key(asked):
        both = [name_key(" ".join(_NOTE.findall(text))) for text in (label, column)]
        return Match.NONE if all(both) and both[0] != both[1] else Match.IDENTICAL  # `(m)` and `(ft)`
    plain, plainly = _SUFFIX.sub("", bare), _SUFFIX.sub("", asked)  # `inhabitants in 2011`
    one, other = _content(plain), _content(plainly)
    if not one or not other:
        return Match.NONE
    spelled = not set(fields_of(stems(plain))).isdisjoint(fields_of(stems(plainly)))  # alike
    part = one <= other or other <= one
    if not spelled and (not part or _narrowed(bare, other) or _headless(bare, asked)):
        return Match.NONE
    return Match.NONE if part and one <= _PLAIN and not other <= _PLAIN else Match.AKIN  # `total` of what?


def match_asked(label: str, column: str, question: str) -> Match:
    """The same, where a question says itself by what a label is narrower: `founding affiliation`."""
    how = match(label, column)
    if how is not Match.NONE or _other_years(label, column):
        return how
    more = _content(_NOTE.sub("", label)) - _content(column)
    asked = _content(column) <= _content(label) and more <= frozenset(stems(question))
    return Match.AKIN if asked and _content(column) - _PLAIN else Match.NONE


def match_under(heading: str, label: str, column: str) -> Match:
    """A label that says little by itself, with the heading over it: `Capital`, and below it `name: Lima`; or
    that says that it is the whole: `total population`."""
    if _content(label) <= _PLAIN or _WHOLE & set(stems(label)):
        return match(heading, column)
    return Match.AKIN if _content(f"{heading} {label}") <= _content(column) else Match.NONE


_SORT = frozenset(stems("year date city estimate census count size figure title"))  # `Year built` is `Built`
_UNITS = frozenset(stem(word) for unit in UNITS for word in words(unit))
# What stands behind these tells more of the same, or of another thing too: `Seats won`, `Time/Retired`.
_BEHIND = re.compile(
    r"(?<=\w)(?:[/&,+]|\s+(?:[/&+]|(?:of|at|in|on|by|for|per|from|to|with|as|and|or|above|below|\w{2,}[^e]ed|won|sold|held"
    r"|built|made)\b))"
)


def without_plain_label(value: str) -> str:
    """A value without a label that says little in front of it: `name: Lima`."""
    label, mark, rest = value.partition(": ")
    return rest if mark and "\n" not in label and _content(label) <= _PLAIN else value


def _headless(label: str, column: str) -> bool:
    """Whether a label lacks the word that says what a column is: `Population` is no `population growth`."""
    said = frozenset(stems(label))
    head = [word for word in stems(_BEHIND.split(column)[0]) if word not in _PLAIN]
    if "per" in stems(column) and "per" not in said:
        return True
    return bool(head) and not (head[-1] in said | _SORT | _UNITS or head[-1][-1].isdigit())


def _narrowed(label: str, column: frozenset[str]) -> bool:
    """Whether a label has words of its own before the column's, or ends with one that says what it is:
    `School life expectancy` and `Population density` are other fields."""
    said, head = (
        [word for word in stems(text) if word not in _PLAIN and word not in _SORT]
        for text in (label, _BEHIND.split(label)[0])
    )
    if not column < frozenset(said):
        return False
    return not (said[0] in column and (head[-1] in column or head[-1] in _UNITS or head[-1][-1].isdigit()))


def _other_years(label: str, column: str) -> bool:
    """Whether both name a year, and not the same."""
    said, asked = set(_YEAR.findall(label)), set(_YEAR.findall(column))
    return bool(said and asked and said.isdisjoint(asked))


@lru_cache(maxsize=20_000)
def _content(text: str) -> frozenset[str]:
    found = stems(text)
    return frozenset(word for word in found if word not in _EMPTY) or frozenset(found)


@lru_cache(maxsize=1)
def _spelled() -> tuple[dict[Phrase, list[int]], list[frozenset[Phrase]]]:
    """By a spelling the numbers of its fields, and their spellings."""
    lines = packaged("facts", "fields.toml")["spellings"].strip().split("\n")
    groups = [frozenset(map(stems, line.split(" | "))) for line in lines]
    numbers: dict[Phrase, list[int]] = {}
    for number, group in enumerate(groups):
        for phrase in group:
            numbers.setdefault(phrase, []).append(number)
    return numbers, groups


def fields_of(phrase: Phrase) -> Sequence[int]:
    """Numbers for the fields that these stems are a spelling of."""
    return _spelled()[0].get(phrase, ())


def spellings(phrase: Phrase) -> frozenset[Phrase]:
    """All spellings of the fields that these stems are one of."""
    return frozenset(other for number in fields_of(phrase) for other in _spelled()[1][number])


def is_counter(label: str) -> bool:
    """Whether a label is of running numbers, not of a fact."""
    return name_key(label) in _RANKS
