"""The relations of `relations.toml`, found by a column's name, and the kinds of things of `kinds.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from wideseek_cli.facts.labels import Match, match, spellings
from wideseek_cli.settings.data import packaged
from wideseek_cli.values.words import stem, stems


@lru_cache(maxsize=8)
def lines(name: str) -> tuple[str, ...]:
    """The lines of a list."""
    return tuple(packaged("facts", "kinds.toml")[name].strip().split("\n"))


@lru_cache(maxsize=8)
def kinds(name: str) -> frozenset[str]:
    """The words of a list."""
    return frozenset(word for line in lines(name) for word in line.split())


@lru_cache(maxsize=1)
def _groups() -> dict[str, int]:
    return {stem(word): at for at, line in enumerate(lines("distinct")) for word in line.split()}


def kinds_in(text: str) -> frozenset[int]:
    """The kinds of things that a text names, of those that are told apart."""
    known = _groups()
    return frozenset(known[word] for word in stems(text) if word in known)


def told_apart(one: str, other: str) -> bool:
    """Whether two words are kinds that are told apart: `village` and `county`."""
    first, second = kinds_in(one), kinds_in(other)
    return bool(first and second) and first.isdisjoint(second)


@lru_cache(maxsize=1)
def demonyms() -> dict[str, tuple[str, ...]]:
    """What is said of things and people of a country: `Belgian` of `Belgium`."""
    pairs = (line.partition(": ") for line in lines("demonyms"))
    return {country: tuple(said.split(", ")) for country, _, said in pairs}


@lru_cache(maxsize=1)
def nations() -> dict[str, str]:
    """The country of each such word: `belgium` of `belgian`."""
    return {one.casefold(): country for country, said in demonyms().items() for one in said}


_LISTS = ("inverse", "objects", "measures", "suffixes", "parts", "events", "dated_things")
_FLAGS = ("far", "place", "adjective", "kind", "bracket", "life", "kin", "past", "when")


@dataclass(frozen=True)
class Relation:
    """How a field is said: `cues` before a value, `nouns` for it, `reverse` verbs behind it."""

    cues: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()  # those of the cues that are participles: `was founded`
    active: tuple[str, ...] = ()  # those of the cues that need no `is` before them
    roles: tuple[str, ...] = ()  # those of the active ones that need a word of `after`: `taught at V`
    nouns: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    things: tuple[str, ...] = ()  # what the row is, in `V's novel S`, `a novel by V`
    dated_things: tuple[str, ...] = ()  # what the row is, in `a 1994 film`
    inverse: tuple[str, ...] = ()  # what the row is to the value: `V's daughter S`
    objects: tuple[str, ...] = ()  # what the row has from the value: `a degree from V`
    suffixes: tuple[str, ...] = ()  # words that may end the value's name: `Atlantic Records`
    measures: tuple[str, ...] = ()  # `V high`, `the tallest`
    parts: tuple[str, ...] = ()  # what speaks for the row where its page names none: `Courses are held in V`
    events: tuple[str, ...] = ()  # participles of what lasts though it `was` done: `was bought by V`
    after: tuple[str, ...] = ()  # the value stands behind one of these words: `by`
    far: bool = False  # other words may stand between the verb and the value: `graduated in law from V`
    place: bool = False  # the value is where; the first name behind the verb is it
    adjective: bool = False  # `a French film`
    kind: bool = False  # what the row is: `S is a V`
    bracket: bool = False  # alone in brackets behind the name
    life: int = -1  # its place in `(1810 – 1849)`
    kin: bool = False
    past: bool = False  # what is asked is itself of the past: words for what is over do not matter
    when: bool = False  # a date is asked


@lru_cache(maxsize=1)
def _all() -> tuple[tuple[tuple[str, ...], Relation], ...]:
    known = packaged("facts", "relations.toml")
    doers = [*_doers(known["made"], past=True), *_doers(known["kept"], past=False)]
    return tuple((tuple(plain["columns"]), _relation(plain)) for plain in [*known["relation"], *doers])


@lru_cache(maxsize=1)
def past_verbs() -> frozenset[str]:
    """The verbs that fields are said by, where they are in the past: `taught`."""
    said = (cue for _, known in _all() for cue in (*known.verbs, *known.active, *known.reverse))
    return frozenset(cue for cue in said if " " not in cue and not cue.endswith(("s", "ing")))


def _doers(lines: str, *, past: bool) -> Iterator[dict[str, Any]]:
    """Fields for who did it: `curator, curated by: curated`."""
    for line in lines.strip().split("\n"):
        columns, _, verbs = line.partition(": ")
        names, done = columns.split(", "), verbs.split(", ")
        yield {"columns": names, "verbs": done, "by": True, "past": past,
               "reverse": [*done, *(said for verb in done for said in _presents(verb))]}  # fmt: skip


def _presents(participle: str) -> Iterator[str]:
    """`edits` of `edited`, `curates` of `curated`: both ways to take the ending off are tried."""
    if participle.endswith("ed"):
        yield from (f"{participle[:-2]}s", f"{participle[:-1]}s")
    elif participle in _PRESENT:
        yield _PRESENT[participle]


_PRESENT = {"run": "runs", "led": "leads", "built": "builds", "written": "wrote", "drawn": "drew"}


def _relation(plain: dict[str, Any]) -> Relation:
    roles, nouns = tuple(plain.get("roles", ())), tuple(plain.get("nouns", ()))
    active = (*plain.get("active", ()), *roles)
    active = (*active, *_gerunds(active))
    things = nouns if plain.get("owns") else ()
    more: dict[str, Any] = {name: plain[name] for name in _FLAGS if name in plain}
    more |= {name: tuple(plain[name]) for name in _LISTS if name in plain}
    return Relation(
        cues=(*plain.get("verbs", ()), *active),
        verbs=tuple(plain.get("verbs", ())),
        active=active,
        roles=roles,
        nouns=tuple(plain.get("labels", ())) if things else nouns,
        reverse=(*plain.get("reverse", ()), *_gerunds(plain.get("reverse", ()))),
        things=things,
        after=("by",) if plain.get("by") else tuple(plain.get("after", ())),
        **more,
    )


_GERUNDS = {"won": "winning", "wrote": "writing", "made": "making", "bought": "buying", "held": "holding"}


def _gerunds(cues: Iterable[str]) -> Iterator[str]:
    """`attending` of `attended`, `flowing into` of `flows into`."""
    for cue in cues:
        verb, blank, rest = cue.partition(" ")
        if rest not in ("of", "by") and (found := _GERUNDS.get(verb) or _gerund(verb)):
            yield f"{found}{blank}{rest}"


def _gerund(verb: str) -> str:
    if re.fullmatch(r"[^aeiou]*[aeiou][bdgmnprt]s", verb):  # `runs`
        return f"{verb[:-1]}{verb[-2]}ing"
    bare = re.fullmatch(r"(\w{2,}?)(?:e?d|es?|s)", verb)
    if bare is None or not re.search(r"(?:ed|[^s]s)$", verb) or len(verb) < 5:
        return ""
    return f"{bare[1][:-1]}ying" if re.search("ie[ds]$", verb) else f"{bare[1]}ing"


_ASIDE = re.compile(r"(?<!\s)\s*[(\[].{0,300}?[)\]]")


@lru_cache(maxsize=2_000)
def relation_of(column: str) -> Relation:
    """What is known of a column's field; of an unknown one, its own name as the noun."""
    bare = _ASIDE.sub("", column).casefold().strip()
    named = {bare, *(" ".join(phrase) for phrase in spellings(stems(bare)))}
    named |= {name[:-1] for name in named if name.endswith("s") and not name.endswith("ss")}
    named |= {re.sub(r"^(?:number|size) of (?:the )?|(?<=\w) (?:size|count)$", "", name) for name in named}
    known = next((r for names, r in _all() if bare in names), None)
    known = known or next((r for names, r in _all() if match(names[0], bare) is Match.IDENTICAL), None)
    known = known or _by_own_words(bare)
    named -= {*known.cues, *(name for name in named if name.rpartition(" ")[0] in known.cues)}
    return replace(known, nouns=tuple(sorted({*known.nouns, *filter(None, named), *_in_two(bare)})))


_PARTICIPLE = re.compile(
    r"(?P<verb>(?:first |last |originally )?(?:[a-z]{3,}ed|built|begun|held|won|shot|sunk|laid|made|sold"
    r"|run|set|kept|led|taught|spoken|written|grown|drawn|known|taken|given|sung|found))"
    r"(?: (?P<link>[a-z]{2,5}))?"
)


def _by_own_words(column: str) -> Relation:
    """An unknown column is said by its own words: `was completed`, `S borders V`."""
    if found := _PARTICIPLE.fullmatch(column):
        verb, by = found["verb"], found["link"] == "by"
        cue = verb if by else column
        return Relation(cues=(cue,), verbs=(cue,), past=True, when=not by, after=("by",) if by else ())
    if re.fullmatch(r"[a-z]{3,}", column):
        said = (column if column.endswith("s") else f"{column}s",)
        return Relation(cues=said, active=said)
    return Relation()


def _in_two(column: str) -> Iterator[str]:
    """Other forms of a label of two words: `committee chair` is `chair of the committee`."""
    first, blank, second = column.partition(" ")
    if blank and " " not in second and min(len(first), len(second)) > 3:
        yield from (f"{first} 's {second}", f"{first} , whose {second}", f"{second} of the {first}")
        yield f"{first} has a {second}"
    if blank and re.fullmatch(r"\w+(?:ed|en)|sold|built|made|won|lost|born|spent|run|held", second):
        yield first  # `copies sold`: S sold V copies


@lru_cache(maxsize=500)
def measured_by(said: str) -> str:
    """The column of a measure that words say, `rising`, `in height`; nothing where several may be."""
    found = [
        (not relation.measures, columns[0])
        for columns, relation in _all()
        if any(_says(cue, said) for cue in (*relation.active, *relation.measures))
    ]
    least = min((rank for rank, _ in found), default=True)
    named = {column for rank, column in found if rank is least}
    return named.pop() if len(named) == 1 else ""


def _says(cue: str, said: str) -> bool:
    bare = cue.removesuffix(" to").removesuffix(" at")
    return bare == said or (" " not in said and stem(bare) == stem(said))
