"""The process at the other end: waits for a task, does it within its limits, answers, waits again."""

from __future__ import annotations

import fcntl
import gc
import os
import pickle
import resource
import signal
import socket
import sys
from contextlib import suppress
from typing import Any

from wideseek_cli.core.errors import WideseekError
from wideseek_cli.workers import frames
from wideseek_cli.workers.task import Limits, Overrun, function_of

_LATE_S = 2.0  # after the parent's own limit


def main(line_fd: int, life_fd: int, first: str) -> None:
    """Serve until the parent is gone. `life_fd` is the reading end of a pipe that nobody writes to; `first`
    is the task that loads what the others need."""
    _die_with_parent(life_fd)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent decides when it is over
    line = socket.socket(fileno=line_fd)
    function_of(first)()
    gc.collect()
    gc.freeze()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # nothing here has a file to write
    with suppress(EOFError, OSError):
        frames.send(line, frames.pack("ready", None, _peak()))
        while True:
            name, arguments, limits = pickle.loads(frames.receive(line))  # noqa: S301 the parent is ours
            frames.send(line, _answer(name, arguments, limits))


def _die_with_parent(life_fd: int) -> None:
    """When the parent's end of the pipe closes the kernel sends SIGIO, which ends a process however busy
    its interpreter is. (On macOS it does not: there the timer of each task does it later.)"""
    if sys.platform == "linux":
        fcntl.fcntl(life_fd, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(life_fd, fcntl.F_SETFL, fcntl.fcntl(life_fd, fcntl.F_GETFL) | os.O_ASYNC)
        if os.getppid() == 1 and os.read(life_fd, 1) == b"":  # it had gone before we listened
            os._exit(0)


def _answer(name: str, arguments: tuple[Any, ...], limits: Limits) -> bytes:
    """How it went, within the limits of time, memory and size."""
    _limit(limits)
    try:
        data = frames.pack(*_done(name, arguments), _peak())
    except MemoryError:
        data = frames.pack("overran", Overrun.MEMORY.value, _peak())
    finally:
        _unlimit()
    return data if len(data) <= limits.output else frames.pack("overran", Overrun.OUTPUT.value, _peak())


def _done(name: str, arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", function_of(name)(*arguments)
    except MemoryError:
        return "overran", Overrun.MEMORY.value
    except WideseekError as error:
        return "refused", (type(error).__name__, str(error), error.hint)
    except Exception as error:  # outside bytes make parsers raise anything
        return "failed", type(error).__name__


def _limit(limits: Limits) -> None:
    """Timers whose default action ends the process, in the kernel: no Python has to run for it."""
    signal.setitimer(signal.ITIMER_PROF, limits.cpu_s)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds + _LATE_S)
    _soft_limit_of_data(limits.memory)


def _unlimit() -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    _soft_limit_of_data(resource.RLIM_INFINITY)


def _soft_limit_of_data(size: int) -> None:
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
        if hard != resource.RLIM_INFINITY:
            size = hard if size == resource.RLIM_INFINITY else min(size, hard)
        resource.setrlimit(resource.RLIMIT_DATA, (size, hard))


def _peak() -> int:
    """The most memory that this process has had, in bytes. Not Linux's ru_maxrss: a new program inherits it
    from the process that started it, and that may hold a model."""
    if sys.platform == "linux":
        with suppress(OSError), open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
