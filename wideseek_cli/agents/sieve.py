"""What agents need not look up where the question narrows its lists by a quality.

`countries of Asia that are landlocked`: once the lists are read, code reads the page of each of their rows.
Rows whose own pages lack the word will be left out of the table: so they are left out of the reported lists,
no agent is sent to them, and nobody need ask whether the others have it. In doubt an agent is sent.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wideseek_cli.agents.library import Library
from wideseek_cli.agents.lookup import MOST_ROWS, names_asked_for, read_list, read_named
from wideseek_cli.agents.shapes import joined
from wideseek_cli.agents.world import Stopped, World
from wideseek_cli.aio import aside
from wideseek_cli.table.asked import are_several, first_line, names_one, qualities, whole_lists
from wideseek_cli.table.entity import named_entity
from wideseek_cli.table.membership import having, lacking
from wideseek_cli.table.model import Document, Table
from wideseek_cli.table.values import find_name, name_forms
from wideseek_cli.table.words import words

Documents = Callable[[], Sequence[Document]]

_NARROWS = re.compile(
    r"\b(?:that|which|who)\s+are\b|\b[a-z]+ed\s+[a-z]+s\b|^\W*which\b.*\bare\b", re.IGNORECASE
)
_USES = 5  # searches and pages that one row takes at most
# A question that has one of these may want more than the narrowed rows.
_MORE = re.compile(r"\b(?:or|also|plus|as well as|those|ones)\b", re.IGNORECASE)
# A subtask that has one of these is not simply about the row that it names.
_OTHERWISE = re.compile(
    r"^\W*(?:list|enumerate)\b|\b(?:that|which|who|whose|except|not|without|border\w*|neighbou?r\w*|near|like|"
    r"than|versus|vs|between|besides|compar\w*|or)\b",
    re.IGNORECASE,
)
# What small models leave of the question's last words behind the quality.
_TAIL = re.compile(
    r"(?:,?\s*(?:and\s+)?(?:as a table|in a table|report|give|show|state|tell|add|note|find|provide|include|"
    r"compare))*\W*$",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(\s*)(\d+[.)]|[-*•])(\s+)(.{1,80}?)\s*$")
_CAPITALISED = re.compile(r"(?<![\w'’])[A-Z][\w'’-]*")


@dataclass(frozen=True)
class Narrowed:
    """The names on the lists that a question asks for, and the qualities that it narrows them by."""

    names: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Judged:
    """What the own pages of names say: which lacks which quality, and who has all of them."""

    lacking: Mapping[str, str] = field(default_factory=dict)
    having: frozenset[str] = frozenset()


class Sieve:
    """What code knows of the rows of one question's narrowed lists. `documents` gives what was read."""

    def __init__(self, world: World, library: Library, question: str, documents: Documents) -> None:
        self._world, self._library, self._question, self._documents = world, library, question, documents
        self._lock = asyncio.Lock()
        self._tried: set[str] = set()
        self._known: tuple[Narrowed, Judged] = Narrowed(), Judged()
        self._spared: set[str] = set()
        self._completed = False

    async def report_on(self, task: str) -> str:
        """The report on a subtask about rows that all lack the quality; empty where an agent must look. About
        a row that is asked for again an agent is sent."""
        narrowed = await self._narrowed()
        rows = rows_of(task, narrowed.names, self._question)
        if not rows or self._spared & set(rows):
            return ""
        without = (await self._judge(narrowed)).lacking
        if any(row not in without for row in rows):
            return ""
        self._spared.update(rows)
        fill = self._world.prompts.fill
        return joined(fill("subtask.lacks", row=row, quality=without[row]) for row in rows)

    async def unasked(self, task: str) -> str:
        """A subtask about one row that has the quality, without the question at its end whether it has."""
        narrowed = await self._narrowed()
        at = max((asked_at(task, quality) for quality in narrowed.qualities), default=-1)
        rows = rows_of(task, narrowed.names, self._question) if at > 0 and "\n" not in task else ()
        if not rows or rows[0] not in (await self._judge(narrowed)).having:
            return task
        return task[:at]

    async def shortened(self, task: str, report: str) -> str:
        """A reported list without the rows that lack the quality; any other report as it is."""
        narrowed = await self._narrowed()
        if not is_list(report, narrowed.names) or any(find_name(task, name) for name in narrowed.names):
            return report
        without = (await self._judge(narrowed)).lacking
        return without_items(report, without, [name for name in narrowed.names if name not in without])

    async def _narrowed(self) -> Narrowed:
        """What is to be narrowed. Where agents have read some of several lists, code reads the others."""
        async with self._lock:
            found = narrowed_lists(self._question, self._documents())
            if found.names or self._completed or not _NARROWS.search(first_line(self._question)):
                return found
            pages = (document for document in self._documents() if document.kind == "page")
            if not any(names_one(self._question, page.title) for page in pages):
                return found
            self._completed = True
            if not self._affordable(1):
                return found
            try:
                await self._world.ender.unless_asked(read_list(self._library, self._question, Table(())))
            except Stopped:
                return found
            return narrowed_lists(self._question, self._documents())

    async def _judge(self, narrowed: Narrowed) -> Judged:
        async with self._lock:
            return await self._read_and_judge(narrowed)

    async def _read_and_judge(self, narrowed: Narrowed) -> Judged:
        if self._known[0] == narrowed:
            return self._known[1]
        unread = [name for name in narrowed.names if name not in self._tried]
        if len(narrowed.names) > MOST_ROWS or not self._affordable(len(unread)):
            return Judged()
        reading = read_named(
            self._library, [(name, narrowed.qualities) for name in unread], self._documents()
        )
        try:
            await self._world.ender.unless_asked(reading)
        except Stopped:
            return Judged()
        self._tried.update(unread)
        pages = [document for document in self._documents() if document.kind == "page"]
        self._known = narrowed, await aside(lambda: judged(narrowed, pages))
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


def judged(narrowed: Narrowed, pages: Sequence[Document]) -> Judged:
    """What the pages say of each name that has a page of its own."""
    own: dict[str, list[str]] = {}
    for name in narrowed.names:
        entity = named_entity(name)
        said = [page.text for page in pages if entity.is_named_by(page.title)]
        if said:
            own[name] = said
    taken_apart = {name: [words(text) for text in texts] for name, texts in own.items()}
    return Judged(lacking(narrowed.qualities, taken_apart), having(narrowed.qualities, own))


def is_list(report: str, names: Iterable[str]) -> bool:
    """Whether a report is a list, with most of its items among these names."""
    items = [item[4] for line in report.splitlines() if (item := _ITEM.match(line))]
    known = _forms(names)
    return len(items) > 1 and 2 * sum(not known.isdisjoint(name_forms(item)) for item in items) > len(items)


def without_items(report: str, names: Iterable[str], others: Iterable[str] = ()) -> str:
    """A list without these items and what is said under them, counted anew; `others` stay, whatever their
    other forms are. It keeps one: a list of nothing looks like a failure."""
    lines = report.splitlines()
    items = {at: item for at, line in enumerate(lines) if (item := _ITEM.match(line))}
    gone = _forms(names) - _forms(others)
    kept = [at for at, item in items.items() if gone.isdisjoint(name_forms(item[4]))] or list(items)[:1]
    counted = {}
    for number, at in enumerate(kept, start=1):
        indent, mark, blank, text = items[at].groups()
        counted[at] = f"{indent}{re.sub('[0-9]+', str(number), mark)}{blank}{text}"
    told, stays = [], True
    for at, line in enumerate(lines):
        stays = at in counted if at in items else stays or not line[:1].isspace()
        if stays:
            told.append(counted.get(at, line))
    return "\n".join(told)


def asked_at(task: str, quality: str) -> int:
    """Where a subtask begins to ask, at its end, whether its row has the quality; -1 where it does not."""
    at = task.casefold().rfind(f", {quality}")
    return at if at >= 0 and _TAIL.match(task[at + len(quality) + 2 :]) else -1


def _forms(names: Iterable[str]) -> set[str]:
    return {form for name in names for form in name_forms(name)}


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
