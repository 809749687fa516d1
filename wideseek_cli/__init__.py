"""wideseek: a broad question in, a filled and sourced table out.

`from wideseek_cli import ask, fill, refresh, prove, Table`; `start`, `steer`, `stop` and `wait` for runs in a
process of their own; `Runs` for all that are on record; `Session` and `recorded` for many runs on one model.
Nothing is loaded before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wideseek_cli.api import (
        Runs,
        Session,
        Settings,
        Table,
        Task,
        ask,
        ask_async,
        fill,
        fill_async,
        prove,
        recorded,
        refresh,
        refresh_async,
        start,
        steer,
        stop,
        wait,
    )

__version__ = "0.2.0"
__all__ = [
    "Runs",
    "Session",
    "Settings",
    "Table",
    "Task",
    "__version__",
    "ask",
    "ask_async",
    "fill",
    "fill_async",
    "prove",
    "recorded",
    "refresh",
    "refresh_async",
    "start",
    "steer",
    "stop",
    "wait",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wideseek_cli import api

    return getattr(api, name)
