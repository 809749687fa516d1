"""The names of a table's rows: which of them a document has, and which a title, heading or cell is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.entity import Entity
from wideseek_cli.table.lookup import mentions
from wideseek_cli.table.naming import HAS_NAME, IS_NAME, NAMESAKE, NO_NAME
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.readings import NOBODY, Read
from wideseek_cli.table.shortforms import places as short_places
from wideseek_cli.table.shortforms import short_form
from wideseek_cli.table.words import words


class RowNames:
    """Knows the entities of the rows, and remembers what it has said of a text."""

    def __init__(self, entities: Sequence[Entity]) -> None:
        self.entities = entities
        self._about: dict[tuple[int, str], int] = {}
        self._named_in: dict[str, list[int]] = {}
        self._rows_of: dict[str, list[int]] = {}
        self._named_so: dict[tuple[str, ...], set[int]] = {}
        for number, entity in enumerate(entities):
            for whole in entity.forms[:1]:
                self._named_so.setdefault(whole, set()).add(number)
            for form in entity.forms:
                self._rows_of.setdefault(form[0], []).append(number)

    def read(self, doc: Indexed) -> Read:
        """Find every entity that a document names. Names inside longer ones do not count."""
        seen, spans = Read(doc), []
        title = doc.document.title
        about = {number: self.about(number, title) for number in self.candidates(title)}
        seen.namesakes = frozenset(number for number, strength in about.items() if strength == NAMESAKE)
        for number, entity in enumerate(self.entities):
            if number in seen.namesakes:
                continue
            named, longer = mentions(doc, entity)
            short = short_form(doc, entity, named)
            if short and (short,) not in self._named_so:
                named += short_places(doc, short)
                if replace(entity, forms=((short,),)).is_named_by(title):
                    seen.title[number] = IS_NAME
            spans += [(*span, number) for span in named]
            spans += [(*span, NOBODY) for span in longer]
        spans.sort(key=lambda s: (s[0], -s[1]))
        reach = -1
        for start, end, number in spans:
            if end <= reach and not any(s == start and e == end for s, e, _ in seen.named[-3:]):
                continue
            reach = max(reach, end)
            seen.named.append((start, end, number))
            if number != NOBODY:
                seen.of_row.setdefault(number, []).append((start, end))
        seen.title |= {number: strength for number, strength in about.items() if strength > NO_NAME}
        if len([n for n, s in seen.title.items() if s == HAS_NAME]) > 1:
            seen.title = {n: s for n, s in seen.title.items() if s == IS_NAME}
        return seen

    def candidates(self, text: str) -> list[int]:
        """The rows that a short text may name."""
        known = self._named_in.get(text)
        if known is None:
            known = sorted({number for word in words(text) for number in self._rows_of.get(word, ())})
            self._named_in[text] = known
        return known

    def about(self, row: int, text: str) -> int:
        """How far a title or heading is about a row. What is exactly another row's name is that row's."""
        known = self._about.get((row, text))
        if known is None:
            if row not in self.candidates(text):
                return NO_NAME
            known = self.entities[row].about(text)
            if known == IS_NAME and row not in self._named_so.get(_whole(text), {row}):
                known = NO_NAME
            self._about[row, text] = known
        return known

    def is_name(self, row: int, text: str) -> bool:
        """Whether a title or heading is a row's name."""
        return self.about(row, text) == IS_NAME

    def is_called(self, row: int, text: str, block: Block, header: str = "") -> bool:
        """Whether a cell or label is a row's name, or a shorter one that what stands over it makes clear."""
        if self.is_name(row, text):
            return True
        if row not in self.candidates(text) or _whole(text) in self._named_so:
            return False
        over = (header, *block.parents, *(h.text for h in reversed(block.headings)))
        return self.entities[row].is_called(text, over)

    def whose(self, text: str) -> tuple[list[int], list[int]]:
        """The rows that a heading names exactly, and those it only mentions."""
        exact, loose = [], []
        for number in self.candidates(text):
            strength = self.about(number, text)
            if strength == IS_NAME:
                exact.append(number)
            elif strength == HAS_NAME:
                loose.append(number)
        return exact, loose


def _whole(text: str) -> tuple[str, ...]:
    """A text's words as the forms of names have them."""
    found = words(text)
    return tuple(word for word in found if word != "the") if len(found) > 1 else tuple(found)
