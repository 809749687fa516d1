"""What a run has read, kept as facts, and the proof of a table by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from wideseek_cli.core.steering import Orders, permits
from wideseek_cli.facts import served
from wideseek_cli.pipeline.facts import Facts
from wideseek_cli.pipeline.repair import key_of
from wideseek_cli.table.model import Document, Row, Table
from wideseek_cli.table.wholedates import with_whole_dates

T = TypeVar("T")


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
