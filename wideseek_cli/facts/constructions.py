"""The constructions that state a value V of a subject S, on sentences in normal form (see `clauses.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable

from wideseek_cli.facts import forward, inverse
from wideseek_cli.facts.clauses import W
from wideseek_cli.facts.relations import Relation
from wideseek_cli.facts.sides import Sides, any_of

_Test = Callable[[Sides, Relation], bool]


def _done_to(here: Sides, relation: Relation) -> bool:
    """`N founded S in V`."""
    if not (here.dated and relation.verbs):
        return False
    thing = rf"(?:the |a |an |his |her |their )?(?:(?:{W}|N) ){{0,5}}"
    done = rf"(?:^|.* )(?:N|{W}|they|he|she|it|and|,) {any_of(relation.verbs)} {thing}"
    return bool(
        re.fullmatch(r"(?:in|on|since) (?:the )?(?:early |late )?", here.between)
        and re.fullmatch(done, here.before)
    )


_FORWARD: tuple[tuple[str, _Test], ...] = (
    ("verb", forward.verb), ("label", forward.label_is), ("counted", forward.counted), ("is-a", forward.is_a),
    ("thing by", forward.thing_by), ("owned", forward.owned), ("got", forward.got), ("done to", _done_to),
)  # fmt: skip
_REVERSED: tuple[tuple[str, _Test], ...] = (
    ("reverse", inverse.fronted_verb), ("owned", inverse.owned), ("label of", inverse.named_of),
    ("front", inverse.date_first), ("its label", inverse.its_label), ("its wife", inverse.its_wife),
    ("described", inverse.described), ("whom", inverse.whom),
)  # fmt: skip


def construction(here: Sides, relation: Relation) -> str:
    """The name of the construction that states the value; empty where none does."""
    behind_value = here.between if here.reverse else here.after
    if behind_value.startswith("N ") and not (here.dated or relation.adjective):
        return ""  # a part of a longer name
    owned = behind_value.startswith("'s ")
    known = _REVERSED if here.reverse else _FORWARD
    return next((n for n, test in known if (not owned or n == "owned") and test(here, relation)), "")
