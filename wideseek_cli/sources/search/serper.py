"""Google results through serper.dev, for those with a key."""

from __future__ import annotations

from wideseek_cli.core.findings import SearchResult
from wideseek_cli.sources.search.hits import hits_from
from wideseek_cli.sources.search.jsonapi import JsonApi

KEY = "SERPER_API_KEY"
_URL = "https://google.serper.dev/search"


class SerperSource:
    """Needs a key in the environment."""

    name = "serper"

    def __init__(self, key: str, url: str = _URL) -> None:
        self._key, self._url = key, url
        self._api = JsonApi(self.name)

    async def search(self, query: str, count: int) -> SearchResult:
        headers = {"X-API-KEY": self._key}
        answer = await self._api.ask(
            "POST", self._url, headers=headers, json={"q": query, "num": max(10, count)}
        )
        hits = hits_from(answer.get("organic"), ("link", "title", "snippet"), self.name, count)
        return SearchResult(query, hits, self.name)

    async def aclose(self) -> None:
        await self._api.aclose()
