"""Whether a sentence states a value for an entity and a field: by the nearest name and the nearest label."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from wideseek_cli.table.fieldwords import Phrase, stem, stems
from wideseek_cli.table.labels import Wanted, covered, occurrences
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.stated import year_said
from wideseek_cli.table.subject import Owner, stretch

_FAR = 14  # words between a label and its value
_ROW_OF_NAMES = re.compile(r"(?:,\s[A-Z][\w'’.-]*(?:\s[A-Z][\w'’.-]*)*)*,?\s(?:and|or|&)\s(?:the\s)?")
_CLOSE = 3  # a label this near before a name claims it


@dataclass(frozen=True)
class Sentence:
    """The part of a sentence that may state the value, word by word."""

    doc: Indexed
    start: int
    end: int
    span: Span
    stems: tuple[str, ...]
    starts: tuple[int, ...]
    named: int | None = None  # where the row's name ends, when it stands before the value

    @classmethod
    def around(cls, doc: Indexed, reach: Span, span: Span, owner: Owner) -> Sentence | None:
        """The sentence when the value in it belongs to the row."""
        part = stretch(doc, reach, span, owner)
        if part is None:
            return None
        found, starts = doc.words_in(*part)
        ends = [n[1] for n in owner.named if n[2] == owner.row and part[0] <= n[0] and n[1] <= span[0]]
        named = max(ends, default=None)
        return cls(doc, *part, span, tuple(stem(w) for w in found), tuple(starts), named)

    @property
    def first(self) -> int:
        """The value's first word."""
        return bisect_left(self.starts, self.span[0])

    @property
    def after(self) -> int:
        """The word after the value."""
        return bisect_left(self.starts, self.span[1])

    def distance(self, phrases: frozenset[Phrase], numbers: bool) -> float:
        """Words between the nearest of some labels and the value. A label after the value counts as farther,
        unless it follows at once (`5 inhabitants`); another number in between cuts a label off."""
        nearest = float("inf")
        for begin, end in occurrences(self.stems, phrases):
            if begin != self.after and self._bracketed(self._offset(begin)):
                continue  # `A (capital), B`: the bracket speaks of A
            if end <= self.first:
                between = self.first - end
                if numbers and self._number_between(self._offset(end), self.span[0]):
                    between += _FAR
            elif begin >= self.after:
                between = begin - self.after + (0 if begin == self.after else 2)
                if numbers and self._number_between(self.span[1], self.starts[begin]):
                    between += _FAR
            else:
                continue
            nearest = min(nearest, between)
        return nearest

    def _bracketed(self, at: int) -> bool:
        """Whether a place is in a bracket that the value is not in."""
        brackets = re.compile(r"[(（][^()（）]*[)）]").finditer(self.doc.text, self.start, self.end)
        return any(m.start() < at < m.end() and not m.start() <= self.span[0] < m.end() for m in brackets)

    def before(self, phrases: frozenset[Phrase]) -> float:
        """The same for labels before the value alone."""
        ends = [end for _, end in occurrences(self.stems, phrases) if end <= self.first]
        return self.first - max(ends) if ends else float("inf")

    def _offset(self, word: int) -> int:
        return self.starts[word] if word < len(self.starts) else self.end

    def _number_between(self, start: int, end: int) -> bool:
        return any(n.end <= end for n in self.doc.numbers_in(start, end))

    def beside(self, want: Wanted, claim: Claim) -> bool:
        """Whether the value follows the name at once, in the column's own unit: `Makalu (8,485 m)`."""
        if not isinstance(claim.value, Number) or not want.unit or self.named is None:
            return False
        said = [n for n in self.doc.numbers_in(self.span[0], self.span[1]) if claim.backed_by(n)]
        between = self.doc.text[self.named : self.span[0]]
        listed = re.fullmatch(r"\s?[(（,:–—-]?\s?|\s(?:at|is)\s|,\s[^,.;()\d]{1,40},\s", between)
        return bool(listed) and any(n.unit == want.unit for n in said)

    def enumerated(self) -> bool:
        """Whether name and value only stand in one row of names: `when Peru, Chile and Cuba parted`."""
        return self.named is not None and bool(
            _ROW_OF_NAMES.fullmatch(self.doc.text[self.named : self.span[0]])
        )

    def own_labels(self, want: Wanted) -> bool:
        """Whether the sentence speaks of the column at all."""
        return bool(occurrences(self.stems, want.spellings))

    def years(self) -> list[tuple[int, int]]:
        """(distance from the value, year) of the years said beside it."""
        text = self.doc.text
        found = []
        for match in re.finditer(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)", text[self.start : self.end]):
            at = self.start + match.start()
            if not self.span[0] <= at < self.span[1]:
                found.append((abs(at - self.span[0]), int(match.group())))
        return sorted(found)


def states(
    sentence: Sentence,
    want: Wanted,
    rivals: frozenset[Phrase],
    claim: Claim,
    above: Sequence[str],
    heading: bool,
) -> float:
    """What the sentence is worth as proof for the column: 0 when no label, or another, is near."""
    if not _year_fits(sentence, want, claim):
        return 0.0
    if sentence.beside(want, claim):
        return 1.4
    share = covered(want, [sentence.stems, *(stems(text) for text in above)])
    if share < 1 and not (claim.is_text and share == 0):
        return 0.0
    if claim.is_text:
        return _names(sentence, want, rivals, claim, heading)
    if not want.dated and year_said(sentence.doc.text, claim, sentence.span):
        return 0.0
    own = sentence.distance(want.spellings, numbers=True)
    other = sentence.distance(rivals, numbers=True)
    if own <= _FAR and own <= other:
        return 2.0 + 0.5 / (1 + own)
    if heading and other > _CLOSE:
        return 1.6
    if not want.concepts and other > _CLOSE:
        return 1.3
    return 0.0


def _names(sentence: Sentence, want: Wanted, rivals: frozenset[Phrase], claim: Claim, heading: bool) -> float:
    own = sentence.distance(want.spellings, numbers=False)
    other_before = sentence.before(rivals)
    own_before = sentence.before(want.spellings)
    if other_before <= _CLOSE and own_before > other_before and own > 1:
        return 0.0
    if own <= _FAR:
        other = sentence.distance(rivals, numbers=False)
        if want.says_so and other < own and other <= 1:
            return 0.0
        return 2.0 + 0.5 / (1 + own)
    if heading:
        return 1.6
    return 0.0 if want.says_so or sentence.enumerated() else 1.2


def _year_fits(sentence: Sentence, want: Wanted, claim: Claim) -> bool:
    """A column for one year needs that year beside the value, or no year at all."""
    if not want.years or claim.is_date:
        return True
    years = sentence.years()
    return not years or years[0][1] in want.years
