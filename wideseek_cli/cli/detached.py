"""Runs that outlive their terminal: begun in a process of its own, waited for, stopped, followed."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from wideseek_cli.errors import NotFoundError, RecordError, WideseekError
from wideseek_cli.record.lock import is_running, place_of, wait_for
from wideseek_cli.record.store import Store
from wideseek_cli.ui.streams import silence


def log_of(record: Path, run: str) -> Path:
    """Where a detached run's messages go."""
    place = place_of(record, run)
    return place.with_name(place.name + ".log")


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
            raise RecordError(f"the run ended before it began: {_last_line(log)}", hint=f"see {log}")


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


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1].removeprefix("wideseek: ") if lines else "it said nothing"


def found(store: Store, wanted: str) -> str:
    """As `store.find`, also for a run whose model is still being loaded."""
    if wanted.isalnum() and is_running(store.path, wanted):
        return wanted
    return store.find(wanted)


def wait(store: Store, run: str) -> int:
    """Until no process is at the run; its exit code."""
    wait_for(store.path, run)
    if run not in store.ids():
        log = log_of(store.path, run)
        raise NotFoundError(f"run {run} ended before it began: {_last_line(log)}", hint=f"see {log}")
    code = store.entry(run).exit_code
    if code is None:
        raise RecordError(f"run {run} was killed", hint=f"go on with it: wideseek resume {run}")
    return code
