"""`wideseek steer`: a message to a run that goes on in another terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.record.ids import LAST

app = plain_app()


@app.command()
def steer(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[RUN] MESSAGE", help="the run, if it is not the newest, and the message"),
    ],
    record: Annotated[Path | None, typer.Option("--record", help="the record file")] = None,
) -> None:
    """Tell a run something on its way.

    \b
    wideseek steer "also give the founder"
    wideseek steer 5jv "drop row Guyana; use only britannica.com"
    wideseek steer "stop searching, write the table"

    The lead hears it with its next tool result. Columns, rows, sites, budgets and the end of the search are
    obeyed by code at once.
    """
    from wideseek_cli.cli.commands.runs import open_store
    from wideseek_cli.core.errors import NotFoundError, UsageError
    from wideseek_cli.core.steering import checked, in_words, read_orders
    from wideseek_cli.record.inbox import STEER, post

    if len(words) > 2:
        raise UsageError("the message is several words of the shell", hint="put it in quotes")
    text = checked(words[-1])
    with open_store(record) as store:
        run = store.find(words[0] if len(words) == 2 else LAST)
        if not store.entry(run).running:
            raise NotFoundError(f"run {run} is not running", hint="`wideseek runs` lists those that are")
        post(store.path, run, STEER, text)
    done = in_words(read_orders(text))
    typer.echo(f"told run {run}" + (f": {done}" if done else ""), err=True)
