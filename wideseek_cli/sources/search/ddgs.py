"""Keyless web search: the ddgs library's engines, each in its turn and at its own pace."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from wideseek_cli.core.errors import (
    SearchBlockedError,
    SearchTimeoutError,
    SourceError,
    SourceUnreachableError,
)
from wideseek_cli.core.findings import Hit, PageStatus, SearchResult
from wideseek_cli.core.text import clean_line
from wideseek_cli.sources.fetch import walls
from wideseek_cli.sources.manners import Pacer
from wideseek_cli.sources.search.hits import hits_from

BACKENDS = ("duckduckgo", "brave", "mojeek", "startpage", "yahoo", "wikipedia")
# Titles only: most questions are none, so it is asked last, and its "nothing" tells nothing.
_LOOKUPS = {"wikipedia"}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_TIMEOUT_S = 12
_PAUSE_S = 1.5
_LONGEST_WAIT_S = 45.0
_SHOWN = 100_000  # characters of an engine's page that are looked at
# What these engines say to programs, beside what `walls` knows of other sites.
_CHALLENGE = re.compile(
    r"anomaly-modal|anomaly\.js|pow[- ]captcha|/sp/captcha|automated queries|search was made by a human",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asked:
    """What one engine answered: rows of the library, and the HTTP statuses that were seen."""

    rows: list[dict[str, Any]]
    statuses: list[int] = field(default_factory=list)


@dataclass
class _Seen:
    """What the library keeps to itself: the HTTP status of each answer, and the last page."""

    statuses: list[int] = field(default_factory=list)
    page: str = ""


Ask = Callable[[str, str, int], Asked]


def ask_ddgs(backend: str, query: str, count: int) -> Asked:
    """One request to one engine, blocking; the library's exceptions become ours."""
    from ddgs import DDGS
    from ddgs.engines import ENGINES
    from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

    logging.getLogger("ddgs").setLevel(logging.CRITICAL)
    if backend not in ENGINES.get("text", {}):
        # the library would quietly ask all its engines instead
        raise SourceUnreachableError(f"{backend} is not in this release of ddgs")
    client = DDGS(timeout=_TIMEOUT_S)
    seen = _watch(client, backend)
    try:
        region = "cn-zh" if _CHINESE.search(query) else "us-en"
        rows = client.text(query, max_results=count, backend=backend, region=region)
        return Asked(list(rows), seen.statuses)
    except TimeoutException as error:
        raise SearchTimeoutError(f"{backend} did not answer within {_TIMEOUT_S} s") from error
    except RatelimitException as error:
        raise SearchBlockedError(f"{backend} says it was asked too often") from error
    except DDGSException as error:
        return _explained(backend, query, str(error), seen, error)


def _explained(backend: str, query: str, message: str, seen: _Seen, error: Exception) -> Asked:
    """The library has one exception for nothing found, refused and unreachable; what was seen tells which."""
    refused = [code for code in seen.statuses if code != 200]
    if refused:
        raise SearchBlockedError(f"{backend} refused the search (HTTP {refused[-1]})") from error
    if "no results" in message.lower():
        if _is_wall(seen.page, query):
            raise SearchBlockedError(f"{backend} showed a challenge instead of results") from error
        return Asked([], seen.statuses)
    if "timed out" in message.lower() or "timeout" in message.lower():
        raise SearchTimeoutError(f"{backend} did not answer within {_TIMEOUT_S} s") from error
    raise SourceUnreachableError(f"{backend} cannot be reached ({clean_line(message, 60)})") from error


def _is_wall(page: str, query: str) -> bool:
    """Whether a page without results is a captcha, a consent wall or the like."""
    from wideseek_cli.pages.html import read_all

    if _CHALLENGE.search(page):
        return True
    seen = read_all(page)
    # engines repeat the query, which may speak of robots and captchas
    text, title = (part.replace(query, "") for part in (seen.text, seen.title))
    verdict = walls.by_content(page, text, title, "", "")
    return verdict is not None and verdict[0] is PageStatus.BLOCKED


def _watch(client: Any, backend: str) -> _Seen:
    """Note each answer: the library drops statuses and pages, and shows a refusal as nothing found."""
    seen = _Seen()
    try:
        engines = client._get_engines("text", backend)
        for engine in engines:
            engine.http_client.request = _noting(engine.http_client.request, seen)
    except AttributeError:
        logging.getLogger(__name__).info("this release of ddgs does not show its answers")
    return seen


def _noting(request: Callable[..., Any], seen: _Seen) -> Callable[..., Any]:
    def noted(*args: Any, **kwargs: Any) -> Any:
        answer = request(*args, **kwargs)
        seen.statuses.append(int(answer.status_code))
        seen.page = str(answer.text)[:_SHOWN]
        return answer

    return noted


class DdgsSource:
    """The engine that is free soonest is asked first; one that refuses is left alone for a while.

    Nothing is found when two engines say so, or the only one that answers.
    """

    name = "ddgs"

    def __init__(
        self, backends: tuple[str, ...] = BACKENDS, *, ask: Ask = ask_ddgs, pause_s: float = _PAUSE_S
    ) -> None:
        self._ask = ask
        self._pacers = {backend: Pacer(pause_s) for backend in backends}
        # threads of its own: a late engine must not keep pages from being read
        self._threads = ThreadPoolExecutor(len(backends), thread_name_prefix="ddgs")

    async def search(self, query: str, count: int) -> SearchResult:
        troubles: list[SourceError] = []
        empty: list[str] = []
        tried: set[str] = set()
        while (backend := self._next(tried)) is not None:
            tried.add(backend)
            try:
                hits = await self._one(backend, query, count)
            except SourceError as error:
                troubles.append(error)
                continue
            if hits:
                return SearchResult(query, hits, f"{self.name}:{backend}", note=_note(backend, troubles))
            if backend not in _LOOKUPS:
                empty.append(backend)
            if len(empty) == 2:
                break  # two engines that know of nothing are enough
        if empty:
            return SearchResult(query, (), f"{self.name}:{empty[-1]}", note=_note(empty[-1], troubles))
        raise self._failure(troubles)

    async def aclose(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _next(self, tried: set[str]) -> str | None:
        """The untried engine with the shortest wait, lookups last; none that would be waited for too long."""
        waits = {name: pacer.wait_s() for name, pacer in self._pacers.items() if name not in tried}
        usable = [
            name
            for name, wait in waits.items()
            if wait <= _LONGEST_WAIT_S or not self._pacers[name].backing_off
        ]
        return min(usable, key=lambda name: (name in _LOOKUPS, round(waits[name], 1)), default=None)

    async def _one(self, backend: str, query: str, count: int) -> tuple[Hit, ...]:
        pacer = self._pacers[backend]
        async with pacer.turn():
            try:
                loop = asyncio.get_running_loop()
                asked = await loop.run_in_executor(self._threads, self._ask, backend, query, count)
            except (SearchBlockedError, SearchTimeoutError):
                pacer.refused()
                raise
            pacer.answered()
        return hits_from(asked.rows, ("href", "title", "body"), f"{self.name}:{backend}", count)

    def _failure(self, troubles: list[SourceError]) -> SourceError:
        """What to say when no engine answered."""
        hint = "wait a few minutes, or use a source of your own: --source searxng:URL, --source zim:PATH"
        if not troubles:
            return SearchBlockedError(
                "all keyless search engines refused recently; not asking them for a while", hint=hint
            )
        blocked = [error for error in troubles if isinstance(error, SearchBlockedError)]
        late = [error for error in troubles if isinstance(error, SearchTimeoutError)]
        if blocked or late:
            kind = SearchBlockedError if blocked else SearchTimeoutError
            told = "; ".join(str(error) for error in [*blocked, *late][:3])
            return kind(f"no keyless search engine answered: {told}", hint=hint)
        message = f"none of {len(troubles)} keyless search engines can be reached: {troubles[0]}"
        return SourceUnreachableError(message, hint="is there a network? --source factbook needs none")


def _note(backend: str, troubles: list[SourceError]) -> str:
    return f"answered by {backend} after: " + "; ".join(map(str, troubles)) if troubles else ""
