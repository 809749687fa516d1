"""Proof by comparing: each cell against what the pages of the run state for its row and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from wideseek_cli.facts.labels import Match
from wideseek_cli.facts.match import cell_facts, field_facts, heading_facts
from wideseek_cli.facts.model import Fact, Place, in_words
from wideseek_cli.facts.names import forms, namesake, plain
from wideseek_cli.facts.pagefacts import PageFacts, Shelf
from wideseek_cli.facts.relations import relation_of
from wideseek_cli.facts.scope import shared_words
from wideseek_cli.facts.sentences import sentence_facts
from wideseek_cli.facts.values import coarser_place, states, without_remarks
from wideseek_cli.table.model import Cell, CellStatus, Column, Document, Doubt, Proof, Reason, Row, Table
from wideseek_cli.values.compare import is_missing, name_forms
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import words

_NUMERIC = (ColumnType.INT, ColumnType.FLOAT)
_ALTERNATIVES = 3
_TAIL = re.compile(r"(?<=\S)\s+\([^()]{1,200}\)$")
_MOST_REASONS = 3
_MOST_ANSWERS = 20


def prove(
    table: Table,
    documents: Sequence[Document],
    *,
    question: str = "",
    shelf: Shelf | None = None,
    given: bool = True,
) -> Table:
    """Every cell with its state, the passage that proves it, or the reasons why none does. `given`: the
    user's own cells too."""
    prover = _Prover(table, (shelf or Shelf()).take(documents), question, given)
    return Table(table.columns, tuple(prover.row(number) for number in range(len(table.rows))))


class _Prover:
    def __init__(self, table: Table, pages: Sequence[PageFacts], question: str, given: bool) -> None:
        self.table, self.pages, self.question, self.given = table, pages, question, given
        self._last: tuple[frozenset[str], list[PageFacts]] = (frozenset(), [])
        self.key = next((at for at, c in enumerate(table.columns) if c.key), 0)
        self._row = ""  # all that is known of the row in hand
        self._beside: tuple[frozenset[str], ...] = ()  # what tells it from its namesakes

    def row(self, number: int) -> Row:
        """The row with every cell judged; a key is proved when a value beside it is, or a list has it."""
        row = self.table.rows[number]
        names = forms(row.cells[self.key].text) if row.cells else frozenset()
        known = (self.question, *(c.name for c in self.table.columns), *(cell.text for cell in row.cells))
        self._row = " | ".join(known)
        pairs = enumerate(zip(self.table.columns, row.cells, strict=True))
        self._beside = tuple(forms(x.text) for at, (c, x) in pairs if c.key and at != self.key and x.text)
        cells = [
            cell
            if at == self.key or (cell.given and not self.given)
            else self._cell(cell, at, names, row.cells[self.key].text)
            for at, cell in enumerate(row.cells)
        ]
        if cells:
            backing = next((c.proof for c in cells if c.status is CellStatus.PROVED and c.proof), None)
            cells[self.key] = self._key(row.cells[self.key], names, backing)
        return Row(tuple(cells))

    def facts(self, column: int, names: frozenset[str], value: str = "", name: str = "") -> list[Fact]:
        """All that the pages state for a row and a column."""
        wanted, key = self.table.columns[column], self.table.columns[self.key].name
        found: list[Fact] = []
        for page in self._naming(names, name):
            facts = self._stated(page, names, key, wanted, value, name)
            if facts and namesake(page.document.title, names, self._row):
                other = (Reason(Doubt.OTHER_SUBJECT, page.document.title),)
                facts = [f if f.place is Place.CELL else replace(f, reasons=other) for f in facts]
            found += facts
        return found

    def _stated(
        self, page: PageFacts, names: frozenset[str], key: str, wanted: Column, value: str, name: str
    ) -> Sequence[Fact]:
        """What one page states, kept with the page: a table is proved again after every step of a run."""

        def structured() -> Iterator[Fact]:
            yield from cell_facts(page, names, key, wanted.name, self.question, self._beside, name)
            yield from field_facts(page, names, wanted.name)
            yield from heading_facts(page, names, wanted.name)

        def said() -> Iterator[Fact]:
            return sentence_facts(page, name, names, wanted, value, self.question)

        facts = page.keep((names, name, self._beside, key, wanted.name, self.question), structured)
        if not value:
            return facts
        return facts + page.keep((names, wanted.name, wanted.type, value, name, self.question), said)

    def _naming(self, names: frozenset[str], name: str) -> list[PageFacts]:
        """The pages that name the row; of the last row they are kept, for its other columns."""
        wanted = names | frozenset(name_forms(name))
        if self._last[0] != wanted:
            self._last = (wanted, [page for page in self.pages if page.names(wanted)])
        return self._last[1]

    def _cell(self, cell: Cell, at: int, names: frozenset[str], name: str) -> Cell:
        column = self.table.columns[at]
        if not names:
            return replace(cell, status=CellStatus.UNPROVED if cell.text else CellStatus.MISSING, proof=None)
        missing = is_missing(cell.text, column.type)
        facts = _in_scope(self.facts(at, names, "" if missing else cell.text, name), self.question)
        sure = [fact for fact in facts if fact.sure]
        if missing:
            return Cell("", CellStatus.MISSING, alternatives=_values(_best_labelled(sure), column.type))
        if column.type in _NUMERIC and parse_number(cell.text) is None:
            return self._elsewhere(cell, at)  # words are no value of a column of numbers
        stating = {value: _says(value, cell.text, column) for value in {f.value for f in facts}}
        mine = [fact for fact in sure if stating[fact.value]]
        others = [f for f in _best_labelled(sure) if not stating[f.value] and f.place is not Place.SENTENCE]
        if mine:
            best = max(mine, key=lambda fact: (fact.match, fact.place is not Place.SENTENCE))
            against = [f for f in others if f.document != best.document and f.match >= best.match]
            if against and best.match is Match.IDENTICAL:
                reasons = tuple(Reason(Doubt.OTHER_VALUE, f.value) for f in against[:_MOST_REASONS])
                return _judged(cell, CellStatus.CONFLICT, best, reasons, _values(against, column.type))
            return _judged(cell, CellStatus.PROVED, best)
        doubted = [f for f in facts if not f.sure and stating[f.value]]
        reasons = tuple(dict.fromkeys(reason for fact in doubted for reason in fact.reasons))
        if others:
            reasons = (*(Reason(Doubt.OTHER_VALUE, f.value) for f in others[:1]), *reasons)
            return _judged(
                cell, CellStatus.UNPROVED, others[0], reasons[:_MOST_REASONS], _values(others, column.type)
            )
        if doubted:
            return _judged(cell, CellStatus.SEEN, doubted[0], reasons[:_MOST_REASONS])
        return self._elsewhere(cell, at)

    def _elsewhere(self, cell: Cell, at: int) -> Cell:
        """A value that stands on a page without a row and column that are ours, or nowhere."""
        kind = self.table.columns[at].type
        near, said = self._last[1], plain(cell.text)
        # Reading all numbers of all pages takes seconds: far from the row the value has to be written alike.
        close = set(map(id, near))
        far = (page for page in self.pages if id(page) not in close and page.index.has(said))
        for page in (*near, *far):
            for start, end in page.index.value(cell.text, kind)[:1]:
                quote, low, high = _around(page.document.text, start, end)
                proof = _proof(page.document, quote, low, high)
                reasons = (Reason(Doubt.APART, page.document.title or page.document.url),)
                return replace(
                    cell, status=CellStatus.SEEN, proof=proof, reasons=reasons, note=in_words(reasons)
                )
        reasons = (Reason(Doubt.NOWHERE),)
        return replace(cell, status=CellStatus.UNPROVED, proof=None, reasons=reasons, note=in_words(reasons))

    def _key(self, cell: Cell, names: frozenset[str], backing: Proof | None) -> Cell:
        """The row's name: proved by a value beside it, a page about it, or a cell or item that is it."""
        if not names:
            return Cell("", CellStatus.MISSING)
        proof = backing or next(self._named(names), None) or self._answered(cell)
        if proof is not None:
            return replace(cell, status=CellStatus.PROVED, proof=proof, reasons=(), note="")
        return self._elsewhere(cell, self.key)

    def _answered(self, cell: Cell) -> Proof | None:
        """Of a table that is one short answer: a field of a page, both named by the question; or a
        sentence that has the answer and the words of the question."""
        if len(self.table.columns) > 1 or not self.question:
            return None
        asked = f" {' '.join(words(self.question))} "
        for page in self.pages:
            if any(f" {form} " in asked for form in page.subjects):
                for field in page.fields:
                    if f" {' '.join(words(field.label))} " in asked and states(field.value, cell.text):
                        quote = f"{field.label}: {field.value}".replace("\n", " ")
                        return _proof(page.document, quote, field.start, field.end)
        for page in self.pages:
            for start, end in page.index.value(cell.text)[:_MOST_ANSWERS]:
                quote, low, high = _around(page.document.text, start, end)
                if shared_words(quote, self.question) * 5 >= shared_words(self.question, self.question) * 3:
                    return _proof(page.document, quote, low, high)
        return None

    def _named(self, names: frozenset[str]) -> Iterator[Proof]:
        for page in self.pages:
            if page.is_about(names) and not namesake(page.document.title, names, self._row):
                yield _proof(page.document, page.document.title, 0, 0)
            for spot in page.find(names)[:1]:
                row = page.grids[spot.grid].rows[spot.row]
                yield _proof(page.document, " | ".join(filter(None, row))[:300].replace("\n", " "), 0, 0)
            for item in filter(None, map(page.items.get, names)):
                yield _proof(page.document, item.text[:300], item.start, item.end)


def _says(value: str, claim: str, column: Column) -> bool:
    return states(value, claim, column.type) or (
        relation_of(column.name).place and coarser_place(value, claim)
    )


def _in_scope(facts: list[Fact], question: str) -> list[Fact]:
    """Where pages disagree, those whose title has more of the question's words count, and newer figures."""
    titles = {f.document.url: f.document.title for f in facts if _is_value(f)}
    if len(titles) < 2 or not question:
        return facts
    shares = {url: shared_words(title, question) for url, title in titles.items()}
    best = max(shares.values())
    return [
        replace(f, reasons=(Reason(Doubt.OTHER_SCOPE, f.document.title, "more of another page's title"),))
        if _is_value(f) and shares[f.document.url] < best
        else f
        for f in facts
    ]


def _best_labelled(facts: list[Fact]) -> list[Fact]:
    """Where a page has the column's very label, what labels akin to it say is no value to offer."""
    named = {id(f.document) for f in facts if f.match is Match.IDENTICAL and f.place is not Place.SENTENCE}
    return [
        f
        for f in facts
        if f.match is Match.IDENTICAL or f.place is Place.SENTENCE or id(f.document) not in named
    ]


def _values(facts: Sequence[Fact], kind: ColumnType) -> tuple[str, ...]:
    """What the pages have instead, without remarks; for a column of numbers the number alone."""
    stated = (without_remarks(fact.value).replace("\n", ", ") for fact in facts)
    values = [_TAIL.sub("", value) or value for value in stated if value]
    if kind in _NUMERIC:
        values = [
            value[: n.end] if (n := parse_number(value)) and n.start == 0 else value for value in values
        ]
    return tuple(dict.fromkeys(values))[:_ALTERNATIVES]


def _is_value(fact: Fact) -> bool:
    return fact.sure and fact.place is Place.CELL


def _judged(
    cell: Cell, status: CellStatus, fact: Fact, reasons: tuple[Reason, ...] = (), others: tuple[str, ...] = ()
) -> Cell:
    proof = _proof(fact.document, fact.quote, fact.start, fact.end)
    alternatives = tuple(dict.fromkeys((*others, *cell.alternatives))) if others else cell.alternatives
    return replace(
        cell, status=status, proof=proof, reasons=reasons, note=in_words(reasons), alternatives=alternatives
    )


def _proof(document: Document, quote: str, start: int, end: int) -> Proof:
    return Proof(document.url, document.title, quote, start, end, document.fetched_at)


def _around(text: str, start: int, end: int) -> tuple[str, int, int]:
    """The line around a place, at most 300 characters of it."""
    low = max(text.rfind("\n", 0, start) + 1, start - 150)
    stop = text.find("\n", end)
    high = min(stop if stop >= 0 else len(text), end + 150)
    return " ".join(text[low:high].split()), low, high
