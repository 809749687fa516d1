"""One worker process, seen from the parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

from wideseek_cli.core import errors
from wideseek_cli.core.errors import WideseekError, WorkerError
from wideseek_cli.workers import frames
from wideseek_cli.workers.task import Limits, Overrun, TaskFailed, TaskOverran, result_of

_START_S = 60.0  # on a machine whose cores are all taken
_CODE = (
    "import sys; line, life, first, *sys.path = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]; "
    "from wideseek_cli.workers.child import main; main(line, life, first)"
)
# What a reader of pages needs to know of its surroundings: no keys of search engines among it.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "TZ", "TMPDIR")
_ENVIRONMENT_PREFIXES = ("LC_", "LD_", "DYLD_")


class WorkerProcess:
    """Started when it is first needed, and again after it was ended. It belongs to one thread; `kill`, which
    makes that thread's call fail, is for others."""

    def __init__(self, first: str) -> None:
        self._first = first
        self._lock = threading.Lock()  # around what others may look at
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._life = -1
        self.ready = False

    def start(self) -> None:
        """Start it and wait until it is ready: meanwhile a task is better done by another. Where it ends
        before that, the next call says so."""
        if self._process is not None:
            return
        self._begin()
        if (line := self._line) is not None:
            with suppress(TimeoutError, EOFError, OSError, frames.BadFrame):
                self._wait_until_ready(line)

    def _begin(self) -> None:
        try:
            self._spawn()
        except OSError as error:
            hint = "allow more processes and open files (ulimit -u, ulimit -n)"
            reason = (error.strerror or str(error)).lower()
            raise WorkerError(f"cannot start a process that reads pages: {reason}", hint=hint) from error

    def call(self, name: str, request: bytes, limits: Limits) -> Any:
        """What the task `name` returns. Raises what `task` names, or the error of ours that it raised."""
        if self._process is None:
            self._begin()
        line = self._line
        assert line is not None
        try:
            self._wait_until_ready(line)
            end = time.monotonic() + limits.seconds
            frames.send(line, request, end)
            answer = frames.receive(line, end, limits.output + 1_000_000)
            said, value, peak = frames.unpack(answer, result_of(name))
        except TimeoutError as error:
            self.clear()
            raise TaskOverran(Overrun.TIME) from error
        except frames.BadFrame as error:
            self.clear()
            raise TaskFailed("a bad answer") from error
        except (EOFError, OSError) as error:
            raise self._death() from error
        if peak > limits.worn:
            self.clear()
        return _value(said, value)

    def kill(self) -> None:
        """End the process at once: the call that waits for it fails, and the next one starts another."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def clear(self) -> int:
        """End the process, if there is one, and forget it; its exit status."""
        with self._lock:
            process, line, life = self._process, self._line, self._life
            self._process, self._line, self._life = None, None, -1
        if line is not None:
            line.close()
        if life >= 0:
            os.close(life)
        if process is None:
            return 0
        process.kill()
        return process.wait()

    @property
    def pid(self) -> int | None:
        process = self._process
        return process.pid if process else None

    def _spawn(self) -> None:
        """A fresh interpreter, not a fork: this process may hold a model and threads."""
        ours, theirs = socket.socketpair()
        life_read, life_write = os.pipe()
        try:
            told = (str(theirs.fileno()), str(life_read), self._first, *_paths())
            command = [sys.executable, "-I", "-c", _CODE, *told]
            process = subprocess.Popen(
                command,
                pass_fds=(theirs.fileno(), life_read),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,  # Ctrl-C is for the parent
            )
        except BaseException:
            ours.close()
            os.close(life_write)
            raise
        finally:
            theirs.close()
            os.close(life_read)
        with self._lock:
            self._process, self._line, self._life = process, ours, life_write
            self.ready = False

    def _wait_until_ready(self, line: socket.socket) -> None:
        if not self.ready:
            frames.receive(line, time.monotonic() + _START_S, 1000)
            self.ready = True

    def _death(self) -> Exception:
        """Why the process ended in the middle of a task."""
        with suppress(subprocess.TimeoutExpired):
            if self._process is not None:
                self._process.wait(1.0)  # its line has closed, so it is ending by itself
        code = self.clear()
        if code in (-signal.SIGPROF, -signal.SIGALRM, -signal.SIGXCPU):
            return TaskOverran(Overrun.TIME)
        return TaskFailed(signal.Signals(-code).name if code < 0 else f"exit {code}")


def _value(said: str, value: Any) -> Any:
    if said == "done":
        return value
    if said == "overran":
        raise TaskOverran(Overrun(value))
    if said == "refused":
        name, message, hint = value
        kind = getattr(errors, str(name), None)
        if isinstance(kind, type) and issubclass(kind, WideseekError):
            raise kind(str(message), hint=str(hint))
    raise TaskFailed(str(value)[:80])


def _paths() -> list[str]:
    """Where modules come from, as here; never from wherever the process stands."""
    return [os.path.abspath(path) for path in sys.path if path]


def _environment() -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
    }
    return kept | {"MALLOC_ARENA_MAX": "2"}
