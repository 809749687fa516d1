"""Rows that need no agent: the question narrows its lists by a quality, and their own pages do not say it.

`countries of Asia that are landlocked`: once the lists are read, code reads the page of each of their rows
and keeps agents from those that will be left out of the table anyway. In doubt an agent is sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wideseek_cli.agents.library import Library
from wideseek_cli.agents.lookup import MOST_ROWS, names_asked_for, read_named
from wideseek_cli.agents.shapes import joined
from wideseek_cli.agents.world import Stopped, World
from wideseek_cli.table.asked import are_several, first_line, qualities, whole_lists
from wideseek_cli.table.lookup import named_entity
from wideseek_cli.table.membership import lacking
from wideseek_cli.table.model import Document
from wideseek_cli.table.values import find_name
from wideseek_cli.table.words import words

Documents = Callable[[], Sequence[Document]]

_USES = 5  # searches and pages that one row takes at most
# A question that has one of these may want more than the narrowed rows.
_MORE = re.compile(r"\b(?:or|also|plus|as well as|those|ones)\b", re.IGNORECASE)
# A subtask that has one of these is not simply about the row that it names.
_OTHERWISE = re.compile(
    r"^\W*(?:list|enumerate)\b|\b(?:that|which|who|whose|except|not|without|border\w*|neighbou?r\w*|near|like|"
    r"than|versus|vs|between|besides|compar\w*|or)\b",
    re.IGNORECASE,
)
_CAPITALISED = re.compile(r"(?<![\w'’])[A-Z][\w'’-]*")


@dataclass(frozen=True)
class Narrowed:
    """The names on the lists that a question asks for, and the qualities that it narrows them by."""

    names: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()


class Sieve:
    """What can be reported on subtasks of one question without an agent. `documents` gives what was read."""

    def __init__(self, world: World, library: Library, question: str, documents: Documents) -> None:
        self._world, self._library, self._question, self._documents = world, library, question, documents
        self._lock = asyncio.Lock()
        self._tried: set[str] = set()
        self._known: tuple[Narrowed, dict[str, str]] = Narrowed(), {}
        self._spared: set[str] = set()

    async def report_on(self, task: str) -> str:
        """The report on a subtask about rows that all lack the quality; empty where an agent must look. About
        a row that is asked for again an agent is sent."""
        narrowed = narrowed_lists(self._question, self._documents())
        rows = rows_of(task, narrowed.names, self._question)
        if not rows or self._spared & set(rows):
            return ""
        async with self._lock:
            without = await self._lacking(narrowed)
        if any(row not in without for row in rows):
            return ""
        self._spared.update(rows)
        fill = self._world.prompts.fill
        return joined(fill("subtask.lacks", row=row, quality=without[row]) for row in rows)

    async def _lacking(self, narrowed: Narrowed) -> dict[str, str]:
        """Which rows lack which quality, by their own pages."""
        if self._known[0] == narrowed:
            return self._known[1]
        unread = [name for name in narrowed.names if name not in self._tried]
        if len(narrowed.names) > MOST_ROWS or not self._affordable(len(unread)):
            return {}
        reading = read_named(
            self._library, [(name, narrowed.qualities) for name in unread], self._documents()
        )
        try:
            await self._world.ender.unless_asked(reading)
        except Stopped:
            return {}
        self._tried.update(unread)
        pages = [document for document in self._documents() if document.kind == "page"]
        self._known = narrowed, await asyncio.to_thread(names_lacking, narrowed, pages)
        return self._known[1]

    def _affordable(self, rows: int) -> bool:
        """Whether reading a page for so many rows leaves the agents something to search and read."""
        return not self._world.ender.asked and self._world.budget.allows(_USES * rows)


def narrowed_lists(question: str, documents: Iterable[Document]) -> Narrowed:
    """What is to be narrowed, if the lists were read and the question narrows them by qualities, and asks for
    nothing else beside them."""
    pages = [document for document in documents if document.kind == "page"]
    titles = whole_lists(question, [page.title for page in pages], narrowed=True)
    titles = titles if are_several(question, titles) else titles[:1]
    narrows = qualities(question, *titles) if titles and not _MORE.search(question) else ()
    lists = names_asked_for(question, pages, titles) if narrows else []
    names = tuple(dict.fromkeys(name for names in lists for name in names))
    said = [name for name in names if find_name(first_line(question), name)]
    if any(not any(find_name(title, name) for title in titles) for name in said):
        return Narrowed()  # it asks for a row by its name; Australia is in `Australia and Oceania` too
    return Narrowed(names, narrows) if names else Narrowed()


def names_lacking(narrowed: Narrowed, pages: Sequence[Document]) -> dict[str, str]:
    """The names whose own pages lack a quality, and which."""
    own: dict[str, list[list[str]]] = {}
    for name in narrowed.names:
        entity = named_entity(name)
        said = [words(page.text) for page in pages if entity.is_named_by(page.title)]
        if said:
            own[name] = said
    return lacking(narrowed.qualities, own)


def rows_of(task: str, names: Sequence[str], question: str) -> tuple[str, ...]:
    """The rows that a subtask is about, one in each of its lines; none where it is also about something else,
    or where that cannot be told."""
    lines = [line for line in task.splitlines() if line.strip()]
    found = [_row_of(line, names, question) for line in lines]
    return tuple(dict.fromkeys(found)) if all(found) else ()


def _row_of(line: str, names: Sequence[str], question: str) -> str:
    """The one row that a line names, if it says nothing of others."""
    spans = {name: span for name in names for span in find_name(line, name)}
    spans = {
        name: (start, end)
        for name, (start, end) in spans.items()
        if not any(
            low <= start and end <= high and (low, high) != (start, end) for low, high in spans.values()
        )
    }
    if len(spans) != 1:
        return ""
    ((name, (start, end)),) = spans.items()
    rest = line[:start] + " " * (end - start) + line[end:]
    others = (found for found in _CAPITALISED.finditer(rest) if not _is_begin(line, found, start))
    if _OTHERWISE.search(rest) or any(not find_name(question, found[0]) for found in others):
        return ""
    return name


def _is_begin(line: str, found: re.Match[str], name: int) -> bool:
    """Whether a capitalised word only begins the line, and is no part of the name behind it."""
    return not line[: found.start()].strip() and bool(line[found.end() : name].strip())
