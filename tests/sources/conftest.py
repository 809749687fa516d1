"""The loopback site, and a fetcher that may go there."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from tests.once import made_once
from tests.sources.site import HOST, Site
from wideseek_cli.sources.fetch.net import PinnedBackend
from wideseek_cli.sources.fetch.pages import FetchRules, WebFetcher
from wideseek_cli.sources.fetch.request import FetchLimits
from wideseek_cli.sources.offline.corpus import build_factbook
from wideseek_cli.sources.offline.factbook import Country, load_countries
from wideseek_cli.sources.offline.zim import ZimSource

# Wide enough for a busy machine; tests about time set their own.
LIMITS = FetchLimits(
    seconds=20.0, connect_s=10.0, idle_s=10.0, wire_bytes=1_000_000, body_bytes=2_000_000, host_pause_s=0.0
)


class Names:
    """A resolver whose answers a test decides; a list of answers is used up one by one."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self._answers = answers
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        answers = self._answers.get(host)
        if not answers:
            raise OSError(f"no such host: {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]


class Clock:
    """Time that a test sets, and that passes when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Loading the certificates takes longer than most of these tests."""
    return ssl.create_default_context()


def fetcher_for(
    *,
    limits: FetchLimits = LIMITS,
    ignore_robots: bool = True,
    names: Names | None = None,
    hosts: tuple[str, ...] = (HOST,),
    clock: Clock | None = None,
) -> WebFetcher:
    backend = PinnedBackend(names or Names({host: [["127.0.0.1"]] for host in hosts}), hosts)
    time_of = {"clock": clock, "sleep": clock.sleep} if clock else {}
    return WebFetcher(FetchRules(ignore_robots), limits, backend=backend, ssl_context=_tls(), **time_of)


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    running = Site()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def fetcher() -> AsyncIterator[WebFetcher]:
    made = fetcher_for()
    yield made
    await made.aclose()


@pytest.fixture
def quick_limits() -> FetchLimits:
    return replace(LIMITS, seconds=1.0)


@pytest.fixture(scope="session")
def countries() -> tuple[Country, ...]:
    return load_countries()


@pytest.fixture(scope="session")
def factbook_zim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "factbook.zim", build_factbook)


@pytest.fixture(scope="session")
def factbook(factbook_zim: Path) -> ZimSource:
    return ZimSource(factbook_zim)
