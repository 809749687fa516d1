"""Words that keep a clause from stating what stands in it: what is over, denied, planned, partial, only said."""

from __future__ import annotations

import re

from wideseek_cli.table.model import Doubt, Reason

_BREAK = re.compile(
    r"[;:]|\s[–—-]\s|,?\s(?:but|while|whereas|although|though|however)\s|,\s(?:and|who|which)\s"
)
_HEDGES: tuple[tuple[Doubt, re.Pattern[str]], ...] = tuple(
    (doubt, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for doubt, words in (
        (Doubt.NEGATED, r"not|never|no longer|denie[sd]|denying|neither|nor|without|isn't|wasn't|didn't|don't|doesn't"
                        r"|cannot|can't|hardly|rejected|refused|false(?:ly)?|wrongly|mistakenly|erroneously|declined"),
        (Doubt.PAST, r"former|formerly|ex|until|till|previously|once|used to|originally|no more|stepped down|resigned"
                     r"|retired|replaced|succeeded|outgoing|before (?:moving|being|it|he|she|that|then)|at the time"
                     r"|earlier|moved (?:from|out)|left|predecessor|late"),
        (Doubt.PLANNED, r"will|would|plans?|planned|planning|expect(?:s|ed)?|to be|upcoming|proposed|scheduled"
                        r"|intends?|intended|aims?|hopes?|hoped|targets?|due to|slated|forecasts?|projected|should"
                        r"|wants? to|is to|are to|set to|next year|incoming|designate"),
        (Doubt.REPORTED, r"reportedly|alleged(?:ly)?|rumou?r(?:s|ed)?|claim(?:s|ed)?|supposed(?:ly)?|said to be"
                         r"|believed|thought to|may|might|could|possibly|perhaps|probably|if|whether|unconfirmed"
                         r"|according to critics|considered|candidate for the post|tipped|speculat\w+|disputed"),
        (Doubt.COMPARED, r"than|compared (?:with|to)|unlike|versus|rival(?:s)?|instead of|rather"),
        (Doubt.PARTIAL, r"laid off|lays off|additional|another|extra|further|some of|part of (?:its|the|their)"
                        r"|half of|most of|of (?:its|their|his|her) \w+|of them|of whom|cut|added|adds|hired|hires"),
    )
)  # fmt: skip
_OF_THE_PRESENT = frozenset({Doubt.PAST, Doubt.PARTIAL, Doubt.COMPARED})
_ROUGH = re.compile(
    r"\b(?:about|around|approximately|approx|nearly|almost|over|more than|up to|at least|at most|less than|fewer than"
    r"|under|roughly|some|estimated|circa|c\.|between|several)\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)


def clause(sentence: str, start: int, end: int) -> tuple[int, int]:
    """The clause around a place of a sentence."""
    low, high = 0, len(sentence)
    for mark in _BREAK.finditer(sentence):
        if mark.end() <= start:
            low = mark.end()
        elif mark.start() >= end:
            return low, mark.start()
    return low, high


def doubts(said: str, lead: str, *, past: bool) -> list[Reason]:
    """Why a stretch of a sentence does not state what stands in it; `lead` is what stands before the value.

    `past`: what the field asks for is itself of the past (a birth), so that words for what is over do not matter.
    """
    found = []
    plain = said.replace("May", "")  # the month
    for doubt, words in _HEDGES:
        if doubt in _OF_THE_PRESENT and past:
            continue
        if match := words.search(plain):
            found.append(Reason(doubt, match.group()))
    if match := _ROUGH.search(lead):
        found.append(Reason(Doubt.ROUGH, match.group().strip()))
    return found
