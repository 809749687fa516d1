"""Runs on record, whoever began them: what they are, their events as they come, messages to them.

The one way for the command line, Python, other assistants and the page.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import NotFoundError, RecordError
from wideseek_cli.core.plain import Closing
from wideseek_cli.core.state import Listener, RunState, apply
from wideseek_cli.core.steering import checked, in_words, read_orders
from wideseek_cli.record.inbox import STEER, STOP, post
from wideseek_cli.record.lock import is_running, log_of, wait_for
from wideseek_cli.record.store import NO_END, RunEntry, Store, standing
from wideseek_cli.settings.layers import load

__all__ = ["RecordedRun", "RunEntry", "Runs"]
LOOK = 0.2  # seconds between two looks whether the record has changed; no query unless it has


class Runs(Closing):
    """The runs of a record file; a context manager (`wideseek help python`)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, record: str | Path | None = None, *, to_write: bool = False) -> Runs:
        """The file that is named, or that of the settings; it must be there."""
        path = Path(record) if record else load().settings.record
        known = Store.open(path, read_only=True)
        if not to_write:
            return cls(known)
        known.close()
        return cls(Store.open(path))

    def close(self) -> None:
        """Nothing can be asked of its runs any more."""
        self._store.close()

    @property
    def path(self) -> Path:
        """The record file."""
        return self._store.path

    @property
    def queued(self) -> int:
        """How many runs have their turn before one that would be begun now."""
        return len(self._store.queue())

    def latest(self, most: int = -1) -> list[RunEntry]:
        """A line for each, the newest first."""
        return self._store.runs(most)

    def find(self, wanted: str) -> RecordedRun:
        """The run meant by a whole id, its beginning or end, or `@last`."""
        return RecordedRun(self._store, self._store.find(wanted))

    def remove(self, wanted: Iterable[str]) -> list[str]:
        """Forget runs, with the pages that only they had read; their ids."""
        found = list(dict.fromkeys(map(self._store.find, wanted)))
        self._store.remove(found)
        return found

    def prune(self, older_than_s: float) -> list[str]:
        """Forget the runs that were not touched for so long, and free their space; their ids."""
        return self._store.prune(older_than_s)


class RecordedRun:
    """One run as its record grows: `look` brings it up to date."""

    def __init__(self, store: Store, run: str) -> None:
        self._store, self.id = store, run
        self._state, self._running = RunState(), True
        self.upto = 0  # the number of the next event to come
        self._changes: int | None = None  # what the record's counter was at the last look

    def look(self, *listeners: Listener, before: int = NO_END) -> list[ev.Event]:
        """What is new, folded into the state and told to the listeners. `before`: no further than to the
        event of this number."""
        running = is_running(self._store.path, self.id)  # asked first: what it wrote is read below
        changes = self._store.changes()
        if changes == self._changes and running:
            return []
        events, self.upto = self._store.numbered(self.id, self.upto, before)
        self._changes = changes if before == NO_END else -1
        self._running = running
        for event in events:
            self._state = apply(self._state, event)
            for listener in listeners:
                listener(event, self._state)
        return events

    def follow(self, *listeners: Listener) -> Iterator[list[ev.Event]]:
        """What each look brings, perhaps nothing, until no process is at the run."""
        while True:
            yield self.look(*listeners)
            if not self._running:
                return
            time.sleep(LOOK)

    def _seen(self) -> None:
        if self._changes is None:
            self.look()

    @property
    def state(self) -> RunState:
        """What its events add up to: table, agents, ending …"""
        self._seen()
        return self._state

    @property
    def running(self) -> bool:
        """Whether a process is at it."""
        self._seen()
        return self._running

    @property
    def over(self) -> bool:
        """Whether no more is to come."""
        return self.state.ending is not None or not self._running

    @property
    def ahead(self) -> int:
        """How many runs have their turn before it."""
        return 0 if self.state.begun else self._store.ahead(self.id)

    @property
    def standing(self) -> str:
        """One word for where it stands: queued, starting, running, cut_off, or how it ended."""
        state = self.state
        return standing(state.ending, running=self._running, begun=state.begun, ahead=self.ahead)

    @property
    def entry(self) -> RunEntry:
        """Its line in the list, as it is now."""
        return self._store.entry(self.id)

    @property
    def last_message(self) -> str:
        """What its process said last, where it has one of its own."""
        log = log_of(self._store.path, self.id)
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return lines[-1].removeprefix("wideseek: ") if lines else "it said nothing"

    def events(self) -> Iterator[ev.Event]:
        """All that has happened."""
        return self._store.events(self.id)

    def steer(self, message: str) -> str:
        """Tell it something on its way; what code does about it."""
        text = checked(message)
        self._post(STEER, text)
        return in_words(read_orders(text))

    def stop(self) -> None:
        """End it: the first time cleanly, with what it has, the second time at once."""
        self._post(STOP)

    def _post(self, kind: str, text: str = "") -> None:
        if not self.entry.running:
            raise NotFoundError(f"run {self.id} is not running", hint="`wideseek runs` lists those that are")
        post(self._store.path, self.id, kind, text)

    def wait(self) -> int:
        """Until no process is at it; its exit code."""
        wait_for(self._store.path, self.id)
        self._changes = None
        entry = self.entry
        if entry.exit_code is None:
            said = "" if entry.begun else f" before it began: {self.last_message}"
            raise RecordError(
                f"run {self.id} was killed{said}", hint=f"continue it: wideseek resume {self.id}"
            )
        return entry.exit_code
