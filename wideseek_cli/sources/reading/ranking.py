"""The passages of a page that speak of a need, within a token budget. Pure."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from wideseek_cli.core.findings import Passage
from wideseek_cli.sources.reading.counted import Prepared, count_words
from wideseek_cli.sources.reading.passages import Piece
from wideseek_cli.sources.reading.terms import STOP_TERMS, guess_tokens, query_terms, terms

_K1, _B = 1.2, 0.6
_WEAK = 0.15  # of the best passage's worth: what is worth less only takes room
_FADE = 0.6  # what a word of the need still counts after a passage has spoken of it
_KNOWN = 0.15  # what a word of the page's title counts
_MOST_CHARS_A_TOKEN = 8  # a text with more characters than this a token is over the budget without counting
_SMALLEST = 8  # tokens; less room than this is not worth filling
_COVERED = 0.4  # of a part's words, by weight: a passage that has fewer does not speak of the part
_NAMED = 2.0  # what a heading or label of just a part's words adds to its passage, by the words' weight
_NEARLY = 1.0  # of one word more
_PARTS = re.compile(r"\s*(?:,(?!\d)|[;，、；])\s*|\s+and\s+|以及")
_MOST_PARTS = 12
_MOST_WEIGHED = 3_000  # passages that are weighed anew after each that is taken: the best by then
_STRETCH = re.compile(r"[^\n]+?(?:[.!?;](?=\s)|[。！？；]|(?=\n)|\Z)")  # a line, or a sentence of one
_NUMERIC = re.compile(r"[\d.,]+")
_GAP = "[…]"


def rank(page: Prepared, need: str) -> list[float]:
    """How much each piece speaks of the need."""
    return [sum(shares.values()) for shares in _weighed(page, need)[1]]


def _weighed(page: Prepared, need: str) -> tuple[dict[str, float], list[dict[str, float]]]:
    """What each word of the need tells, and the BM25 of each piece over this page, by these words."""
    words = query_terms(need)
    counts = count_words(page, words)
    weights = _weights(page, words, counts)
    mean = sum(page.sizes) / max(1, len(page.sizes)) or 1.0
    shares = [
        _piece_shares(page, piece, found, weights, size / mean)
        for found, piece, size in zip(counts, page.pieces, page.sizes, strict=True)
    ]
    return weights, shares


def _weights(page: Prepared, words: Sequence[str], counts: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """What each word of the need tells, by how rare it is on the page."""
    weights = {}
    for word in words:
        met = sum(word in found for found in counts)
        rarity = math.log(1 + (len(counts) - met + 0.5) / (met + 0.5))
        weights[word] = rarity * (_KNOWN if word in page.title else 1.0)
    return weights


def _piece_shares(
    page: Prepared, piece: Piece, counts: Mapping[str, int], weights: dict[str, float], length: float
) -> dict[str, float]:
    norm = _K1 * (1 - _B + _B * length)
    met = {word: weight for word, weight in weights.items() if word in counts}
    shares = {word: weight * counts[word] * (_K1 + 1) / (counts[word] + norm) for word, weight in met.items()}
    if met and piece.headings:
        # the nearest heading that is all about the need ("Capital") outweighs a mention in passing
        own = page.heads[piece.headings[-1]].counts
        named = [word for word in met if word in own]
        for word in named:
            shares[word] += met[word] * len(named) / len(own)
    return shares


def speaks_of(page: Prepared, need: str) -> bool:
    """Whether any passage has a word of the need that tells it from the others."""
    return any(_weighed(page, need)[1])


def choose(
    page: Prepared, need: str, budget: int, count: Callable[[str], int] = guess_tokens
) -> tuple[str, tuple[Passage, ...]]:
    """What fits the budget: (rendered text, passages), best passages taken first, shown in page order.

    A need in several parts (`capital, area and population`) gets the best passage of each part first. After
    that each passage taken makes its words count less for the next.
    """
    text = page.text
    choice = _Choice(page, budget, count)
    if len(text) < budget * _MOST_CHARS_A_TOKEN and count(text) <= budget:
        choice.taken = dict(enumerate(page.pieces))
        return choice.result()
    weights, weighed = _weighed(page, need)
    shares = {index: words for index, words in enumerate(weighed) if words}
    if not shares:
        for index in range(len(page.pieces)):  # nothing speaks of it: the page's beginning
            choice.take(index)
        return choice.result()
    fresh = dict.fromkeys({word for words in shares.values() for word in words}, 1.0)
    best = max(sum(words.values()) for words in shares.values())
    for index in _take_parts(choice, need, shares, weights):
        fresh.update((word, fresh[word] * _FADE) for word in shares.pop(index, {}))
    _take_rest(choice, shares, fresh, best * _WEAK)
    return choice.result()


def _take_rest(
    choice: _Choice, shares: Mapping[int, dict[str, float]], fresh: dict[str, float], least: float
) -> None:
    """Take what is worth most, until the room is full or nothing is worth enough."""

    def worth(index: int) -> float:
        return sum(share * fresh[word] for word, share in shares[index].items())

    order = heapq.nsmallest(_MOST_WEIGHED, shares, key=lambda i: (-worth(i), i))
    while order and choice.left >= _SMALLEST:
        index = order.pop(0)
        if worth(index) < least:
            break
        if choice.take(index):
            fresh.update((word, fresh[word] * _FADE) for word in shares[index])
            order.sort(key=lambda i: (-worth(i), i))


def _take_parts(
    choice: _Choice, need: str, shares: Mapping[int, dict[str, float]], weights: dict[str, float]
) -> list[int]:
    """Take the best passage of every part of the need; where they do not all fit, its best lines."""
    parts = dict.fromkeys(part.strip() for part in _PARTS.split(need))
    # the need as a whole has lost its stop words, a part that is a mere `over` has not
    told = [frozenset(weights.keys() & query_terms(part)) - choice.page.title for part in parts]
    told = [words for words in told if words][:_MOST_PARTS]
    if len(told) < 2:
        return []
    wanted: dict[int, set[str]] = {}
    for words in told:
        index = _best_of(choice.page, words, shares, weights)
        if index is not None:
            wanted.setdefault(index, set()).update(words)
    for number, (index, asked) in enumerate(wanted.items()):
        room = choice.left // (len(wanted) - number)
        if not choice.take(index, room):
            choice.take_stretch(index, asked, room)
    return list(choice.taken)


def _best_of(
    page: Prepared, words: frozenset[str], shares: Mapping[int, dict[str, float]], weights: dict[str, float]
) -> int | None:
    """The passage that speaks most of one part, if any has enough of its words."""
    whole = sum(weights[word] for word in words)
    best, most = None, 0.0
    for index, share in shares.items():
        met = words & share.keys()
        worth = sum(share[word] for word in met)
        if met and sum(weights[word] for word in met) >= _COVERED * whole:
            worth += whole * _labelled(page, page.pieces[index], words)
            best, most = (index, worth) if worth > most else (best, most)
    return best if best is None else _first_like(page, best, words)


def _first_like(page: Prepared, index: int, words: Set[str]) -> int:
    """The first passage of the same section with as many of the words of its own: a value stands first there,
    and only its length put a later one before it."""

    def own(at: int) -> int:
        piece = page.pieces[at]
        return len(words & set(terms(page.text[piece.start : piece.end])))

    first, most = index, own(index)
    while first and page.pieces[first - 1].headings == page.pieces[index].headings and own(first - 1) >= most:
        first -= 1
    return first


def _labelled(page: Prepared, piece: Piece, words: frozenset[str]) -> float:
    """How plainly the passage is headed by these words, or one of its lines begins with them."""
    lines = page.text[piece.start : piece.end].split("\n")
    labels = [page.heads[heading].label for heading in piece.headings[-1:]]
    labels += [frozenset(terms(line.partition(":")[0])) - STOP_TERMS - page.title for line in lines]
    if words - STOP_TERMS in labels:
        return _NAMED
    nearly = len(words) + 1
    return _NEARLY if any(len(label) == nearly and words < label for label in labels) else 0.0


@dataclass
class _Choice:
    """The pieces taken so far, and the room that is left."""

    page: Prepared
    left: int
    count: Callable[[str], int]
    taken: dict[int, Piece] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)  # headings and table headers

    def take_stretch(self, index: int, words: Set[str], room: int) -> None:
        """Take the line or sentence of a piece that speaks most of the need, whole, and what fits in `room`
        after it."""
        piece, text = self.page.pieces[index], self.page.text
        extras = self._extras(piece)
        stretches = list(_STRETCH.finditer(text, piece.start, piece.end))
        best = max(stretches, key=lambda found: len(words & set(terms(found[0]))), default=None)
        if best is None:
            return
        start = best.end() - len(best[0].lstrip())
        part = _clipped(text, replace(piece, start=start), room - self._cost(extras), self.count)
        if part.end < best.end():
            part = replace(part, end=best.end())
        cost = self._cost([*extras, text[part.start : part.end]])
        if cost <= self.left:
            self.left -= cost
            self.shown.update(extras)
            self.taken[index] = part

    def _cost(self, lines: Sequence[str]) -> int:
        return self.count("\n".join([*lines, _GAP]))

    def _extras(self, piece: Piece) -> list[str]:
        """What would be shown with the piece and is not yet: its headings, the header of its table."""
        return [part for part in (*piece.headings, piece.header) if part and part not in self.shown]

    def take(self, index: int, room: int | None = None) -> bool:
        """Take a piece when it fits, in `room` if that is given; else the very first is cut to fit."""
        piece, text = self.page.pieces[index], self.page.text
        extras, most = self._extras(piece), self.left * _MOST_CHARS_A_TOKEN
        if self.taken and piece.end - piece.start + sum(map(len, extras)) > most:
            return False
        if sum(map(len, extras)) > most:
            piece, extras = replace(piece, headings=(), header=""), []
        cost = self._cost([*extras, text[piece.start : piece.end]])
        if room is not None and cost > room:
            return False
        if cost > self.left and not self.taken:
            piece = _clipped(text, piece, self.left - self._cost(extras), self.count)
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
        return _render(self.page, self.taken, places), passages


def _clipped(text: str, piece: Piece, budget: int, count: Callable[[str], int]) -> Piece:
    """As much of a piece's beginning as fits: whole lines where there are any, else whole words."""
    end = piece.end
    while end > piece.start + 1 and count(text[piece.start : end]) > budget:
        line = text.rfind("\n", piece.start + 1, end)
        end = line if line > piece.start else piece.start + (end - piece.start) * 3 // 4
    if end < piece.end and not text[end].isspace():
        blank = max(text.rfind(" ", piece.start + 1, end), text.rfind("\n", piece.start + 1, end))
        end = blank if blank > piece.start else end
        while end > piece.start + 1 and _NUMERIC.fullmatch(text, end - 1, end + 1):
            end -= 1  # half a number is another number
    return replace(piece, end=end)


def _render(page: Prepared, pieces: Mapping[int, Piece], taken: list[int]) -> str:
    """The chosen pieces with their headings and table headers, each of these once per run."""
    lines: list[str] = []
    above: tuple[str, ...] = ()
    header = ""
    previous, ended = -1, 0
    for index in taken:
        piece, whole = pieces[index], page.pieces[index]
        if lines and (
            index != previous + 1 or piece.start > whole.start or ended < page.pieces[previous].end
        ):
            lines.append(_GAP)
        fresh = [
            h for depth, h in enumerate(piece.headings) if above[: depth + 1] != piece.headings[: depth + 1]
        ]
        lines += fresh
        if piece.header and (fresh or piece.header != header):
            lines += [piece.header, "|" + " --- |" * max(1, piece.header.count("|") - 1)]
        lines.append(page.text[piece.start : piece.end].strip())
        above, header, previous, ended = piece.headings, piece.header, index, piece.end
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
