"""English that the readers of a question share."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wideseek_cli.question.condition import Condition, Sign
from wideseek_cli.values.words import word_set

LITTLE = word_set(
    "the a an all any each every list lists name names of in on for to and or at by from with as is are was"
    " were it its their they them what which who where when how many much give show find tell me please table"
    " year years date number whether that this these those over during about i im i'm m we my our us need"
    " want whose begin begins beginning do does did have has had lie lies located only ones one but too also"
    " plus looking look up out get make collect compile draw put tabulate research investigate identify"
    " full complete entire after"
)
_PAIRS = ((Sign.LESS, Sign.LEAST), (Sign.MORE, Sign.MOST), (Sign.IS, Sign.NOT), (Sign.HAS, Sign.LACKS))
OPPOSITE = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
PARTICIPLE = re.compile(
    r"[a-z]{2,}ed|built|born|begun|held|won|sunk|laid|sold|made|written|shot|drawn|lost|found"
)
NAME = (
    r"[A-ZÀ-Þ][\w’'.-]*(?:\s(?:(?:of|the|and|de|la)\s)*[A-ZÀ-Þ][\w’'-]*)*(?:\s\d{1,4}(?![\w.,]\d|\s?[%$°]))?"
)
MOST_WORDS = 5
_HEADS = re.compile(r"^(?:(?:that|which|ones|who|with|having|whose|and|but|are|is|were|was|an?)\s)+")


PLURAL = re.compile(r"(?<![\w-])(?:[a-z][a-z-]*s|people|(?:wo)?men|children)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Found:
    """A condition, and where a text states it."""

    condition: Condition
    start: int
    end: int


def as_header(said: str) -> str:
    """A condition's words as the heading of its column."""
    return _HEADS.sub("", " ".join(said.split()).strip(" ,").removesuffix("."))
