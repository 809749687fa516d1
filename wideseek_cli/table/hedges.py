"""Whether a sentence only says that a name once was, is not, or is thought to be what the label says."""

from __future__ import annotations

import re

from wideseek_cli.table.fieldwords import Phrase
from wideseek_cli.table.lookup import Span

_BREAK = re.compile(
    r"[,;:](?=\s)|[()（），；：]|\s[–—-]\s|\b(?:but|while|although|though|whereas|when|because)\b"
)
_BY_THE_WAY = re.compile(r",\s[^,;]*,(?=\s)")
_PARTED = re.compile(r"[;；]|\b(?:but|while|although|though|whereas)\b")
_ASKED = re.compile(
    r"\b(?:first|former|previou|past|old|origin\w*|predecessor|last|histor\w*|earl\w+)\b|前 |原 |首 任|曾 "
)
# Somewhere before the value, or between the value and its label.
_WAS = (
    r"\b(?:[Ff]ormerly|[Pp]reviously|[Oo]nce|predecessors?|no longer|used to be|expected to|set to|will|"
    r"(?:[Ff]ir|[Ss]ack|[Oo]ust|[Dd]ismiss)ed|candidates?|declined|refused)\b"
    r"|曾|前任|历任"
)
_DOUBT = (
    r"\b(?:den(?:y|ies|ied)|think|thought|believed?|claim(?:s|ed)?|alleged(?:ly)?|rumou?red|wrongly|"
    r"proposed)\b"
)
_BEFORE = re.compile(
    _WAS + "|" + _DOUBT + r"|(?:\b(?:[Nn]ot(?! only| just)|[Nn]ever|\w+n['’]t)\b|不是|并非)[^,;，；]*$"
)
_BETWEEN = re.compile(
    _WAS + "|" + _DOUBT + r"|(?<![,，]\s)\b(?:not(?! only| just)|never|\w+n['’]t)\b|不是|并非"
)
# Right before the value: `replaced Lagos`, but not `replaced by Abuja`.
_BEATEN = re.compile(
    r"\b(?:(?:replac|succeed|oust|defeat|follow)(?:ed|ing)|beat(?:ing)?|than|[Uu]nlike|[Ii]nstead of|"
    r"(?:took|taking) over from|successor (?:to|of)|not(?! only| just))\s(?:(?!by\b)[a-z-]+\s){0,3}"
    r"(?:[A-ZÀ-Þ][\w.'’-]*\s){0,2}$"
)
_LEFT = re.compile(r"\bfrom\s(?:the\s)?$")
_TO = re.compile(r"\s(?:in)?to\s")
# `directed by Christopher Nolan and produced by Emma Thomas`: who is named with another verb than the label.
_AGENT = re.compile(r"\b(?:\w+ed|written|built|sung|won|made)\sby\s(?:[\w-]+\s){0,2}$")
_AND = re.compile(r"(?:and|&|or)\s")
# Right behind the value.
_GONE = re.compile(
    r"(?:,?\swho)?\s(?:(?:was|were|is|be|been|being|has|had|have|got|then|later|soon)\s){1,3}"
    r"(?:replaced|succeeded|ousted|removed|fired|dismissed|deposed|overthrown|defeated|followed)\b"
    r"|(?:,?\swho)?\s(?:(?:has|had|then|later)\s)?(?:resigned|stepped down|stood down|retired)\b"
    r"|(?:,?\swho)?\s(?:(?:had|then|later)\s)?(?:served as|used to)\b"
    r"|\s?[(（][A-Za-z ,]+\d{4}\s?[–-]\s?\d{2,4}[)）]"
    r"|.{0,12}(?:卸任|辞职|离任)"
)
_SPELL = re.compile(
    r"\b[Uu]ntil\b|\btill\b|\b(?:[Bb]efore|[Pp]rior to)\s(?:\w+\s)?\d{4}\b"
    r"|\b[Ff]rom\s(?:\w+\s)?\d{4}\s?(?:to|through|[–—-])\s?(?:\w+\s)?\d{4}\b|\b[Bb]etween\s\d{4}\sand\s\d{4}\b"
)
_OPENING = re.compile(
    r"(?:^|[;；]\s?)(?:Until|Till|Before \d|Prior to|From [^,]*\d{4} (?:to|until) |Between \d)"
    r"[^,;]{0,50},\s?$"
)
_OLD_LABEL = re.compile(
    r"(?:\b(?:[Ff]ormer|[Pp]revious|[Pp]rior|[Pp]ast|[Ee]rstwhile|[Oo]ld|[Ee]x|[Tt]hen|late)[\s-](?:(?!\S*['’]s\s)[\w'’-]+\s){0,2}"
    r"|前任?|原|首任)$"
)
_FIRST = re.compile(r"\b(?:[Ff]irst|[Ss]econd|[Oo]riginal)\s(?:[a-z]+\s)?$")
_PAST = re.compile(r"\b(?:was|were)\b")


def hedged(text: str, reach: Span, span: Span, label: Span | None, name: Phrase) -> bool:
    """Whether the clauses of a value and its label take the statement back; `name` is the column's, which
    may ask for just that (`former capital`, `first president`)."""
    if _ASKED.search(" ".join(name) + " "):
        return False
    near = label or span
    start, end = _clauses(text, reach, (min(near[0], span[0]), max(near[1], span[1])))
    before, after = text[start : span[0]], text[span[1] : end]
    if _SPELL.search(before) or _SPELL.search(after) or _OPENING.search(text[reach[0] : start]):
        return True
    if _BEFORE.search(before) or _BEATEN.search(before) or _GONE.match(text[span[1] : reach[1]]):
        return True
    if _LEFT.search(before) and _TO.match(after):
        return True
    if label is None:
        return False
    agent = _AGENT.search(before)
    if (
        agent
        and label[1] < start + agent.start()
        and not _AND.fullmatch(text, label[1], start + agent.start())
    ):
        return True
    # `is not its capital, although it is its largest city`; `Abuja, formerly a village, is the capital`
    between = _PARTED.split(_BY_THE_WAY.sub("", text[span[1] : label[0]]))[-1]
    if _OLD_LABEL.search(text[start : label[0]]) or _BETWEEN.search(between):
        return True
    return bool(_FIRST.search(text[start : label[0]]) and _PAST.search(text, start, end))


def parted(text: str, start: int, end: int) -> bool:
    """Whether two places are in clauses that say different things: `…, while its largest city is …`."""
    return bool(_PARTED.search(text, start, end))


def _clauses(text: str, reach: Span, span: Span) -> Span:
    """The part between commas and the like that a stretch is in."""
    start, end = reach
    for mark in _BREAK.finditer(text, *reach):
        if mark.end() <= span[0]:
            start = mark.end()
        elif mark.start() >= span[1]:
            return start, mark.start()
    return start, end
