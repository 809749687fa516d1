"""What a run has read, kept as facts, and the proof of a table by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from wideseek_cli.core.aio import aside
from wideseek_cli.core.steering import Orders, permits
from wideseek_cli.facts.pagefacts import PageFacts, Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.pipeline.repair import key_of
from wideseek_cli.table.model import Document, Row, Table
from wideseek_cli.table.wholedates import with_whole_dates


@dataclass(frozen=True)
class Own:
    """What a row is proved by: the documents, and the name that it goes by there."""

    documents: Sequence[Document]
    name: str


OwnPages = Callable[[Table, Row, Sequence[Document]], Own]


class Reading:
    """The pages of one question. Each is turned into facts once, off the event loop."""

    def __init__(
        self,
        question: str,
        documents: Callable[[], Iterable[Document]],
        orders: Iterable[Orders] = (),
        own: OwnPages | None = None,
        check: bool = True,
    ) -> None:
        """`own`: which of the pages each row is proved by; else all of them. `check`: given cells too."""
        self._question, self._documents, self._orders = question, documents, orders
        self._own, self._check = own, check
        self.shelf = Shelf()
        self._begun: asyncio.Future[Any] | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        """What was read so far, without what the user does not want used."""
        return tuple(one for one in self._documents() if permits(self._orders, one.url))

    def begin(self) -> None:
        """Turn what is there into facts while a model writes: the proof will need them."""
        if self._begun is None or self._begun.done():
            documents = self.documents
            self._begun = asyncio.ensure_future(aside(lambda: self.shelf.take(documents)))

    def pages_now(self) -> list[PageFacts]:
        """The facts of what has been turned into facts already."""
        return self.shelf.known(self.documents)

    async def pages(self) -> list[PageFacts]:
        """The facts of all that was read."""
        if self._begun is not None:
            await self._begun
        documents = self.documents
        return await aside(lambda: self.shelf.take(documents))

    async def proved(self, table: Table) -> Table:
        """The table with every cell judged by what was read so far."""
        await self.pages()
        documents, question = self.documents, self._question
        found = await aside(lambda: self._judged(table, documents, question))
        return with_whole_dates(found)

    def _judged(self, table: Table, documents: Sequence[Document], question: str) -> Table:
        """All rows at once, but those that only some of the pages are about: these each by their own."""
        key, rows = key_of(table), list(table.rows)

        def judged(rows: Sequence[Row], documents: Sequence[Document]) -> tuple[Row, ...]:
            some = replace(table, rows=tuple(rows))
            return prove(some, documents, question=question, shelf=self.shelf, given=self._check).rows

        if self._own is None:
            return replace(table, rows=judged(rows, documents))
        owned = {at: self._own(table, row, documents) for at, row in enumerate(rows)}
        shared = [
            at
            for at, own in owned.items()
            if len(own.documents) == len(documents) and own.name == rows[at].cells[key].text
        ]
        together = judged([rows[at] for at in shared], documents)
        found = dict(zip(shared, together, strict=True))
        for at in owned.keys() - found.keys():
            (row,) = judged([_named(rows[at], key, owned[at].name)], owned[at].documents)
            found[at] = _named(row, key, rows[at].cells[key].text)
        return replace(table, rows=tuple(found[at] for at in owned))


def _named(row: Row, key: int, name: str) -> Row:
    """A row under the name that it has on the page about it."""
    return Row(tuple(replace(cell, text=name) if at == key else cell for at, cell in enumerate(row.cells)))
