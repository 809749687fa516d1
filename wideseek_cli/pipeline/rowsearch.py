"""Pages for the rows of a given table: what code searches for a row, and which pages are of its namesakes."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.agents.calls import Query, Target
from wideseek_cli.agents.library import Library
from wideseek_cli.core.aio import together
from wideseek_cli.core.findings import Hit
from wideseek_cli.facts.names import forms, title_forms
from wideseek_cli.pipeline.lookup import AGENT, other_names_of
from wideseek_cli.pipeline.reading import Own
from wideseek_cli.table.model import Document
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.words import words

_AT_ONCE = 4
_MOST_LISTS = 3
_LIST_SHARE = 0.15  # of the rows for which a page must come to be taken for their list
_QUALIFIED = re.compile(r"\s*[,(]")
_MOST_READ = 2  # pages of namesakes, where nothing tells which is meant


@dataclass(frozen=True)
class Subject:
    """A row to be looked up. `sure` must stand on a page about it; `likely` only helps to choose."""

    name: str
    fields: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """As agents are told it: `Cambridge (US)`."""
        return f"{self.name} ({', '.join(self.sure)})" if self.sure else self.name


@dataclass(frozen=True)
class Tried:
    """What was done for a row."""

    queries: tuple[str, ...] = ()
    read: tuple[str, ...] = ()

    def in_words(self) -> str:
        """For people: why a cell is empty."""
        searched = "; ".join(repr(query) for query in self.queries)
        read = ", ".join(self.read) or "no page about it"
        return f"searched {searched}; read {read}" if searched else ""


async def look_up(library: Library, subjects: Sequence[Subject]) -> list[Tried]:
    """Find and read a page about each, and the pages that searches for several of them bring: their lists."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def search(subject: Subject) -> _Found:
        async with gate:
            blank = library.exhausted or not subject.name
            return _Found() if blank else await _search(library, subject)

    async def read(subject: Subject, found: _Found) -> Tried:
        async with gate:
            hits = [*_best(found.about, subject), *_likely(found, subject, lists)]
            return Tried(found.queries, await _read(library, subject, hits))

    searched = await together(search(subject) for subject in subjects)
    lists = _lists(searched)
    need = ", ".join(dict.fromkeys(field for subject in subjects for field in subject.fields))
    await together(library.read(AGENT, Target(url, need)) for url in lists)
    return await together(read(*pair) for pair in zip(subjects, searched, strict=True))


@dataclass(frozen=True)
class _Found:
    """What searches for a row brought."""

    queries: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    about: tuple[Hit, ...] = ()


async def _search(library: Library, subject: Subject) -> _Found:
    asked: list[str] = []
    hits: dict[str, Hit] = {}
    about: list[Hit] = []
    for query in _queries(subject):
        asked.append(query)
        found = await library.search(AGENT, Query(query))
        hits |= {hit.url: hit for hit in found.hits}
        about = [hit for hit in hits.values() if is_about(hit.title, subject.name)]
        if about or not found.settled:
            break
    return _Found(tuple(asked), tuple(hits.values()), tuple(about))


def _lists(searched: Sequence[_Found]) -> list[str]:
    """The pages that came for most rows, and are about none of them."""
    counts = Counter(hit.url for found in searched for hit in found.hits)
    about = {hit.url for found in searched for hit in found.about}
    least = max(2, _LIST_SHARE * len(searched))
    return [url for url, number in counts.most_common(_MOST_LISTS) if number >= least and url not in about]


def _likely(found: _Found, subject: Subject, lists: Sequence[str]) -> list[Hit]:
    """For a row that no page is about and no list came for: the first page that has its name."""
    if found.about or any(hit.url in lists for hit in found.hits):
        return []
    said = ((hit, f" {' '.join(words(f'{hit.title} {hit.snippet}'))} ") for hit in found.hits)
    return [hit for hit, text in said if _mentioned(text, (subject.name,))][:1]


async def _read(library: Library, subject: Subject, hits: Sequence[Hit]) -> tuple[str, ...]:
    need = f"{subject.name}: {', '.join(subject.fields)}"
    read = []
    for hit in hits:
        page = await library.read(AGENT, Target(hit.url, need))
        read += [hit.title] if page.good else []
    return tuple(read)


def _queries(subject: Subject) -> list[str]:
    """The name with what tells it from its namesakes and what is wanted; then its other names alone."""
    first = " ".join((subject.name, *subject.sure, *subject.fields[:2]))
    others = [" ".join((name, *subject.sure)) for name in other_names_of(subject.name)]
    return list(dict.fromkeys((first, *others)))


def is_about(title: str, name: str) -> bool:
    """Whether a page with this title is about what has this name, or a namesake: `Cambridge, Ontario`."""
    return not _heads(title).isdisjoint(forms(name) | frozenset(name_forms(name)))


def _heads(title: str) -> frozenset[str]:
    """The names of a title, with and without what tells it from its namesakes."""
    return title_forms(title) | forms(_QUALIFIED.split(title, maxsplit=1)[0])


def _best(hits: Sequence[Hit], subject: Subject) -> list[Hit]:
    """The hits that say most of what the row says of itself; several only where nothing tells them apart."""
    marks = [_mark(f"{hit.title} {hit.snippet}", subject) for hit in hits]
    best = max(marks, default=(0, 0))
    chosen = [hit for hit, mark in zip(hits, marks, strict=True) if mark == best]
    chosen.sort(key=lambda hit: forms(hit.title).isdisjoint(forms(subject.name)))  # its very name first
    several = subject.sure or subject.likely
    return chosen[: _MOST_READ if several and best == (0, 0) else 1]


def _mark(text: str, subject: Subject) -> tuple[int, int]:
    said = f" {' '.join(words(text))} "
    return _mentioned(said, subject.sure), _mentioned(said, subject.likely)


def _mentioned(said: str, values: Sequence[str]) -> int:
    """How many of the values stand in a text of plain words."""
    return sum(any(f" {form} " in said for form in name_forms(value)) for value in values)


def own(subject: Subject, documents: Sequence[Document]) -> Own:
    """All documents but those about namesakes: pages that lack what is sure of the row, and of several that
    could be about it those that say less of what is likely. The page that says most gives the row a name."""
    about = [document for document in documents if is_about(document.title, subject.name)]
    if not about or not (subject.sure or subject.likely):
        return Own(list(documents), subject.name)
    marks = {id(document): _mark(f"{document.title} {document.text}", subject) for document in about}
    best = max(marks.values())
    wrong = {at for at, mark in marks.items() if mark[0] < len(subject.sure) or mark < best}
    if not subject.sure and len({d.title for d in about}) < 2:
        wrong = set()
    titles = [document.title for document in about if id(document) not in wrong]
    exact = any(not title_forms(title).isdisjoint(forms(subject.name)) for title in titles)
    name = titles[0] if titles and not exact and best > (0, 0) else subject.name
    return Own([document for document in documents if id(document) not in wrong], name)
