"""`wideseek eval study`: F1 and time against width."""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.commands.eval.judging import Asked
from wideseek_cli.cli.commands.eval.run import RECORD
from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import GroupedCommand, takes_options
from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import without_password
from wideseek_cli.export.output import write_text

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, without=(*RECORD, "width", "single"))
def study(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    kind: Annotated[str, typer.Argument(help="what to vary: width")] = "width",
    dataset: Annotated[str, typer.Option("--dataset", help="as for run")] = "factbook-wide:dev:small",
    out: Annotated[Path, typer.Option("--output", "-o", help="the folder for data and plot")],
    widths: Annotated[str, typer.Option("--widths", help="subagents at once")] = "1,2,4,8,10",
    alone: Annotated[  # not `single`: that is a setting, which would take its place
        str, typer.Option("--single-turns", help="turns of one agent; empty: none")
    ] = "5,10,20",
    asked: Asked,
) -> None:
    """Measure F1 and time against width, and for one agent against turns.

    Example: wideseek eval study width -o study/ --source factbook --offline
    """
    from wideseek_cli.cli.commands.eval.benchmark import Plan, curve
    from wideseek_cli.eval.study import as_csv, drawn, setups, svg

    if kind != "width":
        raise UsageError(f"unknown study {kind!r}", hint="there is: width")
    points_asked = setups(_numbers(widths), _numbers(alone))
    plan = Plan.of(dataset, flags, profile, out, asked)
    points, last = asyncio.run(curve(plan, points_asked))
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / "study.csv", as_csv(points))
    model = plan.settings.model or without_password(plan.settings.engine)
    write_text(out / "study.svg", svg(points, f"{plan.dataset}, {model}"))
    sys.stdout.write(drawn(points) + "\n" if points else "")
    last.check()


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(word) for word in text.split(",") if word.strip()]
    except ValueError as error:
        raise UsageError(f"{text!r} is not a list of numbers", hint="like this: 1,2,4,8") from error
    if any(number < 1 for number in numbers):
        raise UsageError(f"{text!r}: every number is at least 1")
    return numbers
