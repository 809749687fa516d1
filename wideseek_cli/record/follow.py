"""A run's events as another process writes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from wideseek_cli.core import events as ev
from wideseek_cli.record.lock import is_running
from wideseek_cli.record.store import Store

LOOK = 0.2  # seconds between two looks whether the record has changed; no query unless it has


@dataclass(frozen=True)
class Batch:
    """What came since the last look, perhaps nothing. `upto`: the number of the next event to come."""

    events: list[ev.Event]
    upto: int


def batches(store: Store, run: str, since: int = 0) -> Iterator[Batch]:
    """One at every look, until no process is at the run."""
    upto, changes = since, -1
    while True:
        running = is_running(store.path, run)  # asked first: what it wrote before it ended is read below
        now, new = store.changes(), list[ev.Event]()
        if now != changes or not running:
            changes = now
            new, upto = store.numbered(run, upto)
        yield Batch(new, upto)
        if not running:
            return
        time.sleep(LOOK)


def follow(store: Store, run: str) -> Iterator[ev.Event]:
    """The run's events so far, then the others as they come, until no process is at it."""
    for batch in batches(store, run):
        yield from batch.events
