"""The event stream as JSON lines, for other programs."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.events import Event
from wideseek_cli.core.plain import Closing
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.output import open_special, silence


def to_line(event: Event, run: str = "") -> str:
    """The event whole, on one line, in ASCII: safe on a terminal too. `run`: whose event it is."""
    head = {"event": type(event).__name__, **({"run": run} if run else {})}
    return json.dumps({**head, **dataclasses.asdict(event)}, default=str)


def _opened(target: str) -> TextIO:
    if os.path.exists(target) and not os.path.isfile(target):
        return io.TextIOWrapper(open_special(Path(target)), encoding="ascii")
    return open(target, "w", encoding="ascii")


class JsonLines(Closing):
    """Writes to a file, or with `-` to stdout; several runs may share it. Nothing that happens to it stops
    them: a reader may leave when it has seen enough, and of anything else `check` tells at the end."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._stream: TextIO | None
        try:
            self._stream = sys.stdout if target == "-" else _opened(target)
        except OSError as error:
            raise OutputError(f"cannot write {clean_line(target)}: {error.strerror}") from error
        self._problem = ""

    def __call__(self, event: Event, state: RunState) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(to_line(event, state.run) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            if self._stream is sys.stdout:
                silence(self._stream)
            if not isinstance(error, BrokenPipeError):
                self._problem = getattr(error, "strerror", None) or str(error)
            self.close()

    def check(self) -> None:
        """Fail if not all events could be written."""
        if self._problem:
            raise OutputError(f"events were no longer written to {self._target}: {self._problem}")

    def close(self) -> None:
        """Safe to call twice. What a full disk left in the buffer is lost, and `check` says so."""
        stream, self._stream = self._stream, None
        if stream is not None and stream is not sys.stdout:
            with suppress(OSError):
                stream.close()
