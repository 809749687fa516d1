"""The words and numbers of one text, indexed once: where does it have a name, where a value?"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from wideseek_cli.values.compare import Date, find_url, find_value, name_forms, parse_value
from wideseek_cli.values.dates import scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, scan_number_words, scan_numbers
from wideseek_cli.values.words import word_spans, words

Span = tuple[int, int]
_ROUGHLY = 0.03  # no two numbers that back each other are further apart, or than half the claim's step


class Heard:
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
        self._found: dict[tuple[str, ColumnType], list[Span]] = {}

    def has(self, form: str) -> bool:
        """Whether the words of a comparable form stand together somewhere."""
        return self._vocabulary.issuperset(form.split(" ")) and f" {form} " in self._said

    def name(self, name: str) -> list[Span]:
        """Where a name stands, in order."""
        return self.forms(name_forms(name))

    def forms(self, forms: Iterable[str]) -> list[Span]:
        """Where any of these forms of a name stands, in order."""
        return sorted({span for form in forms if self.has(form) for span in self._places(form)})

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
