"""`wideseek replay`: a recorded run once more on the screen. Needs no network and no model."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.complete import complete_run
from wideseek_cli.record.ids import LAST

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def replay(
    run: Annotated[
        str,
        typer.Argument(metavar="ID", help="The run; its id can be shortened.", autocompletion=complete_run),
    ] = LAST,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.01, max=1e6, help="Times as fast; else it takes a minute at most."),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="A line per event.")] = False,
    record: Annotated[Path | None, typer.Option("--record", help="The record file.")] = None,
) -> None:
    """Show a finished run again, live and offline."""
    from wideseek_cli import events as ev
    from wideseek_cli.cli.deliver import Output, deliver
    from wideseek_cli.record.replay import enliven, fitting_speed, play
    from wideseek_cli.record.store import Store
    from wideseek_cli.settings import load
    from wideseek_cli.state import RunState, apply
    from wideseek_cli.ui.choose import open_view
    from wideseek_cli.ui.closing import closing_lines
    from wideseek_cli.ui.signs import glyphs_of
    from wideseek_cli.ui.streams import say

    with Store.open(load({"record": record}).settings.record, read_only=True) as store:
        events = enliven(store.events(store.find(run)))
    state = RunState()
    with open_view(plain=plain, clock=lambda: state.now) as view:

        def show(event: ev.Event) -> None:
            nonlocal state
            state = apply(state, event)
            view(event, state)

        play(events, show, speed or fitting_speed(events))
    deliver(state, Output.of("-", None))
    for line in closing_lines(state, glyphs_of(sys.stderr)):
        say(line)
