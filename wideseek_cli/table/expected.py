"""How many rows a table should have, by what was read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

LEAST_SOURCES = 3  # independent ones, for an estimate by what they have of each other
_SURE = 1.15  # normal deviations: lists are short, and with 1.645 intervals hold 98 of 100 times
UNKNOWN = "nothing that was read says how many rows there should be"


class By(str, Enum):
    """What tells the number of rows."""

    LIST = "list"  # a list or table that answers the question
    COUNT = "count"  # a sentence: `the eight members`
    QUESTION = "question"  # it names its rows
    OVERLAP = "overlap"  # what the lists of independent sites have of each other


@dataclass(frozen=True)
class Expected:
    """A number of rows, and the page that tells it. `lacking`: rows of its list that the table has not."""

    by: By
    rows: int
    url: str
    title: str
    quote: str = ""
    lacking: tuple[str, ...] = ()


def shortfall(expected: Sequence[Expected], rows: int, estimate: Estimate | None = None) -> str:
    """Why a table of so many rows may not be whole, in a sentence; nothing where all agree."""
    for one in expected:
        names = ", ".join(one.lacking[:3]) + (", …" if len(one.lacking) > 3 else "")
        if one.by is By.QUESTION and one.lacking:
            return f"the question names {one.rows}, the table has {rows}: it lacks {names}"
        if one.by is By.LIST and one.lacking:
            return f"the list on {one.title} has {one.rows} rows, the table {rows}: it lacks {names}"
    for one in expected:
        if one.by is By.COUNT and one.rows != rows:
            return f"{one.title} speaks of {one.rows}, the table has {rows}: {one.quote}"
    return f"by the lists of {estimate.sources} sites {estimate}" if estimate and estimate.low > rows else ""


@dataclass(frozen=True)
class Estimate:
    """About how many rows there should be, from `low` to `high`, and how many the table has."""

    rows: int
    low: int
    high: int
    found: int
    by: By
    sources: int = 1

    @classmethod
    def exactly(cls, rows: int, found: int, by: By) -> Estimate:
        """A number that is known."""
        return cls(rows, rows, rows, found, by)

    def __str__(self) -> str:
        between = f" ({self.low} to {self.high})" if self.low < self.high else ""
        about = "about " if between else ""
        return f"{about}{self.rows} expected{between}, {self.found} found"


def estimate_of(
    expected: Sequence[Expected], lists: Sequence[Collection[str]], found: int
) -> Estimate | None:
    """One number out of all that tells: a stated count, else lists of independent sites held against each
    other, else the longest list. Nothing where nothing tells."""
    for by in (By.QUESTION, By.COUNT):
        if told := next((one for one in expected if one.by is by), None):
            return Estimate.exactly(told.rows, found, by)
    if len(lists) >= LEAST_SOURCES:
        return _by_overlap(lists, found)
    if told := max((one for one in expected if one.by is By.LIST), key=lambda one: one.rows, default=None):
        return Estimate.exactly(max(told.rows, found), found, By.LIST)
    return None


def _by_overlap(lists: Sequence[Collection[str]], found: int) -> Estimate:
    """Chao2 over lists, corrected for bias, with an interval that holds the truth nine times in ten: rows
    that one list alone has tell how many none has."""
    sites, times = len(lists), Counter(name for names in lists for name in set(names))
    seen = len(times)
    once, twice = (sum(number == many for number in times.values()) for many in (1, 2))
    share = (sites - 1) / sites
    unseen = share * once * (once - 1) / (2 * (twice + 1))
    if unseen <= 0:
        missed = math.exp(-sum(times.values()) / max(seen, 1))  # of a row's chance to be on no list
        spread = _SURE * math.sqrt(seen * missed) / (1 - missed) if missed < 1 else 0.0
        low, likely, high = float(seen), float(seen), seen / (1 - missed) + spread
    else:
        spread = unseen + share**2 * once * (2 * once - 1) ** 2 / (4 * (twice + 1) ** 2)
        spread += share**2 * once**2 * twice * (once - 1) ** 2 / (4 * (twice + 1) ** 4)
        factor = math.exp(_SURE * math.sqrt(math.log(1 + spread / unseen**2)))
        low, likely, high = seen + unseen / factor, seen + unseen, seen + unseen * factor
    rows, least, most = (max(round(number), found) for number in (likely, low, high))
    return Estimate(rows, least, most, found, By.OVERLAP, sites)
