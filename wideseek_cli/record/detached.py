"""Detached runs: queued in the record, begun in a process of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import ExitCode, RecordError, RunStoppedError, WideseekError
from wideseek_cli.record.inbox import STOP, Inbox
from wideseek_cli.record.lock import log_of
from wideseek_cli.record.store import RunJournal, Store
from wideseek_cli.table.model import Document

LOOK = 0.2  # seconds between two looks whether it is a run's turn
PROGRAM = (sys.executable, "-m", "wideseek_cli")


def begin(
    record: Path | None,
    asked: ev.RunQueued,
    pages: Iterable[Document] = (),
    orders: Mapping[str, Any] | None = None,
) -> str:
    """Queue a run and begin its process, which holds the run's lock from the first moment; its id. `pages`
    are known already; `orders` are for that process."""
    with Store.open(record) as store:
        journal = store.journal()
        for event in (replace(asked, run=journal.run), *(ev.DocumentSaved(page) for page in pages)):
            journal.commit(event)
        lock = journal.hand_over()
        try:
            _begin_process(store.path, journal.run, lock, {"lock": lock, **(orders or {})})
        finally:
            os.close(lock)
        return journal.run


def _begin_process(record: Path, run: str, lock: int, orders: Mapping[str, Any]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    words = ["resume", run, "--record", str(record), "--plain", "--yes", "--detached", json.dumps(orders)]
    try:
        log = os.open(log_of(record, run), flags, 0o600)
        try:
            process = subprocess.Popen(
                [*PROGRAM, *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,
            )
        finally:
            os.close(log)
    except OSError as error:
        raise RecordError(f"no process can be started for run {run}: {error.strerror}") from error
    threading.Thread(target=process.wait, daemon=True).start()  # a server that stays must not keep the dead


@contextmanager
def in_turn(store: Store, journal: RunJournal) -> Iterator[None]:
    """Wait for the run's turn; whatever ends it before it has begun is its end in the record."""
    try:
        wait_turn(store, journal.run)
        yield
    except Exception as error:
        if store.entry(journal.run).ending is None:
            code = error.exit_code if isinstance(error, WideseekError) else ExitCode.FAILED
            ending = ev.Ending.INTERRUPTED if code == ExitCode.INTERRUPTED else ev.Ending.FAILED
            journal.commit(ev.RunEnded(ending, code, "", str(error) or type(error).__name__))
        raise


def wait_turn(store: Store, run: str, pause: Callable[[float], None] = time.sleep) -> None:
    """Until no run before this one goes on; RunStoppedError if somebody stops it meanwhile."""
    inbox = Inbox(store.path, run, queued=True)
    while store.ahead(run):
        if any(letter.kind == STOP for letter in inbox.take()):
            raise RunStoppedError(f"run {run} was stopped while it waited for its turn")
        pause(LOOK)
