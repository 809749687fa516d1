"""Whether words are said of a row: `landlocked`, `in Asia`, `dual citizenship`. Pure.

Nothing here knows what a word means. A label that is the words answers with its value; a label under which
the words stand for some rows speaks, by its silence, of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wideseek_cli.facts.labels import Match, fields_of, match
from wideseek_cli.facts.match import is_key
from wideseek_cli.facts.names import forms, namesake
from wideseek_cli.facts.pagefacts import PageFacts
from wideseek_cli.facts.textindex import sentences
from wideseek_cli.facts.values import without_remarks
from wideseek_cli.question.condition import PLACE, Condition
from wideseek_cli.question.judged import not_shown
from wideseek_cli.table.model import Cell, CellStatus, Document, Proof, Table, Verdict
from wideseek_cli.values.compare import parse_bool
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import stem, stems, word_set, words

_PLACES = ("location", "continent", "region", "country", "state", "province", "county", "city", "town")
_LITTLE = word_set("the a an of in for to and or at by total number all any")
_NOTE = re.compile(r"\s*(?:[(\[]([^()\[\]]*)[)\]]|\bin\s(\S+))\s*$")  # `(km²)`, `in km²`
_NONE = re.compile(r"\s*(?:none|no|nil|without|0|not)\b(?![.,]\d)", re.IGNORECASE)
_IN_PART = re.compile(r"\s*(?:only|some|part\w*|limited|except|mostly)\b", re.IGNORECASE)
_NEGATED = re.compile(r"\b(?:not|never|no|neither|former|formerly|unlike|was)\b|n['’]t\b", re.IGNORECASE)
_QUANTITY = re.compile(r"[\d.,\s]+(?:[^\W\d]{1,12}[²³]?\s?){0,2}")
_PARTS = re.compile(r"[,;]\s(?![^()]*\))")
_DECISIVE = 0.9  # of the rows of which the words are said that have them under a label, for it to tell
_SHORT = 40  # characters of a value that says one thing
_MOST_VALUE, _MOST_QUOTE, _MOST_SENTENCES = 2000, 300, 12


@dataclass(frozen=True)
class _Value:
    """A label and a value of a row, and where they stand."""

    label: str
    value: str
    document: Document
    quote: str
    start: int
    end: int


def shown(condition: Condition, table: Table, pages: Sequence[PageFacts]) -> list[Cell]:
    """A cell for each row: the verdict, and the passage that it rests on."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    rows = [forms(row.cells[key].text) for row in table.rows]
    label = table.columns[key].name
    shared = [any(names & other for at, other in enumerate(rows) if at != n) for n, names in enumerate(rows)]
    others = [
        frozenset(cell.text for at, cell in enumerate(row.cells) if at != key and cell.text)
        if both
        else frozenset()
        for row, both in zip(table.rows, shared, strict=True)
    ]  # which tell rows of one name apart
    given = (list(_values(names, label, pages, beside)) for names, beside in zip(rows, others, strict=True))
    words_of = _Words(condition, dict(enumerate(given)))
    listed = _listing(condition, rows, pages)
    cells = []
    for number, names in enumerate(rows):
        found = words_of.holds(number) or listed.get(number) or _in_sentence(condition, names, pages)
        if found is None and listed:
            first = next(iter(listed.values()))
            found = False, first[1]
        found = found or words_of.lacks(number)
        if found is None:
            cells.append(not_shown())
        else:
            cells.append(Cell(condition.verdict(found[0]).value, CellStatus.PROVED, found[1]))
    return cells


def compared(condition: Condition, table: Table, pages: Sequence[PageFacts]) -> list[Cell]:
    """A cell for each row, for a comparison whose column no page has under its name: by the one label that
    ends with it, `Land area (km²)` for `area`."""
    key = next((at for at, column in enumerate(table.columns) if column.key), 0)
    label, asked = table.columns[key].name, stems(condition.column)
    found: list[_Value | None] = []
    labels: set[str] = set()
    for row in table.rows:
        values = _values(forms(row.cells[key].text), label, pages)
        ends = [(stems(_NOTE.sub("", one.label))[-len(asked) :], one) for one in values if asked]
        fits = [one for end, one in ends if sorted(end) == sorted(asked)]
        labels |= {one.label for one in fits}
        found.append(fits[0] if fits else None)
    if len(labels) != 1:
        return [not_shown() for _ in found]
    unit = _NOTE.search(labels.pop())
    cells = []
    for one in found:
        said = f"{one.value} {(unit[1] or unit[2]) if unit else ''}".strip() if one else ""
        verdict = condition.judge(said, ColumnType.STR)
        proved = one is not None and verdict is not Verdict.NOT_SHOWN
        cells.append(Cell(verdict.value, CellStatus.PROVED, _proof(one)) if one and proved else not_shown())
    return cells


class _Words:
    """The labels and values of all rows, and which of them tell of the condition's words."""

    def __init__(self, condition: Condition, values: Mapping[int, Sequence[_Value]]) -> None:
        self._condition, self._values = condition, values
        self._asked = [_canonical(text) for text in condition.said_as]
        having: dict[str, set[int]] = {}
        labelled: dict[str, set[int]] = {}
        self._holds: dict[int, _Value] = {}
        self._parting = _parting([one for given in values.values() for one in given], condition)
        self._least = 0  # parts of a place that says enough to have these words
        said = [(number, one) for number, given in values.items() for one in given if self._is_said(one)]
        hinted = [(number, one) for number, one in said if self._is_hinted(one.label)]
        for number, given in values.items():
            for one in given:
                labelled.setdefault(one.label, set()).add(number)
        for number, one in hinted or said:
            having.setdefault(one.label, set()).add(number)
            self._holds.setdefault(number, one)
        parts = [len(one.value.split(",")) for one in self._holds.values()]
        self._least = min(parts, default=1)
        self._decisive = {
            label
            for label, rows in having.items()
            if len(rows) >= _DECISIVE * len(labelled[label] & self._holds.keys())
            and (len(rows) > 1 or self._is_hinted(label) or self._is_short(label))
        }

    def holds(self, number: int) -> tuple[bool, Proof] | None:
        """Whether it is said of a row: by a label that is these words, or by a value that has them."""
        if answer := self._labelled(number):
            return answer
        one = self._holds.get(number)
        return (True, _proof(one)) if one else None

    def lacks(self, number: int) -> tuple[bool, Proof] | None:
        """A row whose value under a label that tells is another."""
        for one in self._values[number]:
            if self._named and _QUANTITY.fullmatch(one.value.strip()):
                continue  # a length tells nothing of who the neighbours are
            told = one.label in self._decisive or (self._is_hinted(one.label) and self._names_kind)
            if told and len(one.value.split(",")) >= (self._least if self._of_place else 1):
                return False, _proof(one)
        return None

    @property
    def _of_place(self) -> bool:
        return self._condition.column == PLACE

    @property
    def _named(self) -> bool:
        return all(text[:1].isupper() for text in self._condition.values)

    @property
    def _names_kind(self) -> bool:
        """Whether the condition itself names the label: `border Brazil`. Many labels say where."""
        return bool(self._condition.column) and not self._of_place

    def _labelled(self, number: int) -> tuple[bool, Proof] | None:
        """By the label that is the condition's words and little else: `Dual citizenship recognized: no`."""
        if self._of_place:
            return None
        fits = []
        for one in self._values[number]:
            label = _canonical(one.label)
            fits += [(len(label - asked), one) for asked in self._asked if asked and asked <= label]
        if not fits:
            return None
        more, one = min(fits, key=lambda fit: fit[0])
        truth = _truth(one.value) if one.label in self._parting else None
        return (truth, _proof(one)) if more <= 1 and truth is not None else None

    def _is_hinted(self, label: str) -> bool:
        if self._of_place:
            return any(match(label, place) is not Match.NONE for place in _PLACES)
        return not _canonical(label).isdisjoint(_canonical(self._condition.column))

    def _is_short(self, label: str) -> bool:
        return all(
            len(one.value) <= _SHORT for given in self._values.values() for one in given if one.label == label
        )

    def _narrowed(self, one: _Value) -> str:
        """Of a value with several things only those of which it says what the condition does and the label
        does not: of languages the `official` ones."""
        more = _canonical(self._condition.column) - _canonical(one.label)
        said = more & _canonical(one.value)
        parts = _PARTS.split(one.value) if said else [one.value]
        return ", ".join(part for part in parts if said <= _canonical(part))

    def _is_said(self, one: _Value) -> bool:
        """Whether a value has the words, or has them with its label: `County: Lawrence`."""
        value = without_remarks(self._narrowed(one))
        return any(
            _has(value, text)
            or (_has(f"{value} {one.label}", text) and not _has(one.label, text))
            or _has_named(one, text)
            for text in self._condition.said_as
        )


def _parting(values: Sequence[_Value], condition: Condition) -> set[str]:
    """The labels whose value is a yes or no. Where the condition is but a word of the list, a number that no
    row lacks is none: `Round: 3` does not tell `round` picks from others."""
    counts = [one.label for one in values if condition.implied and parse_number(one.value)]
    return {one.label for one in values if one.label not in counts or _truth(one.value) is False}


def _values(
    names: frozenset[str], key: str, pages: Sequence[PageFacts], beside: frozenset[str] = frozenset()
) -> Iterator[_Value]:
    """What pages say of a row under labels: the fields of a page about it, and its cells in grids, of lines
    that have what is to stand beside it."""
    for page in pages:
        if page.is_about(names) and not namesake(page.document.title, names, ""):
            for field in page.fields:
                over = field.group or (field.headings[-1] if field.headings[1:] else "")
                label = f"{over} {field.label}".strip()
                quote = f"{label}: {field.value}".replace("\n", " ")[:_MOST_QUOTE]
                place = (field.start, field.end) if field.start >= 0 else (0, 0)
                yield _Value(label, field.value[:_MOST_VALUE], page.document, quote, *place)
            for text in page.paragraphs:
                if text.headings[1:] and len(text.text) <= _MOST_QUOTE:
                    label = text.headings[-1]
                    yield _Value(
                        label, text.text, page.document, f"{label}: {text.text}", text.start, text.end
                    )
        for spot in (spot for spot in page.find(names) if is_key(page, spot, key)):
            grid = page.grids[spot.grid]
            if not beside <= {" ".join(cell.split()) for cell in grid.rows[spot.row]}:
                continue
            place = grid.places[spot.row] if grid.places else (0, 0)
            for at, cell in enumerate(grid.rows[spot.row]):
                if at != spot.column and cell and grid.labels[at]:
                    quote = f"{grid.rows[spot.row][spot.column]} | {grid.labels[at]}: {cell}"
                    quote = quote.replace("\n", " ")[:_MOST_QUOTE]
                    yield _Value(grid.labels[at], cell[:_MOST_VALUE], page.document, quote, *place)


def _listing(
    condition: Condition, rows: Sequence[frozenset[str]], pages: Sequence[PageFacts]
) -> dict[int, tuple[bool, Proof]]:
    """The rows that a page has whose title is the condition's words and what the rows are."""
    for page in pages:
        title = page.document.title
        if not any(_has(title, text) for text in condition.said_as) or any(page.is_about(n) for n in rows):
            continue
        found = {}
        for number, names in enumerate(rows):
            item = next(filter(None, map(page.items.get, names)), None)
            spot = next(iter(page.find(names)), None)
            if item is not None:
                found[number] = True, Proof(page.document.url, title, f"{title}: {item.text}"[:_MOST_QUOTE],
                                            item.start, item.end, page.document.fetched_at)  # fmt: skip
            elif spot is not None:
                line = " | ".join(filter(None, page.grids[spot.grid].rows[spot.row])).replace("\n", " ")
                found[number] = True, Proof(page.document.url, title, f"{title}: {line}"[:_MOST_QUOTE], 0, 0,
                                            page.document.fetched_at)  # fmt: skip
        if len(found) > 1:
            return found
    return {}


def _in_sentence(
    condition: Condition, names: frozenset[str], pages: Sequence[PageFacts]
) -> tuple[bool, Proof] | None:
    """What the first sentences of a page about a row say it is: `S is a landlocked country in Asia`."""
    for page in pages:
        if not page.is_about(names):
            continue
        left = _MOST_SENTENCES
        for paragraph in page.paragraphs:
            for start, end in sentences(paragraph.text):
                said = " ".join(paragraph.text[start:end].split())
                left -= 1
                if left < 0:
                    break
                told = re.match(r"(?P<subject>.{2,120}?)\s(?:is|are)\s(?P<rest>.+)", said)
                if told and _speaks_of(told["subject"], names) and not _NEGATED.search(said):
                    clause = re.split(r"[,;:]|\b(?:but|which|where|while|that)\b", told["rest"])[0]
                    if any(
                        _has(clause, text) and forms(text).isdisjoint(names) for text in condition.said_as
                    ):
                        at = paragraph.start + start
                        place = (at, at + end - start)
                        document = page.document
                        return True, Proof(document.url, document.title, said[:_MOST_QUOTE], *place,
                                           document.fetched_at)  # fmt: skip
    return None


def _speaks_of(subject: str, names: frozenset[str]) -> bool:
    """Whether a sentence begins with the row's name, with remarks in brackets or after a comma at most."""
    bare = re.split(r"[,(]", subject)[0]
    return subject in ("It", "He", "She", "They") or not forms(bare).isdisjoint(names)


def _has(text: str, asked: str) -> bool:
    """Whether a text has these words, in their order and whatever their endings."""
    said, wanted = (" ".join(stem(w) for w in words(t) if w not in _LITTLE) for t in (text, asked))
    return bool(wanted) and f" {wanted} " in f" {said} "


def _has_named(one: _Value, text: str) -> bool:
    """Whether a value has the name of a text, and its label the word behind it: `Ayr division` is `Ayr` under
    `Administrative division`."""
    name, _, kind = text.rpartition(" ")
    return (
        bool(name)
        and kind.islower()
        and not name.islower()
        and _has(one.value, name)
        and _has(one.label, kind)
    )


def _canonical(text: str) -> frozenset[str]:
    """A label's words, each as what it is a spelling of: `land border` and `Land boundaries`."""
    found = []
    for one in stems(text):
        groups = fields_of((one,))
        found += [f"#{groups[0]}" if groups else one] if one not in _LITTLE else []
    return frozenset(found)


def _truth(value: str) -> bool | None:
    """Whether a value says that there is something: yes, a number above 0, words; no, 0, none. Not where it
    is so in part."""
    truth = parse_bool(value)
    number = parse_number(value)
    if truth is not None:
        return truth
    if number is not None and number.start == 0:
        return number.value > 0
    return None if not value.strip() or _IN_PART.match(value) else not _NONE.match(value)


def _proof(one: _Value) -> Proof:
    return Proof(one.document.url, one.document.title, one.quote, one.start, one.end, one.document.fetched_at)
