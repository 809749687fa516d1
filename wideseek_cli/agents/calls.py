"""What the model wrote, read generously: tool calls, their items, and why one was skipped.

The reference skips a call that does not parse and an item of the wrong type, and drops the surplus.
So do we, but each skip is said, so that the model can do better in its next turn. Small slips whose meaning
is plain (the flat form of a call, another word for its name, JSON with the faults of `slips.py`) are read as
meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from wideseek_cli.agents.slips import unpacked, values_of
from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, THINK_CLOSE, THINK_OPEN, ToolCall

DELEGATE, SEARCH, ACCESS = "create_sub_agents", "search", "access"
MOST_CHARS = 2000  # of a query, address or need; a longer one is a model that lost its way
_FENCE = re.compile(r"```(?:json|tool_call)?[^\S\n]*\n(.*?)```", re.DOTALL)
_START = re.compile(r"\{\s*[\"'](?:name|tool|arguments|parameters)[\"']\s*:")
_MOST_STARTS = 8  # objects in a text that are tried as calls
_TORN_TAG = re.compile(r"</?tool(?:_\w*)?>?\s*$|^\s*</?tool(?:_\w*)?>?")
_WITH = re.compile(r",\s+with\s+")
_PARTS = re.compile(r"\s*(?:,|\band\b)\s*")


@dataclass(frozen=True)
class Calls:
    """The calls of one reply in their order, and a reason for each that was skipped."""

    calls: tuple[ToolCall, ...] = ()
    skipped: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.calls or self.skipped)


@dataclass(frozen=True)
class Query:
    """One search of a call; `count` is 0 when the model named none."""

    text: str
    count: int = 0


@dataclass(frozen=True)
class Target:
    """One page of a call and what is wanted from it."""

    url: str
    need: str


@dataclass(frozen=True)
class Items:
    """The well-formed items of a call, and how many were skipped for their type."""

    items: tuple[Any, ...]
    wrong: int = 0


def parse_calls(text: str, names: Sequence[str] = (DELEGATE, SEARCH, ACCESS)) -> Calls:
    """All tool calls after the reasoning. Bare JSON counts only as a plain call to one of `names`."""
    spoken = _after_thinking(text)
    if CALL_OPEN not in spoken:
        return Calls(tuple(_bare_calls(spoken, names)))
    calls: list[ToolCall] = []
    skipped: list[str] = []
    for block in spoken.split(CALL_OPEN)[1:]:
        body = block.split(CALL_CLOSE)[0].strip()
        try:
            calls.extend(_call(value) for value in values_of(body))
        except ValueError as error:
            skipped.append(str(error))
    return Calls(tuple(calls), tuple(skipped))


def without_calls(text: str) -> str:
    """The answer part of a reply that should hold no call: calls, bare ones too, and torn tags removed."""
    text = re.sub(f"{CALL_OPEN}.*?({CALL_CLOSE}|$)", "", text, flags=re.DOTALL)
    start, calls = _first_bare(text, (DELEGATE, SEARCH, ACCESS))
    if calls:
        text = text[:start].rstrip("{[ \n`")
    return _TORN_TAG.sub("", text).strip()


def subtasks(call: ToolCall) -> Items:
    """The texts of a `create_sub_agents` call."""
    found = _items(call.arguments, "sub_agents", "prompt", _text_of("prompt", "task", "query"))
    return Items(tuple(_said_once(task) for task in found.items), found.wrong)


def queries(call: ToolCall) -> Items:
    """The queries of a `search` call, in the list form or the flat one."""

    def query(item: object) -> Query | None:
        text = _text_of("query", "q")(item)
        count = item.get("count", 0) if isinstance(item, Mapping) else 0
        count = count if isinstance(count, int) and not isinstance(count, bool) else 0
        return Query(text, max(count, 0)) if text else None

    return _items(call.arguments, "queries", "query", query)


def targets(call: ToolCall) -> Items:
    """The pages of an `access` call, in the list form or the flat one."""

    def target(item: object) -> Target | None:
        url = _text_of("url", "link")(item)
        need = item.get("info_to_extract", "") if isinstance(item, Mapping) else ""
        return Target(url, need.strip()[:MOST_CHARS] if isinstance(need, str) else "") if url else None

    return _items(call.arguments, "urls", "url", target)


def _said_once(task: str) -> str:
    """A subtask without an end that only repeats it: `Find for Peru: capital, area, with capital and area`. A
    small model takes the `with` of a question for a condition. A long end may be cut off in its last part."""
    wants, *again = _WITH.split(task)
    known = _PARTS.split(wants.rpartition(":")[2].strip().casefold())
    ends = [part for end in again for part in _PARTS.split(end.strip(" .,").casefold())]
    told = ends[:-1] if len(ends) > 2 else ends
    return wants if ":" in wants and ends and all(part in known for part in told) else task


def _after_thinking(text: str) -> str:
    """What follows the reasoning; all of it when the reasoning was never closed or nothing follows."""
    spoken = text.rpartition(THINK_CLOSE)[2]
    return spoken if spoken.strip() else text.replace(THINK_OPEN, "").replace(THINK_CLOSE, "")


def _bare_calls(text: str, names: Sequence[str]) -> list[ToolCall]:
    """Calls without their tags: fenced blocks, or an object that begins as a call does."""
    if blocks := _FENCE.findall(text):
        return [call for block in blocks for call in _calls_in(block, names)]
    return _first_bare(text, names)[1]


def _first_bare(text: str, names: Sequence[str]) -> tuple[int, list[ToolCall]]:
    """Where the first calls without tag or fence begin, and they."""
    for start in islice(_START.finditer(text), _MOST_STARTS):
        if calls := _calls_in(text[start.start() :], names):
            return start.start(), calls
    return len(text), []


def _calls_in(body: str, names: Sequence[str]) -> list[ToolCall]:
    try:
        calls = [_call(value) for value in values_of(body.strip())]
    except ValueError:
        return []
    return [call for call in calls if call.name in names]


def _call(value: object) -> ToolCall:
    if not isinstance(value, Mapping):
        raise ValueError("it is not an object with name and arguments")
    inner = value.get("function")
    value = inner if isinstance(inner, Mapping) else value
    key = next((key for key in ("name", "tool") if key in value), "name")
    name = value.get(key)
    if not isinstance(name, str) or not name.strip():
        raise ValueError("it has no name")
    plain = name.strip().rpartition(".")[2]  # `functions.search`
    name = plain if plain in (DELEGATE, SEARCH, ACCESS) else name.strip()
    arguments: object = value.get("arguments", value.get("parameters"))
    if isinstance(arguments, str):
        arguments = unpacked(arguments)
    if arguments is None:
        arguments = {field: item for field, item in value.items() if field != key}
    if not isinstance(arguments, Mapping):
        raise ValueError("its arguments are not an object")
    return ToolCall(name, dict(arguments))


def _items(arguments: Mapping[str, Any], plural: str, single: str, read: Any) -> Items:
    """The items under `plural`; a lone item under `single` (the flat form) is a list of one."""
    given = arguments.get(plural, arguments.get(single) and [arguments])
    given = _unpacked_items(given) if isinstance(given, str) else given
    if isinstance(given, (str, Mapping)):
        given = [given]
    if not isinstance(given, Sequence) or isinstance(given, str):
        return Items((), 1)
    read_items = [read(_unpacked_item(item)) for item in given]
    good = tuple(item for item in read_items if item)
    return Items(good, len(read_items) - len(good))


def _unpacked_items(text: str) -> Any:
    """A list of items that was written as a text; brackets in a plain one (`[1] in titles`) are only that."""
    value = unpacked(text)
    listed = value if isinstance(value, list) else [value]
    return value if all(isinstance(item, (str, Mapping)) for item in listed) else text


def _unpacked_item(item: object) -> object:
    value = unpacked(item) if isinstance(item, str) else item
    return value if isinstance(value, Mapping) else item


def _text_of(*keys: str) -> Any:
    def text(item: object) -> str:
        """The item itself when it is a text, or the first of the keys that holds one."""
        if isinstance(item, Mapping):
            item = next((item[key] for key in keys if isinstance(item.get(key), str)), "")
        return item.strip()[:MOST_CHARS] if isinstance(item, str) else ""

    return text
