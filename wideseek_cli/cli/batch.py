"""`wideseek batch`: a file of questions, one engine."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.options import RESULT, RUN, GroupedCommand, takes_settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command(cls=GroupedCommand)
@takes_settings
def batch(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    questions: Annotated[
        str, typer.Argument(metavar="FILE", help="A question a line, or JSON lines; - is stdin.")
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for the tables.", rich_help_panel=RESULT)
    ],
    output_format: Annotated[
        str,
        typer.Option("--format", "-f", help="csv tsv md json jsonl xlsx sqlite html", rich_help_panel=RESULT),
    ] = "csv",
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Add status and source columns.", rich_help_panel=RESULT)
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave cells that a spreadsheet would run.", rich_help_panel=RESULT)
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, max=64, help="Questions at once.", rich_help_panel=RUN)
    ] = 1,
    plain: Annotated[
        bool, typer.Option("--plain", help="A line per event, no live view.", rich_help_panel=RESULT)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Say nothing.", rich_help_panel=RESULT)
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Fetch a missing model without asking.", rich_help_panel=RUN)
    ] = False,
) -> None:
    """Answer many questions with one engine.

    The same command once more goes on where it stopped: answered questions are not asked again.
    """
    from wideseek_cli.cli.asking import say, with_model
    from wideseek_cli.cli.batching import Batch
    from wideseek_cli.cli.deliver import Output
    from wideseek_cli.cli.questions import Ledger, read_questions
    from wideseek_cli.opening import open_everything
    from wideseek_cli.record.store import Store
    from wideseek_cli.settings import load

    asked = read_questions(questions)
    settings = load(flags, profile=profile or "").settings

    def place(key: str) -> Output:
        return Output.of(str(out / f"{key}.{output_format}"), output_format, evidence=evidence, raw=raw)

    place("check")  # a bad format is told before anything is loaded
    tell = (lambda text: None) if quiet else say
    ledger = Ledger(out)
    settings = with_model(settings, yes=yes, quiet=quiet)
    store = Store.open(settings.record) if settings.keep_record else None

    async def work() -> int:
        async with await open_everything(settings, tell, runs=jobs) as opened:
            parts = Batch(opened, settings, store, ledger, place, tell, jobs, plain, quiet)
            return await parts.go(asked)

    try:
        code = asyncio.run(work())
    finally:
        if store is not None:
            store.close()
    raise typer.Exit(code)
