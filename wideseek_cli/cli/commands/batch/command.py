"""`wideseek batch`: a file of questions, one engine."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import RESULT, RUN, Delivery, GroupedCommand, option, takes_options

app = plain_app()


@app.command(cls=GroupedCommand)
@takes_options
def batch(
    *,
    flags: dict[str, Any],
    delivery: Delivery,
    profile: str | None = None,
    questions: Annotated[
        str, typer.Argument(metavar="FILE", help="a question a line, or JSON lines; - is stdin")
    ],
    out: Annotated[Path, option("--output -o", RESULT, "the folder for the tables")],
    jobs: Annotated[int, option("--jobs -j", RUN, "questions at once", min=1, max=64)] = 1,
) -> None:
    """Answer many questions with one engine.

    The same command again continues where it stopped: answered questions are not asked again.

    Example: wideseek batch questions.txt -o answers/ --jobs 2
    """
    from wideseek_cli.cli.commands.batch.batching import Batch, Places
    from wideseek_cli.cli.commands.batch.questions import Ledger, read_questions
    from wideseek_cli.cli.shared.asking import teller, with_model
    from wideseek_cli.cli.shared.deliver import check_events
    from wideseek_cli.session import Session
    from wideseek_cli.settings.layers import load
    from wideseek_cli.ui.jsonl import JsonLines

    settings = load(flags, profile=profile or "").settings
    asked = read_questions(questions, settings.columns)
    places = Places.of(out, delivery)
    check_events(delivery, settings.record, {questions: "the file of questions"})

    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(out))
        settings = with_model(settings, yes=delivery.yes, quiet=delivery.quiet)
        events = stack.enter_context(JsonLines(delivery.events)) if delivery.events else None

        async def work() -> tuple[int, bool]:
            session = await Session.open(settings, teller(quiet=delivery.quiet), runs=jobs)
            parts = Batch(session, settings, ledger, places, delivery, events, jobs)
            try:
                return await parts.go(asked), parts.hurried
            finally:
                if not parts.hurried:
                    await session.aclose()

        code, hurried = asyncio.run(work())
    if hurried:  # as for a single question: a model at work is not to be taken down in order
        os._exit(code)
    if events is not None:
        events.check()
    raise typer.Exit(code)
