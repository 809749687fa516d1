"""Letters and words of many scripts, made comparable."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import accumulate

_SPECIAL = str.maketrans(
    {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "æ": "ae", "Æ": "ae", "œ": "oe",
     "Œ": "oe", "ı": "i", "þ": "th", "ʻ": "", "ʼ": "", "’": "'", "‘": "'", "`": "'", "´": "'", "ə": "e"}
)  # fmt: skip


def fold(text: str) -> str:
    """Lower case, without accents, wide forms narrow."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.translate(_SPECIAL))
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=20_000)
def name_key(name: str) -> str:
    """A column name for comparing: letters and digits only."""
    folded = fold(name)
    return folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())


# A token: a dotted abbreviation, one ideograph or kana, or a run of letters and digits (with their accents).
_IDEOGRAPHS = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_LETTER = rf"[^\W_{_IDEOGRAPHS}]"
_TOKEN = re.compile(
    r"[^\W\d_]\.(?: ?[^\W\d_]\.)+(?:[^\W\d_](?!\w))?|[^\W\d_]\.[^\W\d_](?![\w.])"
    rf"|[{_IDEOGRAPHS}]|&|{_LETTER}{{1,99}}(?:[\u0300-\u036f]{{1,9}}{_LETTER}{{0,99}}){{0,99}}"
)
_AROUND = re.compile(f"({_TOKEN.pattern})")
_SAME_TOKEN = {
    "&": "and",
    "saint": "st",
    "sainte": "ste",
    "mount": "mt",
    "corp": "corporation",
    "inc": "incorporated",
    "ltd": "limited",
    "univ": "university",
}


def tokens(text: str) -> list[tuple[str, int, int]]:
    """(comparable form, start, end) of every word; ideographs count as words of their own."""
    return list(zip(*word_places(text), strict=True))


def word_places(text: str) -> tuple[list[str], list[int], list[int]]:
    """The same as three lists, which is quick for a whole page."""
    parts = _AROUND.split(_low(text))
    ends = list(accumulate(map(len, parts)))
    return list(map(_token, parts[1::2])), ends[:-1:2], ends[1::2]


def words(text: str) -> list[str]:
    """The comparable forms alone."""
    return list(map(_token, _TOKEN.findall(_low(text))))


def _low(text: str) -> str:
    """In small letters, as long as it was: a letter whose small form is longer stays."""
    low = text.lower()
    return low if len(low) == len(text) else text


@lru_cache(maxsize=50_000)
def _token(piece: str) -> str:
    word = piece.lower() if piece.isascii() else fold(piece)
    if "." in word:
        word = word.replace(".", "").replace(" ", "")  # J. K. and J.K.
    return _SAME_TOKEN.get(word, word)


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split())


_LONG_ENOUGH = 4  # letters that Asia and Asian share


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """An English word's stem, roughly; other words as they are."""
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    for tail in ("ing", "ed"):
        if word.endswith(tail) and len(word) - len(tail) > 3:
            return word[: -len(tail)]
    return word[:-1] if word.endswith("e") else word


def alike(word: str, other: str) -> bool:
    """Equal but for the ending: countries and country, Asia and Asian, Canada and Canadian (but not Niger and
    Nigeria)."""
    short, long = sorted((stem(word), stem(other)), key=len)
    base = short if long.startswith(short) else short.rstrip("aeiouy")
    ending = long[len(base) :] if long.startswith(base) else "other"
    return not ending or (
        len(base) >= _LONG_ENOUGH and ending in ("n", "an", "ian", "ean", "ish", "es", "ic", "ern")
    )


@lru_cache(maxsize=65536)
def stems(text: str) -> tuple[str, ...]:
    """The stems of a text's words."""
    return tuple(stem(w) for w in words(text))
