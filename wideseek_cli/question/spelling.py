"""Words of a question that are misspelt, or spelt as elsewhere: `natoinal parks`, `neighborhoods`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

from wideseek_cli.question.words import LITTLE
from wideseek_cli.values.words import alike, words

_SPELLINGS = """
color/colour neighbor/neighbour harbor/harbour honor/honour labor/labour favor/favour humor/humour
armor/armour
center/centre theater/theatre meter/metre liter/litre fiber/fibre caliber/calibre catalog/catalogue
program/programme defense/defence offense/offence license/licence gray/grey plow/plough jewelry/jewellery
aluminum/aluminium airplane/aeroplane organiz/organis traveler/traveller railroad/railway
"""  # American and British
_PAIRS = [tuple(pair.split("/")) for pair in _SPELLINGS.split()]
_SPELT = re.compile(
    rf"\b(?:{'|'.join(word for pair in _PAIRS for word in reversed(pair))})"
    r"(?=(?:s|hoods?|ed|ing|e[sd]?|ations?|ers?)?\b)"
)
_OTHER = {one: other for pair in _PAIRS for one, other in (pair, pair[::-1])}
_NEARLY = 0.8  # of two words' letters stand in both in the same order
_LEAST = 5  # letters


def misspelt(text: str, known: Collection[str]) -> dict[str, str]:
    """Words that are none of the known ones and nearly one of them, with that one. Names that are written as
    names are left alone: `Austria` is no misspelt Australia."""
    mixed = text.upper() != text
    said = [word for word in re.findall(r"[^\W\d_]+", text) if not (mixed and word[0].isupper())]
    found: dict[str, str] = {}
    for written in dict.fromkeys(said):
        word = "".join(words(written))
        if len(word) < _LEAST or word in LITTLE or any(alike(word, other) for other in known):
            continue
        near = (k for k in known if k[0] == word[0] and abs(len(k) - len(word)) <= 1)
        for other in get_close_matches(word, sorted(near), n=1, cutoff=_NEARLY):
            found[written] = other
    return found


def respelled(text: str, instead: Mapping[str, str]) -> str:
    for written, other in instead.items():
        text = re.sub(rf"\b{re.escape(written)}\b", other, text)
    return text


def other_spelling(text: str) -> str:
    """As it is spelt on the other side of the Atlantic, `neighborhoods` for `neighbourhoods`; names (`Pearl
    Harbor`) stay."""
    return _SPELT.sub(lambda match: _OTHER[match[0]], text)


def vocabulary(texts: Iterable[str]) -> list[str]:
    """The words of titles, headings and labels."""
    return list(dict.fromkeys(word for text in texts for word in words(text) if len(word) >= _LEAST - 1))
