"""How lines are put together from other text: from which cell of which line the next cell comes.

A table with its columns in another order, or one made from reports, takes the same parts in every row. So the
parts of a row say which comes next, and the last row says where the next one begins.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, IntEnum

MOST_COLUMNS = 16  # parts of a line that are told apart


class Mark(IntEnum):
    """What a token ends."""

    NOTHING = 0
    CELL = 1
    LINE = 2


class Lead(Enum):
    """Why a token comes next: the copying goes on inside a part, a row that began the same went on so, a row
    of as many parts did, or it is the next part of the text that is copied from."""

    INSIDE = "inside"
    SAME = "same"
    COUNT = "count"
    ORDER = "order"


@dataclass(frozen=True)
class Place:
    """A part of a line, from its so many-th token on."""

    line: int
    column: int
    offset: int


@dataclass(frozen=True)
class Spot:
    """Where the next token may stand; after so many of an ending, the part that comes then."""

    at: int
    left: int = 0
    then: Place | None = None


@dataclass(frozen=True)
class _Step:
    """What came behind a part: its ending, so many tokens from a place on, and a part so many lines on."""

    ending: int
    length: int
    lines: int
    column: int
    offset: int


@dataclass(frozen=True)
class _Row:
    """The parts of the last line, by where they were copied from."""

    places: tuple[Place | None, ...] = ()
    last: Place | None = None  # that is known, of this line or one before
    full: bool = False  # the line has ended

    def plus(self, place: Place | None) -> _Row:
        places = (place,) if self.full else (*self.places, place)[-MOST_COLUMNS:]
        return _Row(places, place or self.last)

    @property
    def keys(self) -> tuple[tuple[Lead, Hashable], ...]:
        columns = tuple((place.column, place.offset) if place else None for place in self.places)
        return (Lead.SAME, columns), (Lead.COUNT, len(columns))


class Rows:
    """The parts of a conversation, and by which steps its rows were made."""

    def __init__(self, mark: Callable[[int], Mark]) -> None:
        self._mark = mark
        self._starts: list[int] = []  # of every part
        self._lines: list[int] = []  # of every line: its first part
        self._length = 0  # tokens read
        self._inside = False  # a part goes on
        self._fresh = True  # the next part begins a line
        self._row = _Row()
        self._ending = (0, 0)  # where the last ending is, and its length
        self._steps: dict[Hashable, _Step] = {}

    def read(self, token: int, at: int) -> None:
        """The next token, whoever wrote it."""
        self._length = at + 1
        mark = self._mark(token)
        if mark:
            begins, length = (at, 0) if self._inside else self._ending
            self._ending, self._inside = (begins, length + 1), False
        elif not self._inside:
            if self._fresh:
                self._lines.append(len(self._starts))
            self._starts.append(at)
            self._inside, self._fresh = True, False
        if mark is Mark.LINE:
            self._fresh = True
            self._row = replace(self._row, full=True)

    def finish(self, tokens: Sequence[int], end: int, source: int | None) -> None:
        """A part ended before `end`, its last token copied from `source` or from nowhere."""
        if not self._inside:
            return
        place = self._copied(tokens, end, source) if source is not None else None
        row = self._row
        if place and row.last and row.places:
            step = _Step(*self._ending, place.line - row.last.line, place.column, place.offset)
            self._steps.update(dict.fromkeys(row.keys, step))
        self._row = row.plus(place)

    def forget(self) -> None:
        """What comes has nothing to do with the rows before."""
        self._row = _Row(full=True)

    def beyond(self, written: int) -> tuple[Lead, Spot] | None:
        """Where the next token may stand, so many tokens of an ending behind the last part."""
        lead, ending, then = self._after(self._row)
        start = self._start(then) if then else None
        if start is None:
            return None
        at, length = ending
        if written < length:
            return lead, Spot(at + written, length - written, then)
        return lead, Spot(start)

    def path(
        self, tokens: Sequence[int], spot: Spot, most: int, lead: Lead = Lead.ORDER
    ) -> list[tuple[int, Lead]]:
        """The tokens that come from a spot on, over the ends of parts, and why each; the first by `lead`."""
        row = self._row
        at: int | None = spot.at
        if self._inside and not spot.left:
            path: list[tuple[int, Lead]] = []
            place = self._copied(tokens, len(tokens), spot.at - 1)
        else:
            end = spot.at + min(spot.left, most) if spot.left else self._part_from(tokens, spot.at, most)
            path = [(token, lead) for token in tokens[spot.at : end]]
            row = self._behind(row, tokens[spot.at : end])
            place = spot.then or self._at(end)
            at = self._start(spot.then) if spot.then else end
        while at is not None and len(path) < most:
            end = self._ending_from(tokens, at, most)
            path += [(token, Lead.INSIDE if n else lead) for n, token in enumerate(tokens[at:end])]
            row = row.plus(place)
            lead, (begins, length), place = self._after(row)
            if not length:
                begins, length = end, self._part_from(tokens, end, most) - end
            ending = tokens[begins : begins + min(length, most)]
            path += [(token, lead if n else Lead.INSIDE) for n, token in enumerate(ending)]
            row = self._behind(row, ending)
            at = self._start(place) if place else None
        return path[:most]

    def _behind(self, row: _Row, ending: Sequence[int]) -> _Row:
        return replace(row, full=row.full or any(self._mark(token) is Mark.LINE for token in ending))

    def _after(self, row: _Row) -> tuple[Lead, tuple[int, int], Place | None]:
        """Behind a row's last part: why, the ending (empty: as in the text that is copied from), the part."""
        if row.last is None or not row.places:
            return Lead.ORDER, (0, 0), None
        for lead, columns in row.keys:
            step = self._steps.get((lead, columns))
            if step is None:
                continue
            place = Place(row.last.line + step.lines, step.column, step.offset)
            if self._start(place) is not None and (lead is Lead.SAME or place not in row.places):
                return lead, (step.ending, step.length), place
        part = self._lines[row.last.line] + row.last.column + 1
        if row.places[-1] is None or part == len(self._starts):
            return Lead.ORDER, (0, 0), None
        return Lead.ORDER, (0, 0), self._at(self._starts[part])

    def _copied(self, tokens: Sequence[int], end: int, source: int) -> Place | None:
        """The place of the part that ends before `end`, if its last token was copied from `source`."""
        first, count = self._starts[-1], 0
        while count <= source and end - 1 - count >= first:
            if tokens[source - count] != tokens[end - 1 - count]:
                break
            count += 1
        place = self._at(source - count + 1) if count else None
        whole = end - count == first  # of a part that begins otherwise, where it begins means nothing
        return place if whole or place is None else replace(place, offset=0)

    def _at(self, at: int) -> Place | None:
        part = bisect_right(self._starts, at) - 1
        if part < 0:
            return None
        line = bisect_right(self._lines, part) - 1
        return Place(line, part - self._lines[line], at - self._starts[part])

    def _start(self, place: Place) -> int | None:
        """Where a place is, if there is such a part."""
        if not 0 <= place.line < len(self._lines):
            return None
        part = self._lines[place.line] + place.column
        ends = self._lines[place.line + 1] if place.line + 1 < len(self._lines) else len(self._starts)
        if part >= ends:
            return None
        at = self._starts[part] + place.offset
        limit = self._starts[part + 1] if part + 1 < len(self._starts) else self._length
        return at if at < limit else None

    def _ending_from(self, tokens: Sequence[int], at: int, most: int) -> int:
        end = min(len(tokens), at + most)
        return next((n for n in range(at, end) if self._mark(tokens[n])), end)

    def _part_from(self, tokens: Sequence[int], at: int, most: int) -> int:
        end = min(len(tokens), at + most)
        return next((n for n in range(at, end) if not self._mark(tokens[n])), end)
