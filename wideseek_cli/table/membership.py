"""Whether a row belongs: what a page that lists just what was asked for says about the table's rows."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from wideseek_cli.table.asked import LONG_ENOUGH, alike, are_several, lists_named, names_the_set, qualities
from wideseek_cli.table.entity import Entity
from wideseek_cli.table.lookup import generic
from wideseek_cli.table.readings import NOBODY, Read
from wideseek_cli.table.words import word_set

_T = TypeVar("_T", bound=Hashable)
_LEAST = 3  # rows that a list must have in common with the table
_LEAST_ITEMS = 2
_INDENT = 3  # characters of markup that may stand before an item's name
_HARDLY = word_set("almost nearly virtually practically hardly not non never no longer formerly")
_HAVING = word_set("has have had having with contains contain containing includes include including")
_LACKS = "nothing on its own pages says"


@dataclass(frozen=True)
class Listing:
    """A part of a page that lists what the question asks for: which rows stand in it, and its words."""

    title: str
    url: str
    rows: frozenset[int]
    words: frozenset[str]


def outsiders(entities: Sequence[Entity], read: Sequence[Read], question: str) -> dict[int, str]:
    """Rows that no such list has, while together they have at least half of the table, and rows that lack
    what narrows the lists further (`landlocked countries`); and why, in words."""
    titles = [seen.doc.document.title for seen in read if seen.doc.document.kind == "page"]
    named = lists_named(question, titles)
    several = are_several(question, named)
    lists = [found for seen in read for found in _listings(seen, question, named, 0 if several else _LEAST)]
    listed = {row for found in lists for row in found.rows}
    empty = several and any(_is_no_list(seen) for seen in read if seen.doc.document.title in named)
    if not lists or empty or 2 * len(listed) < len(entities):
        return {}
    narrows = (
        [set(qualities(question, *named))]
        if several
        else [set(qualities(question, found.title)) for found in lists]
    )
    return _lacking(sorted(set.intersection(*narrows)), read) | _unlisted(entities, lists, listed, several)


def lacks_quality(note: str) -> bool:
    """Whether a name's note says that its row lacks what narrows the lists."""
    return note.startswith(_LACKS)


def _unlisted(
    entities: Sequence[Entity], lists: Sequence[Listing], listed: set[int], several: bool
) -> dict[int, str]:
    """Rows on no list. Nothing is said where a list has any word of the row's name: it may be there under
    another one."""
    largest = max(lists, key=lambda found: len(found.rows))
    why = f"not on the list “{largest.title}” ({largest.url}), which has {len(largest.rows)} of these rows"
    if several:
        every = dict.fromkeys(f"“{found.title}” ({found.url})" for found in lists)
        why = f"on none of the lists {', '.join(every)}, which have {len(listed)} of these rows"
    return {
        row: why
        for row, entity in enumerate(entities)
        if row not in listed and _unheard_of(_own_words(entity), lists)
    }


def _lacking(narrows: Sequence[str], read: Sequence[Read]) -> dict[int, str]:
    """Rows with pages of their own of which none has a word that narrows the lists."""
    own: dict[int, list[Sequence[str]]] = {}
    for seen in read:
        for row in _own(seen):
            own.setdefault(row, []).append(seen.doc.plain)
    return {row: f"{_LACKS} “{quality}”" for row, quality in lacking(narrows, own).items()}


def lacking(narrows: Sequence[str], own: Mapping[_T, Sequence[Sequence[str]]]) -> dict[_T, str]:
    """Things of whose own pages, given as their words, none has one of the words that narrow the lists; and
    that word. Nothing is said of a word that no thing's page has: it may be said in other words there."""
    found: dict[_T, str] = {}
    for quality in narrows:
        without = [thing for thing, pages in own.items() if not any(_says(page, quality) for page in pages)]
        if len(without) < len(own):
            found.update(dict.fromkeys(without, quality))
    return found


def having(narrows: Sequence[str], own: Mapping[_T, Sequence[str]]) -> frozenset[_T]:
    """Things of whose own pages, given as texts, one plainly has each of the words that narrow the lists: not
    as what other things are (`borders landlocked Laos`, `landlocked lagoons`)."""
    return frozenset(
        thing
        for thing, pages in own.items()
        if all(any(_says_plainly(page, quality) for page in pages) for quality in narrows)
    )


def _says_plainly(text: str, quality: str) -> bool:
    plain = rf"(?:(\w+)[\s-]+)?\b(?i:{re.escape(quality)})\b(?!\s+(?:[A-Z]|[a-z]+s\b))"
    return any((said[1] or "").casefold() not in _HARDLY for said in re.finditer(plain, text))


def _own(seen: Read) -> Iterator[int]:
    """The rows that a page is about."""
    if seen.doc.document.kind == "page":
        yield from filter(seen.is_own, seen.title)


def _says(said: Sequence[str], quality: str) -> bool:
    """Whether a page has the word, and not only as what the thing almost is, or as what it has (`two islands
    have landlocked lagoons`)."""
    begins = quality[:LONG_ENOUGH]
    if said and said[0].startswith(begins) and alike(quality, said[0]):
        return True
    for at, (before, word) in enumerate(pairwise(said)):
        if word.startswith(begins) and before not in _HARDLY and alike(quality, word):
            behind = said[at + 2] if at + 2 < len(said) else ""
            if before not in _HAVING or not behind.endswith("s"):
                return True
        if len(before) > 1 and quality.startswith(before) and alike(quality, before + word):
            return True  # land-locked
    return False


def _listings(seen: Read, question: str, named: Sequence[str], least: int) -> Iterator[Listing]:
    """The lists of a page whose title, or whose heading, names what is asked for. Where several pages do only
    together (`least` is 0) all of each is such a list, with however few of the rows."""
    document = seen.doc.document
    if document.kind != "page" or len(seen.of_row) < least:
        return
    by_title = document.title in named
    under: dict[tuple[int, int, str], set[int]] = {}
    for start, _, row in seen.named:
        heading = _heading_over(seen, start, row) if row != NOBODY else None
        if heading is not None:
            under.setdefault(heading, set()).add(row)
    if not least:
        if by_title:
            has = frozenset(row for rows in under.values() for row in rows)
            said = frozenset(seen.doc.words_in(0, len(seen.doc.text))[0])
            yield Listing(document.title, document.url, has, said)
        return
    for (start, end, name), rows in under.items():
        if len(rows) >= least and (by_title or names_the_set(question, name)):
            where = (0, len(seen.doc.text)) if by_title else (start, end)
            said = frozenset(seen.doc.words_in(*where)[0])
            yield Listing(document.title if by_title else name, document.url, frozenset(rows), said)


def _is_no_list(seen: Read) -> bool:
    """A page with the title of a list that lists nothing, as an error page does."""
    items = sum(block.kind in ("item", "row") for block in seen.doc.blocks)
    return seen.doc.document.kind == "page" and items < _LEAST_ITEMS


def _heading_over(seen: Read, offset: int, row: int) -> tuple[int, int, str] | None:
    """The section in which a name is an item, or the first cell of a table's row; None when it is neither."""
    block = seen.doc.block_at(offset)
    if block is None or block.parents:
        return None
    begins = block.kind == "item" and offset - block.start <= _INDENT
    if block.kind == "row" and block.cells:
        begins = any(start <= offset < min(end, start + 1 + _INDENT) for start, end in block.cells[:2])
    if not begins:
        return None
    if not block.headings:
        return 0, len(seen.doc.text), seen.doc.document.title
    start = block.headings[-1].start
    at = next(heading for heading in seen.doc.headings if heading.start == start)
    return start, at.end, at.text


def _unheard_of(name: frozenset[str], lists: Sequence[Listing]) -> bool:
    return bool(name) and not any(name & found.words for found in lists)


def _own_words(entity: Entity) -> frozenset[str]:
    return frozenset(word for form in entity.forms for word in form if not generic(word))
