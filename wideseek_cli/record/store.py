"""The run record: one SQLite file with every run in it, written event by event."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from wideseek_cli.core import events as ev
from wideseek_cli.core import paths
from wideseek_cli.core.errors import NotFoundError, RecordError, RunBusyError
from wideseek_cli.core.plain import Closing, to_plain
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.record import codec, connection, ids, inbox
from wideseek_cli.record.lock import RunLock, forget, is_running
from wideseek_cli.settings.config import Settings
from wideseek_cli.table.model import CellStatus, Table


@dataclass(frozen=True)
class RunEntry:
    """One line of `wideseek runs`. `ending` is None for a run that was cut off or still goes on."""

    id: str
    question: str
    model: str
    source: str
    version: str
    started: float
    updated: float
    ending: ev.Ending | None
    exit_code: int | None
    rows: int
    cells: int
    proved: int
    begun: bool
    running: bool
    ahead: int  # runs that have their turn before this one

    @property
    def share(self) -> int | None:
        """Percent of its cells that are proved; None: none is checked yet."""
        checked = self.cells and (self.proved or not self.running)
        return 100 * self.proved // self.cells if checked else None

    @property
    def state(self) -> str:
        """Where it stands."""
        return standing(self.ending, running=self.running, begun=self.begun, ahead=self.ahead)


def standing(ending: ev.Ending | None, *, running: bool, begun: bool, ahead: int = 0) -> str:
    """One word for where a run stands."""
    if ending is not None:
        return ending.value
    if not running:
        return "cut_off"
    return "running" if begun else "queued" if ahead else "starting"


_NEWEST_FIRST = "ORDER BY rowid DESC"  # as they were begun, though the clock was set back between
_CLOSING = 3600.0  # seconds after which a run that has ended has surely let go of its model
NO_END = 2**62  # more events than a run can have
_LISTED = tuple(part.name for part in fields(RunEntry) if part.name not in ("running", "ahead"))


class RunJournal:
    """Where one run's events go. Each is on disk before `commit` returns."""

    def __init__(self, store: Store, run: str, lock: int | None = None) -> None:
        self.run, self.store = run, store
        self._lock = RunLock(store.path, run, lock)
        self.inbox = inbox.Inbox(store.path, run, queued=lock is not None)
        self._seq = store.event_count(run)  # only now: till then another process may have added to it

    def commit(self, event: ev.Event) -> None:
        """Write one event. Transient ones are only for the screen."""
        if event.transient:
            return
        self.store.write(self.run, self._seq, event)
        self._seq += 1

    def hand_over(self) -> int:
        """The run's lock, for the process that goes on with it."""
        return self._lock.hand_over()

    def close(self) -> None:
        """Let another process go on with this run."""
        self._lock.release()


class NullJournal:
    """`--no-record`: the run lives in memory alone."""

    def __init__(self, run: str) -> None:
        self.run = run

    def commit(self, event: ev.Event) -> None:
        """Nothing is kept."""

    def close(self) -> None:
        """Nothing to close."""


class Store(Closing):
    """The record file. Several processes may have it open at once, each with its own runs."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self._db = db

    @classmethod
    def open(cls, path: Path | None = None, *, read_only: bool = False) -> Store:
        """Open the record (made when missing), or with `read_only` one that must be there."""
        path = paths.expanded(path or paths.record_file())
        return cls(path, connection.connect_to_read(path) if read_only else connection.connect(path))

    def close(self) -> None:
        """Close the file; journals of this store end with it."""
        self._db.close()

    # writing

    def journal(self, run: str = "", lock: int | None = None) -> RunJournal:
        """Where this run's events go; refused while another process is at the same run. Without an id: a new
        run's, whose id no other run has or is about to have. `lock`: the run's, handed over by who began this
        process."""
        with connection.translated(self.path):
            if run:
                return RunJournal(self, run, lock)
            while True:
                with suppress(RunBusyError):
                    journal = RunJournal(self, ids.new_run_id())
                    if not self.event_count(journal.run):
                        return journal
                    journal.close()

    def write(self, run: str, seq: int, event: ev.Event) -> None:
        """Commit one event and what the runs list shows of it."""
        coded = codec.encode(event)
        with connection.transaction(self._db, self.path):
            self._update_run(run, event)
            self._db.execute(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
                (run, seq, event.at, coded.type, coded.format, coded.body),
            )
            for digest, text in coded.texts.items():
                self._db.execute("INSERT OR IGNORE INTO texts VALUES (?, ?)", (digest, text))
                self._db.execute("INSERT OR IGNORE INTO event_texts VALUES (?, ?, ?)", (run, seq, digest))

    def _update_run(self, run: str, event: ev.Event) -> None:
        values: tuple[object, ...] = ()
        match event:
            case ev.RunQueued() | ev.RunStarted():
                self._add_run(run, event)
                return
            case ev.RunResumed():
                change = "ending = NULL, exit_code = NULL, reason = ''"
            case ev.RunEnded():
                change = "ending = ?, exit_code = ?, answer = ?, reason = ?"
                values = (event.ending.value, event.exit_code, _sound(event.answer), _sound(event.reason))
            case ev.RowsFilled():
                change = "proved = proved + ?"
                proved = CellStatus.PROVED
                values = (sum(cell.status is proved for row in event.rows for cell in row.cells),)
            case ev.TableChanged():
                change, values = "rows = ?, cells = ?, proved = ?", _measure(event.table)
            case _:
                change = ""
        sets = f"updated = ?, {change}" if change else "updated = ?"
        self._db.execute(f"UPDATE runs SET {sets} WHERE id = ?", (event.at, *values, run))  # noqa: S608

    def _add_run(self, run: str, event: ev.RunQueued | ev.RunStarted) -> None:
        """A row for the run; when it begins, the one that it has from its time in the queue."""
        values: dict[str, object] = {
            "id": run,
            "question": _sound(event.question),
            "settings": json.dumps(to_plain(event.settings)),
            "started": event.at,
            "updated": event.at,
        }
        if isinstance(event, ev.RunStarted):
            named = {"model": event.model, "source": event.source, "version": event.version}
            values |= {name: _sound(text) for name, text in named.items()}
            values |= {"language": event.language, "begun": True}
        else:
            values |= dict.fromkeys(("model", "source", "version", "language"), "")
            values |= {"begun": False, "in_turn": event.in_turn}
        again = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("id", "in_turn"))
        self._db.execute(
            f"INSERT INTO runs ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})"  # noqa: S608
            f" ON CONFLICT (id) DO UPDATE SET {again}, ending = NULL, exit_code = NULL, reason = ''",
            tuple(values.values()),
        )

    def remove(self, runs: list[str]) -> int:
        """Forget runs and the texts that only they had. Returns how many; running ones are refused."""
        for run in runs:
            if is_running(self.path, run):
                raise RecordError(f"run {run} is still running", hint="stop it first")
        with connection.transaction(self._db, self.path):
            marks = [(run,) for run in runs]
            self._db.executemany("DELETE FROM events WHERE run = ?", marks)
            self._db.executemany("DELETE FROM runs WHERE id = ?", marks)
            self._db.execute("DELETE FROM texts WHERE hash NOT IN (SELECT hash FROM event_texts)")
            for run in runs:
                forget(self.path, run)
                inbox.forget(self.path, run)
        return len(runs)

    def prune(self, older_than_s: float, now: float | None = None) -> list[str]:
        """Forget runs not touched for so long, and give their room back to the disk."""
        limit = (time.time() if now is None else now) - older_than_s
        old = [entry.id for entry in self.runs() if entry.updated < limit and not entry.running]
        if old:
            self.remove(old)
        if self._select("PRAGMA freelist_count")[0][0]:  # also what `runs rm` or an earlier prune left
            self._give_back(len(old))
        return old

    def _give_back(self, forgotten: int) -> None:
        """It needs as much room as it leaves in use, and nobody who writes meanwhile."""
        try:
            with connection.translated(self.path):
                self._db.execute("VACUUM")
        except RecordError as error:
            raise RecordError(
                f"runs deleted: {forgotten}, but the space was not freed: {error}",
                hint="later runs will use it, or prune again",
            ) from error

    # reading

    def ids(self) -> list[str]:
        """All run ids, newest first."""
        rows = self._select(f"SELECT id FROM runs {_NEWEST_FIRST}")  # noqa: S608
        return [str(row[0]) for row in rows]

    def find(self, wanted: str) -> str:
        """The id meant by a whole id, its beginning or end, or `@last`."""
        return ids.match(wanted, self.ids())

    def runs(self, limit: int = -1) -> list[RunEntry]:
        """The newest runs first."""
        return self._entries(f"{_NEWEST_FIRST} LIMIT ?", limit)

    def entry(self, run: str) -> RunEntry:
        """One run's line."""
        for entry in self._entries("WHERE id = ?", run):
            return entry
        raise NotFoundError(f"no run is called {run!r}", hint="`wideseek runs` lists them")

    def _entries(self, which: str, value: object) -> list[RunEntry]:
        rows = self._select(f"SELECT {', '.join(_LISTED)} FROM runs {which}", (value,))  # noqa: S608
        known = [dict(zip(_LISTED, row, strict=True)) for row in rows]
        queue = [] if all(one["begun"] for one in known) else self.queue()
        return [self._entry(one, queue) for one in known]

    def _entry(self, known: dict[str, Any], queue: list[str]) -> RunEntry:
        ending, kinds = known["ending"], {kind.value: kind for kind in ev.Ending}
        known["ending"] = None if ending is None else kinds.get(ending, ev.Ending.FAILED)
        known["begun"] = bool(known["begun"])
        running = ending is None and is_running(self.path, known["id"])
        ahead = queue.index(known["id"]) if running and known["id"] in queue else 0
        return RunEntry(**known, running=running, ahead=ahead)

    def queue(self) -> list[str]:
        """The detached runs with a process, in the order of their turns: one that has ended may still hold
        its model, one whose process has died holds nobody up."""
        since = time.time() - _CLOSING
        query = "SELECT id FROM runs WHERE in_turn AND (ending IS NULL OR updated > ?) ORDER BY rowid"
        rows = self._select(query, (since,))
        return [str(row[0]) for row in rows if is_running(self.path, str(row[0]))]

    def ahead(self, run: str) -> int:
        """How many runs have their turn before this one."""
        queue = self.queue()
        return queue.index(run) if run in queue else 0

    def event_count(self, run: str) -> int:
        """How many events the run has; also the number of its next one."""
        rows = self._select("SELECT coalesce(max(seq) + 1, 0) FROM events WHERE run = ?", (run,))
        return int(rows[0][0])

    def events(self, run: str, since: int = 0) -> Iterator[ev.Event]:
        """The run's events in order, from number `since`; those of a newer program that this one does not
        know are left out."""
        rows, texts = self._kept(run, since)
        for _, kind, form, body in rows:
            event = codec.decode(kind, form, body, texts.__getitem__)
            if event is not None:
                yield event

    def numbered(self, run: str, since: int = 0, before: int = NO_END) -> tuple[list[ev.Event], int]:
        """As `events`, up to the one before number `before`; with the number of the next one to come."""
        rows, texts = self._kept(run, since, before)
        decoded = [codec.decode(kind, form, body, texts.__getitem__) for _, kind, form, body in rows]
        return [event for event in decoded if event is not None], rows[-1][0] + 1 if rows else since

    def changes(self) -> int:
        """A number that changes when another process has written to the file; costs no query."""
        return int(self._select("PRAGMA data_version")[0][0])

    def _kept(
        self, run: str, since: int, before: int = NO_END
    ) -> tuple[list[tuple[Any, ...]], dict[str, str]]:
        """The run's rows and its long texts by their hash."""
        meant, bounds = "run = ? AND seq >= ? AND seq < ?", (run, since, before)
        of_run = f"SELECT seq, type, format, body FROM events WHERE {meant} ORDER BY seq"  # noqa: S608
        of_events = f"SELECT hash FROM event_texts WHERE {meant}"  # noqa: S608
        its_texts = f"SELECT hash, body FROM texts WHERE hash IN ({of_events})"  # noqa: S608
        with connection.one_moment(self._db, self.path):
            return self._select(of_run, bounds), dict(self._select(its_texts, bounds))

    def state(self, run: str) -> RunState:
        """What the run's events add up to."""
        return fold(self.events(run))

    def _select(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        with connection.translated(self.path):
            return self._db.execute(query, values).fetchall()


def open_journal(
    settings: Settings, run: str = "", lock: int | None = None
) -> tuple[Store | None, RunJournal | NullJournal]:
    """The record these settings ask for, and this run's place in it, or a new one's; `lock` as
    `Store.journal` has it."""
    if not settings.keep_record:
        return None, NullJournal(run or ids.new_run_id())
    store = Store.open(settings.record)
    return store, store.journal(run, lock)


def _measure(table: Table) -> tuple[int, int, int]:
    return len(table.rows), len(table.rows) * len(table.columns), table.counts()[CellStatus.PROVED]


def _sound(text: str) -> str:
    """Text that a UTF-8 column can hold."""
    return text.encode("utf-8", "replace").decode()
