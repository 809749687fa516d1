"""Pages from the web: politely, never from a private network, and honest about failures."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urljoin, urlsplit

from wideseek_cli.aio import timeout
from wideseek_cli.findings import Page, PageStatus
from wideseek_cli.text import clean_line
from wideseek_cli.tools import walls
from wideseek_cli.tools.body import decode
from wideseek_cli.tools.content import Content, read_content
from wideseek_cli.tools.net import PinnedBackend, system_resolver
from wideseek_cli.tools.request import (
    AGENT,
    Allowance,
    Answer,
    FetchLimits,
    Requester,
    StoppedError,
    Validators,
)
from wideseek_cli.tools.robots import EVERYTHING, NOTHING, Robots, parse_robots
from wideseek_cli.tools.urls import canonical, has_credentials

_ROBOTS_BYTES = 500_000
_SIGNPOSTS = 3  # pages in a row that only send on
_ROBOTS_S = 10.0
_ROBOTS_KEPT_S = 86_400.0
_TROUBLE_KEPT_S = 300.0  # a site that failed to say may be well again soon
_MOST_SITES = 5000


@dataclass(frozen=True)
class FetchRules:
    """What the user allowed."""

    ignore_robots: bool = False
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fetched:
    """A page, and what the cache needs beside it. `unchanged`: the server says the known copy is current."""

    page: Page
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False


@dataclass(frozen=True)
class _Wishes:
    """What a site's robots.txt asks of us; it counts until the clock says `until`. `trouble`: that it could
    not be had, where nothing may be read for that."""

    robots: Robots
    until: float
    trouble: str = ""


class WebFetcher:
    """Fetches and cleans pages. Bad pages are results, never exceptions."""

    def __init__(
        self,
        rules: FetchRules | None = None,
        limits: FetchLimits | None = None,
        *,
        backend: PinnedBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules or FetchRules()
        self._limits = limits or FetchLimits()
        backend = backend or PinnedBackend(system_resolver, self._rules.allow_hosts)
        self._web = Requester(self._limits, backend, ssl_context)
        self._clock = clock
        self._sites: dict[str, asyncio.Task[_Wishes]] = {}  # by origin

    async def fetch(self, url: str) -> Page:
        return (await self.fetch_fresh(url)).page

    async def fetch_fresh(self, url: str, known: Validators | None = None) -> Fetched:
        """The page as the server has it now; `known` asks only whether it changed."""
        try:
            return await self._fetch(url, url, known or Validators())
        except StoppedError as stop:
            return Fetched(_failed(url, stop.status, stop.reason, stop.url))

    async def aclose(self) -> None:
        for task in self._sites.values():
            task.cancel()
        await asyncio.gather(*self._sites.values(), return_exceptions=True)
        await self._web.aclose()

    async def _fetch(self, url: str, current: str, known: Validators, signposts: int = 0) -> Fetched:
        """The page at `current`, or at where that sends browsers on to."""
        answer = await self._follow(current, known)
        if answer.code == 304:
            return Fetched(_failed(url, PageStatus.PAGE, ""), answer.validators, unchanged=True)
        if verdict := walls.by_status(answer.code, decode(answer.body[:60_000])):
            raise StoppedError(*verdict, url=answer.url)
        kind = answer.headers.get("content-type", "")
        try:
            async with timeout(self._limits.seconds):
                content = await asyncio.to_thread(read_content, answer.body, kind, url, answer.url)
        except (TimeoutError, asyncio.TimeoutError) as error:
            raise StoppedError(
                PageStatus.TOO_LARGE, "The page takes too long to read.", answer.url
            ) from error
        if content.refresh and signposts < _SIGNPOSTS:
            return await self._fetch(url, _joined(answer.url, content.refresh), Validators(), signposts + 1)
        return Fetched(_page(url, answer.url, content), answer.validators)

    async def _follow(self, url: str, known: Validators) -> Answer:
        """The answer at the end of the redirects, each checked like the first address."""
        seen: set[str] = set()
        current, allowance = url, Allowance(self._limits.seconds)
        for _ in range(self._limits.redirects + 1):
            current = _checked(current, seen)
            await self._ask_robots(current)
            answer = await self._web.get(current, allowance, known)
            if not answer.location:
                return answer
            current = _joined(current, answer.location)
        raise StoppedError(PageStatus.GONE, f"More than {self._limits.redirects} redirects.", current)

    async def _ask_robots(self, url: str) -> None:
        """Stop when the site's robots.txt does not want us there."""
        if self._rules.ignore_robots:
            return
        parts = urlsplit(url)
        wishes = await asyncio.shield(self._wishes_of(f"{parts.scheme}://{parts.netloc}"))
        if wishes.robots.delay:
            self._web.queue.slow_down(parts.netloc, wishes.robots.delay)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if not wishes.robots.allows(path):
            reason = wishes.trouble or "The site's robots.txt asks not to read this page."
            raise StoppedError(PageStatus.REFUSED, reason, url)

    def _wishes_of(self, origin: str) -> asyncio.Task[_Wishes]:
        """A site's robots.txt, known or on its way: all that want it wait for the same answer."""
        task = self._sites.get(origin)
        if task is None or not self._counts(task):
            if len(self._sites) >= _MOST_SITES:
                self._sites = {site: known for site, known in self._sites.items() if not known.done()}
            task = self._sites[origin] = asyncio.ensure_future(self._fetch_robots(origin))
        return task

    def _counts(self, task: asyncio.Task[_Wishes]) -> bool:
        """Whether it is still to come, or came not too long ago."""
        if not task.done():
            return True
        failed = task.cancelled() or task.exception() is not None
        return not failed and self._clock() < task.result().until

    async def _fetch_robots(self, origin: str) -> _Wishes:
        """A site's robots.txt: none of it (4xx, unreachable) allows all, a failing server (5xx) nothing."""
        url, allowance = f"{origin}/robots.txt", Allowance(min(_ROBOTS_S, self._limits.seconds / 2))
        try:
            for _ in range(4):
                answer = await self._web.get(url, allowance, limit=_ROBOTS_BYTES)
                target = canonical(urljoin(url, answer.location)) if answer.location else ""
                if not target:
                    break
                url = target
        except (StoppedError, ValueError):  # the page itself will meet, and report, the same trouble
            return _Wishes(EVERYTHING, self._clock() + _TROUBLE_KEPT_S)
        if answer.code >= 500:
            trouble = f"The site's robots.txt could not be had (HTTP {answer.code}), so the page is not read."
            return _Wishes(NOTHING, self._clock() + _TROUBLE_KEPT_S, trouble)
        robots = parse_robots(decode(answer.body), AGENT) if answer.code == 200 else EVERYTHING
        return _Wishes(robots, self._clock() + _ROBOTS_KEPT_S)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise StoppedError(PageStatus.GONE, "The page redirects to no address.", url) from error


def _checked(url: str, seen: set[str]) -> str:
    """The address in its canonical form, or the reason why it is not gone to."""
    scheme = url.split(":", 1)[0].strip().lower()
    if scheme not in ("http", "https"):
        what = f"not {clean_line(scheme, 20)}" if ":" in url else "and this is no address"
        raise StoppedError(PageStatus.REFUSED, f"Only http and https pages are read, {what}.")
    if has_credentials(url):
        raise StoppedError(PageStatus.REFUSED, "The address holds a user name or password.")
    clean = canonical(url)
    if not clean:
        raise StoppedError(PageStatus.REFUSED, "This is not a web address.")
    if clean in seen:
        raise StoppedError(PageStatus.GONE, "The page redirects in a circle.", clean)
    seen.add(clean)
    return clean


def _failed(url: str, status: PageStatus, reason: str, final: str = "") -> Page:
    return Page(url=url, final_url=final or url, status=status, reason=reason, fetched_at=_now())


def _page(url: str, final: str, content: Content) -> Page:
    return Page(
        url=url,
        final_url=final,
        status=content.status,
        title=content.title,
        text=content.text,
        reason=content.reason,
        fetched_at=_now(),
        language=content.language,
        date=content.date,
        content_type=content.kind,
        links=content.links,
    )


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def allowed_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    """Host names as the user gave them, without scheme or path."""
    return tuple(urlsplit(host).netloc if "://" in host else host.split("/", 1)[0] for host in hosts)
