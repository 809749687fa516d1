"""Whether what a page is titled is what a question names. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from wideseek_cli.facts.relations import nations
from wideseek_cli.question.condition import is_named
from wideseek_cli.question.reading import IN, Question, before_details, without_columns
from wideseek_cli.question.words import LITTLE
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import alike, stem, words

_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w’'.-]*")
_WORD = re.compile(r"\w[\w’'.-]*")
_EDITION = re.compile(r"(?<!\d, )(?<![\w.])(?:1[5-9]|20)\d\d(?![\w.])")  # but no day, `December 7, 1941`
_LETTER = re.compile(r"(?<![\w.'’&])[A-Z](?![\w.'’&])")
_PART = re.compile(r"\s{0,9}(?:[:,_–-]\s{0,9}|\()(?P<letters>[A-Z](?:\s?[–-]\s?[A-Z])?)\)?$")


def names_another(question: Question, title: str, here: Collection[str]) -> bool:
    """Whether what has these words (`here`, stems) is about others than the question. Most words of the
    question's names are not among them, or half and the first (`Ivy League` and another league); or the
    title is that of the part of a list for other letters."""
    plain = without_columns(question.plain)
    about = before_details(plain)
    capitals = [(m[0], m.start() == 0) for m in _CAPITAL.finditer(about) if len(m[0]) > 1]
    names = [
        (w, text, first) for text, first in capitals for w in words(text) if len(w) > 1 and w not in LITTLE
    ]
    said = [
        (is_said(word, here) or is_named(text, here), first and word not in nations())
        for word, text, first in names
    ]
    met = [is_met for is_met, first in said if is_met or not first]  # the first word is a capital anyway
    few = 2 * sum(met) < len(met) or (2 * sum(met) == len(met) > 0 and not met[0])
    letters, asked = set(_LETTER.findall(title)), set(_LETTER.findall(plain))
    return few or bool(letters and asked and letters.isdisjoint(asked))


def is_said(word: str, here: Collection[str]) -> bool:
    """Whether a word is among stems, with another ending or as a country's: `Finnish` of Finland."""
    if any(alike(word, other) for other in here):
        return True
    country = nations().get(word)
    return country is not None and all(stem(part) in here for part in words(country))


def is_of_another(question: Question, title: str, *, said_all: bool, names_only: bool) -> bool:
    """Whether a title has a name (or any word) that the question has not, while the list lacks a word of it
    (`nebraska`, and the list is that of Kansas); or a year, where the question means no single one."""
    asked = words(question.text)
    if not any(word.isdigit() and len(word) == 4 for word in asked) and _EDITION.search(title):
        return True
    told = {stem(w) for m in _CAPITAL.finditer(question.text) for form in _forms(m[0]) for w in words(form)}
    told |= {stem(part) for word in asked for part in words(nations().get(word, ""))}
    unsaid = (
        w
        for w in _words_of(title, names_only)
        if stem(w) not in told and not any(alike(w, other) for other in asked)
    )
    return not said_all and next(unsaid, None) is not None


def _words_of(title: str, names_only: bool) -> Iterator[str]:
    """The words of a title that say something, or those that it writes as names: its first is a capital
    anyway, so one beside it tells."""
    found = [(match[0], match.start()) for match in _WORD.finditer(title)]
    for at, (text, start) in enumerate(found):
        big = text[0].isupper() and (start > 0 or (len(found) > 1 and found[at + 1][0][0].isupper()))
        if text.casefold() not in LITTLE and (big or not names_only):
            yield from words(text)


def _forms(name: str) -> tuple[str, ...]:
    return tuple(name_forms(name)) if name.isupper() else ()


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
