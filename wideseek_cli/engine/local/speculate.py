"""Prompt-lookup drafts: what followed the last few tokens when they stood here before.

Tables copy names, numbers and URLs, so the continuation is often in the context already. A draft is only a
guess that is checked in the same pass: a token is drawn from the model's own distribution as always, and a
draft that equals it saves a pass. What comes out is what would have come out without.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence

ORDERS = (4, 3, 2)  # lengths of the endings that are looked up
NEAR = 96  # tokens around the place that was copied from last: a row is copied cell by cell
SHORT = 15
MOST = 63  # tokens of a draft; with the one drawn last they fill a tile of llama.cpp's quick attention
LEARNING = 0.1

# Why a token may come next: the copying goes on (0; the longer it has gone well, the likelier), or an ending
# of so many tokens stood there (near the place that was copied from last, or not).
Reason = tuple[int, int]
COPYING = 0
STREAKS = (4, 12, 36)  # tokens that were right in a row: where trust is counted anew
FIRST_TRUST: dict[Reason, float] = {
    **{(COPYING, level): trust for level, trust in enumerate((0.8, 0.9, 0.95, 0.97))},
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


class Drafter:
    """One conversation's memory of what followed what, and of how far that could be trusted. It learns from
    every token that is written, whether or not a draft was out."""

    def __init__(self) -> None:
        self.rewind()

    def rewind(self) -> None:
        """Know nothing: at the beginning, and when the conversation was shortened."""
        self._places: dict[tuple[int, ...], list[int]] = {}  # where an ending stood, by what came behind it
        self._seen = 0
        self._trust = dict(FIRST_TRUST)
        self._guesses: dict[Reason, int] = {}  # where the next token may stand, and why there
        self._anchor = 0  # where was copied from last
        self._streak = 0  # tokens in a row that were where the copying led

    def propose(self, tokens: Sequence[int], room: int, costs: PassCosts, width: int) -> list[int]:
        """Tokens that may come next, as many as pay when `width` conversations decode together."""
        self._read(tokens)
        for order in ORDERS:
            self._guesses.update(self._nearest(tokens, order))
        if not self._guesses or room <= 0:
            return []
        reason = max(self._guesses, key=self._trust.__getitem__)
        at = self._guesses[reason]
        path = tokens[at : at + min(room, MOST)]
        return list(path[: self._paying(self._trust[reason], len(path), costs, width)])

    def _read(self, tokens: Sequence[int]) -> None:
        """Learn from the tokens that are new; a tool result is only remembered."""
        written = len(tokens) - self._seen <= MOST + 1
        if not written:
            self._guesses, self._streak = {}, 0
        for end in range(self._seen, len(tokens)):
            if written:
                self._learn(tokens, end)
            for order in ORDERS:
                if end >= order:
                    self._places.setdefault(tuple(tokens[end - order : end]), []).append(end)
        self._seen = len(tokens)

    def _learn(self, tokens: Sequence[int], end: int) -> None:
        """Judge the guesses by the token at `end`, and follow the copying."""
        right: dict[Reason, int] = {}
        for reason, at in self._guesses.items():
            hit = tokens[at] == tokens[end]
            self._trust[reason] += LEARNING * (hit - self._trust[reason])
            if hit:
                right[reason] = at
        self._guesses = {}
        self._streak = self._streak + 1 if right else 0
        if right:
            # on where it went on, else where it is nearest to
            led = min(right, key=lambda reason: (reason[0] != COPYING, abs(right[reason] - self._anchor)))
            self._anchor = right[led] + 1
            self._guesses[self._copying()] = self._anchor

    def _copying(self, further: int = 0) -> Reason:
        """A token that the copying leads to, after as many right ones as there were, and some more."""
        return COPYING, bisect_right(STREAKS, self._streak + further)

    def _nearest(self, tokens: Sequence[int], order: int) -> Iterator[tuple[Reason, int]]:
        """The place with this ending that is nearest to where was copied from last; else the last one."""
        places = self._places.get(tuple(tokens[-order:]))
        if places:
            right = bisect_left(places, self._anchor)
            near = min(places[max(0, right - 1) : right + 1], key=lambda at: abs(at - self._anchor))
            is_near = abs(near - self._anchor) <= NEAR
            yield (order, is_near), near if is_near else places[-1]

    def _paying(self, trust: float, most: int, costs: PassCosts, width: int) -> int:
        """The length that saves most time. Alone, a draft makes the pass longer; beside others it is
        computed in a part of its own."""
        token = costs.of(width) / width
        best, count = 0.0, 0
        right, likely = 0.0, 1.0
        for length in range(1, most + 1):
            likely *= trust if length == 1 else self._trust[self._copying(length - 1)]
            right += likely
            if SHORT < length < MOST:
                continue  # a pass of this size has the slow attention, and nobody has timed it
            saved = right * token - (costs.of(1 + length) - token if width == 1 else costs.of(length))
            if saved > best:
                best, count = saved, length
        return count
