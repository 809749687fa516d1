"""Several search sources as one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import zip_longest

from wideseek_cli.core.errors import ConfigError, SourceError
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.sources.base import SearchSource
from wideseek_cli.sources.fetch.urls import canonical

# What one of several may fail with: also a key that is refused, while others answer.
_FAILURES = (SourceError, ConfigError)


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
        failures: list[SourceError | ConfigError] = []
        for source in self._sources:
            try:
                result = await source.search(query, count)
            except _FAILURES as error:
                failures.append(error)
                before.append(f"{source.name}: {error}")
                continue
            if result.hits:
                return _noted(result, before)
            empty = empty or result
            before.append(f"{source.name} found nothing")
        if empty is not None:
            return _noted(empty, before)
        raise _to_tell(failures)


class Merged(_Several):
    """All asked at once; their hits in turn, each page once."""

    async def search(self, query: str, count: int) -> SearchResult:
        asked = await asyncio.gather(*(self._ask(source, query, count) for source in self._sources))
        results = [result for result in asked if isinstance(result, SearchResult)]
        failures = [error for error in asked if isinstance(error, _FAILURES)]
        if not results:
            raise _to_tell(failures)
        hits: dict[str, Hit] = {}
        for turn in zip_longest(*(result.hits for result in results)):
            for hit in filter(None, turn):
                hits.setdefault(canonical(hit.url) or hit.url, hit)
        engines = list(dict.fromkeys(result.engine for result in results))
        merged = SearchResult(query, tuple(hits.values())[:count], "+".join(engines))
        told = [result.note for result in results if result.note]
        return _noted(merged, [*told, *map(str, failures)])

    async def _ask(
        self, source: SearchSource, query: str, count: int
    ) -> SearchResult | SourceError | ConfigError:
        try:
            return await source.search(query, count)
        except _FAILURES as error:
            return error


def _to_tell(failures: Sequence[SourceError | ConfigError]) -> SourceError | ConfigError:
    """When none answered: the first that may pass, so that a run goes on; a refused key never does."""
    passing = [error for error in failures if isinstance(error, SourceError)]
    return next(iter([*passing, *failures]), SourceError("no source was given"))


def _noted(result: SearchResult, before: list[str]) -> SearchResult:
    if not before:
        return result
    note = "; ".join(filter(None, [f"answered by {result.engine} after: {'; '.join(before)}", result.note]))
    return SearchResult(result.query, result.hits, result.engine, result.remembered, note)
