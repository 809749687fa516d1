"""What a question is about, and which of its words only narrow a list or name its columns. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wideseek_cli.table.fieldwords import alike, stem
from wideseek_cli.table.model import Column
from wideseek_cli.values.words import word_set, words

_SHOWN = 4  # words of a condition that name it
_COLUMNS = re.compile(r"\b(?:columns?|headers?)\s*[:：].*$", re.IGNORECASE | re.DOTALL)
_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w’'.-]*")
_LETTER = re.compile(r"(?<![\w.'’&])[A-Z](?![\w.'’&])")
_PART = re.compile(r"\s*(?:[:,_–-]\s*|\()(?P<letters>[A-Z](?:\s?[–-]\s?[A-Z])?)\)?$")
_DETAILS = re.compile(
    r"\bwith\b|[,:;?]\s|\s[–—-]\s|(?<=[a-z]{3})\.\s|\b(?:and|give|including)\s(?:its|their|the)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:before|after|since|(?:over|under|above|below)(?=\s(?:\w+\s)?[$€£]?\d)|more than|less than|fewer"
    r"|at least|at most|between|not|without|except|excluding|only|largest|smallest|biggest|highest|lowest"
    r"|oldest|newest|longest|top|first|last|that (?:are|have|were|had)|which (?:are|have|were|had))\b|[<>≥≤]",
    re.IGNORECASE,
)
LITTLE = word_set(
    "the a an all any each every list lists name names of in on for to and or at by from with as is are was"
    " were it its their they them what which who where when how many much give show find tell me please table"
    " year years date number whether that this these those over during about"
    " whose begin begins beginning do does did have has had lie lies located"
)


def without_columns(question: str) -> str:
    """A question without the names of columns at its end: `Columns: name, city`."""
    return _COLUMNS.sub("", question)


def first_line(question: str) -> str:
    return question.strip().split("\n")[0]


def condition_in(question: str, columns: Sequence[Column] = (), over: str = "") -> str:
    """The words by which a question wants only some of a list's rows, in a way that is not checked here.
    Words of a column (`last eruption`) and of the list's own title (`the 100 largest`) are none."""
    plain = without_columns(question)
    known = {stem(word) for text in (over, *(column.name for column in columns)) for word in words(text)}
    for found in _CONDITION.finditer(plain):
        if not {stem(word) for word in words(found[0])} <= known or not words(found[0]):
            return " ".join(plain[found.start() :].split()[:_SHOWN]).rstrip(".?!")
    return ""


def subject_words(question: str, columns: Sequence[Column]) -> tuple[str, ...]:
    """What the question is about, in its order: the words before its details, or all; not mere columns."""
    plain = without_columns(question)
    asked = {stem(word) for column in columns if not column.key for word in words(column.name)}
    for text in (_DETAILS.split(plain, maxsplit=1)[0], plain):
        kept = dict.fromkeys(w for w in words(text) if w not in LITTLE and len(w) > 1)
        if any(stem(word) not in asked for word in kept):
            return tuple(kept)
    return tuple(dict.fromkeys(w for w in words(plain) if w not in LITTLE))


def names_another(question: str, title: str, here: Sequence[str]) -> bool:
    """Whether what has these words (`here`, stems) is about others than the question. Most words of the
    question's names are not among them, or half and the first (`Ivy League` and another league); or the
    title is that of the part of a list for other letters."""
    plain = without_columns(question)
    about = _DETAILS.split(plain, maxsplit=1)[0]
    capitals = [m[0] for m in _CAPITAL.finditer(about) if m.start() and len(m[0]) > 1]
    names = [stem(word) for text in capitals for word in words(text) if len(word) > 1]
    met = [any(alike(name, word) for word in here) for name in names]
    few = 2 * sum(met) < len(met) or (2 * sum(met) == len(met) > 0 and not met[0])
    letters, asked = set(_LETTER.findall(title)), set(_LETTER.findall(plain))
    return few or bool(letters and asked and letters.isdisjoint(asked))


def part_of(title: str, question: str) -> tuple[str, str]:
    """Of a page that is a part of a list by letters (`Places in Ardovia: A–D`) the list's name and the
    letters, where the question names none and means the whole list."""
    found = _PART.search(title)
    if found is None or _LETTER.search(without_columns(question)):
        return title, ""
    return title[: found.start()], found["letters"]
