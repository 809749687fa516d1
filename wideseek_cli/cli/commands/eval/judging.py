"""Who judges texts that a rule cannot compare."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from wideseek_cli.cli.shared.options import RESULT, RUN, option
from wideseek_cli.core.errors import UsageError
from wideseek_cli.eval.scoring.metrics import Judge, NoJudge
from wideseek_cli.settings.config import Settings
from wideseek_cli.ui.streams import say

JudgeName = Annotated[
    str,
    option("--judge", RESULT, "none, local (the --model) or the URL of a server"),
]


@dataclass(frozen=True)
class Asked:
    """Which questions of a benchmark are asked, how often, and who judges; each field is an option."""

    trials: Annotated[int, typer.Option("--trials", "-n", min=1, help="times each question is asked")] = 1
    skip: Annotated[int, typer.Option("--skip", min=0, help="skip this many questions")] = 0
    limit: Annotated[int, typer.Option("--limit", min=0, help="at most this many questions; 0: all")] = 0
    judge: JudgeName = "none"
    judge_model: Annotated[
        str, option("--judge-model", RESULT, "which model of the judge's server; else its first")
    ] = ""
    yes: Annotated[bool, option("--yes -y", RUN, "download a missing model without asking")] = False


@asynccontextmanager
async def open_judge(name: str, settings: Settings, engine: Any = None) -> AsyncIterator[Judge]:
    """No judge (said loudly), the local model, or a server's; `engine` when one is open already."""
    if name == "none":
        say(
            "no judge: keys must be equal as they are, and judged columns need equal text; "
            "figures are lower than with one (--judge local or a URL)"
        )
        yield NoJudge()
        return
    from wideseek_cli.eval.scoring.judge import ModelJudge
    from wideseek_cli.opening import open_engine

    if name == "local" and engine is not None:
        yield ModelJudge(engine)
        return
    if name != "local" and "://" not in name:
        raise UsageError(f"unknown judge {name!r}", hint="none, local, or the URL of a server")
    url = "" if name == "local" else name
    opened = await open_engine(replace(settings, engine=url, width=1))
    try:
        yield ModelJudge(opened.engine)
    finally:
        await opened.aclose()
