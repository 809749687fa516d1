"""`wideseek replay`: a recorded run once more on the screen. Needs no network and no model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import RecordFile, RunId
from wideseek_cli.record.ids import LAST

if TYPE_CHECKING:
    from wideseek_cli.core.events import Event

app = plain_app()


@app.command()
def replay(
    run: RunId = LAST,
    speed: Annotated[
        float | None,
        typer.Option("--speed", min=0.01, max=1e6, help="playback speed; without it at most a minute"),
    ] = None,
    plain: Annotated[bool, typer.Option("--plain", help="a line per event")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="write it as a moving picture instead")
    ] = None,
    record: RecordFile = None,
) -> None:
    """Show a finished run again, live and offline.

    Example: wideseek replay @last --speed 4
    """
    from wideseek_cli.cli.shared.deliver import Output, deliver
    from wideseek_cli.core import events as ev
    from wideseek_cli.core.state import RunState, apply
    from wideseek_cli.runs import Runs
    from wideseek_cli.ui.closing import closing_lines
    from wideseek_cli.ui.replay import enliven, fitting_speed, play
    from wideseek_cli.ui.streams import say
    from wideseek_cli.ui.views import open_view

    with Runs.open(record) as runs:
        events = enliven(runs.find(run).events())
    if svg:
        _draw(events, svg)
        return
    state = RunState()
    with open_view(plain=plain, clock=lambda: state.now) as view:

        def show(event: ev.Event) -> None:
            nonlocal state
            state = apply(state, event)
            view(event, state)

        play(events, show, speed or fitting_speed(events))
    deliver(state, Output.of("-", None))
    for line in closing_lines(state):
        say(line)


def _draw(events: Sequence[Event], file: Path) -> None:
    from wideseek_cli.core.events import RunStarted
    from wideseek_cli.core.text import clean_line
    from wideseek_cli.export.output import write_text
    from wideseek_cli.ui.recording import moving_picture

    question = next((event.question for event in events if isinstance(event, RunStarted)), "")
    picture = moving_picture(events, f'wideseek ask "{clean_line(question, 80)}"')

    write_text(file, picture)
