"""Letters and words of many scripts, made comparable."""

from __future__ import annotations

import re
import unicodedata

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


def name_key(name: str) -> str:
    """A column name for comparing: letters and digits only."""
    folded = fold(name)
    return folded if folded.isalnum() else "".join(c for c in folded if c.isalnum())


# A token: a dotted abbreviation, one ideograph or kana, or a run of letters and digits (with their accents).
_TOKEN = re.compile(
    r"[^\W\d_]\.(?: ?[^\W\d_]\.)+(?:[^\W\d_](?!\w))?|[^\W\d_]\.[^\W\d_](?![\w.])"
    r"|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
    r"|&"
    r"|(?:[^\W_\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff][\u0300-\u036f]*)+"
)
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
    low = text.lower()
    if len(low) != len(text):  # a letter whose small form is longer
        return [(_token(m.group()), *m.span()) for m in _TOKEN.finditer(text)]
    get = _SAME_TOKEN.get
    return [
        (get(word, word) if word.isascii() and "." not in word else _token(word), *m.span())
        for m in _TOKEN.finditer(low)
        for word in (m.group(),)
    ]


def words(text: str) -> list[str]:
    """The comparable forms alone."""
    return [_token(piece) for piece in _TOKEN.findall(text)]


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where each of these words stands."""
    return [match.span() for match in _TOKEN.finditer(text)]


def _token(piece: str) -> str:
    word = piece.lower() if piece.isascii() else fold(piece)
    if "." in word:
        word = word.replace(".", "").replace(" ", "")  # J. K. and J.K.
    return _SAME_TOKEN.get(word, word)


def word_set(text: str) -> frozenset[str]:
    """The words of a list written as one text."""
    return frozenset(text.split())
