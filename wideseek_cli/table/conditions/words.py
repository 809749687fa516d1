"""What readers of conditions share: a found one, its heading, and some English."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wideseek_cli.table.conditions.condition import Condition, Sign

_PAIRS = ((Sign.LESS, Sign.LEAST), (Sign.MORE, Sign.MOST), (Sign.IS, Sign.NOT), (Sign.HAS, Sign.LACKS))
OPPOSITE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
PARTICIPLE = re.compile(r"[a-z]{2,}ed|built|born|begun|held|won|sunk|laid|sold|made|written|shot|drawn")
_HEADS = re.compile(r"^(?:(?:that|which|who|with|having|whose|and|but|are|is|were|was|an?)\s)+")
MOST_WORDS = 5


@dataclass(frozen=True)
class Found:
    """A condition, and where a text states it."""

    condition: Condition
    start: int
    end: int


def as_header(said: str) -> str:
    """A condition's words as the heading of its column."""
    return _HEADS.sub("", " ".join(said.split()).strip(" ,"))
