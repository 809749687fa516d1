"""ZIM files in workers: libzim is native code, and its files come from outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import SourceUnreachableError
from wideseek_cli.workers import Limits, TaskFailed, TaskOverran, shared

LIMITS = Limits(seconds=30.0, cpu_s=30.0)


def failure(name: str, error: TaskFailed | TaskOverran) -> SourceUnreachableError:
    """A worker's end in words about the file."""
    if isinstance(error, TaskOverran):
        return SourceUnreachableError(f"{name} went over the limit of {error.overrun.value} for one task")
    hint = "download the file again, or build it again"
    return SourceUnreachableError(f"{name} is damaged ({error.kind})", hint=hint)


def try_to_open(path: Path, name: str) -> None:
    """Raise the error of ours that opening the file ends in."""
    shared().warm()
    try:
        shared().call("zim_open", str(path), name, limits=LIMITS)
    except (TaskFailed, TaskOverran) as error:
        raise failure(str(path), error) from error


def call(task: str, path: Path, name: str, *what: Any, limits: Limits = LIMITS) -> Any:
    """The same as `ask`, for code that is not asynchronous."""
    try:
        return shared().call(task, str(path), name, *what, limits=limits)
    except (TaskFailed, TaskOverran) as error:
        raise failure(f"zim:{name}", error) from error


async def ask(task: str, path: Path, name: str, *what: Any) -> Any:
    """Have it done by a worker that is free; best by one that has the file open, and its last pages."""
    try:
        return await shared().run(task, str(path), name, *what, limits=LIMITS, near=str(path))
    except (TaskFailed, TaskOverran) as error:
        raise failure(f"zim:{name}", error) from error
