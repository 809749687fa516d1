"""The passages of a page that speak of a need, within a token budget. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from wideseek_cli.findings import Passage
from wideseek_cli.tools.passages import Piece, cut
from wideseek_cli.tools.words import guess_tokens, query_terms, terms

_K1, _B = 1.2, 0.6
_WEAK = 0.15  # of the best passage's worth: what is worth less only takes room
_FADE = 0.6  # what a word of the need still counts after a passage has spoken of it
_KNOWN = 0.15  # what a word of the page's title counts
_MOST_CHARS_A_TOKEN = 8  # a text with more characters than this a token is over the budget without counting
_SMALLEST = 8  # tokens; less room than this is not worth filling
_GAP = "[…]"


@dataclass(frozen=True)
class Prepared:
    """A text cut into pieces, with the terms of each counted: made once per page, asked many times."""

    text: str
    pieces: tuple[Piece, ...]
    bags: tuple[Counter[str], ...]
    sizes: tuple[int, ...]
    title: frozenset[str]  # the words of the page's title tell nothing apart and weigh little


def prepare(text: str, title: str = "") -> Prepared:
    """Headings and table headers count as part of the pieces that they stand over."""
    pieces = tuple(cut(text))
    bags = tuple(_bag(text, piece) for piece in pieces)
    return Prepared(text, pieces, bags, tuple(bag.total() for bag in bags), frozenset(terms(title)))


def _bag(text: str, piece: Piece) -> Counter[str]:
    bag = Counter(terms(text[piece.start : piece.end]))
    bag.update(terms(piece.header))
    for depth, heading in enumerate(reversed(piece.headings)):
        for word in terms(heading):
            bag[word] += 2 if depth == 0 else 1
    return bag


def rank(page: Prepared, need: str) -> list[float]:
    """How much each piece speaks of the need."""
    return [sum(shares.values()) for shares in _shares(page, need)]


def _shares(page: Prepared, need: str) -> list[dict[str, float]]:
    """BM25 of each piece over this page, by word of the need."""
    mean = sum(page.sizes) / max(1, len(page.sizes)) or 1.0
    weights = {}
    for word in query_terms(need):
        met = sum(word in bag for bag in page.bags)
        rarity = math.log(1 + (len(page.bags) - met + 0.5) / (met + 0.5))
        weights[word] = rarity * (_KNOWN if word in page.title else 1.0)
    return [
        _piece_shares(bag, piece, weights, size / mean)
        for bag, piece, size in zip(page.bags, page.pieces, page.sizes, strict=True)
    ]


def _piece_shares(
    bag: Counter[str], piece: Piece, weights: dict[str, float], length: float
) -> dict[str, float]:
    norm = _K1 * (1 - _B + _B * length)
    met = {word: weight for word, weight in weights.items() if bag[word]}
    shares = {word: weight * bag[word] * (_K1 + 1) / (bag[word] + norm) for word, weight in met.items()}
    if met and piece.headings:
        # the nearest heading that is all about the need ("Capital") outweighs a mention in passing
        own = set(terms(piece.headings[-1]))
        for word in own & met.keys():
            shares[word] += met[word] * len(own & met.keys()) / len(own)
    return shares


def choose(
    page: Prepared, need: str, budget: int, count: Callable[[str], int] = guess_tokens
) -> tuple[str, tuple[Passage, ...]]:
    """What fits the budget: (rendered text, passages), best passages taken first, shown in page order.

    Each passage taken makes its words count less for the next, so that a need in several parts gets them all.
    """
    text = page.text
    choice = _Choice(page, budget, count)
    if len(text) < budget * _MOST_CHARS_A_TOKEN and count(text) <= budget:
        choice.taken = dict(enumerate(page.pieces))
        return choice.result()
    shares = {index: words for index, words in enumerate(_shares(page, need)) if words}
    if not shares:
        for index in range(len(page.pieces)):  # nothing speaks of it: the page's beginning
            choice.take(index)
        return choice.result()
    fresh = dict.fromkeys({word for words in shares.values() for word in words}, 1.0)
    best = 0.0
    while shares and choice.left >= _SMALLEST:
        worth = {i: sum(share * fresh[word] for word, share in words.items()) for i, words in shares.items()}
        index = max(worth, key=lambda i: (worth[i], -i))
        best = best or worth[index]
        if worth[index] < best * _WEAK:
            break
        words = shares.pop(index)
        if choice.take(index):
            fresh.update((word, fresh[word] * _FADE) for word in words)
    return choice.result()


@dataclass
class _Choice:
    """The pieces taken so far, and the room that is left."""

    page: Prepared
    left: int
    count: Callable[[str], int]
    taken: dict[int, Piece] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)  # headings and table headers

    def take(self, index: int) -> bool:
        """Take a piece when it fits; the very first is cut to fit, for it is the best."""
        piece, text = self.page.pieces[index], self.page.text
        if self.taken and piece.end - piece.start > self.left * _MOST_CHARS_A_TOKEN:
            return False
        extras = [part for part in (*piece.headings, piece.header) if part and part not in self.shown]
        cost = self.count("\n".join([*extras, text[piece.start : piece.end], _GAP]))
        if cost > self.left and not self.taken:
            piece = _clipped(text, piece, self.left - self.count("\n".join([*extras, _GAP])), self.count)
            cost = self.left
        if cost > self.left:
            return False
        self.left -= cost
        self.shown.update(extras)
        self.taken[index] = piece
        return True

    def result(self) -> tuple[str, tuple[Passage, ...]]:
        text, places = self.page.text, sorted(self.taken)
        pieces = [self.taken[place] for place in places]
        passages = tuple(Passage(text[p.start : p.end], p.start, p.end) for p in pieces)
        return _render(text, self.taken, places), passages


def _clipped(text: str, piece: Piece, budget: int, count: Callable[[str], int]) -> Piece:
    """As much of a piece's beginning as fits, whole lines where there are any."""
    end = piece.end
    while end > piece.start + 1 and count(text[piece.start : end]) > budget:
        line = text.rfind("\n", piece.start + 1, end)
        end = line if line > piece.start else piece.start + (end - piece.start) * 3 // 4
    return replace(piece, end=end)


def _render(text: str, pieces: Mapping[int, Piece], taken: list[int]) -> str:
    """The chosen pieces with their headings and table headers, each of these once per run."""
    lines: list[str] = []
    above: tuple[str, ...] = ()
    header = ""
    previous = -1
    for index in taken:
        piece = pieces[index]
        if lines and index != previous + 1:
            lines.append(_GAP)
        fresh = [
            h for depth, h in enumerate(piece.headings) if above[: depth + 1] != piece.headings[: depth + 1]
        ]
        lines += fresh
        if piece.header and (fresh or piece.header != header):
            lines += [piece.header, "|" + " --- |" * max(1, piece.header.count("|") - 1)]
        lines.append(text[piece.start : piece.end].strip())
        above, header, previous = piece.headings, piece.header, index
    return "\n".join(lines)


def best_snippet(page: Prepared, query: str, limit: int = 400) -> str:
    """A short stretch of a page that speaks of the query: its opening and its best passage."""
    text, pieces = page.text, page.pieces
    if not pieces:
        return ""
    scores = rank(page, query)
    best = max(range(len(pieces)), key=lambda i: scores[i])
    first, chosen = pieces[0], pieces[best]
    lead = text[first.start : first.end].strip()
    if best == 0 or scores[best] <= 0:
        return lead[:limit]
    heading = chosen.headings[-1].lstrip("# ") + ": " if chosen.headings else ""
    if chosen.header:
        heading += chosen.header.strip("| ") + " / "
    part = heading + text[chosen.start : chosen.end].strip()
    room = max(0, limit - len(part) - 3)
    return f"{lead[:room].rstrip()} … {part}" if room > 60 and len(lead) <= room else part[:limit]
