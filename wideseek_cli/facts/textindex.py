"""One text: its sentences, and an index of its words and numbers: where is a name, where a value?"""

from __future__ import annotations

import math
import re
import sys
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import compress

from wideseek_cli.values.compare import name_forms, parse_bool, parse_value, url_key
from wideseek_cli.values.dates import Date, scan_dates
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import NUMBER_WORDS, Number, scan_number_words, scan_numbers
from wideseek_cli.values.words import word_places, word_set

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
_ROUGHLY = 0.03  # no two numbers that back each other are further apart, or than the claim's step
_DIGITS = frozenset("0123456789")
_LEAD = re.compile(r"0*(\d{0,2})")
_URL = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:[\w-]{1,63}\.)+[a-z]{2,}(?::\d+)?(?:/[^\s<>()\[\]|\"']*)?", re.IGNORECASE
)
_DATE_AROUND = 40  # characters beside its year that a date may have: it may go over the end of a line


class TextIndex:
    """A text, for looking up many names and values. Read once for its words; numbers and dates are read only
    in lines with a word that may be the claimed one's."""

    def __init__(self, text: str) -> None:
        self.text = text
        said, starts, ends = word_places(text)
        heard = [word != "the" for word in said]  # as in the forms of a name
        found = list(compress(said, heard))
        if " " in "".join(found):  # a letter may fold to several words
            found = [word.replace(" ", "") for word in found]
        self._said = f" {' '.join(found)} "
        self._vocabulary = frozenset(found)
        self._starts, self._ends = array("L", compress(starts, heard)), array("L", compress(ends, heard))
        self._numbers: dict[int, list[Number]] = {}
        self._forms: dict[str, list[Span]] = {}

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

    def rarest(self, form: str) -> list[Span]:
        """Where that word of a form stands that stands in the fewest places."""
        parts = form.split(" ")
        if not self._vocabulary.issuperset(parts):
            return []
        return min(map(self._of_form, parts), key=len)

    def _of_form(self, form: str) -> list[Span]:
        if form not in self._forms:
            self._forms[form] = list(self._places(form))
        return self._forms[form]

    def _places(self, form: str) -> Iterable[Span]:
        needle, more = f" {form} ", form.count(" ")
        at, passed, number = self._said.find(needle), 0, 0
        while at >= 0:
            number += self._said.count(" ", passed, at)
            passed = at
            yield self._starts[number], self._ends[number + more]
            at = self._said.find(needle, at + 1)

    def value(
        self, value: str, kind: ColumnType = ColumnType.STR, inside: Sequence[Span] | None = None
    ) -> list[Span]:
        """Where a value stands, however it is written; `inside` these places, which are in order."""
        parsed = parse_value(value, kind)
        if parsed is None:
            return []
        if isinstance(parsed, Number):
            far = abs(parsed.value) * _ROUGHLY + max(parsed.step, 1.0)
            figures = self._figures(abs(parsed.value) - far, abs(parsed.value) + far)
            read = (
                (low, n) for low, high in self._lines(figures, inside) for n in self._numbers_in(low, high)
            )
            near = kind is ColumnType.INT
            return sorted((low + n.start, low + n.end) for low, n in read if n.backs(parsed, rounded=near))
        if isinstance(parsed, Date):
            figures = [*self._figures(abs(parsed.year), abs(parsed.year)), "年"]
            lines = self._lines(figures, inside, _DATE_AROUND)
            dates = ((low, date) for low, high in lines for date in scan_dates(self.text[low:high]))
            return sorted({(low + d.start, low + d.end) for low, d in dates if d.backs(parsed)})
        if isinstance(parsed, bool):
            said = (word for word in self._vocabulary if word.isalpha() and parse_bool(word) is parsed)
            return sorted(span for word in said for span in self._of_form(word))
        if kind is ColumnType.URL:
            found = ((m.span(), url_key(m.group().rstrip(".,;"))) for m in _URL.finditer(self.text))
            return [span for span, key in found if key == url_key(value) != ""]
        return self.name(value)

    @cached_property
    def _leads(self) -> dict[str, list[str]]:
        """The words that may begin a number, by its first two digits."""
        found: dict[str, list[str]] = {}
        for word in self._vocabulary:
            if word[:1] in _DIGITS and word.isascii():
                found.setdefault(_LEAD.match(word)[1], []).append(word)  # type: ignore[index]
            elif not word.isascii() and any(map(str.isdigit, word)):
                found.setdefault("", []).append(word)
        return found

    def _figures(self, low: float, high: float) -> list[str]:
        """The words that may begin a number between these."""
        leads = _leads_of(low, high)
        named = (name for name, number in NUMBER_WORDS.items() if low <= number <= high)
        return [
            *(word for lead in leads or self._leads for word in self._leads.get(lead, ())),
            *dict.fromkeys(name.split("-")[0] for name in named),
        ]

    def _lines(self, words: Iterable[str], inside: Sequence[Span] | None, beside: int = 0) -> Iterator[Span]:
        """The lines that have one of these words, with so much beside it, each once."""
        starts = sorted(start for word in words for start, _ in self._of_form(word))
        if inside is not None:
            starts = [start for start in starts if _is_inside(start, inside)]
        reached = 0
        for start in starts:
            if start >= reached:
                low = self.text.rfind("\n", 0, max(0, start - beside)) + 1
                stop = self.text.find("\n", start + beside)
                reached = stop if stop >= 0 else len(self.text)
                yield low, reached

    def _numbers_in(self, low: int, high: int) -> list[Number]:
        if low not in self._numbers:
            line = self.text[low:high]
            self._numbers[low] = [*scan_numbers(line), *scan_number_words(line)]
        return self._numbers[low]


def _is_inside(place: int, spans: Sequence[Span]) -> bool:
    at = bisect_right(spans, (place, sys.maxsize)) - 1
    return at >= 0 and place < spans[at][1]


@lru_cache(maxsize=10_000)
def _leads_of(low: float, high: float) -> frozenset[str]:
    """With which digits a number between these may begin, whatever its scale; nothing where with any."""
    if low <= 0 or low * 100 < high:
        return frozenset()
    scale = 10.0 ** (math.floor(math.log10(high)) - 2)
    two = {str(number)[:2] for number in range(math.floor(low / scale), math.floor(high / scale) + 1)}
    return frozenset({"", *two, *(digits[0] for digits in two)})
