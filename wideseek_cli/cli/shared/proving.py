"""What `wideseek eval proof` measures, and how it tells."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from wideseek_cli.core.errors import ExitCode
from wideseek_cli.core.text import clean_line
from wideseek_cli.eval.proofpage import make_page
from wideseek_cli.eval.proofset import STATES, figures, judge_cases, lines_of, read_cases, read_verdicts
from wideseek_cli.ui.streams import say


def measure_proof(path: Path, out: Path | None, verdicts: Path | None, *, as_json: bool) -> int:
    """Measure, tell, and return the exit code: 3 where a line could not be used."""
    cases, wrong = read_cases(path)
    for error in wrong:
        say(f"{path.name}, line {error.line}: {clean_line(error.reason)}")
    judged = read_verdicts(verdicts, cases) if verdicts else list(judge_cases(cases, path.parent))
    if len(judged) < len(cases):
        say(f"{len(cases) - len(judged)} of {len(cases)} cases have no verdict in {verdicts}")
    found = figures(judged)
    if as_json:
        sys.stdout.write(json.dumps(found) + "\n")
    else:
        from tabulate import tabulate

        head = ["set", "cells", "cases", "proved (95 %)", *STATES[1:]]
        sys.stdout.write(tabulate(lines_of(found), head, disable_numparse=True) + "\n")
    if out is not None:
        from wideseek_cli.cli.commands.evaluate import write_text

        write_text(out / "proof.html", make_page(found, judged))
        lines = (json.dumps({"id": v.case.id, "state": v.state}) for v in judged)
        write_text(out / "verdicts.jsonl", "\n".join(lines) + "\n")
    return ExitCode.INCOMPLETE if wrong or len(judged) < len(cases) else ExitCode.OK
