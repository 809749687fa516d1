"""Reasons in words for people. The one place where they are worded."""

from __future__ import annotations

from collections.abc import Sequence

from wideseek_cli.core.text import clean_line
from wideseek_cli.table.model import Doubt, Reason

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
