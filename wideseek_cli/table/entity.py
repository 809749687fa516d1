"""What a row is about: its names, and how far a title, heading or cell is about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.table.model import Row, Table
from wideseek_cli.table.naming import (
    IS_NAME,
    NAMESAKE,
    NO_NAME,
    comparable,
    difference,
    is_another_known,
    is_left_out,
    kinds_of,
    kinds_said,
    other_kind,
    same,
    within,
)
from wideseek_cli.table.values import name_forms
from wideseek_cli.table.words import words

Forms = tuple[tuple[str, ...], ...]

LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_NOTES = re.compile(r"\[\^?\d{1,3}\]|\*\*|__")
_BRACKET = re.compile(r"[(（\[](.{0,300}?)[)）\]]")
_TITLE_PARTS = re.compile(r"(?<!\s)\s+[-–—|·:»›]+\s+|(?<!\s)\s*[|｜_]\s*|:\s+|：")
_COMMA = re.compile(r"\s*([^,]{1,60}),\s+([^,]{1,60}?)\s*$")
_INITIAL = re.compile(r"(?<=\w )[A-Z]\. (?=[A-Z])")
_SHORT = 40  # a longer cell says more than where a thing is
_FEWEST = 2  # letters of a short form
_SMALL = frozenset(["of", "for", "in", "and", "de", "von"])
_MOST = 200  # characters of a text that may be a name


@dataclass(frozen=True)
class Entity:
    """What a row is about: the names of its first key cell, and what its other key cells say."""

    forms: Forms
    others: tuple[Forms, ...] = ()
    name: str = ""
    column: str = ""  # the name of the key column
    beside: frozenset[str] = frozenset()  # words of the row's other cells

    @property
    def kinds(self) -> frozenset[str]:
        """The words that its name may have more than the row says."""
        return kinds_of(self.column)

    def about(self, text: str) -> int:
        """How far a text is about it: `IS_NAME` to `NAMESAKE`."""
        text = _plain(text)
        bare, inside = _BRACKET.sub(" ", text), _BRACKET.findall(text)
        (first, *rest), (plain, *others) = _TITLE_PARTS.split(text), _TITLE_PARTS.split(bare)
        short = [inner for inner in inside if is_initials(inner, words(bare))]  # Full Name (FN)
        begin = [self._about(part) for part in dict.fromkeys((text, bare, first, plain, *short))]
        found = [*begin, *(self._about(part) for part in dict.fromkeys((*rest, *others)))]
        best = IS_NAME if IS_NAME in begin else min(found) if min(found) < NO_NAME else max(found)
        if best > NO_NAME and any(self._is_other(inner) for inner in inside):
            return NAMESAKE
        return best

    def is_named_by(self, title: str) -> bool:
        """Whether a page with this title is the entity's own."""
        return self.about(title) == IS_NAME

    def is_called(self, text: str, over: Sequence[str]) -> bool:
        """Whether a cell is its name with less: `Yale` among universities. `over`: what stands over it, the
        nearest first."""
        part = comparable(words(_BRACKET.sub(" ", _plain(text))))
        rests = (difference(part, comparable(form)) for form in self.forms)
        return any(rest is not None and "of" not in rest and is_left_out(rest, over) for rest in rests)

    def _about(self, part: str) -> int:
        comma = _COMMA.match(part)
        if comma is not None and self.beside.issuperset(words(comma[2])):
            part = comma[1]  # `Paris, France`, and the row says France
        for spelled in _spellings(part):
            said = words(spelled)
            if any(same(form, said, self.kinds) for form in self.forms):
                return NO_NAME if is_another_known(said, self.forms) else IS_NAME
        found = [within(form, part, self.kinds) for form in self.forms]
        return min(found) if min(found, default=0) < NO_NAME else max(found, default=NO_NAME)

    def _is_other(self, inner: str) -> bool:
        """Whether what stands in brackets behind the name says that it is something else."""
        own = [words(mine) for mine in _BRACKET.findall(self.name)]
        if words(inner) in own or self.beside.issuperset(words(inner)):
            return False
        if any(_tells_apart(mine) for mine in _BRACKET.findall(self.name)) and _tells_apart(inner):
            return True
        return other_kind(inner, self.column)


def placed(entities: Sequence[Entity], titles: Sequence[str], question: str = "") -> list[Entity]:
    """The entities, each with what a page's title says that it is in. `Paris, Texas` may be a namesake's
    page; where the question says Texas, or most rows that have pages have such ones (`Austin, Texas`; `Boise,
    Idaho`), one each and none with the mere name, these are the rows' own."""
    asked = frozenset(words(question))
    entities = [replace(entity, beside=entity.beside | asked) for entity in entities]
    parts = [_TITLE_PARTS.split(_plain(title))[0] for title in dict.fromkeys(titles)]
    lands = [(match[1].casefold(), match[2]) for match in map(_COMMA.match, parts) if match]
    bare = {part.strip().casefold() for part in parts}
    where: dict[int, frozenset[str]] = {}
    own = 0
    for at, entity in enumerate(entities):
        name = entity.name.strip().casefold()
        found = {land.strip().casefold() for before, land in lands if before.strip() == name}
        own += name in bare
        if len(found) == 1 and name not in bare:
            where[at] = frozenset(words(next(iter(found))))
    if len(where) > max(1, own):
        for at, land in where.items():
            entities[at] = replace(entities[at], beside=entities[at].beside | land)
    return entities


def _plain(text: str) -> str:
    """A text that may be a name, without links and notes."""
    return LINK.sub(r"\1", _NOTES.sub("", text[: 5 * _MOST]))[:_MOST]


def _spellings(part: str) -> Iterator[str]:
    """A text as it is, turned round at its comma (`Curie, Marie`), and without a middle initial."""
    yield part
    comma = _COMMA.match(part)
    turned = f"{comma[2]} {comma[1]}" if comma is not None else part
    if comma is not None:
        yield turned
    if _INITIAL.search(turned):
        yield _INITIAL.sub("", turned)


def _tells_apart(inner: str) -> bool:
    """Whether a bracket says what a thing is, not what else it is called: `country`, `U.S. state`."""
    return inner[:1].islower() or kinds_said(inner) is not None


def is_initials(short: str, name: Sequence[str]) -> bool:
    """Whether a short form is made of the first letters of a name's words, with or without its small ones."""
    letters = short.replace(".", "").casefold()
    return len(letters) >= _FEWEST and short.isupper() and letters in initials(name)


def initials(name: Sequence[str]) -> frozenset[str]:
    """The short forms that a name may have."""
    every = "".join(word[0] for word in name if word != "the")
    large = "".join(word[0] for word in comparable(name) if word not in _SMALL)
    return frozenset(letters for letters in (every, large) if len(letters) >= _FEWEST)


def entity_of(table: Table, row: Row) -> Entity:
    """The entity of a row, by its key columns (the first column when none is marked)."""
    keys = [n for n, c in enumerate(table.columns) if c.key] or [0]
    parts = [forms_of(row.cells[n].text) for n in keys if n < len(row.cells)]
    beside = [cell.text for n, cell in enumerate(row.cells) if n not in keys and len(cell.text) <= _SHORT]
    return Entity(
        parts[0] if parts else (),
        tuple(p for p in parts[1:] if p),
        row.cells[keys[0]].text if parts else "",
        table.columns[keys[0]].name if table.columns else "",
        frozenset(word for text in beside for word in words(text)),
    )


def named_entity(name: str) -> Entity:
    """An entity that has just this name, without what stands in brackets behind it: that may name another."""
    return Entity(forms_of(_BRACKET.sub(" ", name)) or forms_of(name), name=name)


def forms_of(text: str) -> Forms:
    """A name's comparable forms, each as its words."""
    return tuple(tuple(form.split(" ")) for form in name_forms(text))
