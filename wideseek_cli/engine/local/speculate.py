"""Prompt-lookup drafts: what followed the last few tokens when they stood here before.

Tables copy names, numbers and URLs, so the continuation is often in the context already. A draft is only a
guess that is checked in the same pass: a token is drawn from the model's own distribution as always, and a
draft that equals it saves a pass. What comes out is what would have come out without.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence

from wideseek_cli.engine.local.rows import Lead, Mark, Rows, Spot

ORDERS = (4, 3, 2)  # lengths of the endings that are looked up
NEAR = 96  # tokens around the place that was copied from last: a row is copied cell by cell
SHORT = 15
MOST = 63  # tokens of a draft; with the one drawn last they fill a tile of llama.cpp's quick attention
LEARNING = 0.1

# Why a token may come next: the copying leads there (the longer it has gone well, the likelier), or an ending
# of so many tokens stood there (near the place that was copied from last, or not).
Reason = tuple[Lead, int] | tuple[int, bool]
STREAKS = (4, 12, 36)  # tokens that were right in a row: where trust is counted anew
_FIRST: dict[Lead, tuple[float, ...]] = {
    Lead.INSIDE: (0.8, 0.9, 0.95, 0.97),
    Lead.SAME: (0.6, 0.7, 0.8, 0.9),
    Lead.COUNT: (0.4, 0.5, 0.6, 0.7),
    Lead.ORDER: (0.4, 0.5, 0.6, 0.7),
}
FIRST_TRUST: dict[Reason, float] = {
    **{(lead, at): trust for lead, trusts in _FIRST.items() for at, trust in enumerate(trusts)},
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

    def __init__(self, mark: Callable[[int], Mark]) -> None:
        self._mark = mark  # whether a token ends a table's cell or a line
        self.rewind()

    def rewind(self) -> None:
        """Know nothing: at the beginning, and when the conversation was shortened."""
        self._rows = Rows(self._mark)
        self._places: dict[tuple[int, ...], list[int]] = {}  # where an ending stood, by what came behind it
        self._seen = 0
        self._trust = dict(FIRST_TRUST)
        self._guesses: dict[Reason, Spot] = {}  # where the next token may stand, and why there
        self._anchor = 0  # where was copied from last
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
        lead = reason[0] if isinstance(reason[0], Lead) else Lead.ORDER
        path = self._rows.path(tokens, self._guesses[reason], min(room, MOST), lead)
        return [token for token, _ in path[: self._paying(self._trust[reason], path, costs, width)]]

    def _read(self, tokens: Sequence[int]) -> None:
        """Learn from the tokens that are new; a tool result is only remembered."""
        written = len(tokens) - self._seen <= MOST + 1
        if not written:
            self._guesses, self._streak, self._ending = {}, 0, 0
        for end in range(self._seen, len(tokens)):
            if written:
                self._learn(tokens, end)
            self._rows.read(tokens[end], end)
            if written and self._ending:
                self._look_beyond()
            for order in ORDERS:
                if end >= order:
                    self._places.setdefault(tuple(tokens[end - order : end]), []).append(end)
        if not written:
            self._rows.forget()
        self._seen = len(tokens)

    def _learn(self, tokens: Sequence[int], end: int) -> None:
        """Judge the guesses by the token at `end`, and follow the copying."""
        ends = bool(self._mark(tokens[end]))
        right: list[int] = []
        led: int | None = None
        for reason, spot in self._guesses.items():
            # How a part ends may be another thing here than there, and is known by the rows.
            hit = tokens[spot.at] == tokens[end] or (ends and bool(self._mark(tokens[spot.at])))
            self._trust[reason] += LEARNING * (hit - self._trust[reason])
            if hit:
                right.append(spot.at)
                if isinstance(reason[0], Lead):
                    led = spot.at
        self._guesses = {}
        self._streak = self._streak + 1 if right else 0
        if led is None and right:
            led = min(right, key=lambda at: abs(at - self._anchor))
        if ends:
            if not self._ending:
                self._rows.finish(tokens, end, led - 1 if led else None)
            self._ending += 1
            return
        self._ending = 0
        if led is not None:
            self._anchor = led + 1
            self._guesses[self._led(Lead.INSIDE)] = Spot(self._anchor)

    def _look_beyond(self) -> None:
        """A part has ended: where the next one may begin."""
        found = self._rows.beyond(self._ending)
        if found is not None:
            self._guesses[self._led(found[0])] = found[1]

    def _led(self, lead: Lead, further: int = 0) -> Reason:
        """A token that the copying leads to, after as many right ones as there were, and some more."""
        return lead, bisect_right(STREAKS, self._streak + further)

    def _nearest(self, tokens: Sequence[int], order: int) -> Iterator[tuple[Reason, Spot]]:
        """The place with this ending that is nearest to where was copied from last; else the last one."""
        places = self._places.get(tuple(tokens[-order:]))
        if places:
            right = bisect_left(places, self._anchor)
            near = min(places[max(0, right - 1) : right + 1], key=lambda at: abs(at - self._anchor))
            is_near = abs(near - self._anchor) <= NEAR
            yield (order, is_near), Spot(near if is_near else places[-1])

    def _paying(self, trust: float, path: Sequence[tuple[int, Lead]], costs: PassCosts, width: int) -> int:
        """The length that saves most time. Alone, a draft makes the pass longer; beside others it is
        computed in a part of its own."""
        token = costs.of(width) / width
        best, count = 0.0, 0
        right, likely = 0.0, 1.0
        for length, (_, lead) in enumerate(path, start=1):
            likely *= trust if length == 1 else self._trust[self._led(lead, length - 1)]
            right += likely
            if SHORT < length < MOST:
                continue  # a pass of this size has the slow attention, and nobody has timed it
            saved = right * token - (costs.of(1 + length) - token if width == 1 else costs.of(length))
            if saved > best:
                best, count = saved, length
        return count
