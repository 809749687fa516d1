"""How many rows a table should have, by what was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class By(str, Enum):
    """What tells the number of rows."""

    LIST = "list"  # a list or table that answers the question
    COUNT = "count"  # a sentence: `the eight members`
    QUESTION = "question"  # it names its rows


@dataclass(frozen=True)
class Expected:
    """A number of rows, and the page that tells it. `lacking`: rows of its list that the table has not."""

    by: By
    rows: int
    url: str
    title: str
    quote: str = ""
    lacking: tuple[str, ...] = ()


def shortfall(expected: Sequence[Expected], rows: int) -> str:
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
    return ""
