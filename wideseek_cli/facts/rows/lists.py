"""The names on a page's lists (`ul`, `ol`) that answer a question, or on several that do so together. Pure.

A list has no columns that could be held against the question, so its words must be: all that stands over it
is said by the question, and the question says nothing of the rows that no list says (`the five largest`, `of
Asia and Africa` where only one of them was read), but what can be asked of each row (`landlocked`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.pages.elements.menus import is_heading_of_links
from wideseek_cli.pages.model import Paragraph
from wideseek_cli.question.condition import Condition
from wideseek_cli.question.reading import Question
from wideseek_cli.question.rownames import field_words
from wideseek_cli.question.words import LITTLE
from wideseek_cli.table.model import Column
from wideseek_cli.values.words import alike, stem, words

_LEAST, _MOST = 2, 1_000  # items of a list
_LONGEST_NAME = 80
_SERIES = 3  # headed lists that are parts of one: by letters, decades, places
_BEHIND = re.compile(r"\s+[–—-]\s|:\s|\s[(\[]|\t")  # what a list says of its item
_SITE = re.compile(r"\s+[-–—|·]\s+")
_PART = re.compile(  # where a question goes on to what it wants to know of its rows, or to the answer's form
    r"\b(?:(?:together|along)\s)?with\b|[:;?!]\s|\.\s|\b(?:and|including)\s(?:[a-z]+\s)?(?:its|their)\b"
    r"|\b(?:that|which)\s(?:states?|shows?|gives?|lists?|contains?|includes?)\b|\b(?:as|in)\s(?:a|one)\s",
    re.IGNORECASE,
)
_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+")
_NAMES = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+(?:\s+(?:(?:of|the)\s+)*[A-ZÀ-Þ][\w’'-]+)*")
_RUN = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+(?:\s+[A-ZÀ-Þ][\w’'-]+)*")
_MOST_QUERIES = 8
_KIND = re.compile(
    r"\b[a-z][a-z-]+[a-rt-z]s\b|(?<=\bevery\s)(?:[A-Z]\w+\s)?[a-z]+|(?<=\beach\s)(?:[A-Z]\w+\s)?[a-z]+"
)
_DETERMINERS = frozenset(["the", "all", "every", "each", "these"])


@dataclass(frozen=True)
class NameList:
    """Names in the order of a page, and where they stand."""

    names: tuple[str, ...]
    url: str
    title: str
    under: str = ""
    met: tuple[Condition, ...] = ()  # of the question's conditions, those that stand over it


@dataclass(frozen=True)
class _Part:
    """A list with the stems that stand over it."""

    list: NameList
    over: frozenset[str]


def lists_on(page: PageFacts) -> list[NameList]:
    """A page's lists of names, the first under each heading."""
    found: dict[tuple[str, ...], list[Paragraph]] = {}
    for item in page.paragraphs:
        if item.listing and not any(map(is_heading_of_links, item.headings)):
            items = found.setdefault(item.headings, [])
            if not items or items[0].listing == item.listing:
                items.append(item)
    url, title = page.document.url, page.document.title
    made = []
    for headings, items in found.items():
        names = dict.fromkeys(filter(None, (_name(item.text) for item in items[:_MOST])))
        if len(names) >= _LEAST:
            made.append(NameList(tuple(names), url, title, "".join(headings[-1:])))
    return made


def names_listed(
    question: Question, columns: Sequence[Column], pages: Iterable[PageFacts]
) -> NameList | None:
    """The names of the lists that say all that the question says of its rows: of one page, or together."""
    asked = question.naming(question.conditions).line
    parts = [part for page in pages for part in _parts(page, asked) if _says_kind(question, part.over)]
    parts = [part for part in parts if not any(part.over < other.over for other in parts)]
    over = frozenset[str]().union(*(part.over for part in parts))
    if not parts or not _says_all(question, columns, over):
        return None
    alone = [part for part in parts if part.over == over]
    chosen = [part.list for part in alone if part.list.url == alone[0].list.url] if alone else []
    chosen = chosen or [part.list for part in parts]
    names = tuple(dict.fromkeys(name for one in chosen for name in one.names))
    titles = " + ".join(dict.fromkeys(one.title for one in chosen))
    said = " ".join((titles, *(one.under for one in chosen)))
    met = tuple(one for one in question.every_condition if one.is_said_by(said))
    return NameList(names, chosen[0].url, titles, chosen[0].under if len(chosen) == 1 else "", met)


def titles_meant(
    question: Question, columns: Sequence[Column], titles: Iterable[str]
) -> tuple[list[str], bool]:
    """The titles of lists that are asked for, and whether they say all that the question says."""
    asked = question.naming(question.conditions).line
    said = {title: over for title in titles if (over := _said(_SITE.split(title)[0], asked))}
    said = {title: over for title, over in said.items() if _says_kind(question, over)}
    meant = [title for title, over in said.items() if not any(over < other for other in said.values())]
    over = frozenset[str]().union(*(said[title] for title in meant))
    return meant, bool(meant) and _says_all(question, columns, over)


def list_queries(question: Question, columns: Sequence[Column]) -> list[str]:
    """What to search for: the words of the question without what it wants to know, then each list by itself
    that it may name, `countries of Asia`."""
    known, line = field_words(columns), question.line
    names = [found for found in _NAMES.finditer(line) if found.start()]
    before = line[: names[0].start()] if names else ""
    kinds = [word for word in words(before) if word.endswith("s") and word not in LITTLE]
    kind = next((word for word in reversed(kinds) if stem(word) not in known), "")
    plain = [word for word in words(line) if word not in LITTLE and stem(word) not in known]
    return [" ".join(plain), *(f"{kind} of {found[0]}" for found in names[:_MOST_QUERIES] if kind)]


def _parts(page: PageFacts, asked: str) -> Iterator[_Part]:
    """A page's lists over which nothing stands but what is asked: those whose heading adds something that is
    asked, else those under the title alone, else all, as parts of what the title names."""
    title = _said(_SITE.split(page.document.title)[0], asked)
    if title is None:
        return
    headed = [(one, _said(one.under, asked)) for one in lists_on(page)]
    meant = [(one, said) for one, said in headed if said and not said <= title]
    own = [(one, said) for one, said in headed if not one.under or said]
    others = sorted(len(one.names) for one, said in headed if one.under and not said)
    if len(others) >= _SERIES and sum(len(one.names) for one, _ in own) < others[len(others) // 2]:
        own = []  # rather an introduction to the parts
    for one, said in meant or own or headed:
        yield _Part(one, title | (said or frozenset()))


def _said(text: str, asked: str) -> frozenset[str] | None:
    """The asked words that a text consists of; none where it has others, or a name put together of two that
    are asked for: South Ardovia of `North Ardovia and South Belvania`."""
    said = words(asked)
    wanted = [word for word in words(text) if word not in LITTLE]
    met = [next((stem(word) for word in said if alike(word, other)), None) for other in wanted]
    names = [set(words(found[0])) for found in _RUN.finditer(asked.partition(" ")[2])]
    for found in _RUN.finditer(text):
        parts = [word for word in words(found[0]) if any(word in name for name in names)]
        if parts and not any(name.issuperset(parts) for name in names):
            return None
    return frozenset(filter(None, met)) if wanted and None not in met else None


def _says_all(question: Question, columns: Sequence[Column], over: frozenset[str]) -> bool:
    """Whether lists say what kind of things is asked for (a small word in the plural), all words of the
    clauses that speak of them, and every name beside these."""
    line = question.line
    if not _says_kind(question, over):
        return False
    known = {stem(word) for column in columns for word in words(column.name)} | over
    known |= {stem(word) for one in question.implied if one.of_each for word in words(one.text)}
    fields = [re.escape(column.name) for column in columns if not column.key]
    bare = re.sub(rf"\b(?:{'|'.join(fields)})\b", " ", line, flags=re.IGNORECASE) if fields else line
    for part in _PART.split(bare):  # without `country code`, which speaks of no country
        if over.isdisjoint(stem(word) for word in words(part)):
            continue
        names = (stem(word) for found in _NAME.finditer(part) if found.start() for word in words(found[0]))
        clauses = (_without_asking(clause, over) for clause in part.split(","))
        told = (stem(word) for clause in clauses for word in clause if word not in LITTLE)
        if not known.issuperset(names) or not known.issuperset(told):
            return False
    return True


def _says_kind(question: Question, over: frozenset[str]) -> bool:
    """Whether it is a list of the kind of things that the question asks for."""
    line = question.line
    kinds = _KIND.findall(line[:1].lower() + line[1:])
    return any(stem(word) in over for kind in kinds for word in words(kind))


def _without_asking(clause: str, over: frozenset[str]) -> list[str]:
    """The words of a clause without those that only ask for the list, `please compile for all the`; nothing
    of a clause that does not speak of it."""
    found = words(clause)
    first = next((at for at, word in enumerate(found) if stem(word) in over), None)
    if first is None:
        return []
    start = max((at for at in range(first) if found[at] in _DETERMINERS), default=-1)
    return found[start + 1 :]


def _name(item: str) -> str:
    """What an item names: without what is said of it, and nothing where it is rather a sentence."""
    name = _BEHIND.split(item, maxsplit=1)[0].strip(" *†‡#^,;")
    return name if len(name) <= _LONGEST_NAME and not name.endswith(".") else ""
