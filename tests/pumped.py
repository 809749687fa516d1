"""Arguments for any function of ours that is handed text: made of a text and the annotated type."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import types
import typing
from collections import abc
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any, get_type_hints

import wideseek_cli
from wideseek_cli.agents.promptset import PromptSet, load_prompts
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.facts.pagefacts import PageFacts, Shelf, read_document
from wideseek_cli.pages.model import Grid
from wideseek_cli.question.reading import Question, read_question
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.reading.counted import Prepared, prepare
from wideseek_cli.table.model import Cell, Column, Document, Row, Table

SHORT = "Peru"
PIECE = 24  # characters of a text in a list of texts
COLUMNS = (Column("country", key=True), Column("capital"))
COLUMN_NAMES = ("country", "capital")
PROMPTS = load_prompts()


class CannotMake(Exception):
    """No value of this type is made here."""


def _document(text: str) -> Document:
    return Document("http://a.test/", "Peru", text)


_MADE: dict[Any, Callable[[str], Any]] = {
    str: lambda text: text,
    bytes: lambda text: text.encode("utf-8", "replace"),
    bool: lambda text: False,
    float: lambda text: 1.0,
    Column: lambda text: COLUMNS[1],
    Document: _document,
    Grid: lambda text: Grid(COLUMN_NAMES, (("Peru", text), (text, "Lima"))),
    Page: lambda text: Page("http://a.test/", "http://a.test/", PageStatus.PAGE, "Peru", text),
    PageFacts: lambda text: read_document(_document(text)),
    Prepared: lambda text: prepare(text, "Peru"),
    PromptSet: lambda text: PROMPTS,
    Question: lambda text: read_question(text),
    Settings: lambda text: Settings(),
    Shelf: lambda text: Shelf(),
    Table: lambda text: Table(COLUMNS, (Row((Cell("Peru"), Cell(text))), Row((Cell(text), Cell("Lima"))))),
}
_MANY: dict[Any, Callable[[list[Any]], Any]] = {
    list: list,
    tuple: tuple,
    frozenset: frozenset,
    abc.Sequence: tuple,
    abc.Iterable: tuple,
    abc.Collection: frozenset,
    abc.Container: frozenset,
}


def made(kind: Any, text: str) -> Any:
    """A value of this type that holds the text: a list of texts has it in pieces."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if kind in _MADE:
        return _MADE[kind](text)
    if origin in (typing.Union, types.UnionType):
        return made(inside[0], text)
    if origin in (dict, abc.Mapping):
        return {}
    if inside == (int, int):
        return (0, len(text))
    if origin is tuple and inside[-1] is not Ellipsis:
        return tuple(made(part, text) for part in inside)
    if origin in _MANY:
        single = inside[0] is not str and not typing.get_origin(inside[0])
        parts = [text] if single else [text[at : at + PIECE] for at in range(0, len(text), PIECE)]
        return _MANY[origin]([made(inside[0], part) for part in parts])
    raise CannotMake(str(kind))


def calls(function: Callable[..., Any], text: str) -> Iterator[Callable[[], Any]]:
    """Calls that hand it the text: one for each argument that holds text, the others short. The first of its
    numbers is 0, the others are the text's length."""
    kinds = needed(function)
    by_name = {p.name for p in inspect.signature(function).parameters.values() if p.kind is p.KEYWORD_ONLY}
    for pumped in [name for name, kind in kinds.items() if _holds_text(kind)]:
        numbers = iter((0, *(len(text) for _ in kinds)))
        given = {
            name: next(numbers) if kind is int else made(kind, text if name == pumped else SHORT)
            for name, kind in kinds.items()
        }
        placed = [value for name, value in given.items() if name not in by_name]
        yield partial(function, *placed, **{name: given[name] for name in by_name & given.keys()})


def _hint(function: Callable[..., Any], name: str) -> Any:
    """An argument's type; one that only a type checker imports, as of a heavy library, is some object."""

    def probe() -> None: ...

    probe.__annotations__ = {name: function.__annotations__[name]}
    try:
        return get_type_hints(probe, function.__globals__)[name]
    except NameError:
        return object


def needed(function: Callable[..., Any]) -> dict[str, Any]:
    """The types of the arguments without which it cannot be called."""
    parameters = inspect.signature(function).parameters.values()
    some = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {
        p.name: _hint(function, p.name) for p in parameters if p.default is p.empty and p.kind not in some
    }


def _speaks_of_text(kind: Any) -> bool:
    return kind in (str, bytes) or any(map(_speaks_of_text, typing.get_args(kind)))


def _holds_text(kind: Any) -> bool:
    held = (str, bytes, Document, Grid, Page, PageFacts, Prepared, Question, Table)
    return kind in held or any(map(_holds_text, typing.get_args(kind)))


@cache
def functions(rooms: tuple[str, ...]) -> tuple[str, ...]:
    """All public functions of these rooms that are handed text, as `module:name` in the package."""
    found = []
    for info in pkgutil.walk_packages(wideseek_cli.__path__, "wideseek_cli."):
        room = info.name.removeprefix("wideseek_cli.")
        if info.ispkg or not room.startswith(rooms):
            continue
        for name, function in vars(importlib.import_module(info.name)).items():
            own = inspect.isfunction(function) and function.__module__ == info.name
            if own and not name.startswith("_") and any(map(_speaks_of_text, needed(function).values())):
                found.append(f"{room}:{name}")
    return tuple(found)


def function_of(place: str) -> Callable[..., Any]:
    """The function behind `module:name`, without what remembers its answers."""
    module, _, name = place.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(f"wideseek_cli.{module}"), name)
    return function


def places_of(rooms: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """All functions, and whether arguments can be made for them."""
    for place in functions(rooms):
        try:
            list(calls(function_of(place), "a"))
        except CannotMake:
            yield place, False
        else:
            yield place, not inspect.iscoroutinefunction(function_of(place))
