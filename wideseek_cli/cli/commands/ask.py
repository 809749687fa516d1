"""`wideseek ask`: a question in, a table whose cells are proved out."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Annotated, Any

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import ASKING, Delivery, Detach, GroupedCommand, option, takes_options
from wideseek_cli.cli.shared.usertext import read_file, read_stdin
from wideseek_cli.core.errors import UsageError

app = plain_app()

_MOST_QUESTION = 100_000  # characters
_HINT = 'ask like this: wideseek ask "List the …"'


@app.command(cls=GroupedCommand)
@takes_options
def ask(
    *,
    flags: dict[str, Any],
    delivery: Delivery,
    profile: str | None = None,
    question: Annotated[
        list[str] | None,
        typer.Argument(help="the question; @FILE reads it from a file, - or nothing from stdin"),
    ] = None,
    from_run: Annotated[
        str,
        option("--from", ASKING, "a run, @last or @ID: more of its table, as asked now"),
    ] = "",
    rows: Annotated[str, option("--rows", ASKING, "with --from: rows to add, by name")] = "",
    detach: Detach = False,
    dry_run: Annotated[
        bool,
        option("--dry-run", ASKING, "show settings and prompts' sizes, then stop"),
    ] = False,
) -> None:
    """Answer a broad question with a sourced table.

    \b
    wideseek ask "List the countries of South America with capital" -c "country, capital"
    echo "…" | wideseek ask -o table.csv
    """
    from wideseek_cli.settings.layers import load
    from wideseek_cli.workers import shared

    if rows and not from_run:
        raise UsageError("--rows needs a table to add to", hint="name its run: --from @last")
    asked = "" if from_run and not question else read_question(question or [])
    loaded = load(flags, profile=profile or "")
    ahead = None
    if not (dry_run or detach):
        from wideseek_cli.opening import load_ahead

        shared().warm()  # it starts while we import the rest, and so does the model
        ahead = None if from_run else load_ahead(loaded.settings)
    from wideseek_cli.cli.shared.asking import answer
    from wideseek_cli.cli.shared.deliver import Output
    from wideseek_cli.core.task import Task

    named = {question[0][1:]: "the file of the question"} if question and question[0].startswith("@") else {}
    output = Output.as_asked(delivery, loaded.settings.record, named)
    task = Task(asked, loaded.settings)
    if from_run:
        from wideseek_cli.tasks import going_on

        task = going_on(from_run, asked, rows, loaded)
    if dry_run:
        from wideseek_cli.cli.shared.dry import show_plan

        show_plan(task.question, replace(loaded, settings=task.settings))
        return
    answer(task, output, delivery, detach=detach, ahead=ahead)


def read_question(words: list[str]) -> str:
    """The question from the command line, a file, or stdin."""
    text = " ".join(words).strip()
    if text.startswith("@"):
        text = read_file(text[1:], _MOST_QUESTION, _HINT)
    elif text in ("", "-"):
        if sys.stdin.isatty() and not text:
            raise UsageError("no question is given", hint=_HINT)
        text = read_stdin(_MOST_QUESTION)
    if not text.strip():
        raise UsageError("the question is empty", hint=_HINT)
    return text.strip()
