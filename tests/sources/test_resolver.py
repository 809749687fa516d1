"""Looking names up beside everything else."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from wideseek_cli.sources.fetch.resolver import SystemResolver


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names that end in `.dead` are answered once this event is set."""
    answered, real = threading.Event(), socket.getaddrinfo

    def look_up(host: str, *rest: Any, **named: Any) -> Any:
        if not host.endswith(".dead"):
            return real(host, *rest, **named)
        answered.wait(60)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield answered
    answered.set()


async def test_addresses_and_names_that_have_none(silence: threading.Event) -> None:
    silence.set()
    resolver = SystemResolver()
    assert await resolver("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(OSError, match="not known"):
        await resolver("x.dead", 80)


async def test_silent_names_hold_up_no_other_threads(silence: threading.Event) -> None:
    """Ten of them filled the threads that pages, and the cache, are read in."""
    resolver = SystemResolver()
    waiting = [asyncio.ensure_future(resolver(f"{n}.dead", 80)) for n in range(30)]
    await asyncio.sleep(0)
    assert await asyncio.wait_for(asyncio.to_thread(str.upper, "x"), 30) == "X"
    assert await asyncio.wait_for(resolver("127.0.0.1", 80), 30) == ["127.0.0.1"]
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "aside")
    silence.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(error, socket.gaierror) for error in found)


async def test_look_ups_are_bounded_also_when_nobody_waits_for_them(silence: threading.Event) -> None:
    resolver = SystemResolver(most=2)
    waiting = [asyncio.ensure_future(resolver(f"{n}.dead", 80)) for n in range(2)]
    await asyncio.sleep(0)
    for task in waiting:
        task.cancel()
    third = asyncio.ensure_future(resolver("127.0.0.1", 80))
    await asyncio.sleep(0)
    assert sum(thread.name == "aside" for thread in threading.enumerate()) == 2
    silence.set()
    assert await asyncio.wait_for(third, 30) == ["127.0.0.1"]
    assert all(
        isinstance(error, asyncio.CancelledError)
        for error in await asyncio.gather(*waiting, return_exceptions=True)
    )


def test_the_loop_may_be_gone_when_an_answer_comes(silence: threading.Event) -> None:
    """A thread that fails would be a warning, and warnings are errors."""

    async def ask() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(SystemResolver()("x.dead", 80), 0.01)

    asyncio.run(ask())
    silence.set()
    for thread in threading.enumerate():
        if thread.name == "aside":
            thread.join(30)
