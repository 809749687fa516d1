"""A SearXNG server of one's own, through its JSON API."""

from __future__ import annotations

from urllib.parse import urlsplit

from wideseek_cli.errors import UsageError
from wideseek_cli.findings import SearchResult
from wideseek_cli.tools.api import JsonApi
from wideseek_cli.tools.hits import hits_from


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
        return SearchResult(query, hits, self.name)

    async def aclose(self) -> None:
        await self._api.aclose()
