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
_ABOUT = 2  # a page whose title is the row's name
_LONG_ENOUGH = 4  # letters that Asia and Asian share
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


@dataclass(frozen=True)
class Listing:
    """A part of a page that lists what the question asks for: which rows stand in it, and its words."""

    title: str
    url: str
    rows: frozenset[int]
    words: frozenset[str]


def outsiders(entities: Sequence[Entity], read: Sequence[Read], question: str) -> dict[int, str]:
    """Rows that no such list has, while together they have at least half of the table, and rows that lack
    what narrows the list further (`landlocked countries`); and why, in words."""
    lists = [found for seen in read for found in _listings(seen, question)]
    listed = {row for found in lists for row in found.rows}
    if not lists or 2 * len(listed) < len(entities):
        return {}
    return _lacking(lists, read, question) | _unlisted(entities, lists, listed)


def _unlisted(entities: Sequence[Entity], lists: Sequence[Listing], listed: set[int]) -> dict[int, str]:
    """Rows on no list. Nothing is said where a list has any word of the row's name: it may be there under
    another one."""
    largest = max(lists, key=lambda found: len(found.rows))
    why = f"not on the list “{largest.title}” ({largest.url}), which has {len(largest.rows)} of these rows"
    return {
        row: why
        for row, entity in enumerate(entities)
        if row not in listed and _unheard_of(_own_words(entity), lists)
    }


def _lacking(lists: Sequence[Listing], read: Sequence[Read], question: str) -> dict[int, str]:
    """Rows with pages of their own of which none has a word that narrows the lists. Nothing is said of a word
    that no row's page has: it may be said in other words there."""
    found: dict[int, str] = {}
    for quality in sorted(set.intersection(*(set(qualities(question, seen.title)) for seen in lists))):
        said = {row: False for seen in read for row in _own(seen)}
        for seen in read:
            for row in _own(seen):
                said[row] = said[row] or _says(seen, quality)
        if any(said.values()):
            why = f"nothing on its own pages says “{quality}”"
            found |= {row: why for row, has in said.items() if not has}
    return found


def _own(seen: Read) -> Iterator[int]:
    """The rows that a page is about."""
    if seen.doc.document.kind == "page":
        yield from (row for row, about in seen.title.items() if about == _ABOUT)


def _says(seen: Read, quality: str) -> bool:
    begins = quality[:_LONG_ENOUGH]
    return any(_alike(quality, word) for word in {word for word in seen.doc.plain if word.startswith(begins)})


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


def qualities(question: str, title: str) -> tuple[str, ...]:
    """The words of a question that say of what kind the listed things must be, and that a list's title does
    not have: one right before the word for them (`landlocked countries of Africa`), or behind all of it
    (`countries of Africa that are landlocked`). What it says in other ways is not looked for."""
    line = question.strip().split("\n")[0]
    said = tokens(line)
    wanted = [word for word in words(_SITE.split(title)[0]) if word not in _LITTLE]
    matched = [at for at, (word, _, _) in enumerate(said) if any(_alike(word, other) for other in wanted)]
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
    behind = _THAT_ARE.match(line[said[matched[-1]][2] :])
    if behind and len(behind[1]) >= _LONG_ENOUGH and behind[1] not in _NO_QUALITIES:
        found.append(behind[1])
    return tuple(found)


def _narrows(word: str) -> bool:
    """Whether a word before the things wanted is a quality that pages name."""
    if word in _NO_QUALITIES or not word.islower():
        return False
    return word in _QUALITIES or (word.endswith("ed") and len(word) > _LONG_ENOUGH + 1)


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
