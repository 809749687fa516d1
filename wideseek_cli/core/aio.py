"""What asyncio does not bring: the names that Python 3.10 lacks, and work that nobody need wait for."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    from asyncio import TaskGroup, timeout
else:
    from taskgroup import TaskGroup, timeout

__all__ = ["TaskGroup", "aside", "timeout", "together"]

T = TypeVar("T")


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """All results in order. The first failure cancels the others and comes out as itself, not as a group."""
    try:
        async with TaskGroup() as group:
            tasks = [group.create_task(work) for work in works]
    except BaseException as error:
        failures = getattr(error, "exceptions", None)
        if not failures:
            raise
        raise failures[0] from None
    return [task.result() for task in tasks]


async def aside(work: Callable[[], T]) -> T:
    """What `work` returns, in a thread of its own, for which the end of the program does not wait."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(tell: Callable[[], None]) -> None:
        if not answer.done():
            tell()

    def run() -> None:
        try:
            tell = partial(answer.set_result, work())
        except BaseException as failure:  # it belongs to who waits
            tell = partial(answer.set_exception, failure)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, tell)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await answer
