"""`wideseek refresh`: what has changed since a table was made."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import (
    OF_QUESTIONS,
    RESULT,
    Delivery,
    Detach,
    GroupedCommand,
    OldTable,
    option,
    takes_options,
)
from wideseek_cli.record.ids import LAST

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, without=(*OF_QUESTIONS, "strict"))
def refresh(
    *,
    flags: dict[str, Any],
    delivery: Delivery,
    table: OldTable,
    profile: str | None = None,
    source: Annotated[
        str, typer.Argument(metavar="[RUN|FILE]", help="@last, @ID, or a file as `wideseek fill` reads it")
    ] = LAST,
    only_changes: Annotated[bool, option("--only-changes", RESULT, "leave out what is as before")] = False,
    mail: Annotated[bool, option("--mail", RESULT, "a few lines of text instead of a table")] = False,
    detach: Detach = False,
) -> None:
    """Compare a table with today's pages: unchanged, changed, gone, new. Exit code 10: something changed.

    \b
    wideseek refresh @last --only-changes
    wideseek refresh prices.csv --mail | mail -s prices me
    """
    from wideseek_cli.cli.shared.asking import answer, teller
    from wideseek_cli.cli.shared.filling import header_in_words, output_of_changes, read_source
    from wideseek_cli.settings.layers import load
    from wideseek_cli.tasks import is_run, to_refresh, to_refresh_run

    loaded = load(flags, profile=profile or "")
    record = loaded.settings.record
    if is_run(source):
        task, path = to_refresh_run(source, loaded, lead=table.lead), None
    else:
        old = read_source(source, table, record)
        if old.unsure:
            teller(quiet=delivery.quiet)(header_in_words(old))
        task, path = to_refresh(old, loaded, lead=table.lead), old.path
    output = output_of_changes(path, delivery, record, only=only_changes, mail=mail)
    answer(task, output, delivery, detach=detach)
