"""Runs that outlive their terminal, begun in a process of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from wideseek_cli.core.errors import RecordError, WideseekError
from wideseek_cli.record.detached import last_line
from wideseek_cli.record.lock import log_of
from wideseek_cli.ui.streams import silence


def detach(record: Path, run: str, work: Callable[[Callable[[], None]], int]) -> None:
    """Go on with `work` in a process of its own, and return here once that has the run's lock: it calls what
    it is given then. Raises when it ended before that."""
    log = log_of(record, run)
    log.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    if os.fork() == 0:
        os.close(reading)
        _go_on_alone(log, writing, work)
    os.close(writing)
    os.wait()  # the process between us and the one that works ends at once
    with os.fdopen(reading, "rb") as heard:
        if heard.read(1) != b"+":
            raise RecordError(f"the run failed to start: {last_line(log)}", hint=f"see {log}")


def _go_on_alone(log: Path, writing: int, work: Callable[[Callable[[], None]], int]) -> None:
    os.setsid()
    if os.fork():
        os._exit(0)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for target, source in ((0, nowhere), (1, nowhere), (2, out)):
        os.dup2(source, target)
    code = 1
    try:
        code = work(lambda: _say_begun(writing))
    except WideseekError as error:
        sys.stderr.write(f"wideseek: {error}\n")
        code = error.exit_code
    except BaseException as error:
        sys.stderr.write(f"wideseek: {error!r}\n")
    finally:
        try:
            sys.stderr.flush()
        except (OSError, ValueError):
            silence(sys.stderr)
        os._exit(code)


def _say_begun(writing: int) -> None:
    os.write(writing, b"+")
    os.close(writing)
