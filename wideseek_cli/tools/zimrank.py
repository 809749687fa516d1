"""Ordering what a ZIM's two indexes return, and choosing what to ask them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from wideseek_cli.tools.words import STOP_TERMS, fold, terms

_MAX_PHRASES = 12
_LONGEST_PHRASE = 5
BEGINNING = 2  # letters that a misspelled name has in common with the right one
_NEARLY = 0.66  # of two names' letters stand in both in the same order
_NEARER = 0.85
_LONGEST_NAME = 80


def keep_words(words: list[str], matches: Callable[[list[str]], int]) -> list[str]:
    """All words when some page holds them all; else, rarest first, those that leave a page."""
    if matches(words) > 0:
        return words
    counts = {word: matches([word]) for word in words}
    kept: list[str] = []
    for word in sorted((w for w in words if counts[w]), key=lambda w: counts[w]):
        if matches([*kept, word]) > 0:
            kept.append(word)
    return kept


def title_phrases(query: str, words: list[str]) -> list[str]:
    """What to ask the title index: the whole query, then runs of its words, long ones first."""
    raw = query.replace("?", " ").replace('"', " ").split()[:24]
    kept = set(words)
    phrases = [" ".join(words)]
    for length in range(min(_LONGEST_PHRASE, len(raw)), 0, -1):
        for start in range(len(raw) - length + 1):
            run = raw[start : start + length]
            if run[0].strip(".,:;'’s") in kept or run[0] in kept:
                phrases.append(" ".join(run).strip(".,:;"))
    ordered = list(dict.fromkeys([*phrases, *words]))
    return ordered[: _MAX_PHRASES - 4] + [p for p in ordered[_MAX_PHRASES - 4 :] if " " not in p][:6]


def names_any(words: Sequence[str], titles: Iterable[str]) -> bool:
    """Whether the query speaks of any of these titles."""
    asked = [term for word in words for term in terms(word)]
    return any(_title_score(asked, title) > 0 for title in titles)


def spelled_alike(
    said: Sequence[str], known: Container[str], titles: Mapping[str, Sequence[str]]
) -> list[str]:
    """The paths of titles that are nearly one of the words said, or all; the nearest first. A word that is
    `known` from some page may be right as it is (Holland, not Poland): a title must come nearer to it."""
    names = [(fold(text)[:_LONGEST_NAME], _NEARER if text in known else _NEARLY) for text in said]

    def nearness(title: str) -> float:
        plain = fold(title)[:_LONGEST_NAME]
        ratios = ((SequenceMatcher(None, plain, name).ratio(), least) for name, least in names)
        return max((ratio for ratio, least in ratios if ratio >= least), default=0.0)

    near = {path: max(map(nearness, found)) for path, found in titles.items()}
    return sorted((path for path in near if near[path]), key=lambda path: -near[path])


def rank(words: list[str], found: Mapping[str, Sequence[str]], full_text: Container[str]) -> list[str]:
    """Paths of pages; those with a title, or a redirect's, that the query speaks of first, the fuller the
    better; then those that hold its words."""
    asked = [t for word in words for t in terms(word)]

    def score(path: str) -> float:
        return max(_title_score(asked, name) for name in found[path]) + (0.6 if path in full_text else 0.0)

    return sorted(found, key=score, reverse=True)


def _title_score(asked: list[str], title: str) -> float:
    """Number of title words the query holds when it holds them all; less than one when it holds some."""
    wanted = [t for t in terms(title) if t not in STOP_TERMS] or terms(title)
    if not wanted:
        return 0.0
    met = sum(max((_alike(word, other) for other in asked), default=0.0) for word in wanted)
    share = met / len(wanted)
    return met if share > 0.85 else share * 0.5 if share >= 0.5 else 0.0


def _alike(word: str, other: str) -> float:
    """1 for the same word; a little less for a form of it (America, American; Europe, European)."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    return 0.9 if len(short) >= 4 and long in (short + "n", short + "an") else 0.0
