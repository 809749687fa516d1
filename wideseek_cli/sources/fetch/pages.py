"""Pages from the web: politely, never from a private network, and honest about failures."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import urljoin, urlsplit

from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.core.text import clean_line
from wideseek_cli.sources.fetch import walls
from wideseek_cli.sources.fetch.body import decode
from wideseek_cli.sources.fetch.content import Content
from wideseek_cli.sources.fetch.net import PinnedBackend
from wideseek_cli.sources.fetch.request import (
    Allowance,
    Answer,
    FetchLimits,
    Requester,
    StoppedError,
    Validators,
)
from wideseek_cli.sources.fetch.resolver import SystemResolver
from wideseek_cli.sources.fetch.urls import canonical, has_credentials
from wideseek_cli.sources.fetch.wishes import SiteWishes
from wideseek_cli.workers import Limits, Overrun, TaskFailed, TaskOverran, shared

_SIGNPOSTS = 3  # pages in a row that only send on
_ROBOTS_S = 10.0
_OVERRUNS = {
    Overrun.TIME: (PageStatus.TIMEOUT, "The page takes too long to read."),
    Overrun.MEMORY: (PageStatus.TOO_LARGE, "The page takes too much memory to read."),
    Overrun.OUTPUT: (PageStatus.TOO_LARGE, "The page holds more text than is kept."),
}


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
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rules = rules or FetchRules()
        self._limits = limits or FetchLimits()
        backend = backend or PinnedBackend(SystemResolver(), self._rules.allow_hosts)
        self._web = Requester(self._limits, backend, ssl_context, clock=clock, sleep=sleep)
        self._wishes = SiteWishes(self._web, min(_ROBOTS_S, self._limits.seconds / 2), clock)
        shared().warm()  # while a model is loaded, or the first page is on its way

    async def fetch(self, url: str) -> Page:
        return (await self.fetch_fresh(url)).page

    async def fetch_fresh(self, url: str, known: Validators | None = None) -> Fetched:
        """The page as the server has it now; `known` asks only whether it changed."""
        try:
            return await self._fetch(url, url, known or Validators())
        except StoppedError as stop:
            return Fetched(_failed(url, stop.status, stop.reason, stop.url, passing=stop.passing))

    async def aclose(self) -> None:
        await self._wishes.aclose()
        await self._web.aclose()

    async def _fetch(self, url: str, current: str, known: Validators, signposts: int = 0) -> Fetched:
        """The page at `current`, or at where that sends browsers on to."""
        answer = await self._follow(current, known)
        if answer.code == 304 and known.conditions:
            return Fetched(_failed(url, PageStatus.PAGE, ""), answer.validators, unchanged=True)
        if verdict := walls.by_status(answer.code, decode(answer.body[:60_000])):
            raise StoppedError(*verdict, url=answer.url, passing=answer.code == 429 or answer.code >= 500)
        content = await self._content(url, answer)
        if content.refresh and signposts < _SIGNPOSTS:
            return await self._fetch(url, _joined(answer.url, content.refresh), Validators(), signposts + 1)
        return Fetched(_page(url, answer.url, content), answer.validators)

    async def _content(self, url: str, answer: Answer) -> Content:
        """What is in an answer. It may be made to break what reads it: that costs the page, not the run."""
        kind = answer.headers.get("content-type", "")
        most = Limits(seconds=self._limits.read_s, cpu_s=self._limits.read_s)
        try:
            content: Content = await shared().run(
                "read_content", answer.body, kind, url, answer.url, limits=most
            )
        except TaskOverran as error:
            raise StoppedError(*_OVERRUNS[error.overrun], url=answer.url) from error
        except TaskFailed as error:
            reason = f"The page's content cannot be read ({error.kind})."
            raise StoppedError(PageStatus.UNSUPPORTED, reason, answer.url) from error
        return content

    async def _follow(self, url: str, known: Validators) -> Answer:
        """The answer at the end of the redirects, each checked like the first address."""
        seen: set[str] = set()
        current, allowance = url, Allowance(self._limits.seconds, retries=1)
        for _ in range(self._limits.redirects + 1):
            current = _checked(current, seen)
            if not self._rules.ignore_robots:
                await self._wishes.heed(current)
            answer = await self._web.get(current, allowance, known)
            if not answer.location:
                return answer
            if answer.sets_cookie:
                seen.clear()  # an address may answer otherwise to who comes back with a cookie
            current = _joined(current, answer.location)
        raise StoppedError(PageStatus.GONE, f"More than {self._limits.redirects} redirects.", current)


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


def _failed(url: str, status: PageStatus, reason: str, final: str = "", *, passing: bool = False) -> Page:
    return Page(
        url=url, final_url=final or url, status=status, reason=reason, fetched_at=_now(), passing=passing
    )


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
        structure=content.structure,
    )


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def allowed_hosts(hosts: Iterable[str]) -> tuple[str, ...]:
    """Host names as the user gave them, without scheme or path."""
    return tuple(urlsplit(host).netloc if "://" in host else host.split("/", 1)[0] for host in hosts)
