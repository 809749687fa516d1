"""Ordering what a ZIM's two indexes return, and choosing what to ask them. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from difflib import SequenceMatcher

from wideseek_cli.sources.reading.counted import Prepared
from wideseek_cli.sources.reading.terms import STOP_TERMS, fold, terms

_MAX_PHRASES = 12
_LONGEST_PHRASE = 5
BEGINNING = 2  # letters that a misspelled name has in common with the right one
_NEARLY = 0.66  # of two names' letters stand in both in the same order
_NEARER = 0.85
_LONGEST_NAME = 80
# What a page's headings and labels, and its text, weigh beside a word of its title.
_MARKED, _SPOKEN = 3.0, 1.0


def keep_words(
    words: list[str], counts: Mapping[str, int], matches: Callable[[list[str]], int], least: int = 1
) -> list[str]:
    """All words when `least` pages hold them all; else, rarest first, those that leave as many."""
    if matches(words) >= least:
        return words
    kept: list[str] = []
    for word in sorted((w for w in words if counts[w] >= least), key=lambda w: counts[w]):
        if matches([*kept, word]) >= least:
            kept.append(word)
    return kept


def weights(counts: Mapping[str, int], pages: int) -> dict[str, float]:
    """What each word tells, by how few pages hold it; 1 on average."""
    rarity = {
        word: math.log(1 + (pages - count + 0.5) / (count + 0.5)) for word, count in counts.items() if count
    }
    mean = sum(rarity.values()) / max(len(rarity), 1) or 1.0
    told: dict[str, float] = {}
    for word, value in rarity.items():
        for term in terms(word):
            told[term] = max(told.get(term, 0.0), value / mean)
    return told


def nearness(told: Mapping[str, float], names: Sequence[str], page: Prepared) -> float:
    """How much of what was asked a page has in its titles, in its headings and labels, and in its text."""
    whole = sum(told.values()) or 1.0
    titles = max(_title_score(list(told), name) for name in names)
    marked = {term for head in page.heads.values() for term in head.counts} | page.title
    spoken = {term for bag in page.own for term in bag} | marked
    share_marked = sum(weight for term, weight in told.items() if _forms(term) & marked) / whole
    share_spoken = sum(weight for term, weight in told.items() if _forms(term) & spoken) / whole
    return titles + _MARKED * share_marked + _SPOKEN * share_spoken


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


def _forms(term: str) -> set[str]:
    """A word and those that `_alike` takes for forms of it."""
    shorter = {term.removesuffix("n"), term.removesuffix("an")}
    return {term, f"{term}n", f"{term}an"} | {s for s in shorter if len(s) >= 4} if len(term) >= 4 else {term}


def _alike(word: str, other: str) -> float:
    """1 for the same word; a little less for a form of it (America, American; Europe, European)."""
    if word == other:
        return 1.0
    short, long = sorted((word, other), key=len)
    return 0.9 if len(short) >= 4 and long in (short + "n", short + "an") else 0.0
