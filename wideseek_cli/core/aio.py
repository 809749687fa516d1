"""What asyncio does not bring: the names that Python 3.10 lacks, and work that nobody need wait for."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    from asyncio import TaskGroup, timeout
else:
    from taskgroup import TaskGroup, timeout

__all__ = ["TaskGroup", "aside", "begin_aside", "timeout", "together"]

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


def begin_aside(work: Callable[[], T]) -> Future[T]:
    """What `work` will return; its thread is one for which the end of the program does not wait."""
    answer: Future[T] = Future()
    answer.set_running_or_notify_cancel()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as failure:  # it belongs to who waits
            answer.set_exception(failure)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return answer


async def aside(work: Callable[[], T]) -> T:
    """The same, waited for."""
    return await asyncio.wrap_future(begin_aside(work))
