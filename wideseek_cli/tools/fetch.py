"""Pages from the web: within limits, politely, never from a private network, and honest about failures."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from wideseek_cli import __version__
from wideseek_cli.aio import timeout
from wideseek_cli.findings import Page, PageStatus
from wideseek_cli.text import clean_line
from wideseek_cli.tools import walls
from wideseek_cli.tools.body import ACCEPT_ENCODING, BadEncodingError, TooLargeError, decode, read_body
from wideseek_cli.tools.content import Content, read_content
from wideseek_cli.tools.manners import HostQueue
from wideseek_cli.tools.net import (
    ForbiddenAddressError,
    PinnedBackend,
    PinnedTransport,
    system_resolver,
)
from wideseek_cli.tools.robots import EVERYTHING, NOTHING, Robots, parse_robots
from wideseek_cli.tools.urls import canonical, has_credentials

AGENT = "wideseek"
USER_AGENT = f"{AGENT}/{__version__} (research assistant; reads pages for one person; respects robots.txt)"
_REDIRECTS = {301, 302, 303, 307, 308}
_NEVER_TEXT = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/zip",
    "application/gzip",
    "application/x-tar",
)
_ERROR_BYTES = 200_000
_ACCEPT = "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,application/json;q=0.8,*/*;q=0.5"


@dataclass(frozen=True)
class FetchLimits:
    """How much of anything one page may cost."""

    seconds: float = 30.0  # for everything: redirects, body, extraction
    connect_s: float = 10.0
    idle_s: float = 15.0  # between two pieces of a body
    wire_bytes: int = 12_000_000
    body_bytes: int = 24_000_000
    redirects: int = 8
    pages_at_once: int = 12
    per_host: int = 2
    host_pause_s: float = 0.5


@dataclass(frozen=True)
class FetchRules:
    """What the user allowed."""

    ignore_robots: bool = False
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validators:
    """What a server said to ask with next time."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True)
class Fetched:
    """A page, and what the cache needs beside it. `unchanged`: the server says the known copy is current."""

    page: Page
    validators: Validators = field(default_factory=Validators)
    unchanged: bool = False


class _StoppedError(Exception):
    """The page ends here, with this verdict."""

    def __init__(self, status: PageStatus, reason: str, url: str = "") -> None:
        super().__init__(reason)
        self.status, self.reason, self.url = status, reason, url


@dataclass(frozen=True)
class _Answer:
    """The end of a chain of redirects."""

    url: str
    code: int
    headers: httpx.Headers
    body: bytes


class WebFetcher:
    """Fetches and cleans pages. Bad pages are results, never exceptions."""

    def __init__(
        self,
        rules: FetchRules | None = None,
        limits: FetchLimits | None = None,
        *,
        backend: PinnedBackend | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._rules = rules or FetchRules()
        self._limits = limits or FetchLimits()
        self._backend = backend or PinnedBackend(system_resolver, self._rules.allow_hosts)
        self._ssl = ssl_context
        self._client: httpx.AsyncClient | None = None
        self._queue = HostQueue(self._limits.pages_at_once, self._limits.per_host, self._limits.host_pause_s)
        self._robots: dict[str, asyncio.Task[Robots]] = {}

    async def fetch(self, url: str) -> Page:
        return (await self.fetch_fresh(url)).page

    async def fetch_fresh(self, url: str, known: Validators | None = None) -> Fetched:
        """The page as the server has it now; `known` asks only whether it changed."""
        try:
            async with timeout(self._limits.seconds):
                return await self._fetch(url, known or Validators())
        except _StoppedError as stop:
            return Fetched(_failed(url, stop.status, stop.reason, stop.url))
        except (TimeoutError, asyncio.TimeoutError):
            reason = f"The page was not there after {self._limits.seconds:g} seconds."
            return Fetched(_failed(url, PageStatus.TIMEOUT, reason))

    async def aclose(self) -> None:
        for task in self._robots.values():
            task.cancel()
        await asyncio.gather(*self._robots.values(), return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    async def _fetch(self, url: str, known: Validators) -> Fetched:
        answer = await self._follow(url, known)
        validators = Validators(
            answer.headers.get("etag", "")[:300], answer.headers.get("last-modified", "")[:100]
        )
        if answer.code == 304:
            return Fetched(_failed(url, PageStatus.PAGE, ""), validators, unchanged=True)
        kind = answer.headers.get("content-type", "")
        if verdict := walls.by_status(answer.code, decode(answer.body[:60_000])):
            raise _StoppedError(*verdict, url=answer.url)
        content = await asyncio.to_thread(read_content, answer.body, kind, url, answer.url)
        return Fetched(_page(url, answer.url, content), validators)

    async def _follow(self, url: str, known: Validators) -> _Answer:
        """The answer at the end of the redirects, each checked like the first address."""
        seen: set[str] = set()
        current = url
        for _ in range(self._limits.redirects + 1):
            current = self._checked(current, seen)
            await self._ask_robots(current)
            answer = await self._request(current, known)
            target = answer.headers.get("location", "")
            if answer.code not in _REDIRECTS or not target:
                return answer
            try:
                current = urljoin(current, target)
            except ValueError as error:
                raise _StoppedError(PageStatus.GONE, "The page redirects to no address.", current) from error
        raise _StoppedError(PageStatus.GONE, f"More than {self._limits.redirects} redirects.", current)

    def _checked(self, url: str, seen: set[str]) -> str:
        """The address in its canonical form, or the reason why it is not gone to."""
        scheme = url.split(":", 1)[0].strip().lower()
        if scheme not in ("http", "https"):
            raise _StoppedError(
                PageStatus.REFUSED, f"Only http and https pages are read, not {clean_line(scheme, 20)}."
            )
        if has_credentials(url):
            raise _StoppedError(PageStatus.REFUSED, "The address holds a user name or password.")
        clean = canonical(url)
        if not clean:
            raise _StoppedError(PageStatus.REFUSED, "This is not a web address.")
        if clean in seen:
            raise _StoppedError(PageStatus.GONE, "The page redirects in a circle.", clean)
        seen.add(clean)
        return clean

    async def _request(self, url: str, known: Validators, limit: int = 0) -> _Answer:
        """One GET, without redirects, its body read within the limits."""
        client = self._open()
        headers = {}
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        wire, body = limit or self._limits.wire_bytes, limit or self._limits.body_bytes
        try:
            async with (
                self._queue.turn(urlsplit(url).netloc),
                client.stream("GET", url, headers=headers) as answer,
            ):
                data = await _read(answer, wire, body)
                return _Answer(url, answer.status_code, answer.headers, data)
        except ForbiddenAddressError as error:
            raise _StoppedError(PageStatus.REFUSED, f"This address is not read: {error}.", url) from error
        except TooLargeError as error:
            how = "unpacks to more than" if error.unpacked else "is larger than"
            reason = f"The page {how} {error.limit / 1e6:g} MB."
            raise _StoppedError(PageStatus.TOO_LARGE, reason, url) from error
        except BadEncodingError as error:
            reason = f"The page's bytes cannot be unpacked ({clean_line(str(error), 60)})."
            raise _StoppedError(PageStatus.UNSUPPORTED, reason, url) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise _StoppedError(PageStatus.TIMEOUT, "The site did not answer in time.", url) from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpx.HTTPError,
            httpx.InvalidURL,
            ssl.SSLError,
        ) as error:
            detail = clean_line(str(error), 80) or type(error).__name__
            raise _StoppedError(PageStatus.GONE, f"The site cannot be reached ({detail}).", url) from error

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            backend = PinnedBackend(self._resolver, self._rules.allow_hosts)
            limits = self._limits
            self._client = httpx.AsyncClient(
                transport=PinnedTransport(
                    backend, connections=limits.pages_at_once * 2, ssl_context=self._ssl
                ),
                timeout=httpx.Timeout(limits.idle_s, connect=limits.connect_s, pool=limits.seconds),
                headers={
                    "User-Agent": USER_AGENT,
                    "Accept": _ACCEPT,
                    "Accept-Encoding": ACCEPT_ENCODING,
                    "Accept-Language": "en,*;q=0.5",
                },
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _ask_robots(self, url: str) -> None:
        """Stop when the site's robots.txt does not want us there."""
        if self._rules.ignore_robots:
            return
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        task = self._robots.get(origin)
        if task is None or task.cancelled():
            task = self._robots[origin] = asyncio.ensure_future(self._fetch_robots(origin))
        robots = await asyncio.shield(task)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if robots.delay:
            self._queue.slow_down(parts.netloc, robots.delay)
        if not robots.allows(path):
            raise _StoppedError(PageStatus.REFUSED, "The site's robots.txt asks not to read this page.", url)

    async def _fetch_robots(self, origin: str) -> Robots:
        """A site's robots.txt: none of it (4xx, unreachable) allows all, a failing server (5xx) nothing."""
        url = f"{origin}/robots.txt"
        try:
            async with timeout(min(10.0, self._limits.seconds / 2)):
                for _ in range(4):
                    answer = await self._request(url, Validators(), limit=500_000)
                    target = answer.headers.get("location", "")
                    if answer.code not in _REDIRECTS or not canonical(urljoin(url, target)):
                        break
                    url = canonical(urljoin(url, target))
        except (_StoppedError, TimeoutError, asyncio.TimeoutError, ValueError):
            return EVERYTHING  # the page itself will meet, and report, the same trouble
        if answer.code >= 500:
            return NOTHING
        return parse_robots(decode(answer.body), AGENT) if answer.code == 200 else EVERYTHING


async def _read(answer: httpx.Response, wire: int, limit: int) -> bytes:
    """An answer's body; of redirects nothing, of errors the beginning, of what is never text nothing."""
    code, encoding = answer.status_code, answer.headers.get("content-encoding", "")
    if code in _REDIRECTS or code == 304:
        return b""
    if not 200 <= code < 300:
        try:
            return await read_body(answer.aiter_raw(), encoding, _ERROR_BYTES, _ERROR_BYTES)
        except TooLargeError:
            return b""
    kind = answer.headers.get("content-type", "").lower()
    if kind.startswith(_NEVER_TEXT):
        reason = f"Files of type {clean_line(kind.split(';')[0], 60)} are not read."
        raise _StoppedError(PageStatus.UNSUPPORTED, reason, str(answer.url))
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > wire:
        raise TooLargeError(wire)
    return await read_body(answer.aiter_raw(), encoding, wire, limit)


def _failed(url: str, status: PageStatus, reason: str, final: str = "") -> Page:
    return Page(url=url, final_url=final or url, status=status, reason=reason, fetched_at=_now())


def _page(url: str, final: str, content: Content) -> Page:
    page = _failed(url, content.status, content.reason, final)
    if content.status is not PageStatus.PAGE:
        return replace(page, title=content.title, content_type=content.kind)
    return replace(
        page,
        title=content.title,
        text=content.text,
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
