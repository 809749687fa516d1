"""`wideseek demo`: the whole system at work with the smallest model, on built-in pages, no web search."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.core.errors import ExitCode, WideseekError
from wideseek_cli.core.text import clean_line
from wideseek_cli.ui.streams import say

if TYPE_CHECKING:
    from wideseek_cli.core.state import RunState
    from wideseek_cli.settings.config import Settings

app = plain_app()

QUESTIONS = (
    "List the countries of South America with capital and internet country code.",
    "List the countries of Central Asia with capital and total area.",
    "List the countries of North America with capital and median age.",
)
REAL_MODEL = "wideseek-r1-4b"
_WIDTH = 4  # as many subagents at once as two cores keep busy
_LINES = 30  # of the explanation; the page around the quote may be long


@app.command()
def demo(
    question: Annotated[
        list[str] | None,
        typer.Argument(help="about the countries of the world; without one: pick from a list"),
    ] = None,
    width: Annotated[int, typer.Option("--width", "-w", min=1, max=10, help="subagents at once")] = _WIDTH,
    out: Annotated[
        str, typer.Option("--output", "-o", help="a file, format by its ending; - is stdout")
    ] = "-",
    plain: Annotated[bool, typer.Option("--plain", help="a line per event, no live view")] = False,
) -> None:
    """See it work: demo model, built-in pages, no web search.

    Example: wideseek demo --width 2
    """
    from wideseek_cli.cli.shared.asking import ask_and_deliver, with_model
    from wideseek_cli.cli.shared.deliver import Output
    from wideseek_cli.cli.shared.options import Delivery
    from wideseek_cli.core.task import Task
    from wideseek_cli.record.ids import new_run_id
    from wideseek_cli.settings.layers import load

    asked = " ".join(question or ()).strip() or _pick()
    say(f"question: {clean_line(asked, 200)}")
    settings = with_model(demo_settings(width), yes=False, quiet=False, may_fetch=not load().settings.offline)
    run = new_run_id()
    output = Output.of(out, None, record=settings.record)
    code = ask_and_deliver(Task(asked, settings), output, Delivery(plain=plain), run_id=run)
    if code in (ExitCode.OK, ExitCode.INCOMPLETE):
        for line in closing_words(settings, run):
            say(line)
    raise typer.Exit(code)


def demo_settings(width: int) -> Settings:
    """What the demo runs with; of the user's own settings only where runs are kept."""
    from wideseek_cli.settings.config import Settings
    from wideseek_cli.settings.layers import load

    own = load().settings
    return Settings(
        model="demo",
        sources=("factbook",),
        offline=True,
        width=width,
        record=own.record,
        keep_record=own.keep_record,
    )


def _pick() -> str:
    """One of the offered questions: asked for on a terminal, else the first."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return QUESTIONS[0]
    for number, text in enumerate(QUESTIONS, start=1):
        say(f"  {number}  {text}")
    sys.stderr.write("Which one (or type your own)? [1] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip()
    if answer.isdigit() and 1 <= int(answer) <= len(QUESTIONS):
        return QUESTIONS[int(answer) - 1]
    return answer or QUESTIONS[0]


def closing_words(settings: Settings, run: str) -> Iterator[str]:
    """What that was, why a cell of it should be believed, and how to get the real thing."""
    from wideseek_cli.models.choose import Wanted
    from wideseek_cli.models.needed import download_size
    from wideseek_cli.models.registry import load_registry

    yield ""
    yield "That was the demo model: 135 million parameters, taught this tool's protocol on pages like these."
    yield "It ran on this machine, from the built-in world almanac, without a network."
    yield from _why_a_cell(settings, run)
    registry = load_registry()
    wanted = Wanted(REAL_MODEL, entry=registry.get(REAL_MODEL))
    yield ""
    yield f"For questions about anything, get the real model ({download_size(wanted, registry)}):"
    yield f"  wideseek models pull {REAL_MODEL}"
    yield '  wideseek ask "…"'


def _why_a_cell(settings: Settings, run: str) -> Iterator[str]:
    """The explanation of one proved cell of the run that just ended, as `runs why` gives it. The last one
    in the record may be another by now."""
    from wideseek_cli.runs import Runs
    from wideseek_cli.ui.why import explain, find_cell

    if not settings.keep_record:
        return
    try:
        with Runs.open(settings.record) as runs:
            found = runs.find(run)
            state = found.state
            place = _telling_cell(state)
            if place is None or state.table is None:
                return
            row, column = place
            yield ""
            yield f"Why believe a cell? wideseek runs why {run} {row} {column}"
            cell = find_cell(state.table, str(row), str(column))
            yield from (
                f"  {line}" for line in islice(explain(state, state.table, cell, found.events()), _LINES)
            )
    except WideseekError as error:  # the table is out already; its explanation is an extra
        yield f"  {error}"


def _telling_cell(state: RunState) -> tuple[int, int] | None:
    """Row and column number of the first proved cell that is not a row's name."""
    from wideseek_cli.table.model import CellStatus

    for row_number, row in enumerate(state.table.rows if state.table else (), start=1):
        for number, cell in enumerate(row.cells, start=1):
            if number > 1 and cell.status is CellStatus.PROVED:
                return row_number, number
    return None
