"""What brackets behind a name state: `S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""

from __future__ import annotations

import re

from wideseek_cli.facts.relations import Relation

_NO_PLACE = re.compile(
    r"[\s,]{0,20}(?:(?:born|died|b\.|d\.)\s)?[\d\s,]*(?:[A-Z][a-z]{2,8}\.?[\s,]+\d[\d\s,]*)?(?:in |at )?"
)

# Brackets belong to the name right before them: the row's, with what completes it (`, née N`), no other.
_MORE = (
    r"\s(?:[A-Z][\w.’'-]*|of|the|de|von|van|der|di|da|la|le|al|bin|ibn)"
    r"|,\s(?:[A-Z.]{2,6}|Jr\.?|Sr\.?|[IVX]+|\d+(?:st|nd|rd|th)|n[ée]e|born|(?:also |better )?known as|or)\b"
    r"|,\s(?:the\s)?[A-Z]\w+\sof\s[A-Z]"
    r"|,\s(?:Lord|Lady|Count|Countess|Duke|Prince|Princess|King|Queen|Baron|Baroness|Earl|Viscount)\s[A-Z]"
    r"|[\s,]*[\"'“”’*_]"
)
_OPENING = re.compile(rf"(?:{_MORE}){{0,9}}[\s,]*(?:\([^()]*\)\s*)?\(")


_DASH = re.compile(r"\s?[–—]\s?|\s-\s|(?<=\d{4})-(?=[A-Z\d])|(?<=[a-z])-(?=[A-Z][a-z]{2,8} \d)")


def _closing(text: str, low: int) -> int:
    """Where the bracket that was opened before `low` ends."""
    depth = 1
    for at in range(low, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return at
    return -1


def bracketed(sentence: str, high: int, value: tuple[int, int], relation: Relation) -> bool:
    """`S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""
    opening = _OPENING.match(sentence, high)
    if opening is None:
        return False
    low = opening.end()
    close = _closing(sentence, low)
    if not low <= value[0] < close:
        return False
    inner, at = sentence[low:close], value[0] - low
    dash = _DASH.search(inner)
    if dash and (relation.life >= 0 or (relation.place and relation.cues[0] in ("born", "died"))):
        second = relation.life == 1 or relation.cues[0] == "died"
        before = inner[dash.end() if second else 0 : at]
        first_place = not relation.place or _NO_PLACE.fullmatch(before) is not None
        return first_place and ((at >= dash.end()) if second else at < dash.start())
    if relation.life >= 0 or relation.place:
        cue = "(?:" + "|".join(map(re.escape, relation.cues)) + ")"
        return bool(
            re.search(
                rf"\b{cue}\b(?:(?!\bdied\b)[^–])*$" if relation.life == 0 else rf"\b{cue}\b[^;–]*$",
                inner[:at],
            )
            or (relation.life == 0 and re.search(r"(?:^|[;,]\s*)(?:b\.|\*)\s*$", inner[:at]))
        )
    return relation.bracket and not inner[:at].strip() and not sentence[high : low - 1].strip(" \"'“”’*_")
