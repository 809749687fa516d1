"""One process per run: a lock that the system takes back when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from wideseek_cli.core.errors import RecordError, RunBusyError


def place_of(record: Path, run: str) -> Path:
    """The run's file. A record that somebody else made may call a run `../../x`."""
    if not run.isalnum():
        raise RecordError(f"{run!r} is not a run id", hint=f"the record {record} was changed or damaged")
    return record.with_name(record.name + ".locks") / run


class RunLock:
    """Held from making until release. `file`: one that another process took and handed over."""

    def __init__(self, record: Path, run: str, file: int | None = None) -> None:
        self._path = place_of(record, run)
        self._path.parent.mkdir(0o700, exist_ok=True)
        self._file: int | None = self._take(run) if file is None else self._taken_over(run, file)

    def _take(self, run: str) -> int:
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(file)
                if not isinstance(error, BlockingIOError):
                    raise
                raise RunBusyError(
                    f"run {run} is running in another process",
                    hint="wait for it, or stop that process first",
                ) from error
            if self._path.exists() and os.path.samestat(os.fstat(file), self._path.stat()):
                return file
            os.close(file)  # its last holder has just taken the file away

    def _taken_over(self, run: str, file: int) -> int:
        if not (self._path.exists() and os.path.samestat(os.fstat(file), self._path.stat())):
            raise RecordError(f"file {file} is not the lock of run {run}")
        os.set_inheritable(file, False)
        return file

    def hand_over(self) -> int:
        """The file for a process that is begun now, which holds the lock on; nothing is to be released here
        but the file itself."""
        assert self._file is not None
        file, self._file = self._file, None
        return file

    def release(self) -> None:
        """Safe to call twice."""
        if self._file is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None


def is_running(record: Path, run: str) -> bool:
    """Whether some process holds this run now."""
    try:
        file = os.open(place_of(record, run), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        os.close(file)
    return False


def wait_for(record: Path, run: str) -> None:
    """Return when no process holds this run; the system wakes us, nothing is polled."""
    try:
        file = os.open(place_of(record, run), os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


def log_of(record: Path, run: str) -> Path:
    """Where a detached run's messages go."""
    place = place_of(record, run)
    return place.with_name(place.name + ".log")


def forget(record: Path, run: str) -> None:
    """Take away what a killed run left behind, and a detached one's messages."""
    place_of(record, run).unlink(missing_ok=True)
    log_of(record, run).unlink(missing_ok=True)
