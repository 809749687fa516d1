"""Detached runs as other processes see them: found by id, waited for, their messages, their queue."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from wideseek_cli.core.errors import NotFoundError, RecordError, RunStoppedError
from wideseek_cli.record import ids
from wideseek_cli.record.inbox import STOP, Inbox
from wideseek_cli.record.lock import is_running, log_of, wait_for
from wideseek_cli.record.store import Store

LOOK = 0.2  # seconds between two looks whether it is a run's turn


def last_line(log: Path) -> str:
    """What a detached run said last."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1].removeprefix("wideseek: ") if lines else "it said nothing"


def found(store: Store, wanted: str) -> str:
    """As `store.find`, also for a detached run that waits for its turn or model, or failed to start."""
    if ids.is_whole(wanted) and (is_running(store.path, wanted) or log_of(store.path, wanted).exists()):
        return wanted
    return store.find(wanted)


def wait(store: Store, run: str) -> int:
    """Until no process is at the run; its exit code."""
    wait_for(store.path, run)
    if run not in store.ids():
        log = log_of(store.path, run)
        raise NotFoundError(f"run {run} failed to start: {last_line(log)}", hint=f"see {log}")
    code = store.entry(run).exit_code
    if code is None:
        raise RecordError(f"run {run} was killed", hint=f"continue it: wideseek resume {run}")
    return code


@dataclass(frozen=True)
class Queued:
    """A detached run that has not ended: the first one's turn it is."""

    run: str
    question: str
    at: float


def join(record: Path, run: str, question: str) -> None:
    """Queue up. The caller holds the run's lock: one whose process has died holds nobody up."""
    with _opened(record) as file:
        waiting = [*_alive(record, _read(file)), Queued(run, question, time.time())]
        lines = "".join(json.dumps(asdict(one)) + "\n" for one in waiting).encode()
        os.pwrite(file, lines, 0)
        os.ftruncate(file, len(lines))


def queue(record: Path) -> list[Queued]:
    """The detached runs that have not ended, in the order of their turns."""
    if not _place(record).exists():
        return []
    with _opened(record) as file:
        return _alive(record, _read(file))


def ahead(record: Path, run: str) -> int:
    """How many runs have their turn before this one."""
    names = [one.run for one in queue(record)]
    return names.index(run) if run in names else 0


def wait_turn(record: Path, run: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Until no run before this one goes on; RunStoppedError if somebody stops it meanwhile."""
    inbox = Inbox(record, run)
    while ahead(record, run):
        if any(letter.kind == STOP for letter in inbox.take()):
            raise RunStoppedError(f"run {run} was stopped while it waited for its turn")
        pause(LOOK)


def _place(record: Path) -> Path:
    return record.with_name(record.name + ".locks") / "queue.jsonl"  # no run's: that is letters and digits


@contextmanager
def _opened(record: Path) -> Iterator[int]:
    file = os.open(_place(record), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int) -> list[Queued]:
    """A line that is none of ours is passed over."""
    found = []
    for line in os.pread(file, os.fstat(file).st_size, 0).splitlines():
        try:
            plain = json.loads(line)
            found.append(Queued(str(plain["run"]), str(plain["question"]), float(plain["at"])))
        except (ValueError, KeyError, TypeError):
            continue
    return [one for one in found if ids.is_whole(one.run)]


def _alive(record: Path, queued: list[Queued]) -> list[Queued]:
    return [one for one in queued if is_running(record, one.run)]
