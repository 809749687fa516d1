"""Proof by code: where a saved document states a cell's value for the row's entity in the column's field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from wideseek_cli.table.judge import Judge, Verdict
from wideseek_cli.table.labels import Wanted, wanted
from wideseek_cli.table.lookup import Claim, Span, claim_of, entity_of
from wideseek_cli.table.membership import outsiders
from wideseek_cli.table.model import Cell, CellStatus, ColumnType, Document, Proof, Row, Table
from wideseek_cli.table.passages import Shelf
from wideseek_cli.table.quote import quote_at
from wideseek_cli.table.readings import Read
from wideseek_cli.table.saying import sayings
from wideseek_cli.table.stated import Stated
from wideseek_cli.table.values import is_missing, parse_value, same_value
from wideseek_cli.table.words import words

__all__ = ["prove"]

_PLACES = 60  # so many places of one value in one document are looked at
_ALTERNATIVES = 3
_SURE = 3.0  # verdicts from fields and tables


def prove(
    table: Table, documents: Sequence[Document], *, question: str = "", shelf: Shelf | None = None
) -> Table:
    """Every cell with its state and, where one states it for the entity and field, the passage. Whoever keeps
    the `shelf` spares documents being taken apart again."""
    prover = _Prover(table, documents, question, shelf or Shelf())
    return Table(table.columns, tuple(prover.row(number) for number in range(len(table.rows))))


@dataclass(frozen=True)
class _Find:
    """A place that proves a value, or merely holds it."""

    worth: float
    seen: Read
    span: Span
    stated: Stated | None = None


class _Prover:
    def __init__(self, table: Table, documents: Sequence[Document], question: str, shelf: Shelf) -> None:
        self.table = table
        self.wants: list[Wanted] = [wanted(c.name, question) for c in table.columns]
        self.entities = [entity_of(table, row) for row in table.rows]
        self.claims = [
            [self._claim(cell, column) for column, cell in enumerate(row.cells)] for row in table.rows
        ]
        self.judge = Judge(table, self.entities, self.wants)
        taken = shelf.take(documents, frozenset(self._vocabulary()))
        self.read = [self.judge.read(index) for index in taken]
        self.keys = {n for n, c in enumerate(table.columns) if c.key} or {0}
        self.outsiders = outsiders(self.entities, self.read, question) if question else {}

    def _claim(self, cell: Cell, column: int) -> Claim | None:
        kind = self.table.columns[column].type
        return None if is_missing(cell.text, kind) else claim_of(cell.text, kind, self.wants[column])

    def _vocabulary(self) -> Iterator[str]:
        for entity in self.entities:
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
        if claim is None:
            return Cell("", CellStatus.MISSING, alternatives=self._others("", column, said))
        best = self._best(row, column, claim)
        others = self._others(cell.text, column, said)
        if best is None:
            return replace(cell, status=CellStatus.UNPROVED, proof=None, alternatives=others)
        status = CellStatus.PROVED if best.worth >= 1 else CellStatus.SEEN
        if others and _contradicted(best, said, cell.text, self.table.columns[column].type):
            status = CellStatus.CONFLICT
        elif status is CellStatus.PROVED:
            others = cell.alternatives
        return replace(cell, status=status, proof=_proof(best), alternatives=others)

    def _others(self, text: str, column: int, said: Sequence[Stated]) -> tuple[str, ...]:
        """Other values that documents clearly state, the newest first."""
        kind = self.table.columns[column].type
        found: list[str] = []
        for item in sorted(said, key=lambda s: -s.year):
            value = item.text.strip()
            if text and _agrees(value, text, kind):
                continue
            if not any(same_value(value, other, kind) for other in found):
                found.append(value)
        return tuple(found[:_ALTERNATIVES])

    def _best(self, row: int, column: int, claim: Claim) -> _Find | None:
        """The best place of all; documents that do not name the entity are asked last, for the bare value."""
        best: _Find | None = None
        here = [seen for seen in self.read if row in seen.of_row or row in seen.title]
        for seen in here:
            for find in self._finds(seen, row, column, claim):
                if best is None or find.worth > best.worth:
                    best = find
        if best is None and claim.tells:
            for seen in self.read:
                places = claim.places(seen.doc)
                if places:
                    return _Find(0.1, seen, places[0])
        return best

    def _finds(self, seen: Read, row: int, column: int, claim: Claim) -> Iterator[_Find]:
        places = claim.places(seen.doc)
        if places and claim.tells:
            yield _Find(0.2, seen, places[0])
        bonus = 0.05 if seen.doc.document.kind == "page" else 0.0
        for span in places[:_PLACES]:
            verdict: Verdict = self.judge.judge(seen, row, column, span, claim)
            if verdict.worth:
                yield _Find(verdict.worth + bonus, seen, span, verdict.stated)

    def _key_cell(self, row: int, column: int, backing: Proof | None) -> Cell:
        cell, claim = self.table.rows[row].cells[column], self.claims[row][column]
        if claim is None:
            return Cell("", CellStatus.MISSING)
        best: _Find | None = None
        for seen in self.read:
            for worth, span in self._named(seen, row, column, claim):
                if best is None or worth > best.worth:
                    best = _Find(worth, seen, span)
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
        title = seen.title.get(row, 0) == 2 and column == min(self.keys)
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
            return self.judge.about(row, text.lstrip("# ")) == 2
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


def _contradicted(best: _Find, said: Sequence[Stated], text: str, kind: ColumnType) -> bool:
    """Whether documents clearly state another value: a newer one, or theirs where ours is only seen."""
    if best.worth < 1:
        return True
    mine = [s for s in said if _agrees(s.text, text, kind)]
    if best.worth < _SURE and not mine:
        return True  # a sentence against a labelled field
    year = best.stated.year if best.stated else 0
    newest = max((s.year for s in said), default=0)
    if year and newest > year:
        return not any(s.year == newest for s in mine)
    return False


def _agrees(said: str, text: str, kind: ColumnType) -> bool:
    """The same value, or one name inside the other; `ar` is not `.ar`."""
    is_text = isinstance(parse_value(text, kind), str)
    if is_text and said.startswith(".") and not text.startswith("."):
        return False
    if same_value(said, text, kind):
        return True
    a, b = set(words(said)), set(words(text))
    return bool(a and b) and is_text and (a <= b or b <= a)


def _proof(find: _Find) -> Proof | None:
    doc = find.seen.doc
    block = doc.block_at(find.span[0])
    if block is None:
        return None
    quote, start, end = quote_at(doc, block, *find.span)
    return Proof(doc.document.url, doc.document.title, quote, start, end, doc.document.fetched_at)
