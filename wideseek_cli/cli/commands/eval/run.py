"""`wideseek eval run`: a benchmark's questions, answered and scored."""

from __future__ import annotations

import asyncio
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.commands.eval.judging import Asked
from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import RESULT, RUN, AsJson, GroupedCommand, option, takes_options
from wideseek_cli.export.output import write_text

app = plain_app()
RECORD = ("record", "keep_record")  # each results folder has a record of its own


@app.command(cls=GroupedCommand)
@partial(takes_options, without=RECORD)
def run(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    dataset: Annotated[
        str, typer.Argument(help="factbook-wide[:SPLIT[:SIZE[:DRAW]]], widesearch, or a folder")
    ],
    out: Annotated[Path, option("--output -o", RESULT, "the folder for results")],
    asked: Asked,
    jobs: Annotated[int, option("--jobs -j", RUN, "questions at once", min=1, max=64)] = 1,
    as_json: AsJson = False,
) -> None:
    """Answer a benchmark's questions and score the tables.

    The same command again continues where it stopped.

    Example: wideseek eval run factbook-wide:test:small -o results/ --source factbook --offline
    """
    from wideseek_cli.cli.commands.eval.benchmark import Plan, benchmark
    from wideseek_cli.eval.results import summarise

    measured = asyncio.run(benchmark(Plan.of(dataset, flags, profile, out, asked, jobs)))
    summary = summarise(measured.trials)
    write_text(out / "summary.json", json.dumps(summary, indent=2))
    sys.stdout.write(json.dumps(summary) + "\n" if as_json else _table(summary))
    measured.check()


def _table(summary: dict[str, Any]) -> str:
    """The figures for people."""
    from tabulate import tabulate

    effort = summary["effort"]
    rows = []
    for name, group in summary.items():
        if name == "effort":
            continue
        for figure in ("item_f1", "row_f1", "success"):
            low, high = group[figure]["avg_interval"]
            best = group[figure]["max"]
            rows.append([name, figure, group[figure]["avg"], f"{low:.3f}–{high:.3f}", best])
        rows.append([name, "pass", group["pass"], "", ""])
    head = ["questions", "figure", "avg@N", "95 %", "max@N"]
    right = effort["proved_right"]
    proved = f"{effort['proved_share']:.0%} of cells proved"
    sure = f", {right:.1%} of {effort['proved_judged']} such right" if right is not None else ""
    lines = [
        tabulate(rows, head, floatfmt=".3f"),
        f"{effort['seconds']:.0f} s, {effort['tokens']:.0f} tokens, {effort['searches']:.0f} searches, "
        f"{effort['pages']:.0f} pages a question; {proved}{sure}",
        "lost by: "
        + (", ".join(f"{cause} {count}" for cause, count in effort["causes"].items()) or "nothing"),
    ]
    return "\n".join(lines) + "\n"
