"""What a run has read, kept as facts, and the proof of a table by them.

The facts are in a worker: a page that breaks its reader costs that page alone.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_type_hints

from wideseek_cli.core.errors import WorkerError
from wideseek_cli.core.plain import decoder
from wideseek_cli.core.steering import Orders, permits
from wideseek_cli.facts import served
from wideseek_cli.pipeline.repair import key_of
from wideseek_cli.table.model import Document, Row, Table
from wideseek_cli.table.wholedates import with_whole_dates
from wideseek_cli.workers import Limits, Pool, TaskFailed, TaskOverran, facts_pool

T = TypeVar("T")
_RUNS = itertools.count()

# Processor time: some ten times of what pages take that are only long.
_BASE_S, _PAGE_S, _CHARACTER_S, _ROW_S = 4.0, 0.02, 4e-6, 0.002
_ALONE_S, _ROW_ALONE_S = 2.0, 0.01
_WALL = 20.0  # times the processor time: other programs compute too
_MEMORY, _WORN = 4_000_000_000, 2_000_000_000


class Facts:
    """The facts of one run's documents. Questions to them are answered one after the other."""

    def __init__(self, say: Callable[[str], None], pool: Callable[[], Pool] = facts_pool) -> None:
        """`say` is told of pages that are left out."""
        self._say, self._pool = say, pool
        pool().warm()  # while a model writes its first words
        self._run = f"{os.getpid()}.{next(_RUNS)}"
        self._numbers: dict[Document, int] = {}
        self._count = itertools.count()
        self._given: set[int] = set()
        self._left_out: set[int] = set()
        self._turn = asyncio.Lock()

    async def ask(self, question: Callable[..., T], documents: Sequence[Document], *arguments: Any) -> T:
        """What a function of `facts.served` says of these documents, without those that are too much."""
        async with self._turn:
            numbered = {self._number(document): document for document in documents}
            for attempt in itertools.count():
                wanted = {n: one for n, one in numbered.items() if n not in self._left_out}
                try:
                    return await self._ask(question, wanted, arguments, _limits(wanted, arguments))
                except (TaskOverran, TaskFailed) as error:
                    if attempt or isinstance(error, TaskOverran):  # else somebody may have ended the worker
                        await self._leave_out(question, wanted, arguments, error)
            raise AssertionError

    async def keep(self, documents: Sequence[Document]) -> None:
        """Let go of all others."""
        await self.ask(served.forget_others, documents)
        kept = set(documents)
        self._numbers = {one: number for one, number in self._numbers.items() if one in kept}
        self._given &= set(self._numbers.values())

    def _number(self, document: Document) -> int:
        if document not in self._numbers:
            self._numbers[document] = next(self._count)
        return self._numbers[document]

    async def _ask(
        self,
        question: Callable[..., T],
        wanted: Mapping[int, Document],
        arguments: tuple[Any, ...],
        limits: Limits,
    ) -> T:
        name, new = question.__name__, set(wanted) - self._given
        while True:
            answer: served.Answer = await self._pool().run(
                *("ask_facts", self._run, {n: wanted[n] for n in new}, tuple(wanted), name, arguments),
                limits=limits,
                near=self._run,
            )
            self._given |= new
            if not answer.lacking:
                return _read(question, answer.said)
            new = set(answer.lacking) & set(wanted)  # another worker than the last time, or a fresh one

    async def _leave_out(
        self,
        question: Callable[..., Any],
        wanted: Mapping[int, Document],
        arguments: tuple[Any, ...],
        error: Exception,
    ) -> None:
        """Find the pages that are too much, each alone; if none is, the one that takes longest goes."""
        if not wanted:
            hint = "report it, with the record of the run"
            raise WorkerError(f"what was found cannot be checked: {error}", hint=hint) from error
        took: dict[int, float] = {}
        failed: set[int] = set()  # a fault of ours, told as such
        for number, document in wanted.items():
            began = time.monotonic()
            try:
                await self._ask(question, {number: document}, arguments, _alone(arguments))
            except (TaskOverran, TaskFailed) as one:
                took[number] = float("inf")
                if isinstance(one, TaskFailed):
                    failed.add(number)
            else:
                took[number] = time.monotonic() - began
        for number, document in wanted.items():
            if took[number] == max(took.values()):
                self._left_out.add(number)
                name = document.title[:80] or document.url
                why = "cannot be checked" if number in failed else "takes too long to check"
                self._say(f"{why}, and proves nothing: {name} ({document.url})")


def _read(question: Callable[..., T], said: object) -> T:
    """An answer as the type that the function returns."""
    try:
        found: T = decoder(get_type_hints(question)["return"])(said)
        return found
    except (TypeError, ValueError, KeyError) as error:
        raise TaskFailed("a bad answer") from error


def _limits(wanted: Mapping[int, Document], arguments: Sequence[Any]) -> Limits:
    rows = _rows(arguments)
    each = (min(_PAGE_S + _CHARACTER_S * len(one.text), _ALONE_S) + _ROW_S * rows for one in wanted.values())
    return _within(_BASE_S + sum(each))


def _alone(arguments: Sequence[Any]) -> Limits:
    return _within(_ALONE_S + _ROW_ALONE_S * _rows(arguments))


def _rows(arguments: Sequence[Any]) -> int:
    return sum(len(one.rows) for one in arguments if isinstance(one, Table))


def _within(cpu_s: float) -> Limits:
    return Limits(seconds=_WALL * cpu_s, cpu_s=cpu_s, memory=_MEMORY, worn=_WORN)


@dataclass(frozen=True)
class Own:
    """What a row is proved by: the documents, and the name that it goes by there."""

    documents: Sequence[Document]
    name: str


OwnPages = Callable[[Table, Row, Sequence[Document]], Own]


class Reading:
    """The pages of one question. Each is turned into facts once, in a worker."""

    def __init__(
        self,
        question: str,
        documents: Callable[[], Iterable[Document]],
        say: Callable[[str], None],
        orders: Iterable[Orders] = (),
        own: OwnPages | None = None,
        check: bool = True,
    ) -> None:
        """`own`: which of the pages each row is proved by; else all of them. `check`: given cells too."""
        self._question, self._documents, self._orders = question, documents, orders
        self._own, self._check = own, check
        self.facts = Facts(say)
        self._begun: asyncio.Future[Any] | None = None

    def asks(self, question: str) -> None:
        """What is asked for from now on."""
        self._question = question

    @property
    def documents(self) -> tuple[Document, ...]:
        """What was read so far, without what the user does not want used."""
        return tuple(one for one in self._documents() if permits(self._orders, one.url))

    def begin(self) -> None:
        """Turn what is there into facts while a model writes: the proof will need them."""
        if self._begun is None or self._begun.done():
            self._begun = asyncio.ensure_future(self.ask(served.take))

    async def ask(self, question: Callable[..., T], *arguments: Any) -> T:
        """What a function of `facts.served` says of all that was read."""
        return await self.facts.ask(question, self.documents, *arguments)

    async def proved(self, table: Table) -> Table:
        """The table with every cell judged by what was read so far: all rows at once, but those that only
        some of the pages are about, these each by their own."""
        documents, rows = self.documents, list(table.rows)
        if self._own is None:
            return with_whole_dates(await self._judged(table, rows, documents))
        key = key_of(table)
        owned = {at: self._own(table, row, documents) for at, row in enumerate(rows)}
        shared = [
            at
            for at, own in owned.items()
            if len(own.documents) == len(documents) and own.name == rows[at].cells[key].text
        ]
        together = (await self._judged(table, [rows[at] for at in shared], documents)).rows
        found = dict(zip(shared, together, strict=True))
        for at in owned.keys() - found.keys():
            alone = [_named(rows[at], key, owned[at].name)]
            (row,) = (await self._judged(table, alone, owned[at].documents)).rows
            found[at] = _named(row, key, rows[at].cells[key].text)
        return with_whole_dates(replace(table, rows=tuple(found[at] for at in owned)))

    async def _judged(self, table: Table, rows: Sequence[Row], documents: Sequence[Document]) -> Table:
        some = replace(table, rows=tuple(rows))
        return await self.facts.ask(served.proved, documents, some, self._question, self._check)


def _named(row: Row, key: int, name: str) -> Row:
    """A row under the name that it has on the page about it."""
    return Row(tuple(replace(cell, text=name) if at == key else cell for at, cell in enumerate(row.cells)))
