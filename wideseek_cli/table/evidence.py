"""Proof by code: where a saved document states a cell's value for the row's entity in the column's field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from wideseek_cli.table.compatible import agrees
from wideseek_cli.table.dissent import Dissent
from wideseek_cli.table.entity import entity_of, placed
from wideseek_cli.table.judge import Judge, Verdict
from wideseek_cli.table.labels import Wanted, wanted
from wideseek_cli.table.lookup import Claim, Span, claim_of
from wideseek_cli.table.membership import outsiders
from wideseek_cli.table.merge import other_values
from wideseek_cli.table.model import Cell, CellStatus, ColumnType, Document, Proof, Row, Table
from wideseek_cli.table.passages import Shelf
from wideseek_cli.table.quote import quote_at
from wideseek_cli.table.readings import SURE, Find, Read
from wideseek_cli.table.saying import Said, sayings
from wideseek_cli.table.shortforms import possible
from wideseek_cli.table.values import is_missing, same_value

__all__ = ["prove"]

_PLACES = 60  # so many places of one value in one document are looked at
_ALTERNATIVES = 3


def prove(
    table: Table, documents: Sequence[Document], *, question: str = "", shelf: Shelf | None = None
) -> Table:
    """Every cell with its state and, where one states it for the entity and field, the passage. Other values
    that a cell brings along stay. Whoever keeps the `shelf` spares documents being taken apart again."""
    prover = _Prover(table, documents, question, shelf or Shelf())
    return Table(table.columns, tuple(prover.row(number) for number in range(len(table.rows))))


class _Prover:
    def __init__(self, table: Table, documents: Sequence[Document], question: str, shelf: Shelf) -> None:
        self.table = table
        self.wants: list[Wanted] = [wanted(c.name, question) for c in table.columns]
        titles = [document.title for document in documents if document.kind == "page"]
        self.entities = placed([entity_of(table, row) for row in table.rows], titles, question)
        self.claims = [
            [self._claim(cell, column) for column, cell in enumerate(row.cells)] for row in table.rows
        ]
        self.judge = Judge(table, self.entities, self.wants)
        taken = shelf.take(documents, frozenset(self._vocabulary()))
        self.read = [self.judge.names.read(index) for index in taken]
        self.dissent = Dissent(self.judge, self.read)
        self.keys = {n for n, c in enumerate(table.columns) if c.key} or {0}
        self.outsiders = outsiders(self.entities, self.read, question) if question else {}

    def _claim(self, cell: Cell, column: int) -> Claim | None:
        kind = self.table.columns[column].type
        return None if is_missing(cell.text, kind) else claim_of(cell.text, kind, self.wants[column])

    def _vocabulary(self) -> Iterator[str]:
        for entity in self.entities:
            yield from possible(entity)
            for forms in (entity.forms, *entity.others):
                for form in forms:
                    yield from form
        for row in self.claims:
            for claim in row:
                if claim is not None:
                    yield from claim.vocabulary()

    def row(self, number: int) -> Row:
        """The row with every cell judged; a key is proved when a value beside it is."""
        cells = [self._value_cell(number, column) for column in range(len(self.table.columns))]
        backing = next((c.proof for c in cells if c.status is CellStatus.PROVED and c.proof), None)
        for column in self.keys:
            cells[column] = self._belonging(number, self._key_cell(number, column, backing))
        return Row(tuple(cells))

    def _value_cell(self, row: int, column: int) -> Cell:
        cell, claim = self.table.rows[row].cells[column], self.claims[row][column]
        if column in self.keys:
            return cell
        said = sayings(self.judge, self.read, row, column, claim)
        shape = self.table.columns[column]
        text = cell.text if claim else ""
        stated = self._stated(text, column, said)
        others = other_values("", (*stated, *other_values(text, cell.alternatives, shape)), shape)
        if claim is None:
            return Cell("", CellStatus.MISSING, alternatives=others)
        finds = self._all_finds(row, column, claim)
        best = max(finds, key=lambda find: find.worth, default=None)
        if (
            (best is None or best.worth < 1)
            and not said
            and not claim.is_text
            and shape.type is ColumnType.STR
        ):
            # A number where the page has a name: `32.1 years` for a capital.
            said = sayings(self.judge, self.read, row, column, None)
            stated = self._stated(text, column, said)
            others = other_values("", (*stated, *others), shape)
        if best is None:
            return replace(cell, status=CellStatus.UNPROVED, proof=None, alternatives=others)
        against = self.dissent.against(row, column, claim, finds, said) if best.worth >= 1 else []
        if against or (stated and _contradicted(best, said, cell.text, shape.type)):
            others = other_values("", (*against, *others), shape)
            return replace(cell, status=CellStatus.CONFLICT, proof=_proof(best), alternatives=others)
        if best.worth >= 1:
            return replace(cell, status=CellStatus.PROVED, proof=_proof(best))
        return replace(cell, status=CellStatus.SEEN, proof=_proof(best), alternatives=others)

    def _stated(self, text: str, column: int, said: Sequence[Said]) -> tuple[str, ...]:
        """Other values that documents clearly state, the newest first."""
        shape = self.table.columns[column]
        newest = (item.text.strip() for item in sorted(said, key=lambda item: -item.year))
        different = [value for value in newest if not (text and agrees(value, text, shape.type))]
        return other_values("", different, shape)[:_ALTERNATIVES]

    def _all_finds(self, row: int, column: int, claim: Claim) -> list[Find]:
        """The places in documents that name the entity; others are asked last, for the bare value."""
        here = [seen for seen in self.read if row in seen.of_row or row in seen.title]
        finds = [find for seen in here for find in self._finds(seen, row, column, claim)]
        if not finds and claim.tells:
            for seen in self.read:
                places = claim.places(seen.doc)
                if places:
                    return [Find(0.1, seen, places[0])]
        return finds

    def _finds(self, seen: Read, row: int, column: int, claim: Claim) -> Iterator[Find]:
        places = claim.places(seen.doc)
        if places and claim.tells:
            yield Find(0.2, seen, places[0])
        bonus = 0.05 if seen.doc.document.kind == "page" else 0.0
        for span in places[:_PLACES]:
            verdict: Verdict = self.judge.judge(seen, row, column, span, claim)
            if verdict.worth:
                yield Find(verdict.worth + bonus, seen, span, verdict.stated, verdict.marks)

    def _key_cell(self, row: int, column: int, backing: Proof | None) -> Cell:
        cell, claim = self.table.rows[row].cells[column], self.claims[row][column]
        if claim is None:
            return Cell("", CellStatus.MISSING)
        best: Find | None = None
        for seen in self.read:
            for worth, span in self._named(seen, row, column, claim):
                if best is None or worth > best.worth:
                    best = Find(worth, seen, span)
        if best is not None and best.worth >= 1:
            return replace(cell, status=CellStatus.PROVED, proof=_proof(best))
        if backing is not None:
            return replace(cell, status=CellStatus.PROVED, proof=backing)
        if best is not None:
            return replace(cell, status=CellStatus.SEEN, proof=_proof(best))
        return replace(cell, status=CellStatus.UNPROVED, proof=None)

    def _belonging(self, row: int, cell: Cell) -> Cell:
        """A name that is real but not on the list that was asked for proves no row."""
        why = self.outsiders.get(row, "")
        status = CellStatus.SEEN if why and cell.status is CellStatus.PROVED else cell.status
        return replace(cell, status=status, note=why)

    def _named(self, seen: Read, row: int, column: int, claim: Claim) -> Iterator[tuple[float, Span]]:
        """Where a document names the entity: as title, heading, list item, table cell; or in passing."""
        spans = seen.of_row.get(row, []) if column == min(self.keys) else claim.places(seen.doc)
        title = seen.is_own(row) and column == min(self.keys)
        for span in spans[:_PLACES]:
            block = seen.doc.block_at(span[0])
            if block is None:
                continue
            worth = 0.5
            if block.kind == "row":
                cell = next((c for c in block.cells if c[0] <= span[0] < c[1]), span)
                worth = 1.5 if self._is_name(row, column, seen.doc.text[slice(*cell)]) else 0.5
            elif block.kind == "heading":
                worth = 1.6 if self._is_name(row, column, seen.doc.text[block.start : block.end]) else 0.5
            elif block.kind == "item" and span[0] - block.start <= 3:
                worth = 1.4
            elif _listed(seen.doc.text, span):
                worth = 1.1
            yield worth + (1.0 if title else 0.0), span
        if title and not spans and seen.doc.blocks:
            yield 1.5, (seen.doc.blocks[0].start, seen.doc.blocks[0].end)

    def _is_name(self, row: int, column: int, text: str) -> bool:
        if column == min(self.keys):
            return self.judge.names.is_name(row, text.lstrip("# "))
        return same_value(
            text.lstrip("# "), self.table.rows[row].cells[column].text, self.table.columns[column].type
        )


def _listed(text: str, span: Span) -> bool:
    """Whether a name stands in an enumeration."""
    before, after = text[max(0, span[0] - 60) : span[0]], text[span[1] : span[1] + 60]
    marks = ",;、，；"
    left = before.rstrip().endswith(tuple(marks)) or before.rstrip().endswith((" and", "和", "与", "及"))
    right = after.lstrip()[:1] in marks and bool(after.strip())
    return (
        (left and right)
        or (left and sum(before.count(m) for m in marks) >= 2)
        or (right and sum(after.count(m) for m in marks) >= 3)
    )


def _contradicted(best: Find, said: Sequence[Said], text: str, kind: ColumnType) -> bool:
    """Whether documents clearly state another value: a newer one, or theirs where ours is only seen."""
    if best.worth < 1:
        return True
    mine = [s for s in said if agrees(s.text, text, kind)]
    if best.worth < SURE and not mine:
        return True  # a sentence against a labelled field
    year = best.stated.year if best.stated else 0
    newest = max((s.year for s in said), default=0)
    if year and newest > year:
        return not any(s.year == newest for s in mine)
    return False


def _proof(find: Find) -> Proof | None:
    doc = find.seen.doc
    block = doc.block_at(find.span[0])
    if block is None:
        return None
    quote, start, end = quote_at(doc, block, *find.span)
    return Proof(doc.document.url, doc.document.title, quote, start, end, doc.document.fetched_at)
