"""Prompt-lookup drafts: what followed the last few tokens when they stood here before.

Tables copy names, numbers and URLs, so the continuation is often in the context already. A draft is only a
guess that is checked in the same pass: a token is drawn from the model's own distribution as always, and a
draft that equals it saves a pass. What comes out is what would have come out without.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

ORDERS = (4, 3, 2)  # lengths of the endings that are looked up
NEAR = 96  # tokens around the place that was copied from last: a row is copied cell by cell
SHORT = 15
MOST = 63  # tokens of a draft; with the one drawn last they fill a tile of llama.cpp's quick attention
LEARNING = 0.1

# Why a token may come next: the copying goes on inside a cell or line, it goes on behind the end of one (the
# longer it has gone well, the likelier), or an ending of so many tokens stood somewhere (near the place that
# was copied from last, or not).
Reason = tuple[str, int] | tuple[int, bool]
INSIDE, BEYOND = "inside", "beyond"
STREAKS = (4, 12, 36)  # tokens that were right in a row: where trust is counted anew
FIRST_TRUST: dict[Reason, float] = {
    (INSIDE, 0): 0.8,
    (INSIDE, 1): 0.9,
    (INSIDE, 2): 0.95,
    (INSIDE, 3): 0.97,
    (BEYOND, 0): 0.4,
    (BEYOND, 1): 0.6,
    (BEYOND, 2): 0.8,
    (BEYOND, 3): 0.9,
    (4, True): 0.7,
    (3, True): 0.7,
    (2, True): 0.5,
    (4, False): 0.5,
    (3, False): 0.3,
    (2, False): 0.2,
}


class PassCosts:
    """Seconds of a pass by its rows, as seen. Few rows more can cost nearly as much as they would alone, many
    nearly nothing, and which depends on the machine: so it is measured, first when the engine starts."""

    FALLING, RISING = 0.5, 0.2

    def __init__(self) -> None:
        self._seen: dict[int, float] = {}
        self._rows: list[int] = []  # the same, in order

    def note(self, rows: int, seconds: float) -> None:
        known = self._seen.get(rows)
        if known is None:
            insort(self._rows, rows)
            known = seconds
        # A pass that took much longer was disturbed by something else on the machine; a quicker one shows
        # what is possible.
        rate = self.FALLING if seconds < known else self.RISING
        self._seen[rows] = known + rate * (min(seconds, 2 * known) - known)

    def of(self, rows: int) -> float:
        """Between two that were seen, the line; beyond them, in proportion."""
        if not self._rows:
            return float(1 + rows)
        at = bisect_left(self._rows, rows)
        if at == len(self._rows):
            return self._seen[self._rows[-1]] * rows / self._rows[-1]
        above = self._rows[at]
        if at == 0 or above == rows:
            return self._seen[above]
        below = self._rows[at - 1]
        share = (rows - below) / (above - below)
        return self._seen[below] + share * (self._seen[above] - self._seen[below])


@dataclass(frozen=True)
class Step:
    """What came behind a part: its ending, so many tokens from a place on, and the part so many further."""

    ending: int
    length: int
    jump: int


class Jumps:
    """Which part of a text is copied after which: a table with its columns in another order is copied by the
    same few jumps in every row. A part is what stands between endings, and an ending is one or several tokens
    that end a cell or a line."""

    def __init__(self, ends_part: Callable[[int], bool]) -> None:
        self.ends_part = ends_part
        self._starts: list[int] = []  # of every part of the conversation
        self._inside = False  # a part goes on
        self._taken: tuple[int, ...] = ()  # the last parts that were copied
        self._ending = (0, 0)  # where the ending behind the last of them is, and its length
        self._next: dict[tuple[int, ...], Step] = {}  # by the last jumps

    def read(self, token: int, at: int) -> None:
        ends = self.ends_part(token)
        if not ends and not self._inside:
            self._starts.append(at)
        self._inside = not ends

    def copied(self, at: int) -> None:
        """A part was copied, last from `at`."""
        part = self._part(at)
        if len(self._taken) == 3:
            self._next[self._jumped()] = Step(*self._ending, part - self._taken[-1])
        self._taken = (*self._taken, part)[-3:]

    def ended(self, at: int, length: int) -> None:
        """The ending behind the part that was copied last."""
        self._ending = (at, length)

    def lost(self) -> None:
        """A part was not copied from anywhere."""
        self._taken = ()

    def path(self, tokens: Sequence[int], at: int, most: int) -> list[int]:
        """The tokens that come from `at` on, over the ends of parts."""
        taken = self._taken
        path: list[int] = []
        while at < len(tokens) and len(path) < most:
            if not self.ends_part(tokens[at]):
                path.append(tokens[at])
                at += 1
                continue
            taken = (*taken, self._part(at))[-3:]
            step = self._next.get(self._jumped(taken)) if len(taken) == 3 else None
            target = self._start(taken[-1] + step.jump) if step else None
            if step is None or target is None:
                path.append(tokens[at])
                at += 1
                continue
            path += tokens[step.ending : step.ending + step.length]
            at = target
        return path[:most]

    def guess(self, ends: int) -> int | None:
        """Where the next token may stand, so many tokens after the end of the part that was copied last."""
        if not self._taken:
            return None
        step = self._next.get(self._jumped()) if len(self._taken) == 3 else None
        if step is not None and ends < step.length:
            return step.ending + ends
        return self._start(self._taken[-1] + (step.jump if step else 1))

    def _jumped(self, taken: Sequence[int] = ()) -> tuple[int, ...]:
        return tuple(b - a for a, b in pairwise(taken or self._taken))

    def _start(self, part: int) -> int | None:
        return self._starts[part] if 0 <= part < len(self._starts) else None

    def _part(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1


class Drafter:
    """One conversation's memory of what followed what, and of how far that could be trusted. It learns from
    every token that is written, whether or not a draft was out."""

    def __init__(self, ends_part: Callable[[int], bool]) -> None:
        self._ends_part = ends_part  # whether a token ends a table's cell or a line
        self.rewind()

    def rewind(self) -> None:
        """Know nothing: at the beginning, and when the conversation was shortened."""
        self._jumps = Jumps(self._ends_part)
        self._places: dict[tuple[int, ...], list[int]] = {}  # where an ending stood, by what came behind it
        self._seen = 0
        self._trust = dict(FIRST_TRUST)
        self._guesses: dict[Reason, int] = {}  # where the next token may stand, and why there
        self._anchor = 0  # where was copied from last
        self._copying = False  # something of this part was
        self._streak = 0  # tokens in a row that were where the copying led
        self._ending = 0  # tokens since the part ended

    def propose(self, tokens: Sequence[int], room: int, costs: PassCosts, width: int) -> list[int]:
        """Tokens that may come next, as many as pay when `width` conversations decode together."""
        self._read(tokens)
        for order in ORDERS:
            self._guesses.update(self._nearest(tokens, order))
        if not self._guesses or room <= 0:
            return []
        reason = max(self._guesses, key=self._trust.__getitem__)
        draft = self._jumps.path(tokens, self._guesses[reason], min(room, MOST))
        return draft[: self._paying(self._trust[reason], draft, costs, width)]

    def _read(self, tokens: Sequence[int]) -> None:
        """Learn from the tokens that are new; a tool result is only remembered."""
        written = len(tokens) - self._seen <= MOST + 1
        if not written:
            self._guesses, self._copying, self._streak, self._ending = {}, False, 0, 0
            self._jumps.lost()
        for end in range(self._seen, len(tokens)):
            if written:
                self._learn(tokens, end)
            self._jumps.read(tokens[end], end)
            for order in ORDERS:
                if end >= order:
                    self._places.setdefault(tuple(tokens[end - order : end]), []).append(end)
        self._seen = len(tokens)

    def _learn(self, tokens: Sequence[int], end: int) -> None:
        """Judge the guesses by the token at `end`, and follow the copying."""
        ends = self._ends_part(tokens[end])
        right: list[int] = []
        led: int | None = None
        for reason, at in self._guesses.items():
            # How a part ends may be another thing here than there, and is known by the jumps.
            hit = tokens[at] == tokens[end] or (ends and self._ends_part(tokens[at]))
            self._trust[reason] += LEARNING * (hit - self._trust[reason])
            if hit:
                right.append(at)
                if reason[0] in (INSIDE, BEYOND):
                    led = at
        self._guesses = {}
        self._streak = self._streak + 1 if right else 0
        if ends:
            self._end_part()
        else:
            self._go_on(
                end, min(right, key=lambda at: abs(at - self._anchor)) if led is None and right else led
            )

    def _go_on(self, end: int, source: int | None) -> None:
        """A token inside a part, copied from `source` or new."""
        if self._ending:
            self._jumps.ended(end - self._ending, self._ending)
            self._ending, self._copying = 0, False
        if source is not None:
            self._anchor, self._copying = source + 1, True
            self._guesses[_led(INSIDE, self._streak)] = self._anchor

    def _end_part(self) -> None:
        if not self._ending:
            if self._copying:
                self._jumps.copied(self._anchor - 1)
            else:
                self._jumps.lost()
        self._ending += 1
        guess = self._jumps.guess(self._ending)
        if guess is not None:
            self._guesses[_led(BEYOND, self._streak)] = guess

    def _nearest(self, tokens: Sequence[int], order: int) -> Iterator[tuple[Reason, int]]:
        """The place with this ending that is nearest to where was copied from last; else the last one."""
        places = self._places.get(tuple(tokens[-order:]))
        if places:
            right = bisect_left(places, self._anchor)
            near = min(places[max(0, right - 1) : right + 1], key=lambda at: abs(at - self._anchor))
            is_near = abs(near - self._anchor) <= NEAR
            yield (order, is_near), near if is_near else places[-1]

    def _paying(self, trust: float, draft: Sequence[int], costs: PassCosts, width: int) -> int:
        """The length that saves most time. Alone, a draft makes the pass longer; beside others it is
        computed in a part of its own."""
        token = costs.of(width) / width
        best, count = 0.0, 0
        right, likely = 0.0, trust
        for length, drafted in enumerate(draft, start=1):
            right += likely
            where = BEYOND if self._ends_part(drafted) else INSIDE
            likely *= self._trust[_led(where, self._streak + length)]
            if SHORT < length < MOST:
                continue  # a pass of this size has the slow attention, and nobody has timed it
            saved = right * token - (costs.of(1 + length) - token if width == 1 else costs.of(length))
            if saved > best:
                best, count = saved, length
        return count


def _led(where: str, streak: int) -> Reason:
    """A token that the copying leads to, after so many right ones."""
    return where, bisect_right(STREAKS, streak)
