"""How much of a description a text says in the same order: other order can be another meaning."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


def said_in_order(wanted: Sequence[str], said: Sequence[str]) -> int:
    """The most of the wanted words that a text has in their order (the longest common subsequence)."""
    places: dict[str, list[int]] = {}
    for at, word in enumerate(wanted):
        places.setdefault(word, []).insert(0, at)
    ends: list[int] = []  # the earliest wanted place at which a run of each length can end
    for word in said:
        for at in places.get(word, ()):  # from the last, so that a word counts once
            length = bisect_left(ends, at)
            ends[length : length + 1] = [at]
    return len(ends)
