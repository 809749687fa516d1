"""A SearXNG server of one's own, through its JSON API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from wideseek_cli.core.errors import SearchBlockedError, UsageError
from wideseek_cli.core.findings import SearchResult
from wideseek_cli.core.text import clean_line
from wideseek_cli.sources.search.hits import hits_from
from wideseek_cli.sources.search.jsonapi import JsonApi

_MOST_NAMED = 6  # engines that did not answer, in a line about them


class SearxngSource:
    """The user named the server, so it may be on the private network; pages it finds may not."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(
                f"searxng:{url} is not a web address", hint="e.g. --source searxng:http://localhost:8080"
            )
        self._url = url.rstrip("/").removesuffix("/search") + "/search"
        self._api = JsonApi(f"searxng at {parts.netloc.rpartition('@')[2]}")

    @property
    def name(self) -> str:
        return "searxng"

    async def search(self, query: str, count: int) -> SearchResult:
        answer = await self._api.ask("GET", self._url, params={"q": query, "format": "json"})
        hits = hits_from(answer.get("results"), ("url", "title", "content"), self.name, count)
        silent = ", ".join(_unresponsive(answer.get("unresponsive_engines")))
        if silent and not hits:
            raise SearchBlockedError(
                f"searxng found nothing, and engines did not answer it: {silent}",
                hint="wait a few minutes, or let the server ask other engines",
            )
        return SearchResult(query, hits, self.name, note=f"without {silent}" if silent else "")

    async def aclose(self) -> None:
        await self._api.aclose()


def _unresponsive(rows: Any) -> Iterator[str]:
    """The engines that failed the server, with the reasons it gives."""
    for row in rows[:_MOST_NAMED] if isinstance(rows, list) else ():
        if isinstance(row, list) and row and isinstance(row[0], str):
            reason = f" ({clean_line(row[1], 60)})" if len(row) > 1 and isinstance(row[1], str) else ""
            yield clean_line(row[0], 30) + reason
