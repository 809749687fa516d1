"""A whole run with the real sources and a scripted engine, in a process that dies at the first socket.

`python -m tests.sources.offline_run ask …`
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

FORBIDDEN = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind"}
PLACES = {"Peru": "Lima", "Chile": "Santiago"}
TABLE = "\n".join(["| Country | Capital |", "| --- | --- |", *(f"| {k} | {v} |" for k, v in PLACES.items())])


def watch(event: str, args: tuple[Any, ...]) -> None:
    if event in FORBIDDEN:
        os.write(2, f"SOCKET {event} {args}".encode())
        os._exit(99)


def call(name: str, **arguments: object) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


def lead(opening: Any, turns: Sequence[Any]) -> str:
    if not turns:
        return call("create_sub_agents", sub_agents=[{"prompt": f"Find the capital of {p}."} for p in PLACES])
    return f"```markdown\n{TABLE}\n```"


def subagent(opening: Any, turns: Sequence[Any]) -> str:
    place = next(name for name in PLACES if f"capital of {name}." in opening.user)
    if not turns:
        return call("search", queries=[{"query": f"capital of {place}", "count": 2}])
    if len(turns) == 1:
        url = f"zim://factbook/country/{place.lower()}"
        assert url in (turns[0].tool_result or ""), turns[0].tool_result
        return call("access", urls=[{"url": url, "info_to_extract": "capital"}])
    assert PLACES[place] in (turns[1].tool_result or ""), turns[1].tool_result
    return f"The capital of {place} is {PLACES[place]}."


def main() -> None:
    from models.scripted import ScriptedEngine, by_label
    from wideseek_cli import opening
    from wideseek_cli.cli.main import main as wideseek
    from wideseek_cli.cli.shared import fetching

    async def open_engine(settings: Any, **more: Any) -> opening.OpenEngine:
        return opening.OpenEngine(ScriptedEngine(by_label({"lead": lead, "w.s": subagent})))

    opening.open_engine = open_engine
    opening.load_ahead = lambda settings: None
    fetching.ensure_model = lambda *given, **more: SimpleNamespace(name="scripted")  # type: ignore[assignment]
    sys.addaudithook(watch)
    wideseek()


if __name__ == "__main__":
    main()
