"""Whether a passage that holds a value states it for this row's entity and this column's field."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from wideseek_cli.table.blocks import Block
from wideseek_cli.table.cells import (
    header_marks,
    heads_facts,
    in_order,
    is_head,
    is_series,
    row_year_fits,
    stated_cell,
)
from wideseek_cli.table.entity import Entity
from wideseek_cli.table.fieldwords import GROUPS, Phrase, stems
from wideseek_cli.table.labels import GOOD, NEAR, Wanted, occurrences, score
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.model import ColumnType, Table
from wideseek_cli.table.naming import NO_NAME
from wideseek_cli.table.passages import Indexed, Label
from wideseek_cli.table.prose import Sentence, states
from wideseek_cli.table.readings import Chained, Read, Scope, holds, read_fields
from wideseek_cli.table.rownames import RowNames
from wideseek_cli.table.stated import Stated, is_prose, right_year, stated_in, whole_name
from wideseek_cli.table.subject import Owner
from wideseek_cli.table.unlabelled import first_address
from wideseek_cli.table.words import word_set, words


@dataclass(frozen=True)
class Verdict:
    """What a place in a document is worth as proof: 0 nothing, else the more the better; `marks` is the
    label's (or the sentence's) part of it."""

    worth: float = 0.0
    stated: Stated | None = None
    marks: float = 0.0


NOTHING = Verdict()
# The words of fields that name who leads the row itself: `Key people`.
_LEADING = word_set(
    "key people person persons leader leaders leadership management executives 主 要 关 键 重 人 物"
)


class Judge:
    """Knows the table's entities and columns, and judges places in documents."""

    def __init__(self, table: Table, entities: Sequence[Entity], wants: Sequence[Wanted]) -> None:
        self.table, self.entities, self.wants = table, entities, wants
        self.names = RowNames(entities)
        self.rivals = [_rivals(wants, number) for number in range(len(wants))]

    def scope(self, seen: Read, row: int, block: Block) -> Scope | None:
        """The part of the document about the row that a block is in, if it is in one."""
        if row in seen.namesakes:
            return None
        near = block.headings[-1] if block.headings else None
        low, high = (near.start, self._section_end(seen.doc, near.start)) if near else (0, len(seen.doc.text))
        for parent in block.parents:
            exact, _ = self.names.whose(parent)
            if row in exact:
                return Scope(2, low, high, parent)
            if exact or self.names.about(row, parent) < NO_NAME:
                return None
        for heading in reversed(block.headings):
            exact, loose = self.names.whose(heading.text)
            if row in exact or loose == [row]:
                end = self._section_end(seen.doc, heading.start)
                return Scope(2 if row in exact else 1, heading.start, end)
            if exact or self.names.about(row, heading.text) < NO_NAME:
                return None
        strength = seen.title.get(row, 0)
        return Scope(strength, 0, len(seen.doc.text)) if strength else None

    def _section_end(self, doc: Indexed, start: int) -> int:
        at = bisect_left(doc.headings, start, key=lambda h: h.start)
        return (
            doc.headings[at].end
            if at < len(doc.headings) and doc.headings[at].start == start
            else len(doc.text)
        )

    def chain(self, row: int, label: Label, title: str) -> tuple[str, tuple[str, ...]]:
        """The labels over a place without those that only name the entity or the page."""
        names = [n for n in (label.leaf, *label.above) if n and n != title and not self.names.is_name(row, n)]
        return (names[0], tuple(names[1:])) if names else ("", ())

    def judge(self, seen: Read, row: int, column: int, span: Span, claim: Claim) -> Verdict:
        """What a place is worth for a cell."""
        block = seen.doc.block_at(span[0])
        if block is None or block.kind == "heading" or not self._other_keys(seen, row, block):
            return NOTHING
        if block.kind == "row":
            return self._cell(seen, row, column, span, claim, block)
        return self._line(seen, row, column, span, claim, block)

    def _other_keys(self, seen: Read, row: int, block: Block) -> bool:
        """Whether the further key cells of the row are said in or over the block."""
        others = self.entities[row].others
        if not others:
            return True
        over = [seen.doc.document.title, *(h.text for h in block.headings), *block.parents]
        if block.table is not None:
            over += block.table.header
        said = [words(text) for text in (seen.doc.text[block.start : block.end], *over)]
        return all(
            any(
                list(form) == part[at : at + len(form)]
                for form in forms
                for part in said
                for at in range(len(part))
            )
            for forms in others
        )

    # -- lines: fields and sentences

    def _line(self, seen: Read, row: int, column: int, span: Span, claim: Claim, block: Block) -> Verdict:
        doc, want = seen.doc, self.wants[column]
        scope = self.scope(seen, row, block)
        label = doc.label(block, span[0])
        dated = label.own and label.leaf.isdigit()  # `2020: Nomadland` is a year, not a field
        if span[0] < label.start and not dated:
            return NOTHING
        if label.own and self.names.is_called(row, label.leaf, block):
            scope = Scope(2, block.start, block.end)
        leaf, above = self.chain(row, label, doc.document.title)
        marks = score(want, leaf, above) if leaf else 0.0
        if scope and marks >= GOOD and want.concepts and (label.own or not is_prose(doc.text, label)):
            if marks < self._best(seen, row, column, scope, claim) - NEAR:
                return NOTHING
            found = stated_in(doc, label, claim, span)
            if found is None or not right_year(want, claim, found.year):
                return NOTHING
            if claim.is_text and not whole_name(doc.text, span):
                return NOTHING
            if claim.kind is ColumnType.URL and not first_address(doc.text, label.start, span):
                return NOTHING
            return Verdict(3.0 + 0.2 * scope.strength + marks, found, marks)
        sentence = self._sentence(seen, row, column, span, block, scope, claim)
        if sentence is None:
            return NOTHING
        labelled = label.own and not dated and len(doc.text[label.start : label.end]) < 120 and marks < GOOD
        if (
            labelled
            and not (claim.is_text and _LEADING.issuperset(words(label.leaf)) and sentence.called(want))
            and (claim.is_text or not sentence.own_labels(want))
            and not self.names.is_name(row, label.leaf)
            and want.concepts
        ):
            return NOTHING
        worth = states(sentence, want, self.rivals[column], claim, (leaf, *above), heading=marks >= GOOD)
        return Verdict(worth + 0.2 * (scope.strength if scope else 0), marks=worth) if worth else NOTHING

    def _sentence(
        self, seen: Read, row: int, column: int, span: Span, block: Block, scope: Scope | None, claim: Claim
    ) -> Sentence | None:
        """The sentence around a value if it is this row's: the nearest name before the value is."""
        start, end = seen.doc.sentence(block, span[0])
        at = bisect_left(seen.named, (start, 0, 0))
        named = []
        while at < len(seen.named) and seen.named[at][0] < end:
            named.append(seen.named[at])
            at += 1
        known = frozenset(word for form in self.entities[row].forms for word in form)
        strength, figure = scope.strength if scope else 0, claim.is_number or claim.is_date
        owner = Owner(row, named, strength, known, self.wants[column].spellings, figure)
        return Sentence.around(seen.doc, (start, end), span, owner)

    def _best(self, seen: Read, row: int, column: int, scope: Scope, claim: Claim) -> float:
        """The best label for a column in the part about the entity, among fields that hold such a value."""
        kind = "number" if claim.is_number else "date" if claim.is_date else "text"
        key = (scope.start, scope.end, scope.parent, column, kind)
        known = seen.best.get(key)
        if known is None:
            known = 0.0
            for item in self.chained(seen, row, scope):
                marks = item.marks(self.wants[column])
                if marks > known and holds(seen.doc, item.field.label, kind, self.wants[column]):
                    known = marks
            seen.best[key] = known
        return known

    def chained(self, seen: Read, row: int, scope: Scope) -> list[Chained]:
        """The labelled values in a part of a document."""
        key = (row, scope.start, scope.end, scope.parent)
        if key not in seen.chains:
            found = []
            for item in read_fields(seen.doc, scope):
                leaf, above = self.chain(row, item.label, seen.doc.document.title)
                if leaf:
                    found.append(
                        Chained(
                            item, leaf, above, frozenset(w for text in (leaf, *above) for w in stems(text))
                        )
                    )
            seen.chains[key] = found
        return seen.chains[key]

    # -- table rows

    def _cell(self, seen: Read, row: int, column: int, span: Span, claim: Claim, block: Block) -> Verdict:
        doc, table = seen.doc, block.table
        at = next((n for n, (s, e) in enumerate(block.cells) if s <= span[0] < e or s == span[0]), None)
        if table is None or at is None or block.leads or not in_order(table, block):
            return NOTHING
        want, cells = self.wants[column], [doc.text[s:e] for s, e in block.cells]
        header = table.header[at] if at < len(table.header) else ""
        headed = zip_longest(cells, table.header[: len(cells)], fillvalue="")
        called = [self.names.is_called(row, cell, block, over) for cell, over in headed]
        places = [n for n, is_it in enumerate(called) if is_it and n != at]
        above = self._over(row, block, doc)
        if is_head(table, block) and (places or not heads_facts(table, want)):
            return NOTHING
        if places:
            return self._under(seen, column, span, claim, block, at, above)
        first = self.names.whose(cells[0])[0] if at else []
        if first and row not in first:
            return NOTHING
        if not at:
            return NOTHING
        marks, names = score(want, cells[0], above), (cells[0], *block.parents)
        if self.names.is_name(row, header) and not self.names.is_name(row, table.header[0]):
            found = stated_cell(doc, block.cells[at], names, want, claim, span) if marks >= GOOD else None
            return Verdict(3.0 + marks, found, marks) if found else NOTHING
        scope = self.scope(seen, row, block)
        if scope is None:
            return NOTHING
        if len(cells) == 2 and marks >= GOOD and marks >= self._best(seen, row, column, scope, claim) - NEAR:
            names += () if self.names.is_name(row, header) else (header,)
            found = stated_cell(doc, block.cells[at], names, want, claim, span)
            return Verdict(3.0 + 0.2 * scope.strength + marks, found, marks) if found else NOTHING
        if len(table.body) == 1 or is_series(doc, want, table, block, header):
            return self._under(seen, column, span, claim, block, at, above)
        return NOTHING

    def _over(self, row: int, block: Block, doc: Indexed) -> tuple[str, ...]:
        names = [*block.parents, *(h.text for h in reversed(block.headings))]
        return tuple(n for n in names if n != doc.document.title and not self.names.is_name(row, n))

    def _under(
        self, seen: Read, column: int, span: Span, claim: Claim, block: Block, at: int, above: tuple[str, ...]
    ) -> Verdict:
        """A cell counts when its column's header is the one that answers best."""
        doc, want, table = seen.doc, self.wants[column], block.table
        if table is None or not row_year_fits(doc, want, claim, table, block):
            return NOTHING
        mine = header_marks(want, claim, table, at, above, whole_name(doc.text, span))
        over = table.header[at : at + 1]
        found = stated_cell(doc, block.cells[at], over, want, claim, span) if mine else None
        if found is None:
            return NOTHING
        return Verdict(3.4 + mine, found, mine) if want.concepts else Verdict(2.5, found)


def _rivals(wants: Sequence[Wanted], column: int) -> frozenset[Phrase]:
    """Labels of the other columns, and of everything else people tabulate."""
    own = wants[column].spellings
    rivals: set[Phrase] = set()
    for number, want in enumerate(wants):
        if number != column:
            rivals |= want.spellings
    for group in GROUPS:
        if group.claims and not group.phrases & own:
            rivals |= group.phrases
    return frozenset(r for r in rivals - own if not occurrences(r, own))
