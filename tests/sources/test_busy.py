"""Hosts that say they are busy: waited for, asked once more, and gone to more slowly. No test sleeps."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from tests.sources.conftest import Clock, fetcher_for
from tests.sources.site import ARTICLE, Reply, Request, Site
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.fetch.pages import WebFetcher
from wideseek_cli.sources.manners import HostQueue, retry_after


def _busy(site: Site, path: str, times: int, code: int = 429, **headers: str) -> None:
    """The article, after so many refusals."""
    refusals = [Reply(b"slow down", code, {k.replace("_", "-"): v for k, v in headers.items()})] * times

    def answer(_: Request) -> Reply:
        if refusals:
            return refusals.pop()
        return Reply(ARTICLE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})

    site.pages[path] = answer


def _fetcher(clock: Clock, ignore_robots: bool = True) -> WebFetcher:
    return fetcher_for(clock=clock, ignore_robots=ignore_robots)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(("header", "slept"), [({"Retry_After": "7"}, 7.0), ({}, 3.0)])
async def test_a_busy_host_is_asked_once_more(
    site: Site, code: int, header: dict[str, str], slept: float
) -> None:
    clock = Clock()
    fetcher = _fetcher(clock)
    _busy(site, "/x", 1, code, **header)
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    assert (len(site.asked), clock.slept) == (2, [slept])
    await fetcher.aclose()


@pytest.mark.parametrize(("code", "status"), [(429, PageStatus.BLOCKED), (503, PageStatus.GONE)])
async def test_and_not_a_third_time(site: Site, code: int, status: PageStatus) -> None:
    clock = Clock()
    fetcher = _fetcher(clock)
    _busy(site, "/x", 2, code, Retry_After="1")
    page = await fetcher.fetch(site.url("/x"))
    assert (page.status, page.passing, len(site.asked)) == (status, True, 2)
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    await fetcher.aclose()


async def test_redirects_share_the_one_retry(site: Site) -> None:
    clock = Clock()
    fetcher = _fetcher(clock)
    replies = [Reply(b"", 429), Reply(b"", 302, {"Location": "/b"}), Reply(b"", 429)]
    site.pages["/a"] = site.pages["/b"] = lambda _: replies.pop(0)
    page = await fetcher.fetch(site.url("/a"))
    assert (page.reason, site.paths()) == (
        "The site says it was asked too often (HTTP 429).",
        ["/a", "/a", "/b"],
    )
    await fetcher.aclose()


async def test_a_host_that_wants_an_hour_is_not_waited_for(site: Site) -> None:
    clock = Clock()
    fetcher = _fetcher(clock)
    _busy(site, "/x", 1, Retry_After="3600")
    page = await fetcher.fetch(site.url("/x"))
    assert (page.status, page.passing, len(site.asked), clock.slept) == (PageStatus.BLOCKED, True, 1, [])
    await fetcher.aclose()


async def test_a_failing_robots_is_a_failure_that_may_pass(site: Site) -> None:
    clock = Clock()
    fetcher = _fetcher(clock, ignore_robots=False)
    site.reply("/robots.txt", b"", "text/plain", 503)
    assert (await fetcher.fetch(site.url("/x"))).passing
    site.reply("/robots.txt", b"User-agent: *\nDisallow: /", "text/plain")
    clock.now += 301
    assert not (await fetcher.fetch(site.url("/x"))).passing
    await fetcher.aclose()


async def test_refusals_slow_a_host_down_and_no_other() -> None:
    clock = Clock()
    queue = HostQueue(10, 2, 0.5, clock=clock, sleep=clock.sleep)

    async def starts(host: str) -> float:
        async with queue.turn(host):
            return clock.now

    assert [await starts("a.test"), await starts("a.test")] == [1000.0, 1000.5]
    queue.refused("a.test", 10.0)
    assert await starts("b.test") == 1000.5
    assert [await starts("a.test"), await starts("a.test")] == [1010.5, 1011.5]
    for _ in range(9):
        queue.refused("a.test", 0.0)
    assert [await starts("a.test"), await starts("a.test")] == [1012.5, 1016.5]


async def test_who_waits_at_a_host_waits_out_its_refusal_too() -> None:
    clock = Clock()

    async def refused_meanwhile(seconds: float) -> None:
        if not clock.slept:
            queue.refused("a.test", 20.0)
        await clock.sleep(seconds)

    queue = HostQueue(10, 2, 5.0, clock=clock, sleep=refused_meanwhile)
    for expected in (1000.0, 1020.0):
        async with queue.turn("a.test"):
            assert clock.now == expected


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0),
        (" 0 ", 0.0),
        (formatdate(1_000_060, usegmt=True), 60.0),
        (formatdate(1_000_060), 60.0),  # "-0000": UTC, its zone unknown
        (formatdate(999_000, usegmt=True), 0.0),
        ("", 3.0),
        ("soon", 3.0),
        ("-5", 3.0),
        ("1e9", 3.0),
        ("9" * 400, 3.0),
        ("\u0663", 3.0),
        ("Fri, 99 Foo 99999999 99:99:99 GMT", 3.0),
    ],
)
def test_what_retry_after_asks_for(header: str, seconds: float) -> None:
    assert retry_after(header, 1_000_000.0) == seconds
