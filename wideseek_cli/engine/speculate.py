"""Prompt-lookup drafts: what followed the last few tokens when they stood here before.

Tables copy names, numbers and URLs, so the continuation is often in the context already. A draft is only a
guess that is checked in the same pass: a token is drawn from the model's own distribution as always, and a
draft that equals it saves a pass. What comes out is what would have come out without.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

ORDERS = (4, 3, 2)  # lengths of the endings that are looked up
NEAR = 96  # tokens around the place that was copied from last: a row is copied cell by cell
SHORT = 15
MOST = 63  # tokens of a draft; with the one drawn last they fill a tile of llama.cpp's quick attention
LEARNING = 0.15

# Why a token may come next: the copying goes on inside a cell or line, it goes on behind the end of one, or
# an ending of so many tokens stood somewhere (near the place that was copied from last, or not).
Reason = str | tuple[int, bool]
INSIDE, BEYOND = "inside", "beyond"
FIRST_TRUST: dict[Reason, float] = {
    INSIDE: 0.85,
    BEYOND: 0.5,
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

    FALLING, RISING = 0.5, 0.1

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


class Jumps:
    """Which part of a text is copied after which: a table with its columns in another order is copied by the
    same few jumps in every row. A part ends with a token that ends a cell or a line."""

    def __init__(self, ends_part: Callable[[int], bool]) -> None:
        self.ends_part = ends_part
        self._starts = [0]  # of every part of the conversation
        self._taken: tuple[int, ...] = ()  # the last parts that were copied
        self._end = 0  # how the last of them ended
        self._next: dict[
            tuple[int, ...], tuple[int, int]
        ] = {}  # by the last jumps: how a part ended, the next jump

    def read(self, token: int, end: int) -> None:
        if self.ends_part(token):
            self._starts.append(end + 1)

    def copied(self, at: int, token: int) -> None:
        """A part was copied, last from `at`, and ended with this token."""
        part = self._part(at)
        if len(self._taken) == 3:
            self._next[self._steps(self._taken)] = (self._end, part - self._taken[-1])
        self._taken, self._end = (*self._taken, part)[-3:], token

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
            end, target = self._after(taken, tokens[at])
            path.append(end)
            if target is None:
                break
            at = target
        return path

    def target(self) -> int | None:
        """Where the next part begins, now that one has ended."""
        return self._after(self._taken, 0)[1] if self._taken else None

    def _after(self, taken: tuple[int, ...], end: int) -> tuple[int, int | None]:
        known = self._next.get(self._steps(taken)) if len(taken) == 3 else None
        end, jump = known or (end, 1)
        part = taken[-1] + jump
        return end, self._starts[part] if 0 <= part < len(self._starts) else None

    @staticmethod
    def _steps(taken: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(b - a for a, b in pairwise(taken))

    def _part(self, at: int) -> int:
        return bisect_right(self._starts, at) - 1


class Drafter:
    """One conversation's memory of what followed what, and of how far that could be trusted. It learns from
    every token that is written, whether or not a draft was out."""

    def __init__(self, ends_part: Callable[[int], bool]) -> None:
        self._ends_part = ends_part  # whether a token ends a cell or a line
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
            self._guesses, self._copying = {}, False
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
        """Judge the guesses by the token at `end`, and follow the copying if one was right."""
        right: list[int] = []
        for reason, at in self._guesses.items():
            hit = tokens[at] == tokens[end]
            self._trust[reason] += LEARNING * (hit - self._trust[reason])
            if hit:
                right.append(at)
        self._guesses = {}
        if right:
            self._anchor = min(right, key=lambda at: abs(at - self._anchor)) + 1
            self._copying = True
        if self._ends_part(tokens[end]):
            self._end_part(tokens[end])
        elif right:
            self._guesses[INSIDE] = self._anchor

    def _end_part(self, token: int) -> None:
        if not self._copying:
            self._jumps.lost()
            return
        self._jumps.copied(self._anchor - 1, token)
        self._copying = False
        target = self._jumps.target()
        if target is not None:
            self._guesses[BEYOND] = target

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
            likely *= self._trust[BEYOND if self._ends_part(drafted) else INSIDE]
            if SHORT < length < MOST:
                continue  # a pass of this size has the slow attention, and nobody has timed it
            saved = right * token - (costs.of(1 + length) - token if width == 1 else costs.of(length))
            if saved > best:
                best, count = saved, length
        return count
