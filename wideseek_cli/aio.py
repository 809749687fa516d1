"""The asyncio names that Python 3.10 lacks, from one place."""

from __future__ import annotations

import sys
from collections.abc import Coroutine, Iterable
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    from asyncio import TaskGroup, timeout
else:
    from taskgroup import TaskGroup, timeout

__all__ = ["TaskGroup", "timeout", "together"]

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
