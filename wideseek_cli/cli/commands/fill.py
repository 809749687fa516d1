"""`wideseek fill`: a table that the user has, with its gaps filled and proved."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import (
    ASKING,
    OF_QUESTIONS,
    RESULT,
    Delivery,
    Detach,
    GroupedCommand,
    OldTable,
    option,
    takes_options,
)

app = plain_app()


@app.command(cls=GroupedCommand)
@partial(takes_options, without=OF_QUESTIONS)
def fill(
    *,
    flags: dict[str, Any],
    delivery: Delivery,
    table: OldTable,
    profile: str | None = None,
    file: Annotated[
        str,
        typer.Argument(help="CSV, TSV, JSON, JSONL, XLSX or Markdown; @last or @ID: a run; - is stdin"),
    ] = "-",
    columns: Annotated[
        str,
        option("--columns -c", ASKING, 'new or half empty: "city, founded:int" [all]'),
    ] = "",
    check: Annotated[bool, option("--check", ASKING, "prove the given cells too")] = False,
    in_place: Annotated[
        bool,
        option("--in-place", RESULT, "write into FILE, keep the old one as .bak"),
    ] = False,
    detach: Detach = False,
) -> None:
    """Fill the gaps of a table you have, with proof; given cells are never changed.

    \b
    wideseek fill countries.csv --columns "capital, population:int" -o filled.csv
    wideseek fill countries.csv --check
    """
    from wideseek_cli.cli.shared.asking import answer, teller
    from wideseek_cli.cli.shared.filling import in_words, output_of, read_source
    from wideseek_cli.settings.layers import load
    from wideseek_cli.tasks import to_fill

    settings = load(flags, profile=profile or "").settings
    source = read_source(file, table, settings.record)
    task = to_fill(source, settings, columns, check=check, lead=table.lead)
    teller(quiet=delivery.quiet)(in_words(task, source))
    output = output_of(source, delivery, settings.record, table, in_place=in_place)
    answer(task, output, delivery, detach=detach)
