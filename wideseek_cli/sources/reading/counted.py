"""A page cut into passages, with the words of each counted: made once a page, asked many times. Pure.

What stands over many passages, a heading or a table's header, is counted once and never copied to them: a
page may put a long one over thousands of rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from wideseek_cli.sources.reading.passages import Piece, cut
from wideseek_cli.sources.reading.terms import STOP_TERMS, terms


@dataclass(frozen=True)
class Head:
    """A heading or a table's header."""

    counts: Counter[str]
    size: int
    label: frozenset[str]  # its words without stop words and those of the page's title


@dataclass(frozen=True)
class Prepared:
    """A text cut into pieces; headings and table headers count as part of the pieces they stand over."""

    text: str
    pieces: tuple[Piece, ...]
    own: tuple[Counter[str], ...]  # each piece's words without what stands over it
    sizes: tuple[int, ...]  # in words, with it
    heads: Mapping[str, Head]
    title: frozenset[str]  # the words of the page's title tell nothing apart and weigh little


def prepare(text: str, title: str = "") -> Prepared:
    """Cut and count."""
    pieces = tuple(cut(text))
    known = frozenset(terms(title))
    texts = dict.fromkeys(head for piece in pieces for head in (piece.header, *piece.headings))
    heads = {head: _head(head, known) for head in texts}
    own = tuple(Counter(terms(text[piece.start : piece.end])) for piece in pieces)
    sizes = tuple(
        bag.total() + sum(heads[head].size * times for head, times in _over(piece))
        for bag, piece in zip(own, pieces, strict=True)
    )
    return Prepared(text, pieces, own, sizes, heads, known)


def count_words(page: Prepared, words: Collection[str]) -> list[dict[str, int]]:
    """How often each piece has each of the words, those it has."""
    heads = {text: _among(words, head.counts) for text, head in page.heads.items()}
    found = []
    for bag, piece in zip(page.own, page.pieces, strict=True):
        counts = _among(words, bag)
        for text, times in _over(piece):
            for word, count in heads[text].items():
                counts[word] = counts.get(word, 0) + count * times
        found.append(counts)
    return found


def _over(piece: Piece) -> Iterable[tuple[str, int]]:
    """What stands over a piece, with what a word of it counts there: the nearest heading double."""
    yield piece.header, 1
    for depth, heading in enumerate(reversed(piece.headings)):
        yield heading, 2 if depth == 0 else 1


def _among(words: Collection[str], counts: Counter[str]) -> dict[str, int]:
    return {word: counts[word] for word in words if word in counts}


def _head(text: str, title: frozenset[str]) -> Head:
    counts = Counter(terms(text))
    return Head(counts, counts.total(), frozenset(counts) - STOP_TERMS - title)
