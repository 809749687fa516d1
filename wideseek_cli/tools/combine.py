"""Several search sources as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import zip_longest

from wideseek_cli.errors import SourceError
from wideseek_cli.findings import Hit, SearchResult
from wideseek_cli.tools.base import SearchSource
from wideseek_cli.tools.urls import canonical


class _Several:
    def __init__(self, sources: Sequence[SearchSource]) -> None:
        self._sources = tuple(sources)

    @property
    def name(self) -> str:
        return "+".join(source.name for source in self._sources)

    async def aclose(self) -> None:
        await asyncio.gather(*(source.aclose() for source in self._sources))


class FirstAnswer(_Several):
    """Asked in order until one has hits; what went before is told in the note."""

    async def search(self, query: str, count: int) -> SearchResult:
        before: list[str] = []
        empty: SearchResult | None = None
        failure: SourceError | None = None
        for source in self._sources:
            try:
                result = await source.search(query, count)
            except SourceError as error:
                failure = failure or error
                before.append(f"{source.name}: {error}")
                continue
            if result.hits:
                return _noted(result, before)
            empty = empty or result
            before.append(f"{source.name} found nothing")
        if empty is not None:
            return _noted(empty, before)
        raise failure or SourceError("no source was given")


class Merged(_Several):
    """All asked at once; their hits in turn, each page once."""

    async def search(self, query: str, count: int) -> SearchResult:
        asked = await asyncio.gather(*(self._ask(source, query, count) for source in self._sources))
        results = [result for result in asked if isinstance(result, SearchResult)]
        failures = [error for error in asked if isinstance(error, SourceError)]
        if not results:
            raise failures[0]
        hits: dict[str, Hit] = {}
        for turn in zip_longest(*(result.hits for result in results)):
            for hit in filter(None, turn):
                hits.setdefault(canonical(hit.url) or hit.url, hit)
        engines = list(dict.fromkeys(result.engine for result in results))
        merged = SearchResult(query, tuple(hits.values())[:count], "+".join(engines))
        return _noted(merged, [str(error) for error in failures])

    async def _ask(self, source: SearchSource, query: str, count: int) -> SearchResult | SourceError:
        try:
            return await source.search(query, count)
        except SourceError as error:
            return error


def _noted(result: SearchResult, before: list[str]) -> SearchResult:
    if not before:
        return result
    note = f"answered by {result.engine} after: " + "; ".join(before)
    return SearchResult(result.query, result.hits, result.engine, result.remembered, note)
