"""A fact: what a page states of a subject under a label, where, and with which doubts, worded too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from wideseek_cli.core.text import clean_line
from wideseek_cli.facts.labels import Match
from wideseek_cli.table.model import Document, Doubt, Reason


class Place(str, Enum):
    """Where in a page a fact stands."""

    FIELD = "field"
    CELL = "cell"
    SENTENCE = "sentence"


@dataclass(frozen=True)
class Fact:
    """A value that a page states for a row and a column. Without reasons to doubt it, it counts."""

    value: str
    label: str
    place: Place
    match: Match
    document: Document
    quote: str
    start: int = 0
    end: int = 0
    reasons: tuple[Reason, ...] = ()
    year: int = 0  # of which the value is, where the place says so

    @property
    def sure(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons


_WORDS = {
    Doubt.OTHER_SUBJECT: "it stands beside another name, {said}",
    Doubt.OTHER_LABEL: "it stands under another label, {said}",
    Doubt.OTHER_SCOPE: "the page or table is about {said}; the question says {asked}",
    Doubt.OTHER_VALUE: "the page says {said}",
    Doubt.NO_LABEL: "nothing beside it says that it is this field",
    Doubt.UNCLEAR: "the sentence has the word {said}, but does not clearly say it of the row and this value",
    Doubt.APART: "on {said} it does not stand beside the row's name",
    Doubt.PAST: "what is said is over: {said}",
    Doubt.NEGATED: "what is said is denied: {said}",
    Doubt.PLANNED: "what is said is planned or expected: {said}",
    Doubt.PARTIAL: "what is said is only a part: {said}",
    Doubt.ROUGH: "what is said is rough: {said}",
    Doubt.REPORTED: "it is only reported: {said}",
    Doubt.COMPARED: "it is a comparison: {said}",
    Doubt.NOT_LISTED: "the row is not on {said}",
    Doubt.NOWHERE: "no page that was read has it",
}


def in_words(reasons: Sequence[Reason]) -> str:
    """The reasons, each once."""
    lines = (
        _WORDS[r.doubt].format(said=clean_line(r.said, 80), asked=clean_line(r.asked, 60)) for r in reasons
    )
    return "; ".join(dict.fromkeys(lines))
