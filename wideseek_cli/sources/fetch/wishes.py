"""What sites ask of us in their robots.txt: fetched once for all pages of a site, and heeded."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from protego import Protego

from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.fetch.body import decode
from wideseek_cli.sources.fetch.request import AGENT, Allowance, Requester, StoppedError
from wideseek_cli.sources.fetch.urls import canonical

_ROBOTS_BYTES = 512 * 1024  # what RFC 9309 asks to be read
_KEPT_S = 86_400.0
_TROUBLE_KEPT_S = 300.0  # a site that failed to say may be well again soon
_MOST_SITES = 5000
_LONGEST_DELAY = 20.0
_NAMES = re.compile(r"\s*user(?:-|\s*)agent(?![\w-])[\s:]*([^#]*)", re.IGNORECASE)
_EVERYTHING, _NOTHING = Protego.parse(""), Protego.parse("User-agent: *\nDisallow: /")


@dataclass(frozen=True)
class _Wishes:
    """What a site's robots.txt asks of us; it counts until the clock says `until`. `trouble`: that it could
    not be had, where nothing may be read for that."""

    robots: Protego
    until: float
    trouble: str = ""


class SiteWishes:
    """The robots.txt of every site that a run goes to."""

    def __init__(self, web: Requester, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._web, self._seconds, self._clock = web, seconds, clock
        self._sites: dict[str, asyncio.Task[_Wishes]] = {}  # by origin

    async def heed(self, url: str) -> None:
        """Stop when the site does not want us at this address; go slower where it asks for that."""
        parts = urlsplit(url)
        wishes = await asyncio.shield(self._wishes_of(f"{parts.scheme}://{parts.netloc}"))
        if delay := wishes.robots.crawl_delay(AGENT):
            self._web.queue.slow_down(parts.netloc, min(delay, _LONGEST_DELAY))
        if not wishes.robots.can_fetch(url, AGENT):
            reason = wishes.trouble or "The site's robots.txt asks not to read this page."
            raise StoppedError(PageStatus.REFUSED, reason, url, passing=bool(wishes.trouble))

    async def aclose(self) -> None:
        for task in self._sites.values():
            task.cancel()
        await asyncio.gather(*self._sites.values(), return_exceptions=True)

    def _wishes_of(self, origin: str) -> asyncio.Task[_Wishes]:
        """A site's robots.txt, known or on its way: all that want it wait for the same answer."""
        task = self._sites.get(origin)
        if task is None or not self._counts(task):
            if len(self._sites) >= _MOST_SITES:
                self._sites = {site: known for site, known in self._sites.items() if not known.done()}
            task = self._sites[origin] = asyncio.ensure_future(self._fetch(origin))
        return task

    def _counts(self, task: asyncio.Task[_Wishes]) -> bool:
        """Whether it is still to come, or came not too long ago."""
        if not task.done():
            return True
        failed = task.cancelled() or task.exception() is not None
        return not failed and self._clock() < task.result().until

    async def _fetch(self, origin: str) -> _Wishes:
        """A site's robots.txt: none of it (4xx, unreachable) allows all, a failing server (5xx) nothing."""
        url, allowance = f"{origin}/robots.txt", Allowance(self._seconds)
        try:
            for _ in range(4):
                answer = await self._web.get(url, allowance, beginning=_ROBOTS_BYTES)
                target = canonical(urljoin(url, answer.location)) if answer.location else ""
                if not target:
                    break
                url = target
        except (StoppedError, ValueError):  # the page itself will meet, and report, the same trouble
            return _Wishes(_EVERYTHING, self._clock() + _TROUBLE_KEPT_S)
        if answer.code >= 500:
            trouble = f"The site's robots.txt could not be had (HTTP {answer.code}), so the page is not read."
            return _Wishes(_NOTHING, self._clock() + _TROUBLE_KEPT_S, trouble)
        robots = await asyncio.to_thread(parsed, answer.body) if answer.code == 200 else _EVERYTHING
        return _Wishes(robots, self._clock() + _KEPT_S)


def parsed(body: bytes) -> Protego:
    """A robots.txt without the line where a long one was cut off: half a rule forbids more than the whole."""
    whole = body if len(body) < _ROBOTS_BYTES else body[: body.rfind(b"\n") + 1]
    return Protego.parse("\n".join(map(_under_one_name, decode(whole).splitlines())))


def _under_one_name(line: str) -> str:
    """Names of other programs as one: Protego keeps each rule of a group once for every name over it, which
    are gigabytes where a group has names and rules by the thousand."""
    named = _NAMES.match(line)
    name = named[1].strip().lower() if named else ""
    if name in ("", "*"):
        return line
    short = name.replace("*", "")
    return f"user-agent: {short if short and short in AGENT else '-'}"
