"""Events to JSON and back, from the dataclasses' own annotations."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import RecordError
from wideseek_cli.table.model import Document

FORMAT = 1  # raised when a body changes so that an older program would misread it
LONG = 200  # shorter texts are not worth a row of their own
_REFERENCE = "$text"

# Texts that recur: kept once, under their hash.
_SHARED = {Document: frozenset({"text", "structure"}), ev.AgentStarted: frozenset({"system", "user"})}


@dataclasses.dataclass(frozen=True)
class Encoded:
    """An event as stored: its JSON, and the long texts it points to by hash."""

    type: str
    format: int
    body: str
    texts: Mapping[str, str]


def _event_types() -> dict[str, type[ev.Event]]:
    return {kind.__name__: kind for kind in ev.Event.__subclasses__()}


def to_plain(value: Any, texts: dict[str, str] | None = None) -> Any:
    """JSON-ready data; with `texts`, recurring long texts go there and leave their hash."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if dataclasses.is_dataclass(value):
        shared = _SHARED.get(type(value), frozenset()) if texts is not None else frozenset()
        plain = {}
        for part in dataclasses.fields(value):
            name, item = part.name, getattr(value, part.name)
            plain[name] = _share(item, texts) if name in shared else to_plain(item, texts)
        return plain
    if isinstance(value, Mapping):
        return {str(key): to_plain(item, texts) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_plain(item, texts) for item in value]
    return str(value)


def _share(text: str, texts: dict[str, str] | None) -> Any:
    if texts is None or len(text) < LONG:
        return text
    try:
        digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    except UnicodeEncodeError:  # half a surrogate pair: JSON can hold it, a UTF-8 column cannot
        return text
    texts[digest] = text
    return {_REFERENCE: digest}


def encode(event: ev.Event) -> Encoded:
    """The event as it is stored."""
    texts: dict[str, str] = {}
    body = json.dumps(to_plain(event, texts), ensure_ascii=True, separators=(",", ":"))
    return Encoded(type(event).__name__, FORMAT, body, texts)


def decode(kind: str, form: int, body: str, lookup: Callable[[str], str]) -> ev.Event | None:
    """The event again. None when a newer version wrote it in a way this one does not know."""
    event_type = _event_types().get(kind)
    if event_type is None:
        return None
    make = _decoder(typing.cast(Any, event_type))
    try:
        event: ev.Event = make(_resolve(json.loads(body), lookup))
        return event
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        if form > FORMAT:
            return None
        raise RecordError(
            f"an event ({kind}) cannot be read: {error}", hint="the record file was changed or damaged"
        ) from error


def _resolve(plain: Any, lookup: Callable[[str], str]) -> Any:
    if isinstance(plain, dict):
        if len(plain) == 1 and isinstance(plain.get(_REFERENCE), str):
            return lookup(plain[_REFERENCE])
        return {key: _resolve(item, lookup) for key, item in plain.items()}
    return plain


@lru_cache(maxsize=256)
def _decoder(kind: Any) -> Callable[[Any], Any]:
    """A function that makes a value of this annotated type from JSON data."""
    origin = typing.get_origin(kind)
    if kind is Any or origin in (Mapping, dict) or kind is object:
        return lambda plain: plain
    if origin is tuple:
        item = _decoder(typing.get_args(kind)[0])
        return lambda plain: tuple(item(part) for part in _expect(plain, list))
    if origin in (typing.Union, types.UnionType):
        (inner,) = (part for part in typing.get_args(kind) if part is not type(None))
        decode_inner = _decoder(inner)
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
    parts = {part.name: _decoder(hints[part.name]) for part in dataclasses.fields(kind)}

    def build(plain: Any) -> Any:
        known = _expect(plain, dict)
        return kind(**{name: make(known[name]) for name, make in parts.items() if name in known})

    return build


def _expect(plain: Any, kind: Any) -> Any:
    if not isinstance(plain, kind):
        raise TypeError(f"expected {kind}, found {type(plain).__name__}")
    return plain
