"""Whether what a page is titled is what a question names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection

from wideseek_cli.question.condition import is_named
from wideseek_cli.question.reading import DETAILS, IN, Question, without_columns
from wideseek_cli.question.words import LITTLE
from wideseek_cli.values.words import alike, stem, words

_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w’'.-]*")
_LETTER = re.compile(r"(?<![\w.'’&])[A-Z](?![\w.'’&])")
_PART = re.compile(r"\s{0,9}(?:[:,_–-]\s{0,9}|\()(?P<letters>[A-Z](?:\s?[–-]\s?[A-Z])?)\)?$")


def names_another(question: Question, title: str, here: Collection[str]) -> bool:
    """Whether what has these words (`here`, stems) is about others than the question. Most words of the
    question's names are not among them, or half and the first (`Ivy League` and another league); or the
    title is that of the part of a list for other letters."""
    plain = without_columns(question.plain)
    about = DETAILS.split(plain, maxsplit=1)[0]
    capitals = [(m[0], m.start() == 0) for m in _CAPITAL.finditer(about) if len(m[0]) > 1]
    names = [
        (w, text, first) for text, first in capitals for w in words(text) if len(w) > 1 and w not in LITTLE
    ]
    said = [
        (any(alike(word, other) for other in here) or is_named(text, here), first)
        for word, text, first in names
    ]
    met = [is_met for is_met, first in said if is_met or not first]  # the first word is a capital anyway
    few = 2 * sum(met) < len(met) or (2 * sum(met) == len(met) > 0 and not met[0])
    letters, asked = set(_LETTER.findall(title)), set(_LETTER.findall(plain))
    return few or bool(letters and asked and letters.isdisjoint(asked))


def says_another_place(question: Question, title: str) -> bool:
    """Whether a title says where, and the question has no word of that: `in Mississippi`, and not Oregon."""
    asked = {stem(word) for word in words(question.text)}
    return any(asked.isdisjoint(stem(word) for word in words(found["names"])) for found in IN.finditer(title))


def part_of(title: str, question: Question) -> tuple[str, str]:
    """Of a page that is a part of a list by letters (`Places in Ardovia: A–D`) the list's name and the
    letters, where the question names none and means the whole list."""
    found = _PART.search(title)
    if found is None or _LETTER.search(without_columns(question.text)):
        return title, ""
    return title[: found.start()], found["letters"]
