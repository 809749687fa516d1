"""The event stream as JSON lines, for other programs."""

from __future__ import annotations

import dataclasses
import json
import sys
from contextlib import suppress
from types import TracebackType
from typing import TextIO

from wideseek_cli.errors import OutputError
from wideseek_cli.events import Event
from wideseek_cli.state import RunState
from wideseek_cli.ui.streams import silence


def to_line(event: Event) -> str:
    """The event whole, on one line, in ASCII: safe on a terminal too."""
    return json.dumps({"event": type(event).__name__, **dataclasses.asdict(event)}, default=str)


class JsonLines:
    """Writes to a file, or with `-` to stdout. A reader that left is no reason to stop the run."""

    def __init__(self, target: str) -> None:
        self._target = target
        self._stream: TextIO | None
        try:
            self._stream = sys.stdout if target == "-" else open(target, "w", encoding="ascii")  # noqa: SIM115
        except OSError as error:
            raise OutputError(f"cannot write {target}: {error.strerror}") from error
        self.problem = ""

    def __call__(self, event: Event, state: RunState) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(to_line(event) + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            if self._stream is sys.stdout:
                silence(self._stream)
            reason = getattr(error, "strerror", None) or str(error)
            self.problem = f"events were no longer written to {self._target}: {reason}"
            self.close()

    def close(self) -> None:
        """Safe to call twice. What a full disk left in the buffer is lost, and `problem` says so."""
        stream, self._stream = self._stream, None
        if stream is not None and stream is not sys.stdout:
            with suppress(OSError):
                stream.close()

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
