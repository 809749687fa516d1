"""`wideseek eval proof`: how many right and wrong values are proved."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson
from wideseek_cli.core.errors import ExitCode
from wideseek_cli.core.text import clean_line
from wideseek_cli.eval.proofpage import make_page
from wideseek_cli.eval.proofset import STATES, figures, judge_cases, lines_of, read_cases, read_verdicts
from wideseek_cli.export.output import write_text
from wideseek_cli.ui.streams import say

app = plain_app()


@app.command()
def proof(
    cases: Annotated[Path, typer.Argument(metavar="CASES.jsonl", help="labelled cells, a JSON line each")],
    out: Annotated[
        Path | None, typer.Option("--output", "-o", help="a folder for the worst cases and verdicts")
    ] = None,
    verdicts: Annotated[
        Path | None, typer.Option("--verdicts", help="measure another tool: JSON lines of id and state")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the proof on labelled cells of pages: how many right and wrong values are proved.

    Example: wideseek eval proof cases.jsonl -o proof/
    """
    known, wrong = read_cases(cases)
    for error in wrong:
        say(f"{cases.name}, line {error.line}: {clean_line(error.reason)}")
    judged = read_verdicts(verdicts, known) if verdicts else list(judge_cases(known, cases.parent))
    if len(judged) < len(known):
        say(f"{len(known) - len(judged)} of {len(known)} cases have no verdict in {verdicts}")
    found = figures(judged)
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        from tabulate import tabulate

        head = ["set", "cells", "cases", "proved (95 %)", *STATES[1:]]
        sys.stdout.write(tabulate(lines_of(found), head, disable_numparse=True) + "\n")
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_text(out / "proof.html", make_page(found, judged))
        lines = (json.dumps({"id": v.case.id, "state": v.state}) for v in judged)
        write_text(out / "verdicts.jsonl", "\n".join(lines) + "\n")
    raise typer.Exit(ExitCode.INCOMPLETE if wrong or len(judged) < len(known) else ExitCode.OK)
