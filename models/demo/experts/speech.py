"""How agents of the practice runs speak: reasoning, calls, numbered lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from wideseek_cli.core.messages import CALL_CLOSE, CALL_OPEN, THINK_CLOSE, THINK_OPEN


def think(text: str) -> str:
    return f"{THINK_OPEN}{text}{THINK_CLOSE}\n"


def call(name: str, arguments: Mapping[str, object]) -> str:
    body = json.dumps({"name": name, "arguments": arguments}, ensure_ascii=False)
    return f"{CALL_OPEN}\n{body}\n{CALL_CLOSE}"


def delegate(tasks: Sequence[str]) -> str:
    return call("create_sub_agents", {"sub_agents": [{"prompt": task} for task in tasks]})


def about(name: str) -> str:
    """A query for a thing. Behind a blank a name is cut into the same tokens as everywhere else; right behind
    a quotation mark it is cut into others, and the model misspells it."""
    return f"about {name}"


def search(queries: Iterable[str]) -> str:
    return call("search", {"queries": [{"query": query} for query in queries]})


def access(wanted: Mapping[str, str]) -> str:
    """Read pages: by address, what is needed of each."""
    urls = [{"url": url, "info_to_extract": need} for url, need in wanted.items()]
    return call("access", {"urls": urls})


def listed(names: Sequence[str], first: int = 1) -> str:
    return "\n".join(f"{number}. {name}" for number, name in enumerate(names, start=first))


def joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
