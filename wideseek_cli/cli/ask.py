"""`wideseek ask`: a question in, a table whose cells are proved out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.options import ASKING, RESULT, RUN, GroupedCommand, takes_settings
from wideseek_cli.errors import NotFoundError, UsageError

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

_MOST_QUESTION = 100_000  # characters


@app.command(cls=GroupedCommand)
@takes_settings
def ask(
    *,
    flags: dict[str, Any],
    profile: str | None = None,
    question: Annotated[
        list[str] | None,
        typer.Argument(help="The question; @FILE reads it from a file, - or nothing from stdin."),
    ] = None,
    output_format: Annotated[
        str | None,
        typer.Option(
            "--format", "-f", help="table md csv tsv json jsonl xlsx sqlite html", rich_help_panel=RESULT
        ),
    ] = None,
    out: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="A file, format by its ending; - is stdout.", rich_help_panel=RESULT
        ),
    ] = "-",
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Add status and source columns.", rich_help_panel=RESULT)
    ] = False,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave cells that a spreadsheet would run.", rich_help_panel=RESULT)
    ] = False,
    plain: Annotated[
        bool, typer.Option("--plain", help="A line per event, no live view.", rich_help_panel=RESULT)
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Only the result.", rich_help_panel=RESULT)
    ] = False,
    events: Annotated[
        str,
        typer.Option(
            "--events", help="Write the event stream as JSON lines to FILE or -.", rich_help_panel=RESULT
        ),
    ] = "",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Show settings and prompts' sizes, then stop.", rich_help_panel=ASKING
        ),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Fetch a missing model without asking.", rich_help_panel=RUN)
    ] = False,
) -> None:
    """Answer a broad question with a sourced table.

    \b
    wideseek ask "List the countries of South America with capital" -c "country, capital"
    echo "…" | wideseek ask -o table.csv
    """
    from wideseek_cli.cli.asking import Shown, ask_and_deliver
    from wideseek_cli.cli.deliver import Output
    from wideseek_cli.settings import load

    asked = read_question(question or [])
    settings = load(flags, profile=profile or "").settings
    output = Output.of(out, output_format, evidence=evidence, raw=raw, taken=events == "-")
    if dry_run:
        from wideseek_cli.cli.dry import show_plan

        show_plan(asked, settings)
        return
    shown = Shown(plain, quiet, events)
    raise typer.Exit(ask_and_deliver(asked, settings, output, shown, yes=yes))


def read_question(words: list[str]) -> str:
    """The question from the command line, a file, or stdin."""
    text = " ".join(words).strip()
    if text.startswith("@"):
        text = _from_file(Path(text[1:]).expanduser())
    elif text in ("", "-"):
        if sys.stdin is None or (sys.stdin.isatty() and not text):
            raise UsageError("no question is given", hint='Ask like this: wideseek ask "List the …"')
        text = sys.stdin.read(_MOST_QUESTION)
    if not text.strip():
        raise UsageError("the question is empty")
    return text.strip()


def _from_file(path: Path) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            return file.read(_MOST_QUESTION)
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as text: {error}") from error
