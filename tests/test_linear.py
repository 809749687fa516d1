"""No function that takes text takes more than in proportion to its length.

Every public function of the rooms below that can be called with one text is found by looking, so that a new
one is tested without being named. Each gets strings that repeat a short piece n, 2n and 4n times.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import Any, get_type_hints

import pytest

import wideseek_cli

ROOMS = (
    *("values", "pages", "facts", "table", "export", "sources", "agents"),
    *("core.text", "settings.convert", "engine.remote.refusals"),
)
# A piece of a repeated text each; ¦ is between them.
_WRITTEN = (
    "\\¦a¦A¦1¦ ¦\n¦\t¦|¦-¦.¦,¦(¦)¦[¦]¦{¦}¦<¦>¦*¦_¦`¦~¦#¦:¦;¦'¦\"¦=¦&¦%¦+¦/¦^¦$¦€¦é¦年¦\u200b¦́¦\x00¦–¦"
    "…¦“¦中¦ß¦İ¦\r\n¦\n\n¦\n \n¦ \n¦, ¦113-¦1.000.¦1,000,¦1 000 ¦12/¦3/4/¦2001-¦1-2-¦19¦1990¦1990s ¦"
    "May ¦May 3, ¦3 May ¦of ¦the ¦and ¦and the ¦in 1999 ¦A. ¦St. ¦Mr. ¦| a ¦|--¦| - ¦||¦|\n¦"
    "| a | b |\n¦|---|---|\n¦a | b\n¦- a\n¦1. a\n¦* ¦** ¦**a**¦__¦_a_¦`a`¦```\n¦~~~¦# a\n¦## ¦> ¦>> ¦"
    "\\|¦\\\\¦[a](b)¦[a](¦![¦[1]¦[note ¦[a¦](¦(a)¦((¦(a¦a)¦<b>¦</b>¦<br>¦<sup>¦<p¦<!--¦-->¦&amp;¦&#¦"
    '&#x¦<think>¦</think>¦<tool_call>¦```json¦{"a":¦"a",¦[[¦{}¦{"¦\\"¦a:¦a: b\n¦a:\n¦Name: ¦'
    "Founded: 1999\n¦a=b&¦?a=b¦http://¦http://a.b/¦a.b.¦a/¦../¦//¦www.¦@¦a@b.¦%41¦://¦\\boxed{¦\\n¦"
    "a b ¦a-b-¦a's ¦Aa¦AaBb¦A B ¦aA¦a1¦1a¦1 a ¦$1 ¦1%¦-1¦+-¦1e¦1e9¦0x¦½¦²¦10^¦km² ¦1 km ¦million ¦"
    "1.5 million ¦c. ¦said ¦was founded in ¦not ¦is the ¦born ¦, a ¦; ¦ - ¦ – ¦o'¦''"
)
PIECES = _WRITTEN.split("¦")
COUNT = 600  # repetitions, the first time
FLOOR = 0.02  # seconds; what is quicker than this is quick enough to be noise
GROWTH = 7.0  # of the time for four times the text; a square makes it 16
LIMIT = 1.0  # seconds that the longest may take whatever it grew from

# (module, function) that take a text and are not meant for outside text of any length
SKIPPED = {
    ("wideseek_cli.sources.offline.task", "try_to_open"),
}


def _modules() -> Iterator[str]:
    for info in pkgutil.walk_packages(wideseek_cli.__path__, "wideseek_cli."):
        if info.name.removeprefix("wideseek_cli.").startswith(ROOMS) and not info.ispkg:
            yield info.name


def _takes_one_text(function: Callable[..., Any]) -> bool:
    try:
        hints, parameters = get_type_hints(function), inspect.signature(function).parameters
    except (NameError, ValueError, TypeError):
        return False
    needed = [p for p in parameters.values() if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return (
        len(needed) == 1
        and needed[0].kind in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        and hints.get(needed[0].name) is str
    )


@cache
def functions() -> tuple[tuple[str, str], ...]:
    """All of them, by module and name. Functions that read or write files take names, not texts."""
    found = []
    for name in _modules():
        module = importlib.import_module(name)
        for attribute, function in vars(module).items():
            plain = inspect.isfunction(function) and function.__module__ == name
            public = not attribute.startswith("_") and (name, attribute) not in SKIPPED
            if plain and public and not inspect.iscoroutinefunction(function) and _takes_one_text(function):
                found.append((name, attribute))
    return tuple(found)


def _seconds(function: Callable[[str], Any], text: str) -> float:
    began = time.process_time()
    with suppress(Exception):  # what it says of such a text is tested elsewhere
        made = function(text)
        if isinstance(made, Iterator):
            for _ in made:
                pass
    return time.process_time() - began


def superlinear(function: Callable[[str], Any], piece: str) -> str:
    """How the time grows with the text, where that is faster than the text does; "" otherwise."""
    count = max(1, COUNT * 4 // (3 + len(piece)))
    if _seconds(function, piece * (4 * count)) < FLOOR:
        return ""
    times = [min(_seconds(function, piece * (n * count)) for _ in range(2)) for n in (1, 2, 4)]
    if times[2] < FLOOR or (times[2] < GROWTH * max(times[0], FLOOR / 8) and times[2] < LIMIT):
        return ""
    return f"{piece!r} x {count}, x2, x4: {', '.join(f'{t * 1000:.0f}' for t in times)} ms"


def test_the_functions_are_found() -> None:
    names = {name for _, name in functions()}
    assert len(names) > 60
    assert {"scan_dates", "find_tables", "clean_text"} <= names


@pytest.mark.slow
@pytest.mark.parametrize(("module", "name"), functions(), ids=lambda part: part.rsplit(".", 1)[-1])
def test_time_grows_with_the_text(module: str, name: str) -> None:
    function = getattr(importlib.import_module(module), name)
    function = getattr(function, "__wrapped__", function)
    slow = [told for piece in PIECES if (told := superlinear(function, piece))]
    assert not slow, "\n".join([f"{module}.{name}", *slow])
