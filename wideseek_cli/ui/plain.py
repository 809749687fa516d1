"""A line per event on stderr."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TextIO

from wideseek_cli.core.events import Event
from wideseek_cli.core.plain import Closing
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.ui.amounts import clock
from wideseek_cli.ui.lines import MOST, describe


class PlainView(Closing):
    """Writes each event as it happens."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __call__(self, event: Event, state: RunState) -> None:
        said = describe(event)
        if said:
            line = f"{clock(state.active_s):>7}  {clean_line(said, MOST)}"
            with suppress(OSError, ValueError):  # nobody listens any more; the run goes on
                self._stream.write(f"{line}\n")
                self._stream.flush()

    def hear(self, tell: Callable[[str], object]) -> None:
        """Without a live view the keyboard is the shell's; `wideseek steer` tells the run things."""

    def close(self) -> None:
        """Nothing to give back."""

    def abandon(self) -> None:
        """Nothing here either."""


class QuietView(PlainView):
    """Says nothing."""

    def __call__(self, event: Event, state: RunState) -> None:
        """Nothing is shown."""
