"""A whole run over pages made to break their reader; everything is real but the model's words.

`python -m tests.sources.hostile_run ask …`; PAGES in the environment are the addresses that it reads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import partial
from types import SimpleNamespace
from typing import Any

from tests.sources.offline_run import PLACES, TABLE, call

AT_ONCE = 4  # addresses of a call
READ_S = 3.0  # for the text of one page, here


def lead(opening: Any, turns: Sequence[Any]) -> str:
    if not turns:
        return call("create_sub_agents", sub_agents=[{"prompt": f"Find the capital of {p}."} for p in PLACES])
    return f"```markdown\n{TABLE}\n```"


def subagent(opening: Any, turns: Sequence[Any]) -> str:
    if not turns:
        return call("search", queries=[{"query": "capitals", "count": 50}])
    urls = os.environ["PAGES"].split()[AT_ONCE * (len(turns) - 1) :][:AT_ONCE]
    if urls:
        return call("access", urls=[{"url": url, "info_to_extract": "capital of Peru"} for url in urls])
    return "It is known now."


def main() -> None:
    from models.scripted import ScriptedEngine, by_label
    from wideseek_cli import opening
    from wideseek_cli.cli.main import main as wideseek
    from wideseek_cli.cli.shared import fetching
    from wideseek_cli.sources.fetch import pages as fetch

    async def open_engine(settings: Any, **more: Any) -> opening.OpenEngine:
        return opening.OpenEngine(ScriptedEngine(by_label({"lead": lead, "w.s": subagent})))

    opening.open_engine = open_engine
    opening.load_ahead = lambda settings: None
    fetching.ensure_model = lambda *given, **more: SimpleNamespace(name="scripted")  # type: ignore[assignment]
    fetch.FetchLimits = partial(
        fetch.FetchLimits, seconds=2 * READ_S, read_s=READ_S, host_pause_s=0.0, per_host=12
    )  # type: ignore[assignment,misc]
    wideseek()


if __name__ == "__main__":
    main()
