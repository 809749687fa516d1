"""Words that keep a clause from stating what stands in it: over, denied, planned, partial, only said."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from wideseek_cli.facts.relations import Relation
from wideseek_cli.facts.sides import Sides, any_of
from wideseek_cli.settings.tomlfile import parse_toml
from wideseek_cli.table.model import Doubt, Reason

_END = re.compile(r"[;:]|, (?!until)| (?:but|while|whereas|although|who|which|that|and) ")
_START = re.compile(r"[;:–]|, (?:and|but|while) ")
_OVER = re.compile(r"\b(?:was|were|(?<!has )(?<!have )had)\b")
_OF_THE_PRESENT = frozenset({Doubt.PAST, Doubt.PARTIAL, Doubt.COMPARED})
_ROUGH = re.compile(
    r"\b(?:about|around|approximately|approx|nearly|almost|over|more than|up to|at least|at most|less than"
    r"|fewer than|under|roughly|some|estimated|circa|c\.|between|several)\W+(?:\w+\W+){0,1}$",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def _hedges() -> tuple[tuple[Doubt, re.Pattern[str]], ...]:
    file = files("wideseek_cli.facts").joinpath("hedges.toml")
    known = parse_toml(file.read_text(encoding="utf-8"), Path(str(file)))
    return tuple(
        (Doubt(name), re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE))
        for name, words in known.items()
    )


def doubts(here: Sides, relation: Relation, *, of_the_year: bool = False) -> list[Reason]:
    """Why the clause around a subject and a value does not state it, though it has the construction.

    Where the field asks for what is itself of the past (a birth), words for what is over do not matter.
    """
    tail = re.split(_END, f" {here.after}")[0]
    lead = re.split(_START, here.before)[-1]
    said = f"{lead}{here.between}{tail}"
    found = []
    for doubt, words in _hedges():
        if doubt in _OF_THE_PRESENT and relation.past:
            continue
        match = words.search(f"{lead}{here.between}" if doubt is Doubt.PARTIAL else said)
        if match and not _is_of_the_field(match.group().lower(), relation):
            found.append(Reason(doubt, match.group()))
    over = _OVER.search(here.between)
    lasts = relation.past or relation.adjective or of_the_year
    if over and not lasts and not re.search(rf"\b{any_of(relation.events)}\b", here.between):
        found.append(Reason(Doubt.PAST, over.group()))
    if here.dated and (match := _ROUGH.search(here.before if here.reverse else here.between)):
        found.append(Reason(Doubt.ROUGH, match.group().strip()))
    return found


def _is_of_the_field(word: str, relation: Relation) -> bool:
    """Whether a word for a doubt says the field itself (`part of`), or of what one was, not where from."""
    if any(word.startswith(cue) for cue in relation.cues):
        return True
    return relation.adjective and word in ("former", "retired", "late")
