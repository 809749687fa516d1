"""How many threads to compute with while other programs take some of the cores.

Every pass waits for its slowest thread. One more thread than there are cores makes each pass wait for one
that sleeps. So what others take is measured while running, and there is a thread for each core left.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_STAT = Path("/proc/stat")
_EVERY = 0.5  # seconds between two looks
_IDLE = (3, 4)  # fields of /proc/stat that are no work: idle, waiting for a disk


class Neighbours:
    """Looks at the machine from time to time; `threads` is what a pass should use now."""

    def __init__(self, most: int) -> None:
        self._most = self.threads = most
        self._seen = _times()
        self._at = time.monotonic()

    def look(self) -> int:
        """The threads for the next pass; the machine is asked at most twice a second."""
        now = time.monotonic()
        if self._most > 1 and self._seen is not None and now - self._at >= _EVERY:
            before, self._seen = self._seen, _times()
            if self._seen is not None:
                others = (self._seen[0] - before[0] - (self._seen[1] - before[1])) / (now - self._at)
                self.threads = threads_beside(others, self._most, os.cpu_count() or self._most)
            self._at = now
        return self.threads


def threads_beside(others: float, most: int, cores: int) -> int:
    """Threads for a machine of so many cores of which others use so much (1.0 is one core)."""
    return max(1, min(most, round(cores - others)))


def _times() -> tuple[float, float] | None:
    """Seconds of work of all cores, and of this process; None where the system does not tell."""
    try:
        with _STAT.open("rb") as file:
            fields = [int(field) for field in file.readline().split()[1:9]]
        ticks: int = os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None
    busy = sum(field for at, field in enumerate(fields) if at not in _IDLE)
    return busy / ticks, time.process_time()
