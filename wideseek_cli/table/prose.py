"""Whether a sentence states a value for an entity and a field: by the nearest name and the nearest label."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from wideseek_cli.table.fieldwords import Phrase, stem, stems
from wideseek_cli.table.hedges import hedged, parted
from wideseek_cli.table.labels import Wanted, covered, occurrences
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.moments import asked_end, lifetime, year_of_work
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.passages import Indexed
from wideseek_cli.table.stated import year_said
from wideseek_cli.table.subject import Owner, of_another, stretch
from wideseek_cli.table.unlabelled import described, founds, own_site, unlabelled

_FAR = 14  # words between a label and its value
_ROW_OF_NAMES = re.compile(r"(?:,\s[A-Z][\w'’.-]*(?:\s[A-Z][\w'’.-]*)*)*,?\s(?:and|or|&)\s(?:the\s)?")
_CLOSE = 3  # a label this near before a name claims it
_JOINED = 5  # words between two labels that `and` joins, at most
_JOINT = re.compile(
    r"[^\s,&]+(?:,?\s(?:and|&)|,)\s(?:(?!(?:is|was|are|were|has|had|in|of)\b)[a-z'’-]+\s){0,4}"
)
_BRACKET = re.compile(r"[(（][^()（）]*[)）]")
_CALLED = re.compile(r",?\s?[(（]([^()（）\d]*(?:since \d{4})?)[)）]")
_TITLES = re.compile(r"[,/&]|\b(?:and|since)\b")  # between them
_TITLE = re.compile(
    r"(?:(?:executive|managing|general|group|chief|vice|financial|operating|technology|co)[ -])*"
    r"(?:(?:co-?)?founder|chair\w{0,6}|president|director|manager|partner|owner|officer|md|c[a-z]o|\d{4}|)",
    re.IGNORECASE,
)
Place = tuple[int, int]  # a label's first word, and the word after it


@dataclass(frozen=True)
class Sentence:
    """The part of a sentence that may state the value, word by word."""

    doc: Indexed
    start: int
    end: int
    span: Span
    stems: tuple[str, ...]
    starts: tuple[int, ...]
    owner: Owner
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
        return cls(doc, *part, span, tuple(stem(w) for w in found), tuple(starts), owner, named)

    @property
    def first(self) -> int:
        """The value's first word."""
        return bisect_left(self.starts, self.span[0])

    @property
    def after(self) -> int:
        """The word after the value."""
        return bisect_left(self.starts, self.span[1])

    def places(self, phrases: frozenset[Phrase]) -> list[Place]:
        """Where some labels stand, by words."""
        return occurrences(self.stems, phrases)

    def distance(self, labels: Sequence[Place], numbers: bool) -> float:
        """Words between the nearest of some labels and the value."""
        return min((away for away, _ in self._distances(labels, numbers)), default=float("inf"))

    def nearest(self, labels: Sequence[Place]) -> Span | None:
        """Where the nearest label stands in the document."""
        found = min(self._distances(labels, False), default=None)
        return (self.starts[found[1][0]], self._offset(found[1][1])) if found else None

    def _distances(self, labels: Sequence[Place], numbers: bool) -> Iterator[tuple[float, Place]]:
        """A label after the value counts as farther, unless it follows at once (`5 inhabitants`); another
        number in between cuts a label off."""
        for begin, end in labels:
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
            yield between, (begin, end)

    def _bracketed(self, at: int) -> bool:
        """Whether a place is in a bracket that the value is not in."""
        last = bisect_right(self._brackets, (at, 0)) - 1
        if last < 0:
            return False
        start, end = self._brackets[last]
        return start < at < end and not start <= self.span[0] < end

    @cached_property
    def _brackets(self) -> list[Span]:
        return [m.span() for m in _BRACKET.finditer(self.doc.text, self.start, self.end)]

    def before(self, labels: Sequence[Place]) -> float:
        """The same for labels before the value alone."""
        return self.first - max((end for _, end in labels if end <= self.first), default=-float("inf"))

    def joined(self, own: Sequence[Place], others: Sequence[Place]) -> tuple[list[Place], list[Place]]:
        """The labels with those that `and` makes one of: `capital and largest city` is one label."""
        rest = dict.fromkeys(others)
        grown: list[Place] = []
        for begin, end in own:
            for other in others:
                if end <= other[0] <= end + _JOINED and self._joins(end, other[0]):
                    end = other[1]
                    rest.pop(other, None)
                elif other[1] <= begin <= other[1] + _JOINED and self._joins(other[1], begin):
                    rest.pop(other, None)
            grown.append((begin, end))
        return grown, list(rest)

    def _joins(self, end: int, begin: int) -> bool:
        return bool(_JOINT.fullmatch(self.doc.text, self.starts[end - 1], self.starts[begin]))

    def elsewhere(self, labels: Sequence[Place]) -> bool:
        """Whether a clause that ends before the value has the last label before it."""
        last = max((end for _, end in labels if end <= self.first), default=None)
        return last is not None and parted(self.doc.text, self._offset(last), self.span[0])

    def tells(self, want: Wanted, claim: Claim) -> bool:
        """Whether the sentence states a text value of the row without the column's word."""
        if claim.kind is ColumnType.URL:
            return own_site(want, claim, self.owner.words)
        if want.says_so or self.enumerated():
            return False
        reach = (self.start, self.end)
        return described(claim.text) or unlabelled(self.doc.text, reach, self.span, self.named, want)

    def moment(self, want: Wanted) -> bool | None:
        """Whether a date is the one asked for by where it stands; None: that does not tell."""
        text, reach = self.doc.text, (self.start, self.end)
        asked = asked_end(want)
        life = lifetime(text, reach, self.span, self.named, self.owner.words) if asked else ""
        if life:
            return life == asked
        return year_of_work(text, self.span, self.named, want) or None

    def founded(self, want: Wanted) -> bool:
        """Whether the value is said to have founded the row."""
        return founds(self.doc.text, (self.start, self.end), self.span, want)

    def of_another(self, label: Span) -> bool:
        """Whether the label is said to be another's."""
        return of_another(self.doc.text, label, (self.start, self.end), self.span, self.owner)

    def called(self, want: Wanted) -> Span | None:
        """The column's word where a bracket behind the value says so: `Rob Stringer (chairman and CEO)`."""
        bracket = _CALLED.match(self.doc.text, self.span[1])
        titles = _TITLES.split(bracket.group(1)) if bracket else []
        mine = next((title for title in titles if stems(title) in want.spellings), None)
        if mine is None or not all(title == mine or _TITLE.fullmatch(title.strip()) for title in titles):
            return None  # `(CEO, Ford)`, `(CEO, retired)`
        start = self.doc.text.index(mine, self.span[1])
        return start, start + len(mine)

    def hedged(self, want: Wanted, label: Span | None) -> bool:
        """Whether the value's clause takes its statement back: `not`, `former`, `until 1991`."""
        return hedged(self.doc.text, (self.start, self.end), self.span, label, want.name)

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
    if not claim.is_text and (moment := sentence.moment(want)) is not None:
        return 2.0 * moment
    share = covered(want, [sentence.stems, *(stems(text) for text in above)])
    if share < 1 and not (claim.is_text and share == 0):
        return 0.0
    if claim.is_text:
        return _names(sentence, want, rivals, claim, heading)
    if not want.dated and year_said(sentence.doc.text, claim, sentence.span):
        return 0.0
    own = sentence.distance(sentence.places(want.spellings), numbers=True)
    other = sentence.distance(sentence.places(rivals), numbers=True)
    if own <= _FAR and own <= other:
        return 2.0 + 0.5 / (1 + own)
    if heading and other > _CLOSE:
        return 1.6
    if not want.concepts and other > _CLOSE:
        return 1.3
    return 0.0


def _names(sentence: Sentence, want: Wanted, rivals: frozenset[Phrase], claim: Claim, heading: bool) -> float:
    if title := sentence.called(want):
        return 0.0 if sentence.hedged(want, title) else 2.4
    mine, theirs = sentence.joined(sentence.places(want.spellings), sentence.places(rivals))
    own, own_before, other_before = (
        sentence.distance(mine, numbers=False),
        sentence.before(mine),
        sentence.before(theirs),
    )
    founded = sentence.founded(want)
    claimed = other_before <= _CLOSE or sentence.elsewhere(mine)
    if other_before < own_before and own > 1 and claimed and not founded:
        return 0.0
    near = own <= _FAR
    other = sentence.distance(theirs, numbers=False)
    if near and want.says_so and other < own and other <= 1:
        return 0.0
    worth = (
        2.0 + 0.5 / (1 + own) if near else 1.6 if heading else 1.2 * (founded or sentence.tells(want, claim))
    )
    label = sentence.nearest(mine) if near else None
    if worth and (sentence.hedged(want, label) or (label and sentence.of_another(label))):
        return 0.0
    return worth


def _year_fits(sentence: Sentence, want: Wanted, claim: Claim) -> bool:
    """A column for one year needs that year beside the value, or no year at all."""
    if not want.years or claim.is_date:
        return True
    years = sentence.years()
    return not years or years[0][1] in want.years
