"""Other sources that say something else: as clearly, of the same year, and so that both cannot be true."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wideseek_cli.table.compatible import CLOSE, LOOSE, agrees, compatible
from wideseek_cli.table.entity import Entity
from wideseek_cli.table.judge import Judge
from wideseek_cli.table.lookup import Claim
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.naming import NO_NAME
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.readings import SURE, Find, Read
from wideseek_cli.table.saying import CLEAR, Said
from wideseek_cli.table.statements import said_elsewhere, year_over
from wideseek_cli.table.values import find_value, url_key
from wideseek_cli.table.words import word_set, words

_PLAIN = 0.93  # a label that says the column and nothing narrower
_SENTENCE = 1.5  # labels of fields and columns have at most 1
_PARTS = re.compile(r"\s+[-–—|·:»›]+\s+|\s*[|｜]\s*")
_SMALL = frozenset(["the", "of", "and"])
_PAST = re.compile(
    r"\b(?:histor\w*|former\w*|previous\w*|old|past|colonial|ancient)\b|历史|曾|旧", re.IGNORECASE
)
_WHOLE = word_set("""
    est estimate estimated as of at in the census total overall all approx approximately sq km km2 mi ft m ha
    rank ranked world year usd us january february march april may june july august september october november
    december jan feb mar apr jun jul aug sept sep oct nov dec 年 月 日 估 计 统 普 查
""")
_CUT = re.compile(r"(?:\.\.\.|…)\s*$")
_SNIPPET = 120  # a shorter snippet without an end is whole


class Dissent:
    """Asks the documents of a run whether another one contradicts a proved cell."""

    def __init__(self, judge: Judge, documents: Sequence[Read]) -> None:
        self.judge, self.documents = judge, documents
        self.places = {id(seen): url_key(seen.doc.document.url) for seen in documents}

    def against(
        self, row: int, column: int, claim: Claim, finds: Sequence[Find], said: Sequence[Said]
    ) -> list[str]:
        """The values of other documents that contradict a value which the finds prove. `said` is what the
        pages about the row state in labelled fields."""
        if not self.judge.wants[column].concepts:
            return []
        proving = [find for find in finds if find.worth >= 1]
        best = max(proving, key=lambda find: find.worth)
        holding = [find.seen for find in finds if find.worth >= 1 or self._holds(find, row, claim)]
        ours = {self.places[id(seen)] for seen in holding}  # a page and its search result are one source
        texts = {seen.doc.text for seen in holding}  # so are two addresses with one page
        found: list[str] = []
        kind = self.judge.table.columns[column].type
        naming = [seen for seen in self.documents if row in seen.of_row or row in seen.title]
        others = [s for s in naming if self.places[id(s)] not in ours and s.doc.text not in texts]
        years = {self._year(find, claim, column) for find in proving}
        for seen in others:
            stated = [
                item
                for item in self._stated(seen, row, column, claim, said, best.worth < SURE)
                if self._as_clear(item, best, row) and not self._other_year(item.year, years, claim)
            ]
            values = _distinct(stated, kind)
            if len(values) == 1 and self._excludes(stated[0], claim, kind, years, proving):
                found += values
        return found

    def _holds(self, find: Find, row: int, claim: Claim) -> bool:
        """Whether a page about the row has a number or date anywhere: then it is one of its figures."""
        return not claim.is_text and row in find.seen.title

    def _stated(
        self, seen: Read, row: int, column: int, claim: Claim, said: Sequence[Said], sentences: bool
    ) -> Iterator[Said]:
        """What one document states for the cell, in fields and tables, else (if asked for) in sentences."""
        fields = [item for item in said if item.seen is seen]
        for item in (*fields, *said_elsewhere(self.judge, seen, row, column, claim, sentences)):
            year = 0 if self._timeless(claim, column) else item.year or year_over(seen.doc, item.within)
            yield replace(item, year=year)

    def _timeless(self, claim: Claim, column: int) -> bool:
        """Whether the value is a moment itself, so that the year beside it is its own."""
        value = claim.value
        year = isinstance(value, Number) and value.plain and 1000 <= value.value <= 2100
        return claim.is_date or year or self.judge.wants[column].dated

    def _year(self, find: Find, claim: Claim, column: int) -> int:
        if self._timeless(claim, column):
            return 0
        stated = find.stated.year if find.stated else 0
        return stated or year_over(find.seen.doc, find.span)

    def _as_clear(self, item: Said, best: Find, row: int) -> bool:
        """Whether a document says it of this very thing, under a label as plain as the proof's."""
        doc = item.seen.doc
        block = doc.block_at(item.within[0])
        if block is None or item.marks < min(_PLAIN, max(best.marks, CLEAR)):
            return False
        over = [*block.parents, *(heading.text for heading in block.headings)]
        if any(_PAST.search(text) for text in over) or _is_cut(item) or _is_part(item):
            return False
        entity, title = self.judge.entities[row], doc.document.title
        if self.judge.names.about(row, title) < NO_NAME:
            return False  # a page about Chile City, whatever it calls it
        if self.judge.names.is_name(row, title):
            return _exactly(entity, title) or words(title) == words(best.seen.doc.document.title)
        names = [*over, *(doc.text[start:end] for start, end in block.cells)]
        names = [name for name in names if self.judge.names.is_name(row, name)]
        return not names or any(_exactly(entity, name) for name in names)

    def _other_year(self, year: int, years: set[int], claim: Claim) -> bool:
        """Whether years tell two figures apart."""
        if year in years:
            return False
        return bool(year) and 0 not in years

    def _excludes(
        self, item: Said, claim: Claim, kind: ColumnType, years: set[int], proving: Iterable[Find]
    ) -> bool:
        """Whether both cannot be true: no rounding, no second item of one list."""
        slack = CLOSE if item.year in years and not item.rough else LOOSE
        if claim.is_number and item.year not in years and item.marks > _SENTENCE:
            return False  # a sentence need not say when
        if compatible(item.text, claim.text, kind, slack):
            return False
        if find_value(item.seen.doc.text[slice(*item.within)], claim.text, kind):
            return False
        return not any(find_value(_around(find), item.text, kind) for find in proving)


def _around(find: Find) -> str:
    """The line, table cell or sentence in which a value stands."""
    doc, span = find.seen.doc, find.span
    block = doc.block_at(span[0])
    if block is None:
        return ""
    if block.kind == "row":
        return next((doc.text[s:e] for s, e in block.cells if s <= span[0] < e), "")
    if find.worth < SURE:
        return doc.text[slice(*doc.sentence(block, span[0]))]
    label = doc.label(block, span[0])
    return doc.text[label.start : label.end]


def _distinct(stated: Sequence[Said], kind: ColumnType) -> list[str]:
    found: list[str] = []
    for item in stated:
        text = item.text.strip()
        if text and not any(agrees(text, known, kind) for known in found):
            found.append(text)
    return found


def _exactly(entity: Entity, name: str) -> bool:
    """Whether a title is the name: `Mexico City` is not `Mexico`, nor `Georgia (U.S. state)` `Georgia`."""
    bags = [set(form) - _SMALL for form in entity.forms]
    parts = [set(words(part)) - _SMALL for part in (name.lstrip("# "), *_PARTS.split(name))]
    return any(part in bags for part in parts)


def _is_part(item: Said) -> bool:
    """Whether a bracket behind a number says that it counts only some: `7,000 (undergraduate)`."""
    said = re.escape(item.text) + r"\s*[(（]([^()（）]*)[)）]"
    bracket = re.search(said, item.seen.doc.text[slice(*item.within)])
    found = words(bracket[1]) if bracket and item.text[-1:].isalnum() else []
    return any(not word[0].isdigit() and word not in _WHOLE for word in found)


def _is_cut(item: Said) -> bool:
    """Whether a search result's text breaks off in the value."""
    document = item.seen.doc.document
    if document.kind != "snippet" or document.text[item.within[1] :].strip(" .…"):
        return False
    text = document.text.rstrip()
    return bool(_CUT.search(text)) or (len(text) > _SNIPPET and text[-1:].isalnum())
