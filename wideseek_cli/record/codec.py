"""Events to JSON and back, from the dataclasses' own annotations."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Hashable, Mapping
from typing import Any, cast

from wideseek_cli.core import events as ev
from wideseek_cli.core import plain
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


def _shared(texts: dict[str, str]) -> plain.Override:
    """Long texts that recur go to `texts` and leave their hash."""

    def override(value: Any, name: str) -> Any:
        if name not in _SHARED.get(type(value), frozenset()):
            return NotImplemented
        return _share(getattr(value, name), texts)

    return override


def _share(text: str, texts: dict[str, str]) -> Any:
    if len(text) < LONG:
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
    body = json.dumps(plain.to_plain(event, _shared(texts)), ensure_ascii=True, separators=(",", ":"))
    return Encoded(type(event).__name__, FORMAT, body, texts)


def decode(kind: str, form: int, body: str, lookup: Callable[[str], str]) -> ev.Event | None:
    """The event again. None when a newer version wrote it in a way this one does not know."""
    event_type = _event_types().get(kind)
    if event_type is None:
        return None
    make = plain.decoder(cast(Hashable, event_type))
    try:
        event: ev.Event = make(_resolve(json.loads(body), lookup))
        return event
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        if form > FORMAT:
            return None
        raise RecordError(
            f"an event ({kind}) cannot be read: {error}", hint="the record file was changed or damaged"
        ) from error


def _resolve(value: Any, lookup: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and isinstance(value.get(_REFERENCE), str):
            return lookup(value[_REFERENCE])
        return {key: _resolve(item, lookup) for key, item in value.items()}
    return value
