"""One text: its sentences, and an index of its words and numbers: where is a name, where a value?"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache

from wideseek_cli.values.compare import Date, find_url, find_value, name_forms, parse_value
from wideseek_cli.values.dates import scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, scan_number_words, scan_numbers
from wideseek_cli.values.words import word_set, word_spans, words

_STOP = re.compile(r"[.!?。！？]+[\"'”’)\]]*(?=\s|$)|\n+")
_SHORT = word_set(
    "mr mrs ms dr st no vs jr sr inc ltd co corp bros mt ft approx c ca cf fl r b d est dept gen col lt sgt"
    " prof rev hon gov sen rep capt cmdr adm messrs op vol ed eds pp al etc jan feb mar apr jun jul aug sept"
    " oct nov dec"
)
_OPENS = word_set(
    "a an the this that these those he she it they we you his her its their our in on at by for from after"
    " before since during until as with when while although but and there here one some many most all both"
)
_INITIALS = re.compile(r"(?:[^\W\d_]\.){1,}[^\W\d_]$|^[^\W\d_]$")


@lru_cache(maxsize=100_000)
def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Where a paragraph's sentences begin and end; initials and short forms end none, nor does a stop
    before a small letter."""
    spans, start = [], 0
    for stop in _STOP.finditer(text):
        if stop.end() > start and not _goes_on(text, start, stop):
            spans.append((start, stop.end()))
            start = stop.end()
    if start < len(text):
        spans.append((start, len(text)))
    return tuple(spans)


def _goes_on(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether the sentence goes on behind this stop."""
    if stop.group()[0] == "\n":
        return False
    rest = text[stop.end() : stop.end() + 24].lstrip()
    if rest[:1].islower():
        return True
    before = text[max(start, stop.start() - 12) : stop.start()].split()
    last = before[-1].lstrip("([\"'“‘") if before else ""
    if stop.group()[0] != ".":
        return False
    if last[-1:].isupper() and _INITIALS.search(last):
        word = re.match(r"\w+", rest)
        return not (word and word.group().lower() in _OPENS)
    return last.lower() in _SHORT


Span = tuple[int, int]
_ROUGHLY = 0.03  # no two numbers that back each other are further apart, or than half the claim's step


class TextIndex:
    """A text, for looking up many names and values. Nothing is read before it is asked for, but its words."""

    def __init__(self, text: str) -> None:
        self.text = text
        found = [word for word in words(text) if word != "the"]  # as in the forms of a name
        if " " in "".join(found):  # a letter may fold to several words
            found = [word.replace(" ", "") for word in found]
        self._said = f" {' '.join(found)} "
        self._vocabulary = frozenset(found)
        self._starts, self._ends = array("L"), array("L")
        self._numbers: list[Number] = []
        self._sizes: list[float] | None = None
        self._forms: dict[str, list[Span]] = {}
        self._found: dict[tuple[str, ColumnType], list[Span]] = {}

    def has(self, form: str) -> bool:
        """Whether the words of a comparable form stand together somewhere."""
        return self._vocabulary.issuperset(form.split(" ")) and f" {form} " in self._said

    def name(self, name: str) -> list[Span]:
        """Where a name stands, in order."""
        return self.forms(name_forms(name))

    def forms(self, forms: Iterable[str]) -> list[Span]:
        """Where any of these forms of a name stands, in order."""
        found = [self._of_form(form) for form in forms if self.has(form)]
        return found[0] if len(found) == 1 else sorted({span for spans in found for span in spans})

    def _of_form(self, form: str) -> list[Span]:
        if form not in self._forms:
            self._forms[form] = list(self._places(form))
        return self._forms[form]

    def value(self, value: str, kind: ColumnType = ColumnType.STR) -> list[Span]:
        """Where a value stands, however it is written."""
        if (value, kind) not in self._found:
            self._found[value, kind] = self._search(value, kind)
        return self._found[value, kind]

    def _search(self, value: str, kind: ColumnType) -> list[Span]:
        parsed = parse_value(value, kind)
        if parsed is None:
            return []
        if isinstance(parsed, bool):
            return find_value(self.text, value, kind)
        if isinstance(parsed, Number):
            return self._number(parsed, rounded=kind is ColumnType.INT)
        if isinstance(parsed, Date):
            if str(abs(parsed.year)) not in self.text and self.text.isascii():
                return []
            return [(date.start, date.end) for date in scan_dates(self.text) if date.backs(parsed)]
        return find_url(self.text, value) if kind is ColumnType.URL else self.name(value)

    def _number(self, claim: Number, *, rounded: bool) -> list[Span]:
        if self._sizes is None:
            read = [*scan_numbers(self.text), *scan_number_words(self.text)]
            self._numbers = sorted(read, key=lambda number: number.value)
            self._sizes = [number.value for number in self._numbers]
        far = abs(claim.value) * _ROUGHLY + max(claim.step, 1.0)
        low, high = bisect_left(self._sizes, claim.value - far), bisect_right(self._sizes, claim.value + far)
        near = [number for number in self._numbers[low:high] if number.backs(claim, rounded=rounded)]
        return sorted((number.start, number.end) for number in near)

    def _places(self, form: str) -> Iterable[Span]:
        if not self._starts:
            spans = [span for span in word_spans(self.text) if self.text[slice(*span)].lower() != "the"]
            self._starts = array("L", [start for start, _ in spans])
            self._ends = array("L", [end for _, end in spans])
        needle, more = f" {form} ", form.count(" ")
        at, passed, number = self._said.find(needle), 0, 0
        while at >= 0:
            number += self._said.count(" ", passed, at)
            passed = at
            yield self._starts[number], self._ends[number + more]
            at = self._said.find(needle, at + 1)
