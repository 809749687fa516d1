"""What a run has read, kept as facts, and the proof of a table by them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from wideseek_cli.core.aio import aside
from wideseek_cli.core.steering import Orders, permits
from wideseek_cli.facts.pagefacts import PageFacts, Shelf
from wideseek_cli.facts.proof import prove
from wideseek_cli.table.model import Document, Table
from wideseek_cli.table.wholedates import with_whole_dates


class Reading:
    """The pages of one question. Each is turned into facts once, off the event loop."""

    def __init__(
        self, question: str, documents: Callable[[], Iterable[Document]], orders: Iterable[Orders] = ()
    ) -> None:
        self._question, self._documents, self._orders = question, documents, orders
        self._shelf = Shelf()
        self._begun: asyncio.Future[Any] | None = None

    @property
    def documents(self) -> tuple[Document, ...]:
        """What was read so far, without what the user does not want used."""
        return tuple(one for one in self._documents() if permits(self._orders, one.url))

    def begin(self) -> None:
        """Turn what is there into facts while a model writes: the proof will need them."""
        if self._begun is None or self._begun.done():
            documents = self.documents
            self._begun = asyncio.ensure_future(aside(lambda: self._shelf.take(documents)))

    def pages_now(self) -> list[PageFacts]:
        """The facts of what has been turned into facts already."""
        return self._shelf.known(self.documents)

    async def pages(self) -> list[PageFacts]:
        """The facts of all that was read."""
        if self._begun is not None:
            await self._begun
        documents = self.documents
        return await aside(lambda: self._shelf.take(documents))

    async def proved(self, table: Table) -> Table:
        """The table with every cell judged by what was read so far."""
        await self.pages()
        documents, question = self.documents, self._question
        found = await aside(lambda: prove(table, documents, question=question, shelf=self._shelf))
        return with_whole_dates(found)
