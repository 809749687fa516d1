"""Which lists a question asks for, by the titles of pages, and what narrows them. Pure.

`countries of Asia` is one list, `countries of Asia and Africa` are two, and pages with such titles are known
to be the whole answer only together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wideseek_cli.table.fieldwords import stem
from wideseek_cli.table.words import tokens, word_set, words

LONG_ENOUGH = 4  # letters that Asia and Asian share
_LITTLE = word_set("list lists of the a an in all and by for with table page wiki wikipedia")
_LIST_WORD = re.compile("列表|名单|清单|一览表?")
_SITE = re.compile(r"\s+[-–—|·]\s+")
_GOES_ON = re.compile(
    r"^\W*(?:and|or|plus|as well as)\s+(?:the\s+)?[A-Z]|^\s*,\s*(?:the\s+)?[A-Z]|^\s*[、和与及]"
)
# What may stand before the word for the things wanted and be a quality that pages name in this very word:
# a participle (`landlocked countries`), or one of these. Most words there are none (`these`, `twelve`).
_QUALITIES = word_set("coastal island tropical federal communist democratic volcanic extinct private public")
_NO_QUALITIES = word_set(
    "also both neither either each listed named called related mentioned located situated known used based "
    "found included required needed selected requested combined following different available members"
)
_THAT_ARE = re.compile(
    r"^\s*,?\s*(?:that|which|who)\s+are\s+([a-z]+)\s*(?:[,.;:?!)]|$|(?:with|and|as|or|plus)\b)"
)
_NOT = re.compile(r"\b(?:non|not|no|never|without|neither|nor)[\s-]*$", re.IGNORECASE)

_NARROWING = re.compile(
    r"\d|[<>≥≤]|\b(?:over|under|above|below|more|less|fewer|least|most|top|largest|smallest|biggest|highest|"
    r"lowest|longest|bordering|without|except|excluding|not|no|only|between|since|before|after|landlocked|first|"
    r"last|two|three|four|five|six|seven|eight|nine|ten)\b|以上|以下|超过|少于|不|没有|最|前|除",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[,;:.?!，；：。？！]|\b(?:with|along|together|including|showing|giving|by)\b"
    r"|\b(?:that|which)\s+(?:states?|shows?|gives?|lists?|contains?|includes?)\b"
    r"|\b(?:as|in)\s+(?:a|one)\s+(?:\w+\s+)?(?:table|list|spreadsheet)\b"
    r"|\band\s+(?:their|its|where|what|when|how|who|give|show|list|state)\b",
    re.IGNORECASE,
)
_WORDS_BEFORE = 3  # of a list's name, which could narrow it: `the five largest countries of …`
_FILLERS = _LITTLE | word_set("make give me every each their 列出 所有")


Token = tuple[str, int, int]  # a word's comparable form, and where it stands


@dataclass(frozen=True)
class _Part:
    """Where a question names one of several sets: the title, and the words of its name."""

    title: str
    kind: Token
    name: tuple[Token, ...]


def lists_named(question: str, titles: Iterable[str]) -> tuple[str, ...]:
    """The titles that together name what is asked for; each of them alone does, if there is one that does."""
    titles = tuple(dict.fromkeys(titles))
    alone = tuple(title for title in titles if names_the_set(question, title))
    return alone or _together(_first_line(question), titles)


def are_several(question: str, titles: Sequence[str]) -> bool:
    """Whether such titles name the set only together."""
    return len(titles) > 1 and not names_the_set(question, titles[0])


def is_narrowed(question: str, titles: Sequence[str]) -> bool:
    """Whether the question says more of the set than its lists' titles: `… that border it`, `the five …`."""
    line = _first_line(question)
    places = [_place(line, title) for title in titles]
    known = [place for place in places if place]
    if len(known) < len(titles) or qualities(question, *titles):
        return True
    first, last = min((place[0] for place in known), default=0), max((place[1] for place in known), default=0)
    among = [
        token
        for token in _said(line[:last])
        if token[1] >= first and not any(start <= token[1] < end for start, end in known)
    ]
    before = " ".join(line[:first].split()[-_WORDS_BEFORE:])
    after = [word for word in words(_CLAUSE_END.split(line[last:])[0]) if word not in _FILLERS]
    return bool(among or after or _NARROWING.search(before))


def _place(line: str, title: str) -> tuple[int, int] | None:
    """From where to where the question has a title's words."""
    if not title.isascii() and (name := _LIST_WORD.sub("", title).strip()) in line:
        return line.index(name), line.index(name) + len(name)
    part = _part(line, _said(line), title)
    places = [token[1:] for token in (part.kind, *part.name)] if part else []
    return (min(start for start, _ in places), max(end for _, end in places)) if places else None


def _together(line: str, titles: Sequence[str]) -> tuple[str, ...]:
    """Titles whose names stand side by side in the question, with no other name among or behind them."""
    said = _said(line)
    parts = [part for title in titles if (part := _part(line, said, title))]
    parts = [p for p in parts if not any(set(p.name) < set(other.name) for other in parts)]
    covered = {token for part in parts for token in (part.kind, *part.name)}
    if len({part.name for part in parts}) < 2:
        return ()
    first, last = min(start for _, start, _ in covered), max(end for _, _, end in covered)
    begins = min(part.name[0][1] for part in parts)
    others = [token for token in said if first <= token[1] < last and token not in covered]
    before = [token for token in said if token[2] <= begins][-1:]
    named = any(line[start].isupper() for _, start, _ in (*others, *(t for t in before if t not in covered)))
    return () if named or _GOES_ON.search(line[last:]) else tuple(part.title for part in parts)


def _part(line: str, said: Sequence[Token], title: str) -> _Part | None:
    """The place where the question has the title's name in its order, if it also has its kind of things."""
    wanted = _wanted(line, title)
    kind = next((t for t in said if _is_kind(line, t) and any(alike(word, t[0]) for word in wanted)), None)
    name = [word for word in wanted if kind and not alike(word, kind[0])]
    for at in range(len(said) - len(name) + 1):
        run = tuple(said[at : at + len(name)])
        if kind and name and all(alike(word, token[0]) for word, token in zip(name, run, strict=True)):
            return _Part(title, kind, run)
    return None


def names_the_set(question: str, text: str) -> bool:
    """Whether the question has every word that counts in a title, one of them says what kind of things is
    wanted, and the question does not go on to another set (`… of Asia and Africa`)."""
    line = _first_line(question)
    if not text.isascii() and (name := _LIST_WORD.sub("", text).strip()) in line and len(name) > 2:
        return not _GOES_ON.search(line[line.index(name) + len(name) :])
    said = _said(line)
    wanted = _wanted(line, text)
    found = [next((token for token in said if alike(word, token[0])), None) for word in wanted]
    matched = [token for token in found if token is not None]
    if len(wanted) < 2 or len(matched) < len(wanted) or not any(_is_kind(line, token) for token in matched):
        return False
    first, last = min(start for _, start, _ in matched), max(end for _, _, end in matched)
    between = [token for token in said if first <= token[1] < last and token not in matched]
    return not any(line[start].isupper() for _, start, _ in between) and not _GOES_ON.search(line[last:])


def qualities(question: str, *titles: str) -> tuple[str, ...]:
    """The words of a question that say of what kind the listed things must be, and that the lists' titles
    do not have: one right before the word for them (`landlocked countries of Africa`), or behind all of it
    (`countries of Africa that are landlocked`). What it says in other ways is not looked for."""
    line = _first_line(question)
    said = tokens(line)
    wanted = [word for title in titles for word in _wanted(line, title)]
    matched = [at for at, (word, _, _) in enumerate(said) if any(alike(word, other) for other in wanted)]
    kind = next((at for at in matched if _is_kind(line, said[at])), None)
    if kind is None:
        return ()
    first = kind
    while first - 1 in matched:
        first -= 1
    found = []
    if first:
        word, start, end = said[first - 1]
        if (
            line[end : said[first][1]].isspace()
            and _narrows(line[start:end])
            and not _NOT.search(line[:start])
        ):
            found.append(word)
    behind = next((that for at in matched if (that := _THAT_ARE.match(line[said[at][2] :]))), None)
    if behind and len(behind[1]) >= LONG_ENOUGH and behind[1] not in _NO_QUALITIES:
        found.append(behind[1])
    return tuple(found)


def _narrows(word: str) -> bool:
    """Whether a word before the things wanted is a quality that pages name."""
    if word in _NO_QUALITIES or not word.islower():
        return False
    return word in _QUALITIES or (word.endswith("ed") and len(word) > LONG_ENOUGH + 1)


def _first_line(question: str) -> str:
    return question.strip().split("\n")[0]


def _said(line: str) -> list[Token]:
    return [token for token in tokens(line) if token[0] not in _LITTLE]


def _wanted(line: str, title: str) -> list[str]:
    """The words of a title that count; without what stands behind a dash (`… - Wikipedia`), unless the
    question says that too (`Australia - Oceania`)."""
    said = _said(line)
    for text in (title, _SITE.split(title)[0]):
        wanted = [word for word in words(text) if word not in _LITTLE]
        if all(any(alike(word, token[0]) for token in said) for word in wanted):
            break
    return wanted


def alike(word: str, other: str) -> bool:
    """Equal but for the ending: countries and country, Asia and Asian."""
    one, two = stem(word), stem(other)
    short, long = sorted((one, two), key=len)
    return one == two or (
        len(short) >= LONG_ENOUGH and len(long) - len(short) <= 2 and long.startswith(short)
    )


def _is_kind(line: str, token: tuple[str, int, int]) -> bool:
    """Whether a word of the question says what kind of things is wanted: a small word in the plural. A page
    about South America as such may list a few of its countries."""
    word, start, _ = token
    is_name = start > 0 and line[start].isupper()
    return not is_name and word.isascii() and word.endswith("s") and not word.endswith("ss")
