"""Whether a row belongs: what a page that lists just what was asked for says about the table's rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wideseek_cli.table.fieldwords import stem
from wideseek_cli.table.lookup import Entity, generic
from wideseek_cli.table.readings import Read
from wideseek_cli.table.words import tokens, word_set, words

_LEAST = 3  # rows that a list must have in common with the table
_INDENT = 3  # characters of markup that may stand before an item's name
_LITTLE = word_set("list lists of the a an in all and by for with table page wiki wikipedia")
_LIST_WORD = re.compile("列表|名单|清单|一览表?")
_SITE = re.compile(r"\s+[-–—|·]\s+")
_GOES_ON = re.compile(r"^\W*(?:and|or|plus|as well as)\s+(?:the\s+)?[A-Z]|^\s*,\s*[A-Z]|^\s*[、和与及]")
_LONG_ENOUGH = 4  # letters that Asia and Asian share


@dataclass(frozen=True)
class Listing:
    """A part of a page that lists what the question asks for: which rows stand in it, and its words."""

    title: str
    url: str
    rows: frozenset[int]
    words: frozenset[str]


def outsiders(entities: Sequence[Entity], read: Sequence[Read], question: str) -> dict[int, str]:
    """Rows that no such list has, while together they have at least half of the table; and why, in words.

    Nothing is said where a list has any word of the row's name: it may be there under another name."""
    lists = [found for seen in read for found in _listings(seen, question)]
    listed = {row for found in lists for row in found.rows}
    if not lists or 2 * len(listed) < len(entities):
        return {}
    largest = max(lists, key=lambda found: len(found.rows))
    why = f"not on the list “{largest.title}” ({largest.url}), which has {len(largest.rows)} of these rows"
    return {
        row: why
        for row, entity in enumerate(entities)
        if row not in listed and _unheard_of(_own_words(entity), lists)
    }


def _listings(seen: Read, question: str) -> Iterator[Listing]:
    """The lists of a page whose title, or whose heading, names what is asked for."""
    document = seen.doc.document
    if document.kind != "page" or len(seen.of_row) < _LEAST:
        return
    by_title = names_the_set(question, document.title)
    under: dict[tuple[int, int, str], set[int]] = {}
    for start, _, row in seen.named:
        heading = _heading_over(seen, start, row)
        if heading is not None:
            under.setdefault(heading, set()).add(row)
    for (start, end, name), rows in under.items():
        if len(rows) >= _LEAST and (by_title or names_the_set(question, name)):
            where = (0, len(seen.doc.text)) if by_title else (start, end)
            said = frozenset(seen.doc.words_in(*where)[0])
            yield Listing(document.title if by_title else name, document.url, frozenset(rows), said)


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


def names_the_set(question: str, text: str) -> bool:
    """Whether the question has every word that counts in a title, one of them says what kind of things is
    wanted, and the question does not go on to another set (`… of Asia and Africa`)."""
    line = question.strip().split("\n")[0]
    if not text.isascii() and (name := _LIST_WORD.sub("", text).strip()) in line and len(name) > 2:
        return not _GOES_ON.search(line[line.index(name) + len(name) :])
    said = [(word, start, end) for word, start, end in tokens(line) if word not in _LITTLE]
    wanted = [word for word in words(_SITE.split(text)[0]) if word not in _LITTLE]
    found = [next((token for token in said if _alike(word, token[0])), None) for word in wanted]
    matched = [token for token in found if token is not None]
    if len(wanted) < 2 or len(matched) < len(wanted) or not any(_is_kind(line, token) for token in matched):
        return False
    first, last = min(start for _, start, _ in matched), max(end for _, _, end in matched)
    between = [token for token in said if first <= token[1] < last and token not in matched]
    return not any(line[start].isupper() for _, start, _ in between) and not _GOES_ON.search(line[last:])


def _alike(word: str, other: str) -> bool:
    """Equal but for the ending: countries and country, Asia and Asian."""
    one, two = stem(word), stem(other)
    short, long = sorted((one, two), key=len)
    return one == two or (
        len(short) >= _LONG_ENOUGH and len(long) - len(short) <= 2 and long.startswith(short)
    )


def _is_kind(line: str, token: tuple[str, int, int]) -> bool:
    """Whether a word of the question says what kind of things is wanted: a small word in the plural. A page
    about South America as such may list a few of its countries."""
    word, start, _ = token
    is_name = start > 0 and line[start].isupper()
    return not is_name and word.isascii() and word.endswith("s") and not word.endswith("ss")


def _unheard_of(name: frozenset[str], lists: Sequence[Listing]) -> bool:
    return bool(name) and not any(name & found.words for found in lists)


def _own_words(entity: Entity) -> frozenset[str]:
    return frozenset(word for form in entity.forms for word in form if not generic(word))
