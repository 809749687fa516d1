"""Writing to a stream that somebody may have closed."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from wideseek_cli.errors import OutputError


def write_out(text: str, *, kept: str = "") -> bool:
    """Write a result to stdout. False when its reader has left (`| head -1`), which is no error;
    an OutputError when it cannot be written, with `kept` as the hint where it can still be had."""
    try:
        if sys.stdout is None:
            raise OSError(9, "there is no standard output")
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
        return False
    except UnicodeEncodeError:
        return write_out(text.encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding), kept=kept)
    except OSError as error:
        silence(sys.stdout)
        raise OutputError(f"the result cannot be written: {error.strerror}", hint=kept) from error
    return True


def silence(stream: TextIO | None) -> None:
    """Send what is still to come nowhere, so that the interpreter does not fail over it at its end."""
    if stream is None:
        return
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
