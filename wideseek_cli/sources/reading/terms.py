"""Words: cutting text into terms, stop words, guessing token counts."""

from __future__ import annotations

import math
import re
import unicodedata
from functools import lru_cache

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_WORD = re.compile(rf"[{_CJK}]+|[^\W_]+(?:['’.,][^\W_]+)*", re.UNICODE)
_CJK_STOPS = re.compile("什么|哪些|哪个|哪里|多少|列出|所有|每个|以及|的|了|是|在|和|与|及|有|请|吗|呢")
_IS_CJK = re.compile(rf"[{_CJK}]")

_STOP_WORDS = """
a an the of in on at to for from by with and or is are was were be been being do does did has have had
what which who whom whose when where why how that this these those it its as into about over under than
then there their his her our your my me you we they i he she please find list give show tell all each
every many much can could would should will shall may might not any some vs per via also
的 了 是 在 和 与 及 有 什么 哪些 哪个 多少 请 列出 所有
"""


def fold(text: str) -> str:
    """Lower case without accents, so that Asunción and ASUNCION meet."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def stem(word: str) -> str:
    """A light English stem: plurals, -ing and -ed where enough of the word is left."""
    if not word.isascii() or not word.isalpha() or len(word) < 4:
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ing") and len(word) > 6:
        return word[:-3]
    if word.endswith("ed") and len(word) > 5:
        return word[:-2]
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def terms(text: str) -> list[str]:
    """The words of a text, folded and stemmed; Chinese, Japanese and Korean as pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found += _term(word)
    return found


@lru_cache(maxsize=1 << 15)
def _term(word: str) -> tuple[str, ...]:
    """The terms of one word; texts repeat their words, so remembering them saves most of the work."""
    if _IS_CJK.match(word):
        return tuple(word[i : i + 2] for i in range(len(word) - 1)) or (word,)
    plain = fold(word).replace("’", "'")
    plain = plain[:-2] if plain.endswith("'s") else plain
    return (stem(plain.replace(",", "").strip(".'")),)


STOP_TERMS = frozenset(terms(_STOP_WORDS)) | frozenset(_STOP_WORDS.split())


def query_terms(query: str) -> list[str]:
    """The terms of a query without stop words, each once; all of them when nothing else is left."""
    words = [w for w in terms(query) if w]
    kept = [w for w in words if w not in STOP_TERMS]
    return list(dict.fromkeys(kept or words))


def query_words(query: str) -> list[str]:
    """As `query_terms`, but the words as written: for engines that stem by themselves."""
    words = [part for word in _WORD.findall(query) for part in _parts(word)]
    kept = [w for w in words if fold(w) not in STOP_TERMS]
    return list(dict.fromkeys(kept or words))


def _parts(word: str) -> list[str]:
    """Chinese is written without blanks: its particles and question words part the others."""
    if not _IS_CJK.match(word):
        return [word]
    return [part for part in _CJK_STOPS.split(word) if part] or [word]


def guess_tokens(text: str) -> int:
    """About how many tokens a Qwen-like tokenizer makes of it: a digit each, else three letters or so."""
    digits = sum(map(text.count, "0123456789"))
    other = len(text.encode("ascii", "ignore")) - digits
    return math.ceil(digits + other / 3.3 + (len(text) - digits - other) * 0.9)
