"""Dataclasses to plain data (what JSON holds) and back, by their own annotations.

What is read back can be nothing but the annotated types, whoever wrote it. `Closing` is for objects of ours.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Self

Override = Callable[[Any, str], Any]  # of a dataclass's field: its plain form, or NotImplemented


def to_plain(value: Any, override: Override | None = None) -> Any:
    """JSON-ready data."""
    if value is None or isinstance(value, (str, int, float, bool)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        plain = {}
        for part in dataclasses.fields(value):
            said = override(value, part.name) if override is not None else NotImplemented
            own = said is NotImplemented
            plain[part.name] = to_plain(getattr(value, part.name), override) if own else said
        return plain
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, override) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(item, override) for item in value]
    return str(value)


def alike(kind: Any, source: Any, *but: str) -> dict[str, Any]:
    """What an object has of the fields of a dataclass, by name."""
    names = [part.name for part in dataclasses.fields(kind) if part.name not in but]
    return {name: getattr(source, name) for name in names if hasattr(source, name)}


@lru_cache(maxsize=256)
def decoder(kind: Any) -> Callable[[Any], Any]:
    """A function that makes a value of this annotated type from plain data. It raises TypeError, ValueError
    or KeyError on any other data."""
    origin, inside = typing.get_origin(kind), typing.get_args(kind)
    if origin in (Mapping, dict) and inside == (str, str):
        return lambda plain: {key: _expect(item, str) for key, item in _expect(plain, dict).items()}
    if kind is Any or origin in (Mapping, dict) or kind is object:
        return lambda plain: plain
    if kind is None or kind is type(None):
        return lambda plain: _expect(plain, type(None))
    if origin is tuple:
        if inside[1:] == (...,):
            item = decoder(inside[0])
            return lambda plain: tuple(map(item, _expect(plain, list)))
        items = tuple(map(decoder, inside))
        return lambda plain: tuple(make(part) for make, part in zip(items, _expect(plain, list), strict=True))
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in inside if part is not type(None))
        decode_inner = decoder(inner)
        return lambda plain: None if plain is None else decode_inner(plain)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    if kind is float:
        return lambda plain: float(_expect(plain, (int, float)))
    return lambda plain: _expect(plain, kind)


def _dataclass_decoder(kind: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    parts = [(part.name, decoder(hints[part.name])) for part in dataclasses.fields(kind)]

    def build(plain: Any) -> Any:
        known, made, at = _expect(plain, dict), {}, ""
        try:
            for at, make in parts:
                if at in known:
                    made[at] = make(known[at])
        except (TypeError, ValueError, KeyError) as error:
            raise TypeError(f"{at}: {error}") from error
        return kind(**made)

    return build


def _expect(plain: Any, kind: Any) -> Any:
    if not isinstance(plain, kind):
        wanted = getattr(kind, "__name__", "a number")
        raise TypeError(f"expected {wanted}, found {type(plain).__name__}")
    return plain


class Closing(ABC):
    """The context manager of whatever has `close`."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
