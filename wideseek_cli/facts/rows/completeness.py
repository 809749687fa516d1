"""How many rows there should be, by lists that answer and by counts that pages state. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from wideseek_cli.facts.names import forms
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.rows.harvest import tables_listed
from wideseek_cli.facts.rows.lists import NameList, names_listed
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.question.reading import Question
from wideseek_cli.table.expected import By, Expected
from wideseek_cli.table.model import Column, Table
from wideseek_cli.values.words import stem, words

_COVERED = 0.6  # of the question's own words that a page's title must have, for its counts to be the list's
_SHARED, _ORDERED = 0.8, 0.95  # of two lists' rows, and of their order, for one to be the other's copy
_ALIKE, _LEAST_SHARED = 0.85, 3  # of the rows of both where the alphabet explains the order; rows at least
_SHORT_PART = 3
_MOST_PARAGRAPHS, _MOST_LACKING, _MOST_QUOTE = 40, 200, 200
_WORDS = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty"
)
_NAMED = {word: number for number, word in enumerate(_WORDS.split(), start=2)}
_COUNTED = re.compile(
    r"\b(?:has|have|had|are|is|were|comprises?|contains?|includes?|lists?|of|into)\s+(?:the\s+|all\s+|a\s+total\s+of\s+)?"
    rf"(?P<number>\d{{1,3}}|{'|'.join(_NAMED)})\s+(?P<things>(?:[A-Za-z-]{{1,30}}\s+){{0,3}}[A-Za-z-]{{1,30}})",
    re.IGNORECASE,
)


def expected_rows(
    question: Question,
    table: Table,
    pages: Sequence[PageFacts],
    left_out: Iterable[str] = (),
    named: Sequence[str] = (),
) -> tuple[Expected, ...]:
    """What the rows that the question names, each list, and else a stated count say of the table; `left_out`:
    rows that nobody wants."""
    if wanted := _without(left_out, named):
        missed = missing_names(table, wanted)
        return (Expected(By.QUESTION, len(wanted), "", "the question", "", missed),)
    found = []
    for one in lists_read(question, table.columns, pages):
        wanted = _without(left_out, one.names)
        missed = missing_names(table, wanted)[:_MOST_LACKING]
        found.append(Expected(By.LIST, len(wanted), one.url, one.title, one.under, missed))
    return tuple(found or _counted(question, table, pages))


def _without(left_out: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    out = {form for name in left_out for form in forms(name)}
    return tuple(name for name in names if out.isdisjoint(forms(name)))


def lists_read(question: Question, columns: Sequence[Column], pages: Sequence[PageFacts]) -> list[NameList]:
    """The lists that answer: of each page with such a table, else what lists of names say together."""
    named = names_listed(question, columns, pages)
    return tables_listed(question, columns, pages) or ([named] if named else [])


def missing_names(table: Table, names: Iterable[str]) -> tuple[str, ...]:
    """Those of some names that no row of a table has."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    has = {form for row in table.rows for form in forms(row.cells[key].text)}
    return tuple(name for name in names if has.isdisjoint(forms(name)))


def _counted(question: Question, table: Table, pages: Sequence[PageFacts]) -> Iterator[Expected]:
    """The greatest count that pages about the list state, since smaller ones are of a part; where one is the
    table's own, that one."""
    said: dict[int, Expected] = {}
    kinds = {stem(w) for c in table.columns if c.key for w in words(c.name)}
    kinds |= {stem(word) for word in question.subject(table.columns)}
    for page in pages:
        if not _is_about_list(question, table, page):
            continue
        for number, quote in _counts(page, kinds):
            title, url = page.document.title, page.document.url
            said.setdefault(number, Expected(By.COUNT, number, url, title, quote[:_MOST_QUOTE]))
    if said:
        rows = len(table.rows)
        yield said[rows if rows in said else max(said)]


def _is_about_list(question: Question, table: Table, page: PageFacts) -> bool:
    asked = [stem(word) for word in question.subject(table.columns)]
    titled = {stem(word) for word in words(page.document.title)}
    return bool(asked) and sum(word in titled for word in asked) >= _COVERED * len(asked)


def _counts(page: PageFacts, kinds: set[str]) -> Iterator[tuple[int, str]]:
    for paragraph in page.paragraphs[:_MOST_PARAGRAPHS]:
        for start, end in sentences(paragraph.text):
            sentence = paragraph.text[start:end].strip()
            for match in _COUNTED.finditer(sentence):
                if any(word.endswith("s") and stem(word) in kinds for word in words(match["things"])):
                    number = match["number"].casefold()
                    yield _NAMED.get(number) or int(number), sentence


def lists_by_site(
    question: Question, table: Table, pages: Sequence[PageFacts], left_out: Iterable[str] = ()
) -> list[tuple[str, ...]]:
    """The names that each independent site lists for the question, in its order, but those `left_out`. Lists
    that copy each other are one."""
    by_site: dict[str, dict[str, None]] = {}
    for one in tables_listed(question, table.columns, pages, whole=False):
        said = (min(forms(name), default="") for name in _without(left_out, one.names))
        by_site.setdefault(_site(one.url), {}).update(dict.fromkeys(filter(None, said)))
    return independent([tuple(names) for names in by_site.values()])


def independent(lists: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The longest of each set of lists that copy each other."""
    known = {name for names in lists for name in names}
    kept: list[tuple[str, ...]] = []
    for names in sorted(lists, key=len, reverse=True):
        if not any(_copies(names, other, known) for other in kept):
            kept.append(names)
    return kept


def _copies(names: Sequence[str], other: Sequence[str], known: Set[str]) -> bool:
    """Whether one list is made from the other. Where both follow the alphabet their order says nothing, and
    they must lack nearly the same rows."""
    one, two = set(names), set(other)
    shared = [name for name in names if name in two]
    if one == two and (len(known) > len(one) or len(one) == 1):
        return True
    places = {name: at for at, name in enumerate(other)}
    if (len(shared) < _LEAST_SHARED and one != two) or _share(shared, places.__getitem__) <= _ORDERED:
        return False
    if _share(shared, str) < _ORDERED:
        return len(shared) >= _SHARED * min(len(one), len(two))
    return len(shared) >= _ALIKE * len(one | two)


def _share(names: Sequence[str], by: Callable[[str], Any]) -> float:
    """How many of the neighbours in a list follow an order."""
    pairs = [by(one) <= by(other) for one, other in pairwise(names)]
    return sum(pairs) / len(pairs) if pairs else 0.0


def _site(url: str) -> str:
    """The domain that somebody has: `en.example.org` and `www.example.org` are one."""
    host = (urlsplit(url).hostname or url).split(".")
    short = len(host) > 2 and len(host[-1]) == 2 and len(host[-2]) <= _SHORT_PART  # `co.uk`
    return ".".join(host[-3 if short else -2 :])
