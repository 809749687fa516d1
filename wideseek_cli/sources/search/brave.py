"""Brave's search API, for those with a key."""

from __future__ import annotations

from wideseek_cli.core.findings import SearchResult
from wideseek_cli.sources.search.hits import hits_from
from wideseek_cli.sources.search.jsonapi import JsonApi

KEY = "BRAVE_API_KEY"
_URL = "https://api.search.brave.com/res/v1/web/search"


class BraveSource:
    """Needs a key in the environment. The free plan allows one request a second."""

    name = "brave"

    def __init__(self, key: str, url: str = _URL, *, pause_s: float = 1.0) -> None:
        self._key, self._url = key, url
        self._api = JsonApi(self.name, pause_s=pause_s)

    async def search(self, query: str, count: int) -> SearchResult:
        headers = {"X-Subscription-Token": self._key}
        answer = await self._api.ask(
            "GET", self._url, headers=headers, params={"q": query[:400], "count": min(20, max(5, count))}
        )
        web = answer.get("web")
        rows = web.get("results") if isinstance(web, dict) else None
        return SearchResult(
            query, hits_from(rows, ("url", "title", "description"), self.name, count), self.name
        )

    async def aclose(self) -> None:
        await self._api.aclose()
