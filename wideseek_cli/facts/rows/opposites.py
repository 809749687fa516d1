"""Whether what stands over a list says the opposite of a question: `Non-finishers` of finishers, `Lakes
larger than 1 km²` of smaller ones, `Current clubs` of former ones. Pure."""

from __future__ import annotations

import math
from itertools import pairwise

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.question.comparisons import comparisons
from wideseek_cli.question.condition import Condition, Sign
from wideseek_cli.question.reading import Question
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, word_set, words

_NOT = word_set("non not no never without un")
_PREFIXES = ("non", "un")
_LEAST = 4  # letters of a word behind one of these
_OTHER = word_set("other others further additional remaining")  # those that the list above has not
_OVER = word_set("former defunct past closed previous")
_NOW = word_set("current present existing active")
_STATES = _OVER | word_set("future proposed planned")


def opposes(over: tuple[str, ...], heading: str, question: Question) -> bool:
    """`over`: what stands over a list, its `heading` too, which is what tells it from others."""
    said = set(words(question.listed))
    head = set(words(heading))
    if (head & _STATES) - said or (head & _NOW and said & _OVER):
        return True
    wanted, unwanted = _parted(question.listed)
    if any((_parted(text)[1] & wanted) - unwanted for text in over):
        return True
    bare, denied = _parted(heading)
    if (bare & unwanted) - denied - wanted:
        return True
    return any(
        _are_apart(one, found.condition)
        for text in over
        for found in comparisons(text)
        for one in question.conditions
    )


def told(text: str) -> frozenset[str]:
    """The words (stems) that a text says of what stands under it: not those of `other picks`."""
    found = words(text)
    denied = {after for word, after in pairwise(found) if word in _OTHER | _NOT}
    return frozenset(stem(word) for word in found if word not in denied)


def _parted(text: str) -> tuple[set[str], set[str]]:
    """The words (stems) of a text, and those of them that it denies: `non-finishers`, `unbuilt`."""
    plain, denied, found = set[str](), set[str](), words(text)
    for before, word in zip(["", *found], found, strict=False):
        (denied if before in _NOT else plain).add(stem(word))
        for prefix in _PREFIXES:
            if word.startswith(prefix) and len(word) >= len(prefix) + _LEAST:
                denied.add(stem(word.removeprefix(prefix)))
    return plain, denied


def _are_apart(one: Condition, other: Condition) -> bool:
    """Whether no value can meet both of two comparisons of the same thing."""
    if not (one.sign.orders and other.sign.orders) or match(one.column, other.column) is Match.NONE:
        return False
    (low, high), (least, most) = _range(one), _range(other)
    return high <= least or most <= low


def _range(one: Condition) -> tuple[float, float]:
    bounds = [number.value for value in one.values if (number := parse_number(value))]
    if len(bounds) < len(one.values):
        return -math.inf, math.inf
    if one.sign in (Sign.LESS, Sign.MOST):
        return -math.inf, bounds[0]
    return bounds[0], bounds[1] if one.sign is Sign.BETWEEN else math.inf
