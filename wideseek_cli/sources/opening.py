"""What `--source` names, opened: one search source and one page source for a run."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from wideseek_cli.core.errors import ConfigError, UsageError
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.core.paths import cache_dir, expanded
from wideseek_cli.core.text import clean_line
from wideseek_cli.settings.config import Settings
from wideseek_cli.sources.base import PageSource, Reader, SearchSource
from wideseek_cli.sources.offline.zim import SCHEME, ZimSource
from wideseek_cli.sources.search.combine import FirstAnswer, Merged


@dataclass
class SourceSet:
    """Where a run searches and reads. `search` and `pages` are closed together."""

    search: SearchSource
    pages: PageSource
    reader: Reader
    offline: bool = False

    async def aclose(self) -> None:
        await asyncio.gather(self.search.aclose(), self.pages.aclose())


def page_cache_path() -> Path:
    """The file that keeps pages between runs."""
    return cache_dir() / "pages.sqlite"


def open_sources(
    settings: Settings,
    reader: Reader | None = None,
    *,
    say: Callable[[str], None] | None = None,
    environ: Mapping[str, str] | None = None,
) -> SourceSet:
    """Open what the settings name. No socket is opened here, and none ever when all of it is offline."""
    names = settings.sources or ("ddgs",)
    online = [name for name in names if not _kind(name).offline]
    if settings.offline and online:
        hint = "--source factbook and --source zim:PATH need no network"
        raise UsageError(f"--offline excludes the source {online[0]}", hint=hint)
    means = _Means(os.environ if environ is None else environ, say)
    opened = [_open(name, means) for name in names]
    zims = _distinct([source for source in opened if isinstance(source, ZimSource)])
    search = opened[0] if len(opened) == 1 else (Merged if settings.merge_sources else FirstAnswer)(opened)
    if reader is None:
        from wideseek_cli.sources.reading.reader import ExtractReader

        reader = ExtractReader()
    return SourceSet(
        search, open_pages(settings, zims, web=bool(online), say=say), reader, offline=not online
    )


def open_page_sources(settings: Settings, url: str, say: Callable[[str], None] | None = None) -> PageRouter:
    """Only what one address needs: ZIM files that are named, the factbook for its own, or the web."""
    if not url.lower().startswith(SCHEME):
        return open_pages(settings, [], web=not settings.offline, say=say)
    names = [name for name in settings.sources if _kind(name).offline]
    if not names and url.startswith(f"{SCHEME}factbook/"):
        names = ["factbook"]
    opened = [_open(name, _Means({}, say)) for name in names]
    zims = _distinct([source for source in opened if isinstance(source, ZimSource)])
    return open_pages(settings, zims, web=False, say=say)


def open_pages(
    settings: Settings, zims: list[ZimSource], *, web: bool, say: Callable[[str], None] | None = None
) -> PageRouter:
    """Pages by their address; without `web`, of http pages only copies that are in the cache. `say` is told
    at the end if the cache could not be used."""
    from wideseek_cli.sources.fetch.cache import DEFAULT_MAX_AGE_S, CachedPages, PageCache
    from wideseek_cli.sources.fetch.pages import FetchRules, WebFetcher, allowed_hosts

    fetcher = None
    if web:
        fetcher = WebFetcher(FetchRules(settings.ignore_robots, allowed_hosts(settings.allow_hosts)))
    max_age = DEFAULT_MAX_AGE_S if settings.max_age_s is None else settings.max_age_s
    return PageRouter(CachedPages(fetcher, PageCache(page_cache_path()), max_age, say), zims)


class PageRouter:
    """Sends each address to whoever has it."""

    def __init__(self, web: PageSource, zims: list[ZimSource]) -> None:
        self._web, self._zims = web, zims

    async def fetch(self, url: str) -> Page:
        if not url.lower().startswith(SCHEME):
            return await self._web.fetch(url)
        for zim in self._zims:
            if url.startswith(zim.prefix):
                return await zim.fetch(url)
        names = ", ".join(zim.prefix for zim in self._zims) or "none"
        reason = f"No ZIM file of this run has this address (open: {names})."
        return Page(url=url, final_url=url, status=PageStatus.REFUSED, reason=reason)

    async def aclose(self) -> None:
        await asyncio.gather(self._web.aclose(), *(zim.aclose() for zim in self._zims))


@dataclass(frozen=True)
class _Means:
    """What opening a source may need."""

    environ: Mapping[str, str]
    say: Callable[[str], None] | None = None

    def key(self, variable: str, kind: str) -> str:
        key = self.environ.get(variable, "").strip()
        if not key:
            raise ConfigError(f"--source {kind} needs a key", hint=f"set {variable} in the environment")
        return key


def _ddgs(_: str, means: _Means) -> SearchSource:
    from wideseek_cli.sources.search.ddgs import DdgsSource

    return DdgsSource()


def _searxng(url: str, means: _Means) -> SearchSource:
    from wideseek_cli.sources.search.searxng import SearxngSource

    return SearxngSource(url)


def _factbook(_: str, means: _Means) -> SearchSource:
    from wideseek_cli.sources.offline.corpus import ensure_factbook

    return ZimSource(ensure_factbook(means.say), "factbook")


def _zim(path: str, means: _Means) -> SearchSource:
    return ZimSource(expanded(path))


def _serper(_: str, means: _Means) -> SearchSource:
    from wideseek_cli.sources.search import serper

    return serper.SerperSource(means.key(serper.KEY, "serper"))


def _brave(_: str, means: _Means) -> SearchSource:
    from wideseek_cli.sources.search import brave

    return brave.BraveSource(means.key(brave.KEY, "brave"))


@dataclass(frozen=True)
class Kind:
    """A kind of source: what follows its name after a colon, if anything, and how it is opened."""

    about: str
    open: Callable[[str, _Means], SearchSource]
    value: str = ""
    offline: bool = False


SOURCES = {
    "ddgs": Kind("keyless web search (the default)", _ddgs),
    "searxng": Kind("a SearXNG server of your own", _searxng, "URL"),
    "factbook": Kind("the World Factbook, built in, offline", _factbook, offline=True),
    "zim": Kind("a ZIM file: Kiwix, or `wideseek corpus build`; offline", _zim, "PATH", offline=True),
    "serper": Kind("Google results, with SERPER_API_KEY", _serper),
    "brave": Kind("Brave's search API, with BRAVE_API_KEY", _brave),
}
# as people write and read them
KINDS = {f"{name}:{kind.value}" if kind.value else name: kind.about for name, kind in SOURCES.items()}


def _kind(name: str) -> Kind:
    """The kind that a `--source` names; unknown ones get the list."""
    kind, _, value = name.partition(":")
    found = SOURCES.get(kind)
    if found is None or bool(value) != bool(found.value):
        raise UsageError(f"there is no source {clean_line(name, 80)!r}", hint=f"sources: {', '.join(KINDS)}")
    return found


def _open(name: str, means: _Means) -> SearchSource:
    return _kind(name).open(name.partition(":")[2], means)


def _distinct(zims: list[ZimSource]) -> list[ZimSource]:
    """Addresses must lead to one file: two files of the same name are an error, not a surprise."""
    prefixes = [zim.prefix for zim in zims]
    for prefix in prefixes:
        if prefixes.count(prefix) > 1:
            raise UsageError(f"two ZIM files are both called {prefix}", hint="rename one of them")
    return zims
