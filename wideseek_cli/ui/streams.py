"""Writing to a stream that somebody may have closed."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from wideseek_cli.core.errors import OutputError
from wideseek_cli.export import output
from wideseek_cli.ui.signs import needs_plain, plain


def write_out(text: str, *, kept: str = "") -> None:
    """Write a result to stdout. A reader that has left (`| head -1`) is no error; when it cannot be written,
    `kept` is the hint where it can still be had."""
    try:
        output.write_out(text.encode("utf-8", "replace"))
    except OutputError as error:
        raise OutputError(str(error), hint=kept or error.hint) from error


def say(text: str) -> None:
    """A line to the user on stderr. That nobody may be there to read it costs no result."""
    with suppress(OSError, ValueError):
        sys.stderr.write(f"{plain(text) if needs_plain(sys.stderr) else text}\n")
        sys.stderr.flush()


def in_front(stream: TextIO) -> bool:
    """Whether the terminal is ours now: a job in the background must not paint over somebody's prompt."""
    try:
        return os.tcgetpgrp(stream.fileno()) == os.getpgrp()
    except (OSError, ValueError):  # no terminal of this session, so nobody types there
        return True
