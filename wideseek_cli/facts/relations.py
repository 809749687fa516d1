"""The relations of `relations.toml`, found by a column's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.table.fieldwords import GROUPS, stems
from wideseek_cli.tomlfile import parse_toml


@dataclass(frozen=True)
class Relation:
    """How a field is said: `cues` before a value, `nouns` for it, `reverse` verbs behind it."""

    cues: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    things: tuple[str, ...] = ()  # what the row is, in `V's novel S`, `a novel by V`
    by: bool = False  # the value stands behind `by`
    place: bool = False  # the value is where; the first name behind the verb is it
    adjective: bool = False  # `a French film`
    bracket: bool = False  # alone in brackets behind the name
    life: int = -1  # its place in `(1810 – 1849)`
    kin: bool = False
    past: bool = False  # what is asked is itself of the past: words for what is over do not matter


@lru_cache(maxsize=1)
def _all() -> tuple[tuple[tuple[str, ...], Relation], ...]:
    file = files("wideseek_cli.facts").joinpath("relations.toml")
    text = file.read_text(encoding="utf-8")
    found = []
    for plain in parse_toml(text, Path(str(file)))["relation"]:
        relation = Relation(
            cues=tuple(plain.get("verbs", ())),
            reverse=tuple(plain.get("reverse", ())),
            things=tuple(plain.get("nouns", ())) if plain.get("owns") or plain.get("by") else (),
            nouns=() if plain.get("owns") or plain.get("by") else tuple(plain.get("nouns", ())),
            **{
                name: plain[name]
                for name in ("by", "place", "adjective", "bracket", "life", "kin", "past")
                if name in plain
            },
        )
        found.append((tuple(plain["columns"]), relation))
    return tuple(found)


@lru_cache(maxsize=2_000)
def relation_of(column: str) -> Relation:
    """What is known of a column's field; of an unknown one, its own name as the noun."""
    bare = re.sub(r"(?<!\s)\s*[(\[].{0,300}?[)\]]", "", column).casefold().strip()
    nouns = {bare, *(" ".join(p) for g in GROUPS if stems(bare) in g.phrases for p in g.phrases)}
    known = next((r for names, r in _all() if bare in names), None)
    known = known or next((r for names, r in _all() if match(names[0], bare) is Match.IDENTICAL), None)
    if known is None:
        return Relation(nouns=tuple(sorted(nouns)))
    return Relation(
        known.cues, (*known.nouns, *sorted(nouns)), known.reverse, known.things,
        known.by, known.place, known.adjective, known.bracket, known.life, known.kin, known.past,
    )  # fmt: skip
