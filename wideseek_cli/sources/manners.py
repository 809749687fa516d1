"""Not asking one host, or one search engine, for much at once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timezone
from email.utils import parsedate_to_datetime

_MOST_HOSTS = 5000
_SLOWER_S, _SLOWEST_S = 1.0, 4.0  # pauses at a host that said it was asked too often
_UNSAID_S = 3.0


@dataclass
class _Host:
    slots: asyncio.Semaphore
    pause: float
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0


class HostQueue:
    """So many requests at once in all and per host, with a pause between the starts at one host."""

    def __init__(
        self,
        total: int,
        per_host: int,
        pause: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host, self._pause = per_host, pause
        self._clock, self._sleep = clock, sleep
        self._hosts: dict[str, _Host] = {}

    @contextlib.asynccontextmanager
    async def turn(self, host: str, *, pausing: bool = True) -> AsyncIterator[None]:
        """Wait for a place; a host that is waited for holds up no other. The next may follow this one at once
        where it is not `pausing`."""
        entry = self._entry(host)
        async with entry.slots:
            async with entry.gate:
                while (left := entry.next_at - self._clock()) > 0:  # it may be put off while we sleep
                    await self._sleep(left)
                entry.next_at = max(self._clock(), entry.next_at) + (entry.pause if pausing else 0.0)
            async with self._total:
                yield

    def slow_down(self, host: str, pause: float) -> None:
        """A site asked for more time between requests."""
        entry = self._entry(host)
        entry.pause = max(entry.pause, pause)

    def refused(self, host: str, rest: float) -> None:
        """A site was asked too often: nothing goes there for so long, and then half as often."""
        entry = self._entry(host)
        entry.next_at = max(entry.next_at, self._clock() + rest)
        self.slow_down(host, min(max(2 * entry.pause, _SLOWER_S), _SLOWEST_S))

    def _entry(self, host: str) -> _Host:
        entry = self._hosts.get(host)
        if entry is None:
            if len(self._hosts) > _MOST_HOSTS:
                self._hosts.clear()
            entry = self._hosts[host] = _Host(asyncio.Semaphore(self._per_host), self._pause)
        return entry


def retry_after(header: str, now: float) -> float:
    """The seconds a Retry-After asks for, given as such or as a date (`now`: since the epoch); where it says
    nothing usable, a few."""
    text = header.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return max(0.0, moment.timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return _UNSAID_S


class Pacer:
    """One search engine's turn: one request at a time, a jittered pause between, a back-off when refused."""

    def __init__(self, pause: float, *, first_backoff: float = 20.0, longest_backoff: float = 600.0) -> None:
        self._pause = pause
        self._first, self._longest = first_backoff, longest_backoff
        self._gate = asyncio.Lock()
        self._free_at = 0.0
        self._refusals = 0
        self.waiting = 0

    def wait_s(self) -> float:
        """About how long until a new request could start."""
        left = max(0.0, self._free_at - asyncio.get_running_loop().time())
        return left + self.waiting * max(self._pause, 0.5)

    @property
    def backing_off(self) -> bool:
        """Whether the engine refused lately and is left alone."""
        return self._refusals > 0 and self._free_at > asyncio.get_running_loop().time()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        self.waiting += 1
        try:
            async with self._gate:
                loop = asyncio.get_running_loop()
                if self._free_at > loop.time():
                    await asyncio.sleep(self._free_at - loop.time())
                try:
                    yield
                finally:
                    free_at = loop.time() + self._pause * random.uniform(0.8, 1.6)
                    self._free_at = max(self._free_at, free_at)
        finally:
            self.waiting -= 1

    def refused(self) -> float:
        """The engine said no: twice as long as last time, with jitter. How long it is left alone."""
        self._refusals += 1
        wait: float = min(self._longest, self._first * 2 ** (self._refusals - 1)) * random.uniform(0.7, 1.3)
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + wait)
        return wait

    def answered(self) -> None:
        self._refusals = 0
