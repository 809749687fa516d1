"""What a worker can be asked to do, what that may cost, and how it can fail."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, get_type_hints

# The only functions that run in workers. What they return is annotated: plain values, enums, dataclasses of
# this package, tuples of them; or at the top one of several dataclasses.
TASKS = {
    "ask_facts": "wideseek_cli.facts.served:ask_facts",
    "corpus_file": "wideseek_cli.sources.offline.corpusfile:read_file",
    "open_model": "wideseek_cli.engine.llamacpp.look:open_model",
    "read_content": "wideseek_cli.sources.fetch.content:read_content",
    "warm_facts": "wideseek_cli.facts.served:warm_up",
    "warm_pages": "wideseek_cli.sources.fetch.content:warm_up",
    "zim_list": "wideseek_cli.sources.offline.inworker:list_zim",
    "zim_open": "wideseek_cli.sources.offline.inworker:open_zim",
    "zim_search": "wideseek_cli.sources.offline.inworker:search_zim",
    "zim_read": "wideseek_cli.sources.offline.inworker:read_zim",
}


@dataclass(frozen=True)
class Limits:
    """What one task may cost. The defaults are those of a page."""

    seconds: float = 30.0  # by the clock, from the moment a worker has the task
    cpu_s: float = 20.0
    memory: int = 1_500_000_000  # bytes of the process's own data; files that are mapped do not count
    output: int = 64_000_000  # bytes of the answer
    worn: int = 600_000_000  # bytes; memory that a page made it take is given back by ending it


class Overrun(str, Enum):
    """Which limit a task went over."""

    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"


class TaskOverran(Exception):
    """A task went over a limit; its process was ended where need be."""

    def __init__(self, overrun: Overrun) -> None:
        super().__init__(f"the task went over its limit of {overrun.value}")
        self.overrun = overrun


class TaskFailed(Exception):
    """A task raised `kind`, or took its process down with it."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"the task failed ({kind})")
        self.kind = kind


def function_of(name: str) -> Callable[..., Any]:
    """The function behind a task's name."""
    module, _, attribute = TASKS[name].partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    return found


@lru_cache
def result_of(name: str) -> Any:
    """The annotated type of what a task returns."""
    return get_type_hints(function_of(name))["return"]
