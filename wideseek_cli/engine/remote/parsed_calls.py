"""Tool calls that a server has taken out of the text, written back as the model was trained to write them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN

MOST_CALLS = 100
MOST_CHARS = 200_000  # of one call's arguments


@dataclass
class _Call:
    number: object  # the server's own
    id: str
    name: str = ""
    arguments: str = ""

    @property
    def whole(self) -> bool:
        return _object(self.arguments) is not None

    def text(self, cut: bool) -> str:
        """As tagged JSON; one that was cut off stays open, as it would in the model's own text."""
        arguments = _object(self.arguments or "{}")
        name = json.dumps(self.name, ensure_ascii=False)
        if arguments is None:
            body = f'{{"name": {name}, "arguments": {self.arguments}'
            return f"{CALL_OPEN}\n{body}" if cut else f"{CALL_OPEN}\n{body}}}\n{CALL_CLOSE}"
        body = json.dumps({"name": self.name, "arguments": arguments}, ensure_ascii=False)
        return f"{CALL_OPEN}\n{body}\n{CALL_CLOSE}"


class ParsedCalls:
    """Gathers fragments; some servers number calls, some only name them, some send each one whole."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def add(self, fragments: object) -> None:
        """One event's `tool_calls`."""
        for fragment in fragments if isinstance(fragments, list) else []:
            if isinstance(fragment, Mapping) and isinstance(fragment.get("function"), Mapping):
                self._add(fragment, fragment["function"])

    def take(self, *, cut: bool = False) -> str:
        """The text of all calls, which are then forgotten. `cut`: the reply ended at its length."""
        calls, self._calls = [call for call in self._calls if call.name], []
        return "\n".join(call.text(cut and call is calls[-1]) for call in calls)

    def _add(self, fragment: Mapping[str, Any], function: Mapping[str, Any]) -> None:
        name, arguments = _text(function.get("name")), function.get("arguments")
        call = self._call(fragment.get("index"), _text(fragment.get("id")), name)
        if call is None:
            return
        call.name = call.name or name
        more = arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
        call.arguments = (call.arguments + more)[:MOST_CHARS]

    def _call(self, number: object, id: str, name: str) -> _Call | None:
        """The call that a fragment belongs to, a new one where it begins one."""
        call = next((call for call in reversed(self._calls) if call.number == number), None)
        if call is not None:
            another = id != call.id if id and call.id else call.whole
            if not (name and another):
                return call
        if len(self._calls) >= MOST_CALLS:
            return None
        self._calls.append(_Call(number, id))
        return self._calls[-1]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
