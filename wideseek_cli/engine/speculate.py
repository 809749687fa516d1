"""Prompt-lookup drafts: what followed the last few tokens the last time they stood here.

Tables copy names, numbers and URLs, so the continuation is often in the context already. A draft is only a
guess that is checked in the same pass: a token is drawn from the model's own distribution as always, and a
draft that equals it saves a pass. What comes out is what would have come out without.
"""

from __future__ import annotations

from collections.abc import Sequence

ORDERS = (4, 3, 2)  # lengths of the endings that are looked up, the surest first
FIRST_TRUST = {4: 0.8, 3: 0.6, 2: 0.4}  # how often a drafted token is right, before anything is known
LENGTHS = (3, 7, 11, 15)  # with the token drawn last these fill up llama.cpp's tiles of four rows
LEARNING = 0.15
RECOVERY = 0.002  # trust that comes back with every token, so that a drafter that gave up tries again


class PassCosts:
    """Seconds of a decode pass as a straight line over its rows, fitted to what was seen lately."""

    FORGETTING = 0.98

    def __init__(self) -> None:
        # Sums over (rows, seconds); the beginning says that a pass costs as much as its first two rows.
        self._weight, self._rows, self._seconds = 1e-3, 2e-3, 4e-3
        self._squares, self._products = 5e-3, 9e-3

    def note(self, rows: int, seconds: float) -> None:
        keep = self.FORGETTING
        self._weight = keep * self._weight + 1
        self._rows = keep * self._rows + rows
        self._seconds = keep * self._seconds + seconds
        self._squares = keep * self._squares + rows * rows
        self._products = keep * self._products + rows * seconds

    @property
    def line(self) -> tuple[float, float]:
        """(seconds of a pass with no rows, seconds of each row)."""
        spread = self._weight * self._squares - self._rows**2
        mean = self._seconds / self._weight
        if spread <= 1e-3 * self._weight**2:  # all passes had the same size: nothing is known of the slope
            each = mean / (self._rows / self._weight + 2)
        else:
            each = (self._weight * self._products - self._rows * self._seconds) / spread
        each = min(max(each, mean * 0.01), mean)
        return max(0.0, mean - each * self._rows / self._weight), each


class Drafter:
    """One conversation's memory of what followed what."""

    def __init__(self) -> None:
        self._followed: dict[tuple[int, ...], int] = {}
        self._seen = 0
        self._trust = dict(FIRST_TRUST)
        self._order = 0  # of the draft that is out

    def propose(self, tokens: Sequence[int], room: int, costs: PassCosts, width: int) -> list[int]:
        """Tokens that may come next, as many as pay when `width` conversations decode together."""
        self._read(tokens)
        self._order = 0
        for order in ORDERS:
            at = self._followed.get(tuple(tokens[-order:]))
            if at is not None and at < len(tokens):
                count = self._paying(order, min(room, len(tokens) - at), costs, width)
                self._order = order if count else 0
                return list(tokens[at : at + count])
        return []

    def learn(self, drafted: int, accepted: int) -> None:
        """How the draft that was out has fared."""
        if not drafted or not self._order:
            return
        tried = min(drafted, accepted + 1)  # what follows a wrong token says nothing
        trust = self._trust[self._order]
        self._trust[self._order] = trust + LEARNING * min(tried, 4) / 4 * (accepted / tried - trust)

    def rewind(self) -> None:
        """The conversation was shortened: read it again."""
        self._followed.clear()
        self._seen = 0

    def _read(self, tokens: Sequence[int]) -> None:
        """Remember what follows each ending; the last one has nothing behind it yet."""
        for end in range(max(self._seen, ORDERS[-1]), len(tokens)):
            for order in ORDERS:
                if end >= order:
                    self._followed[tuple(tokens[end - order : end])] = end
        for order in ORDERS:
            self._trust[order] += RECOVERY * (FIRST_TRUST[order] - self._trust[order])
        self._seen = len(tokens)

    def _paying(self, order: int, most: int, costs: PassCosts, width: int) -> int:
        """The length that saves most. A draft beside other conversations is computed in a part of its own."""
        fixed, each = costs.line
        token = fixed / width + each
        trust = min(self._trust[order], 0.97)
        best, count = 0.0, 0
        for length in LENGTHS:
            length = min(length, most)
            right = trust * (1 - trust**length) / (1 - trust)
            saved = right * token - length * each - (fixed if width > 1 else 0.0)
            if saved > best:
                best, count = saved, length
        return count
