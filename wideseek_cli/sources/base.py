"""What the agents' tools stand on: search sources, page sources, readers."""

from __future__ import annotations

from typing import Protocol

from wideseek_cli.core.findings import Page, Reading, SearchResult


class SearchSource(Protocol):
    """Somewhere to search. Raises SearchBlockedError, SearchTimeoutError, SourceUnreachableError."""

    @property
    def name(self) -> str: ...

    async def search(self, query: str, count: int) -> SearchResult:
        """The best hits; an empty `hits` means it was asked and found nothing."""

    async def aclose(self) -> None: ...


class PageSource(Protocol):
    """Somewhere to get pages. Never raises for a bad page: the status says it."""

    async def fetch(self, url: str) -> Page: ...

    async def aclose(self) -> None: ...


class Reader(Protocol):
    """Answers a need from one page."""

    async def read(self, page: Page, need: str) -> Reading: ...
