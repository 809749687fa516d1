"""Rows that need no agent: the question narrows its lists by a quality, and their own pages do not say it.

`countries of Asia that are landlocked`: once the list is read, code reads the page of each of its rows and
keeps agents from those that will be left out of the table anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from wideseek_cli.agents.library import Library
from wideseek_cli.agents.lookup import MOST_ROWS, Narrowed, narrowed_lists, read_named
from wideseek_cli.agents.world import Stopped, World
from wideseek_cli.table.membership import pages_without
from wideseek_cli.table.model import Document
from wideseek_cli.table.values import find_name

Documents = Callable[[], Sequence[Document]]


class Sieve:
    """What can be reported on subtasks of one question without an agent. `documents` gives what was read."""

    def __init__(self, world: World, library: Library, question: str, documents: Documents) -> None:
        self._world, self._library, self._question, self._documents = world, library, question, documents
        self._lock = asyncio.Lock()
        self._read: set[str] = set()
        self._known: tuple[Narrowed, dict[str, str]] | None = None

    async def report_on(self, task: str) -> str:
        """The report on a subtask about rows that all lack the quality; empty where an agent must look."""
        async with self._lock:
            narrowed = narrowed_lists(self._question, self._documents())
            named = [name for name in narrowed.names if find_name(task, name)]
            if not named or not self._affordable(narrowed):
                return ""
            lacking = await self._lacking(narrowed)
        if any(name not in lacking for name in named):
            return ""
        fill = self._world.prompts.fill
        return "\n\n".join(fill("subtask.lacks", row=name, quality=lacking[name]) for name in named)

    def _affordable(self, narrowed: Narrowed) -> bool:
        """Whether reading every row's page leaves the agents what they may search and read."""
        return len(narrowed.names) <= MOST_ROWS and self._world.budget.allows(2 * len(narrowed.names))

    async def _lacking(self, narrowed: Narrowed) -> dict[str, str]:
        """Which rows lack which quality, by their own pages."""
        if self._known is None or self._known[0] != narrowed:
            wanted = [(name, narrowed.qualities) for name in narrowed.names if name not in self._read]
            try:
                reading = read_named(self._library, wanted, self._documents())
                await self._world.ender.unless_asked(reading)
            except Stopped:
                return {}
            self._read.update(narrowed.names)
            pages = [document for document in self._documents() if document.kind == "page"]
            self._known = narrowed, pages_without(narrowed.qualities, narrowed.names, pages)
        return self._known[1]
