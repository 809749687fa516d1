"""`wideseek eval report`: results as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.eval.report import make_report
from wideseek_cli.export.output import write_text
from wideseek_cli.ui.streams import say

app = plain_app()


@app.command()
def report(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN…", help="folders that `eval run` wrote")],
    html: Annotated[Path, typer.Option("--html", help="the page to write")] = Path("report.html"),
) -> None:
    """Make one self-contained page of results: scores, tables beside gold, evidence, causes, time lines.

    Example: wideseek eval report results/ --html report.html
    """
    html.parent.mkdir(parents=True, exist_ok=True)
    write_text(html, make_report(folders))
    say(f"written to {html}")
