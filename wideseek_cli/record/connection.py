"""SQLite itself: opened, brought up to date, its errors turned into ours."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wideseek_cli.core.errors import NotFoundError, RecordError
from wideseek_cli.core.machine import no_files_left
from wideseek_cli.record import schema

BUSY_MS = 30_000  # another run's commit takes milliseconds; a prune of a big file some seconds
_ELSEWHERE = "Free some room, or keep the record elsewhere (--record FILE) or not at all (--no-record)."
_PLACES = "Give another place with --record FILE, or keep none with --no-record."


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's and the file system's errors into a line that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explain(path, error) from error
    except UnicodeDecodeError as error:  # SQLite's own words, about names that are no text any more
        raise _damaged(path) from error
    except OSError as error:
        raise RecordError(f"the run record {path} cannot be used: {error.strerror}", hint=_PLACES) from error


def _explain(path: Path, error: sqlite3.Error) -> RecordError:
    text = str(error)
    if "full" in text or "disk I/O" in text:
        return RecordError(f"the disk is full: the run record {path} cannot be written", hint=_ELSEWHERE)
    if "unable to open" in text and no_files_left():
        return RecordError(
            f"the run record {path} cannot be opened: too many open files",
            hint="raise the limit: ulimit -n 1024",
        )
    if "readonly" in text or "unable to open" in text:
        return RecordError(f"the run record {path} cannot be written", hint=_PLACES)
    if "not a database" in text or "malformed" in text:
        return _damaged(path)
    if "locked" in text:
        return RecordError(f"the run record {path} is held by another program", hint="close it, or wait")
    return RecordError(f"the run record {path} failed: {text}", hint=_PLACES)


def _damaged(path: Path) -> RecordError:
    return RecordError(f"{path} is not a run record, or is damaged", hint=_PLACES)


def connect(path: Path) -> sqlite3.Connection:
    """Open or make the file for reading and writing."""
    with translated(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not path.is_file():
            raise RecordError(f"{path} is not a file, so no run can be recorded in it", hint=_PLACES)
        _make(path)
        db = sqlite3.connect(path, timeout=BUSY_MS / 1000, isolation_level=None)
        try:
            _check(db, path)
            _use_wal(db)
            db.execute("PRAGMA synchronous = NORMAL")  # a power cut may lose the last moments, never the file
            db.execute("PRAGMA foreign_keys = ON")
            schema.migrate(db)
        except BaseException:
            db.close()
            raise
    return db


def _make(path: Path) -> None:
    """A new file that nobody else can read. One that is there is left alone: closing it here would take from
    this process the locks of a connection that it has already, and with the next reader that leaves, SQLite
    would delete the log that this connection goes on writing to."""
    if not path.exists():
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file that may lie where nothing can be written."""
    if not path.is_file():
        raise NotFoundError(f"no run is recorded yet in {path}", hint='start one: wideseek ask "…"')
    with translated(path):
        try:
            db = _open_to_read(path, "mode=ro")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise
            # A folder without write permission: nobody else can be writing there either.
            _refuse_wal(path)
            db = _open_to_read(path, "immutable=1")
    if schema.version_of(db) < len(schema.MIGRATIONS):
        db.close()
        return connect(path)
    return db


def _refuse_wal(path: Path) -> None:
    """What stands in a WAL file alone would be missing without a word."""
    wal = path.with_name(path.name + "-wal")
    if wal.is_file() and wal.stat().st_size:
        raise RecordError(
            f"the last events of the run record {path} are in {wal.name}, and cannot be read where nothing "
            "can be written",
            hint="copy both files to a folder of your own, and name the copy with --record FILE",
        )


def _open_to_read(path: Path, how: str) -> sqlite3.Connection:
    name = f"{path.absolute().as_uri()}?{how}"
    db = sqlite3.connect(name, uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
    try:
        _check(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _check(db: sqlite3.Connection, path: Path) -> None:
    db.execute("BEGIN")  # one view of the file, though another process may be making it just now
    foreign = schema.is_foreign(db)
    db.execute("COMMIT")
    if foreign:
        raise RecordError(f"{path} is another program's database", hint=_PLACES)
    if schema.version_of(db) > len(schema.MIGRATIONS):
        raise RecordError(
            f"{path} was written by a newer wideseek", hint="upgrade wideseek, or use another --record FILE"
        )


def _use_wal(db: sqlite3.Connection) -> None:
    """Writers that do not block readers; where the file system has no shared memory SQLite keeps its
    rollback journal, as safe and slower. Two programs that open a new file at once may collide here,
    in the one place where SQLite does not wait by itself."""
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.01)


@contextmanager
def one_moment(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Everything that is read in it is of one moment, whatever other processes write or forget."""
    with translated(path):
        db.execute("BEGIN")
        try:
            yield
        finally:
            if db.in_transaction:
                db.execute("COMMIT")


@contextmanager
def transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All or nothing, written before it returns."""
    with translated(path):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            raise
