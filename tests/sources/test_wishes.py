"""What a site's robots.txt does to its pages: heeded, fetched once, asked for again after trouble."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from protego import Protego

from tests.sources.conftest import LIMITS, Clock, fetcher_for
from tests.sources.site import ARTICLE, Site, packed
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.fetch import wishes
from wideseek_cli.sources.manners import HostQueue


async def test_robots_are_respected_unless_told_otherwise(site: Site) -> None:
    site.reply("/robots.txt", b"User-agent: *\nDisallow: /private\n", "text/plain")
    site.html("/private/x", ARTICLE)
    site.html("/public", ARTICLE)
    polite, rude = fetcher_for(ignore_robots=False), fetcher_for(ignore_robots=True)
    refused = await polite.fetch(site.url("/private/x"))
    assert (refused.status, "robots.txt" in refused.reason) == (PageStatus.REFUSED, True)
    assert (await polite.fetch(site.url("/public"))).status is PageStatus.PAGE
    assert site.paths().count("/robots.txt") == 1
    assert (await rude.fetch(site.url("/private/x"))).status is PageStatus.PAGE
    await polite.aclose()
    await rude.aclose()


async def test_a_page_follows_its_robots_at_once_and_the_next_waits(site: Site) -> None:
    site.html("/x", ARTICLE)
    clock = Clock()
    fetcher = fetcher_for(limits=replace(LIMITS, host_pause_s=0.5), ignore_robots=False, clock=clock)
    slept = []
    for _ in range(2):
        assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
        slept.append(list(clock.slept))
    await fetcher.aclose()
    assert slept == [[], [0.5]]


@pytest.mark.parametrize(("asked", "delay"), [(2.5, 2.5), (9999, 20.0)])
async def test_a_site_may_slow_us_down_within_bounds(
    site: Site, asked: float, delay: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.reply("/robots.txt", f"User-agent: *\nCrawl-delay: {asked}\n".encode(), "text/plain")
    site.html("/x", ARTICLE)
    fetcher, told = fetcher_for(ignore_robots=False), []
    monkeypatch.setattr(HostQueue, "slow_down", lambda queue, host, seconds: told.append(seconds))
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    assert told == [delay]
    await fetcher.aclose()


@pytest.mark.parametrize(("code", "status"), [(404, PageStatus.PAGE), (503, PageStatus.REFUSED)])
async def test_a_missing_robots_allows_and_a_failing_one_forbids(
    site: Site, code: int, status: PageStatus
) -> None:
    site.reply("/robots.txt", b"", "text/plain", code)
    site.html("/x", ARTICLE)
    fetcher = fetcher_for(ignore_robots=False)
    assert (await fetcher.fetch(site.url("/x"))).status is status
    await fetcher.aclose()


async def test_a_robots_that_could_not_be_had_is_asked_for_again_in_minutes(site: Site) -> None:
    site.reply("/robots.txt", b"", "text/plain", 503)
    site.html("/x", ARTICLE)
    clock = Clock()
    fetcher = fetcher_for(ignore_robots=False, clock=clock)
    refused = await fetcher.fetch(site.url("/x"))
    reason = "The site's robots.txt could not be had (HTTP 503), so the page is not read."
    assert (refused.status, refused.reason) == (PageStatus.REFUSED, reason)
    site.reply("/robots.txt", b"User-agent: *\nDisallow: /private\n", "text/plain")
    clock.now += 60
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.REFUSED
    assert site.paths().count("/robots.txt") == 1
    clock.now += 300
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    asked = await fetcher.fetch(site.url("/private/x"))
    assert asked.reason == "The site's robots.txt asks not to read this page."
    await fetcher.aclose()


@pytest.mark.parametrize(("code", "asked"), [(200, 1), (404, 1), (503, 3)])
async def test_what_robots_say_counts_for_a_day(site: Site, code: int, asked: int) -> None:
    site.reply("/robots.txt", b"", "text/plain", code)
    site.html("/x", ARTICLE)
    clock = Clock()
    fetcher = fetcher_for(ignore_robots=False, clock=clock)
    for _ in range(3):
        await fetcher.fetch(site.url("/x"))
        clock.now += 8 * 3600
    assert site.paths().count("/robots.txt") == asked
    clock.now += 1
    await fetcher.fetch(site.url("/x"))
    assert site.paths().count("/robots.txt") == asked + 1
    await fetcher.aclose()


async def test_a_site_that_cannot_be_reached_may_ask_for_something_later(site: Site) -> None:
    async def hangs_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    site.raw["/robots.txt"] = hangs_up
    site.html("/x", ARTICLE)
    clock = Clock()
    fetcher = fetcher_for(ignore_robots=False, clock=clock)
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    del site.raw["/robots.txt"]
    site.reply("/robots.txt", b"User-agent: *\nDisallow: /\n", "text/plain")
    clock.now += 301
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.REFUSED
    await fetcher.aclose()


async def test_only_so_many_sites_robots_are_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wishes, "_MOST_SITES", 2)
    site.html("/x", ARTICLE)
    hosts = ("a.test", "b.test", "c.test")
    fetcher = fetcher_for(ignore_robots=False, hosts=hosts)
    for host in ("a.test", "b.test", "a.test", "c.test", "a.test"):
        assert (await fetcher.fetch(site.url("/x", host))).status is PageStatus.PAGE
    asked = [request.host.split(":")[0] for request in site.asked if request.path == "/robots.txt"]
    assert asked == ["a.test", "b.test", "c.test", "a.test"]
    await fetcher.aclose()


async def test_a_robots_that_broke_us_is_not_kept(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(body: bytes) -> Protego:
        monkeypatch.undo()
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(wishes, "parsed", breaks)
    site.reply("/robots.txt", b"", "text/plain")
    site.html("/x", ARTICLE)
    fetcher = fetcher_for(ignore_robots=False)
    with pytest.raises(RuntimeError):
        await fetcher.fetch(site.url("/x"))
    assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
    await fetcher.aclose()


@pytest.mark.parametrize("zipped", [False, True])
async def test_of_a_huge_robots_the_beginning_counts(site: Site, zipped: bool) -> None:
    """Its first 512 KiB: a rule that is cut off there is none, and what comes after is not read."""
    head = "User-agent: *\nDisallow: /secret\n"
    lines = head + "# padding\n" * ((512 * 1024 - len(head)) // 10)
    text = lines + "Disallow: /x\n" + "Disallow: /y\n" * 50_000
    if zipped:
        site.reply("/robots.txt", packed(text), "text/plain", Content_Encoding="gzip")
    else:
        site.reply("/robots.txt", text.encode(), "text/plain")
    fetcher = fetcher_for(ignore_robots=False)
    for path, status in (
        ("/secret", PageStatus.REFUSED),
        ("/x", PageStatus.PAGE),
        ("/y", PageStatus.PAGE),
    ):
        site.html(path, ARTICLE)
        assert (await fetcher.fetch(site.url(path))).status is status
    await fetcher.aclose()


async def test_a_robots_packed_in_an_unknown_way_is_none(site: Site) -> None:
    site.html("/x", ARTICLE)
    for encoding in ("br", "gzip"):
        site.reply("/robots.txt", b"\x0b\x02", "text/plain", Content_Encoding=encoding)
        fetcher = fetcher_for(ignore_robots=False)
        assert (await fetcher.fetch(site.url("/x"))).status is PageStatus.PAGE
        await fetcher.aclose()
