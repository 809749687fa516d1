"""The rows that a question names itself: `for Peru, Chile and Cuba`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

from wideseek_cli.question.reading import Question, without_columns
from wideseek_cli.table.model import Column
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import stem, words

_MOST_LISTED = 500  # parts of one sentence of a question
_PLACING = frozenset(["of", "in", "from", "across", "within"])
_ABOUT = frozenset(["details", "facts", "figures", "names", "values", "lists"])
_JOINERS = frozenset(["and", "of", "the", "de", "la"])
_MOST_NAME_WORDS = 6


def says_where(question: Question, names: Sequence[str]) -> str:
    """What lies in the places that these names are: `countries of Asia, Africa and Europe`."""
    before = question.plain.partition(names[0])[0].removesuffix("the ").split()[-2:] if names else []
    if len(before) < 2 or before[1] not in _PLACING or not before[0].endswith("s") or before[0] in _ABOUT:
        return ""
    return before[0]


def is_column(word: str, columns: Sequence[Column]) -> bool:
    """Whether a word is asked of the rows: `the capitals of Peru, Chile and Cuba`."""
    return stem(word.casefold()) in field_words(columns)


def field_words(columns: Sequence[Column]) -> set[str]:
    """Stems of what is asked of the rows, not of what they are: of `country, country code` just `code`."""
    own, others = (
        {stem(word) for column in columns if column.key is key for word in words(column.name)}
        for key in (True, False)
    )
    return others - own


def names_in(question: Question, titles: Iterable[str] = ()) -> list[str]:
    """The names that a question lists, three or more: `for Peru, Trinidad and Tobago and Chile`. Which `and`
    is the list's is told by the titles of pages."""
    known = {form for title in titles for form in name_forms(title)}
    best: list[str] = []
    before = ""
    for sentence in re.split(r"([:;.?!](?:\s|$)|\n)", without_columns(question.plain)):
        parts = sentence.split(", ")[:_MOST_LISTED]
        for start in range(len(parts) - 1):
            names = _names_from(parts, start, known, whole=bool(start) or before.startswith(":"))
            if len(names) > max(2, len(best)):
                best = names
        before = sentence
    return best


def _names_from(parts: Sequence[str], start: int, known: Set[str], *, whole: bool) -> list[str]:
    """The names of a list that begins at the end of one part and ends at the beginning of a later one. The
    first word of a sentence is mostly none; behind a colon (`whole`) it is one."""
    first = parts[start].split()
    names = [_name_words(first[: None if whole else 0 : -1], backwards=True)]
    for part in parts[start + 1 :]:
        part = part.removeprefix("and ")
        if _name_words(part.split()) != part or " and " in part:
            if _name_words(part.split()) == part and part != parts[-1]:
                names.append(part)  # a name with an `and` of its own, inside the list
                continue
            names += _last_two(_name_words(part.split()), known)
            break
        names.append(part)
    names = [name for name in names if name]
    return names if all(_is_name(name) for name in names) else []


def _last_two(part: str, known: Set[str]) -> list[str]:
    """The last two names of a list, either of which may have an `and` of its own."""
    pieces = part.split(" and ")
    ways = [[" and ".join(pieces[:at]), " and ".join(pieces[at:])] for at in range(len(pieces) - 1, 0, -1)]
    ways = [way for way in ways if all(map(_is_name, way))] or [[part]]
    return max(ways, key=lambda way: sum(bool(known & set(name_forms(name))) for name in way))


def _name_words(said: Sequence[str], *, backwards: bool = False) -> str:
    """The capitalised words at the beginning, with the small ones between them."""
    taken: list[str] = []
    for word in said:
        if not (word[:1].isupper() or word in _JOINERS):
            break
        taken.append(word)
    if backwards:
        taken.reverse()
    while taken and taken[0] in _JOINERS:
        taken.pop(0)
    while taken and taken[-1] in _JOINERS:
        taken.pop()
    return " ".join(taken)


def _is_name(text: str) -> bool:
    return text[:1].isupper() and len(text.split()) <= _MOST_NAME_WORDS
