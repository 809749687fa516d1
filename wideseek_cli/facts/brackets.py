"""What brackets behind a name state: `S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""

from __future__ import annotations

import re

from wideseek_cli.facts.relations import Relation

_NO_PLACE = re.compile(
    r"[\s,]*(?:(?:born|died|b\.|d\.)\s)?[\d\s,]*(?:[A-Z][a-z]{2,8}\.?[\s,]+\d[\d\s,]*)?(?:in |at )?"
)


def bracketed(sentence: str, high: int, value: tuple[int, int], relation: Relation) -> bool:
    """`S (born V)`, `S (V – …)`, `S (… – V)`, `S (V)`."""
    opening = re.match(r"[^();]{0,60}?(?:\([^()]*\)\s*)?\(", sentence[high:])
    if opening is None:
        return False
    low = high + opening.end()
    close = sentence.find(")", low)
    if not low <= value[0] < close:
        return False
    inner, at = sentence[low:close], value[0] - low
    dash = re.search(r"\s?[–—]\s?|\s-\s", inner)
    if dash and (relation.life >= 0 or (relation.place and relation.cues[0] in ("born", "died"))):
        second = relation.life == 1 or relation.cues[0] == "died"
        before = inner[dash.end() if second else 0 : at]
        first_place = not relation.place or _NO_PLACE.fullmatch(before) is not None
        return first_place and ((at >= dash.end()) if second else at < dash.start())
    if relation.life >= 0 or relation.place:
        cue = "(?:" + "|".join(map(re.escape, relation.cues)) + ")"
        return bool(
            re.search(rf"\b{cue}\b[^;–]*$", inner[:at]) or (relation.life == 0 and re.match(r"b\.", inner))
        )
    return relation.bracket and not inner[:at].strip() and not sentence[high : low - 1].strip(" \"'“”’*_")
