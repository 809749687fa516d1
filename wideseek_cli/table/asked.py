"""Which lists a question asks for, by the titles of pages, and what narrows them. Pure.

`countries of Asia` is one list, `countries of Asia and Africa` are two, and pages with such titles are known
to be the whole answer only together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from wideseek_cli.table.fieldwords import stem
from wideseek_cli.values.words import tokens, word_set, words

LONG_ENOUGH = 4  # letters that Asia and Asian share
_LITTLE = word_set("list lists of the a an in all and by for with table page wiki wikipedia")
# What may stand between the things wanted and where they are; `countries bordering Asia` are others.
_VERBS = word_set("are lie located")
_LINKS = _VERBS | word_set(
    "of in from across within throughout on the all both and or plus as well also those a an"
)
_LIST_WORD = re.compile("列表|名单|清单|一览表?")
_SITE = re.compile(r"\s+[-–—|·]\s+")
_GOES_ON = re.compile(
    r"^[\s,–—-]*(?:(?:and|or|plus|as well as)\s+|&\s*)?(?:also\s+|those\s+)?(?:(?:of|in|from)\s+)?"
    r"(?:the\s+)?(?:[a-z]+s\s+(?:of|in|from)\s+(?:the\s+)?)?[A-Z]"
    r"|^\s*[、和与及]"
)
_ENDINGS = ("n", "an")
_COMES_FROM = re.compile(r"[、和与及]\s*$|\b[A-Z][\w-]*\s*(?:,|&|\band\b|\bor\b)\s*(?:and\s+)?(?:the\s+)?$")
_OTHER_KIND = (
    r"[a-z]+s\s*(?:,|/|&|\band\b|\bor\b)\s*$",
    r"^\s*(?:,|/|&|\band\b|\bor\b)\s*(?:the\s+)?[a-z]+s\b",
)

_NARROWING = re.compile(
    r"\d|[<>≥≤]|\b(?:over|under|above|below|more|less|fewer|least|most|top|largest|smallest|biggest|highest|"
    r"lowest|longest|bordering|without|except|excluding|not|no|only|between|since|before|after|first|"
    r"last|two|three|four|five|six|seven|eight|nine|ten)\b|以上|以下|超过|少于|不|没有|最|前|除",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(
    r"[,;:.?!，；：。？！]|\b(?:with|along|together|including|showing|giving|by)\b"
    r"|\b(?:that|which)\s+(?:states?|shows?|gives?|lists?|contains?|includes?)\b"
    r"|\b(?:as|in)\s+(?:a|one)\s+(?:\w+\s+)?(?:table|list|spreadsheet)\b"
    r"|\band\s+(?:their|its|where|what|when|how|who|give|show|list|state|report|tell|add|name|note|find|provide"
    r"|include|compare|look|say|write)\b",
    re.IGNORECASE,
)
# How the answer is to look, not what is in it.
_FORM = re.compile(r"\s+(?:as|in)\s+(?:a|one)\s+(?:single\s+)?(?:table|spreadsheet)\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][\w'’-]*(?:\s+(?:(?:of|the)\s+)*[A-Z][\w'’-]*)*")
_BETWEEN = re.compile(r"\s*(?:,|&|(?:,\s*)?\b(?:and|or)\b)\s*(?:the\s+)?$")
_MOST_QUERIES = 8
_WORDS_BEFORE = 3  # of a list's name, which could narrow it: `the five largest countries of …`
_FILLERS = _LITTLE | word_set("make give me every each their are there") | set("列出所有")
# What may stand right before a list's name without narrowing it; `French-speaking countries` are fewer.
_PLAIN = (
    _FILLERS
    | _LINKS
    | word_set(
        "these about compare comparing name show tell which what are on from to collect find get some "
        "research covering cover regarding concerning into up down"
    )
)


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
    return alone or _together(first_line(question), titles)


def are_several(question: str, titles: Sequence[str]) -> bool:
    """Whether such titles name the set only together."""
    return len(titles) > 1 and not names_the_set(question, titles[0])


def names_the_set(question: str, title: str) -> bool:
    """Whether the question has every word that counts in a title, one of them says what kind of things is
    wanted, and the question does not go on to another set (`… of Asia and Africa`)."""
    line = first_line(question)
    if not title.isascii():
        return _chinese(line, title) is not None
    part = _part(line, title)
    return part is not None and _is_all(line, [part])


def _together(line: str, titles: Sequence[str]) -> tuple[str, ...]:
    """Titles whose names stand side by side in the question, with no other name among or behind them."""
    parts = [part for title in titles if title.isascii() and (part := _part(line, title))]
    parts = [p for p in parts if not any(set(p.name) < set(other.name) for other in parts)]
    several = len({part.name for part in parts}) > 1
    if not several or not _is_all(line, parts):
        return ()
    # `Which countries are in Asia and Europe?`: those that are in both?
    first, last = _reach(parts)
    return () if _VERBS & set(words(line[first:last])) else tuple(part.title for part in parts)


def _is_all(line: str, parts: Sequence[_Part]) -> bool:
    """Whether nothing else is said from the first of their words to the last, and no other name beside."""
    covered = {token for part in parts for token in (part.kind, *part.name)}
    kinds = {part.kind[0] for part in parts} | _LINKS
    first, last = _reach(parts)
    among = [t for t in tokens(line[:last]) if t[1] >= first and t not in covered and t[0] not in kinds]
    return not (among or _COMES_FROM.search(line[:first]) or _GOES_ON.search(line[last:]))


def _reach(parts: Sequence[_Part]) -> tuple[int, int]:
    """From where to where a line names some sets."""
    named = [token for part in parts for token in (part.kind, *part.name)]
    return min(start for _, start, _ in named), max(end for _, _, end in named)


def _part(line: str, title: str) -> _Part | None:
    """The place where the question has the title's name in its order, if it also has its kind of things."""
    said, wanted = _said(line), _wanted(line, title)
    kind = next((t for t in said if _is_kind(line, t) and any(alike(word, t[0]) for word in wanted)), None)
    if kind is None:
        return None
    name = [word for word in wanted if not alike(word, kind[0])]
    others = [token for token in said if token != kind]
    for at in range(len(others) - len(name) + 1):
        run = tuple(others[at : at + len(name)])
        if name and all(alike(word, token[0]) for word, token in zip(name, run, strict=True)):
            return _Part(title, kind, run)
    return None


def _chinese(line: str, title: str) -> tuple[int, int] | None:
    """Where the question has the name of a list, if no other name stands beside it."""
    name = _LIST_WORD.sub("", title).strip()
    start = line.find(name)
    if start < 0 or len(name) < LONG_ENOUGH - 1:
        return None
    apart = _GOES_ON.search(line[start + len(name) :]) or _COMES_FROM.search(line[:start])
    return None if apart else (start, start + len(name))


def names_one(question: str, title: str) -> bool:
    """Whether a title names the set that is wanted, or one of several."""
    line = first_line(question)
    return _chinese(line, title) is not None if not title.isascii() else _part(line, title) is not None


def list_queries(question: str) -> tuple[str, ...]:
    """What to search for where a question names several sets, each by itself: which `and` is a name's own
    (`Asia and Australia and Oceania`) is for the titles of what is found to say."""
    line = first_line(question)
    found = list(_NAME.finditer(line))
    joined = [
        _BETWEEN.fullmatch(line[one.end() : other.start()]) is not None for one, other in pairwise(found)
    ]
    beside = {at for at, is_joined in enumerate(joined) if is_joined}
    before = found[min(beside)].start() if beside else 0
    kind = next((t[0] for t in reversed(_said(line)) if t[2] <= before and _is_kind(line, t)), "")
    if not kind:
        return ()
    names = [found[at][0] for at in sorted(beside | {at + 1 for at in beside})]
    pairs = [
        f"{found[at][0]} and {found[at + 1][0]}"
        for at in sorted(beside)
        if "and" in line[found[at].end() : found[at + 1].start()]
    ]
    return tuple(f"{kind} of {name}" for name in dict.fromkeys([*names, *pairs]))[:_MOST_QUERIES]


def without_form(question: str) -> str:
    """A question without `as a table`: small models take its last words for what is asked for."""
    line = first_line(question)
    return question.strip().replace(line, _FORM.sub("", line), 1)


def whole_lists(question: str, titles: Iterable[str]) -> tuple[str, ...]:
    """The lists that are asked for with all that they have: no `five largest`, no `… that border it`."""
    named = lists_named(question, titles)
    if are_several(question, named):
        return () if _is_narrowed(question, named) else named
    return tuple(title for title in named if not _is_narrowed(question, [title]))


def _is_narrowed(question: str, titles: Sequence[str]) -> bool:
    """Whether the question says more of the set than its lists' titles: `… that border it`, `the five …`."""
    line = first_line(question)
    places = [place for title in titles if (place := _place(line, title))]
    if len(places) < len(titles):
        return True
    first, last = min(start for start, _ in places), max(end for _, end in places)
    more = [word for word in words(_CLAUSE_END.split(line[last:])[0]) if word not in _FILLERS]
    before = line[:first].split()[-_WORDS_BEFORE:]
    beside = words(before[-1])[-1:] if before and before[-1][-1].isalnum() else []
    plain = all(word in _PLAIN for word in beside) if line.isascii() else not line[:first].endswith("的")
    return bool(more or not plain or _NARROWING.search(" ".join(before)))


def _place(line: str, title: str) -> tuple[int, int] | None:
    """From where to where the question has a title's words."""
    if not title.isascii():
        return _chinese(line, title)
    part = _part(line, title)
    return _reach([part]) if part else None


def first_line(question: str) -> str:
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
    """Equal but for the ending: countries and country, Asia and Asian (but not Niger and Nigeria)."""
    short, long = sorted((stem(word), stem(other)), key=len)
    ending = long[len(short) :] if long.startswith(short) else "other"
    return not ending or (len(short) >= LONG_ENOUGH and ending in _ENDINGS)


def _is_kind(line: str, token: Token) -> bool:
    """Whether a word of the question says what kind of things is wanted: a small word in the plural, and the
    only one (`lakes and rivers`). A page about South America as such may list a few of its countries."""
    word, start, end = token
    is_name = start > 0 and line[start].isupper()
    if is_name or not word.isascii() or not word.endswith("s") or word.endswith("ss"):
        return False
    before, behind = _OTHER_KIND
    return not re.search(before, line[:start]) and not re.search(behind, line[end:])
