"""One GET within limits: what came, or the verdict that ends the page there."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore
import httpx

from wideseek_cli import __version__
from wideseek_cli.core.aio import timeout
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.text import clean_line
from wideseek_cli.sources.fetch.body import ACCEPT_ENCODING, BadEncodingError, TooLargeError, read_body
from wideseek_cli.sources.fetch.net import ForbiddenAddressError, PinnedBackend, PinnedTransport
from wideseek_cli.sources.manners import HostQueue, retry_after

AGENT = "wideseek"
USER_AGENT = f"{AGENT}/{__version__} (research assistant; reads pages for one person; respects robots.txt)"
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BUSY = frozenset({429, 503})  # asked too often, or just now
_LONGEST_WAIT_S = 30.0
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
_HEADERS = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html,application/xhtml+xml,application/pdf,text/plain;q=0.9,*/*;q=0.5",
    "Accept-Encoding": ACCEPT_ENCODING,
    "Accept-Language": "en,*;q=0.5",
}
_UNREACHABLE = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpx.HTTPError,
    httpx.InvalidURL,
    ssl.SSLError,
    UnicodeError,  # httpx spells host names out, and not every `xn--…` stands for one
)


@dataclass(frozen=True)
class FetchLimits:
    """How much of anything one page may cost."""

    seconds: float = 30.0  # for all requests of one page together, not counting the wait for a turn
    read_s: float = 20.0  # to get at a page's text, once its bytes are here and a worker is free
    queue_s: float = 120.0  # the longest wait for a turn at a busy host
    connect_s: float = 10.0
    idle_s: float = 15.0  # between two pieces of a body
    wire_bytes: int = 12_000_000
    body_bytes: int = 24_000_000
    redirects: int = 8
    pages_at_once: int = 12
    per_host: int = 2
    host_pause_s: float = 0.5


@dataclass
class Allowance:
    """Seconds that are left for one page, and how often a busy host may be asked once more."""

    left: float
    retries: int = 0


@dataclass(frozen=True)
class Validators:
    """What a server said to ask with next time."""

    etag: str = ""
    last_modified: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """As headers, without what no header can hold; empty when there is nothing to ask with."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in named.items() if value and value.isascii()}


@dataclass(frozen=True)
class Answer:
    """What a server sent."""

    url: str
    code: int
    headers: httpx.Headers
    body: bytes

    @property
    def location(self) -> str:
        """Where a redirect leads; "" when this is none."""
        return str(self.headers.get("location", "")) if self.code in REDIRECTS else ""

    @property
    def sets_cookie(self) -> bool:
        return "set-cookie" in self.headers

    @property
    def validators(self) -> Validators:
        get = self.headers.get
        return Validators(clean_line(get("etag", ""), 300), clean_line(get("last-modified", ""), 100))


class StoppedError(Exception):
    """The page ends here, with this verdict. `passing`: it may be another one soon."""

    def __init__(self, status: PageStatus, reason: str, url: str = "", *, passing: bool = False) -> None:
        super().__init__(reason)
        self.status, self.reason, self.url = status, reason, url
        self.passing = passing or status is PageStatus.TIMEOUT


class Requester:
    """GETs through the pinned transport, each host in its turn."""

    def __init__(
        self,
        limits: FetchLimits,
        backend: PinnedBackend,
        ssl_context: ssl.SSLContext | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits, self._backend, self._ssl = limits, backend, ssl_context
        self._client: httpx.AsyncClient | None = None
        self.queue = HostQueue(
            limits.pages_at_once, limits.per_host, limits.host_pause_s, clock=clock, sleep=sleep
        )

    async def get(
        self, url: str, allowance: Allowance, known: Validators | None = None, beginning: int = 0
    ) -> Answer:
        """One GET, redirects not followed, the body read within the limits, or just its first `beginning`
        bytes (of a robots.txt, which its page may follow at once). A busy host gets the pause it asks for;
        then it is asked once more, if that is allowed."""
        answer = await self._get(url, allowance, known or Validators(), beginning)
        if answer.code not in _BUSY:
            return answer
        pause = retry_after(answer.headers.get("retry-after", ""), time.time())
        bearable = pause <= _LONGEST_WAIT_S
        self.queue.refused(urlsplit(url).netloc, pause if bearable else 0.0)
        if not bearable or allowance.retries < 1:
            return answer
        allowance.retries -= 1
        return await self._get(url, allowance, known or Validators(), beginning)

    async def _get(self, url: str, allowance: Allowance, known: Validators, beginning: int) -> Answer:
        started = time.monotonic()
        try:
            async with AsyncExitStack() as turn:
                await self._take_turn(turn, url, pausing=not beginning)
                started = time.monotonic()
                async with timeout(max(0.0, allowance.left)):
                    return await self._exchange(url, known, beginning)
        except (TimeoutError, asyncio.TimeoutError) as error:
            reason = f"The page was not there after {self._limits.seconds:g} seconds."
            raise StoppedError(PageStatus.TIMEOUT, reason, url) from error
        finally:
            allowance.left -= time.monotonic() - started

    async def _take_turn(self, turn: AsyncExitStack, url: str, *, pausing: bool) -> None:
        try:
            async with timeout(self._limits.queue_s):
                await turn.enter_async_context(self.queue.turn(urlsplit(url).netloc, pausing=pausing))
        except (TimeoutError, asyncio.TimeoutError) as error:
            reason = f"The site wants pauses; no turn came in {self._limits.queue_s:g} seconds."
            raise StoppedError(PageStatus.TIMEOUT, reason, url) from error

    async def _exchange(self, url: str, known: Validators, beginning: int) -> Answer:
        try:
            async with self._open().stream("GET", url, headers=known.conditions) as answer:
                data = await _read(answer, self._limits, beginning)
                return Answer(url, answer.status_code, answer.headers, data)
        except ForbiddenAddressError as error:
            raise StoppedError(PageStatus.REFUSED, f"This address is not read: {error}.", url) from error
        except TooLargeError as error:
            how = "unpacks to more than" if error.unpacked else "is larger than"
            reason = f"The page {how} {error.limit / 1e6:g} MB."
            raise StoppedError(PageStatus.TOO_LARGE, reason, url) from error
        except BadEncodingError as error:
            reason = f"The page's bytes cannot be unpacked ({clean_line(str(error), 60)})."
            raise StoppedError(PageStatus.UNSUPPORTED, reason, url) from error
        except (httpcore.TimeoutException, httpx.TimeoutException) as error:
            raise StoppedError(PageStatus.TIMEOUT, "The site did not answer in time.", url) from error
        except _UNREACHABLE as error:
            detail = clean_line(str(error), 80) or type(error).__name__
            raise StoppedError(PageStatus.GONE, f"The site cannot be reached ({detail}).", url) from error

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            limits = self._limits
            self._client = httpx.AsyncClient(
                transport=PinnedTransport(
                    self._backend, connections=limits.pages_at_once * 2, ssl_context=self._ssl
                ),
                timeout=httpx.Timeout(limits.idle_s, connect=limits.connect_s, pool=limits.seconds),
                headers=_HEADERS,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client


async def _read(answer: httpx.Response, limits: FetchLimits, beginning: int) -> bytes:
    """An answer's body; of redirects nothing, of errors the beginning, of what is never text nothing."""
    code, encoding = answer.status_code, answer.headers.get("content-encoding", "")
    if code in REDIRECTS or code == 304:
        return b""
    if not 200 <= code < 300:
        try:
            return await read_body(answer.aiter_raw(), encoding, _ERROR_BYTES, _ERROR_BYTES)
        except (TooLargeError, BadEncodingError):
            return b""
    kind = answer.headers.get("content-type", "").lower()
    if kind.startswith(_NEVER_TEXT):
        reason = f"Files of type {clean_line(kind.split(';')[0], 60)} are not read."
        raise StoppedError(PageStatus.UNSUPPORTED, reason, str(answer.url))
    if beginning:
        return await read_body(answer.aiter_raw(), encoding, limits.wire_bytes, beginning, cut=True)
    declared = answer.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limits.wire_bytes:
        raise TooLargeError(limits.wire_bytes)
    return await read_body(answer.aiter_raw(), encoding, limits.wire_bytes, limits.body_bytes)
