"""How many threads to compute with while other programs take some of the cores.

Every pass waits for its slowest thread. One more thread than there are cores makes each pass wait for one
that sleeps. So what others take is measured while running, and there is a thread for each core left: of those
that this process may run on, and of the time that a container is given.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.machine import allowed_cpus, quota_uses, ticks_per_second

_STAT, _THREADS = Path("/proc/stat"), Path("/proc/self/task")
_EVERY = 0.5  # seconds between two looks
_IDLE = (3, 4)  # fields of /proc/stat that are no work: idle, waiting for a disk


@dataclass(frozen=True)
class Reading:
    """Seconds of work until now."""

    at: float
    own: float
    begun: float  # of the processes that this one has begun
    machine: float  # all programs, on the processors that are ours to use
    groups: tuple[tuple[float, float], ...]  # cores that a limit leaves a group, and what the group has used


class Neighbours:
    """Looks at the machine from time to time; `threads` is what a pass should use now. Made before a model is
    loaded, it knows at the first pass how things stand."""

    def __init__(self, most: int) -> None:
        self._most = self.threads = most
        self._starting = True
        self._seen = _read()

    def look(self) -> int:
        """The threads for the next pass; the machine is asked at most twice a second."""
        before = self._seen
        if self._most > 1 and before is not None and time.monotonic() - before.at >= _EVERY:
            now = self._seen = _read()
            if now is not None:
                # A model may be loaded as quickly as our workers start: that is no work that goes on.
                begun = max(0.0, now.begun - before.begun) if self._starting else 0.0
                own = now.own - before.own + begun
                self.threads = threads_beside(before, now, own, self._most, len(allowed_cpus()))
                self._starting = False
        return self.threads


def threads_beside(before: Reading, now: Reading, own: float, most: int, cpus: int) -> int:
    """A thread for each core that others leave of so many, and of what each group may use. `own`: seconds of
    work that were ours."""
    seconds = max(now.at - before.at, 1e-9)
    left = [cpus - (now.machine - before.machine - own) / seconds]
    if len(now.groups) == len(before.groups):
        pairs = zip(before.groups, now.groups, strict=True)
        left += [quota - (used - earlier - own) / seconds for (_, earlier), (quota, used) in pairs]
    return max(1, min(most, *map(round, left)))


def _read() -> Reading | None:
    """None where the system does not tell."""
    cpus, ticks = allowed_cpus(), ticks_per_second()
    try:
        lines = _STAT.read_text("ascii").splitlines()
        busy = [_busy(line.split()[1:9]) for line in lines if _number(line) in cpus]
    except (OSError, ValueError):
        return None
    if not busy or not ticks:
        return None
    return Reading(
        time.monotonic(), time.process_time(), _begun(ticks), sum(busy) / ticks, tuple(quota_uses())
    )


def _begun(ticks: int) -> float:
    """Seconds of work of the processes that this one has begun, where the system tells them."""
    seconds = 0.0
    for child in (number for file in _THREADS.glob("*/children") for number in file.read_text().split()):
        with suppress(OSError, ValueError):  # it has ended meanwhile
            used = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[11:13]
            seconds += sum(map(int, used)) / ticks
    return seconds


def _number(line: str) -> int:
    """Of the processor that a line of /proc/stat is about; -1 for other lines."""
    name = line.partition(" ")[0]
    return int(name[3:]) if name.startswith("cpu") and name[3:].isdecimal() else -1


def _busy(fields: Sequence[str]) -> int:
    return sum(int(field) for at, field in enumerate(fields) if at not in _IDLE)
