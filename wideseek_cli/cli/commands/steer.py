"""`wideseek steer`: a message to a run that goes on in another terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import RecordFile
from wideseek_cli.core.errors import UsageError
from wideseek_cli.record.ids import LAST

app = plain_app()


@app.command()
def steer(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[RUN] MESSAGE", help="the run, if it is not the newest, and the message"),
    ],
    record: RecordFile = None,
) -> None:
    """Tell a run something on its way.

    \b
    wideseek steer "also give the founder"
    wideseek steer 5jv "drop row Guyana; use only britannica.com"
    wideseek steer "stop searching, write the table"

    The lead hears it with its next tool result. Columns, rows, sites, budgets and the end of the search are
    obeyed by code at once.
    """
    from wideseek_cli.runs import Runs

    if len(words) > 2:
        raise UsageError("the message is more than one argument", hint="put it in quotes")
    with Runs.open(record) as runs:
        run = runs.find(words[0] if len(words) == 2 else LAST)
        done = run.steer(words[-1])
    typer.echo(f"told run {run.id}" + (f": {done}" if done else ""), err=True)
