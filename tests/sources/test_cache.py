"""The page cache: canonical keys, ages, revalidation, several processes, damage."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sources.conftest import fetcher_for
from tests.sources.site import ARTICLE, Reply, Request, Site
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.sources.fetch.cache import CachedPages, PageCache
from wideseek_cli.sources.fetch.pages import Fetched
from wideseek_cli.sources.fetch.request import Validators
from wideseek_cli.sources.fetch.urls import canonical


def _page(url: str, text: str = "Some text.", status: PageStatus = PageStatus.PAGE) -> Fetched:
    page = Page(
        url, url, status, "Title", text, fetched_at="2026-01-01T00:00:00+00:00", links=("http://a.test/",)
    )
    return Fetched(page, Validators('"v1"', "Thu, 01 Jan 2026 00:00:00 GMT"))


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[PageCache]:
    made = PageCache(tmp_path / "sub" / "pages.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("url", "same"),
    [
        ("HTTP://Example.COM:80/a/../b/./c?utm_source=x&q=1#part", "http://example.com/b/c?q=1"),
        ("https://example.com:443", "https://example.com/"),
        ("https://example.com/%7euser/%e4%BD%A0", "https://example.com/~user/%E4%BD%A0"),
        ("https://example.com/你", "https://example.com/%E4%BD%A0"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://Faß.test/", "http://xn--fa-hia.test/"),
        ("http://例え。テスト。/", "http://xn--r8jz45g.xn--zckzah/"),
        ("http://💩.la/", "http://xn--ls8h.la/"),
        ("https://example.com./x", "https://example.com/x"),
        ("http://[2606:4700::1]:8080/", "http://[2606:4700::1]:8080/"),
        ("https://example.com/a%2Fb?x=%20y", "https://example.com/a%2Fb?x=%20y"),
        ("https://example.com/?b=2&a=1&fbclid=z", "https://example.com/?b=2&a=1"),
        ("http://a.test/web/http://b.test/.well-known/x/", "http://a.test/web/http://b.test/.well-known/x/"),
        ("http://a.test/../../x/y/..", "http://a.test/x/"),
        ("zim://factbook/country/peru#x", "zim://factbook/country/peru"),
    ],
)
def test_one_key_per_page(url: str, same: str) -> None:
    assert canonical(url) == same
    assert canonical(same) == same


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://a/", "http://", "http://a:99999/", "http://a b/", "http://[::1", "a" * 5000]
)
def test_what_has_no_key(url: str) -> None:
    assert canonical(url) == ""


@given(st.one_of(st.text(), st.text().map("http://host.example/".__add__), st.text().map("https://".__add__)))
def test_any_text_has_a_settled_key_or_none(text: str) -> None:
    key = canonical(text)
    assert canonical(key) == key
    assert key == "" or key.isascii() or key.startswith("zim:")


def test_a_page_comes_back_as_it_went_in(cache: PageCache) -> None:
    fetched = _page("https://a.test/x")
    cache.put("https://a.test/x#top", fetched)
    kept = cache.get("https://A.test/x?utm_campaign=q")
    assert kept is not None
    assert (kept.page.title, kept.page.text, kept.page.links) == ("Title", "Some text.", ("http://a.test/",))
    assert (kept.page.cached, kept.validators) == (True, fetched.validators)
    assert kept.age_s < 10


@pytest.mark.parametrize("status", [s for s in PageStatus if s is not PageStatus.PAGE])
def test_only_good_pages_are_kept(cache: PageCache, status: PageStatus) -> None:
    cache.put("https://a.test/", _page("https://a.test/", "", status))
    assert cache.get("https://a.test/") is None


def test_info_clear_and_trim(cache: PageCache) -> None:
    assert (cache.info().pages, cache.info().oldest) == (0, None)
    for i in range(10):
        cache.put(f"https://a.test/{i}", _page(f"https://a.test/{i}", "x" * 1000))
    assert (cache.info().pages, cache.info().text_bytes) == (10, 10 * (1000 + len('["http://a.test/"]')))
    assert cache.trim(limit=4 * 1600) == 6
    assert cache.get("https://a.test/9") is not None
    assert cache.get("https://a.test/0") is None
    assert cache.clear(older_than_s=3600) == 0
    assert cache.clear() == 4
    assert cache.info().pages == 0


def test_links_count_towards_the_limit(cache: PageCache) -> None:
    links = tuple(f"https://a.test/{i}/{'x' * 90}" for i in range(1000))
    for i in range(10):
        fetched = _page(f"https://a.test/{i}")
        cache.put(f"https://a.test/{i}", replace(fetched, page=replace(fetched.page, links=links)))
    assert cache.trim(limit=500_000) == 6


def test_a_damaged_file_is_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    path.write_bytes(b"this is no database" * 100)
    cache = PageCache(path)
    cache.put("https://a.test/", _page("https://a.test/"))
    assert cache.get("https://a.test/") is not None
    assert path.with_suffix(".damaged").exists()
    cache.close()


def _filled(path: Path) -> PageCache:
    cache = PageCache(path)
    for i in range(50):
        cache.put(f"https://a.test/{i}", _page(f"https://a.test/{i}", "text " * 500))
    cache.close()
    return cache


def _damage(path: Path) -> bytes:
    """Everything but the first page, in place; what is there then."""
    with path.open("r+b") as file:
        for start in range(4096, path.stat().st_size, 4096):
            file.seek(start)
            file.write(b"\xff" * 200)
    return path.read_bytes()[4096:]


@pytest.mark.parametrize(
    ("act", "pages"),
    [
        (lambda cache: cache.get("https://a.test/7"), 0),
        (lambda cache: cache.put("https://b.test/", _page("https://b.test/")), 1),
        (lambda cache: cache.touch("https://a.test/7"), 0),
        (lambda cache: cache.info(), 0),
        (lambda cache: cache.clear(3600), 0),
        (lambda cache: cache.trim(), 0),
    ],
    ids=["get", "put", "touch", "info", "clear", "trim"],
)
def test_damage_behind_a_sound_header_is_met_in_any_call(
    tmp_path: Path, act: Callable[[PageCache], object], pages: int
) -> None:
    path = tmp_path / "pages.sqlite"
    cache = _filled(path)
    data = _damage(path)
    act(cache)
    assert cache.info().pages == pages
    assert path.with_suffix(".damaged").read_bytes()[4096:] == data
    assert "begun anew" in cache.notice
    cache.close()


def test_clear_forgets_what_was_set_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    cache = _filled(path)
    _damage(path)
    assert cache.clear() == 0
    assert not path.with_suffix(".damaged").exists()
    assert cache.info().pages == 0
    cache.close()


@pytest.mark.parametrize("links", ['["http://a.te', "7"])
def test_a_page_whose_row_is_damaged_is_not_in_the_cache(tmp_path: Path, links: str) -> None:
    cache = _filled(tmp_path / "pages.sqlite")
    with sqlite3.connect(tmp_path / "pages.sqlite") as db:
        db.execute("UPDATE pages SET links = ? WHERE key LIKE '%/7'", (links,))
    db.close()
    assert cache.get("https://a.test/7") is None
    assert cache.get("https://a.test/8") is not None
    cache.close()


def test_a_file_that_another_process_began_anew_is_not_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    late, first = _filled(path), PageCache(path)
    assert late.get("https://a.test/7") is not None
    _damage(path)
    first.put("https://b.test/", _page("https://b.test/"))
    assert "begun anew" in first.notice
    assert late.info().pages == 1
    assert late.notice == ""
    late.close()
    first.close()


def test_a_cache_of_another_version_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "pages.sqlite"
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE pages (old TEXT); PRAGMA user_version = 99")
    db.close()
    cache = PageCache(path)
    cache.put("https://a.test/", _page("https://a.test/"))
    assert cache.info().pages == 1
    cache.close()


@pytest.mark.slow
def test_two_processes_at_once(cache: PageCache, tmp_path: Path) -> None:
    code = """
import sys
from pathlib import Path
from tests.sources.test_cache import _page
from wideseek_cli.sources.fetch.cache import PageCache
cache = PageCache(Path(sys.argv[1]))
for i in range(40):
    cache.put(f"https://{sys.argv[2]}.test/{i}", _page("https://x.test/", "text " * 500))
    cache.get("https://here.test/1")
"""
    path = str(tmp_path / "sub" / "pages.sqlite")
    others = [subprocess.Popen([sys.executable, "-c", code, path, name]) for name in ("a", "b")]
    for i in range(40):
        cache.put(f"https://here.test/{i}", _page("https://here.test/"))
    assert [other.wait(60) for other in others] == [0, 0]
    assert cache.info().pages == 120


async def _count(site: Site, path: str) -> int:
    return site.paths().count(path)


async def test_young_copies_are_not_asked_for_again(site: Site, cache: PageCache) -> None:
    site.html("/x", ARTICLE)
    pages = CachedPages(fetcher_for(), cache, max_age_s=3600)
    first, second = await pages.fetch(site.url("/x")), await pages.fetch(site.url("/x#again"))
    assert (first.cached, second.cached, first.text == second.text) == (False, True, True)
    assert await _count(site, "/x") == 1
    await pages.aclose()


async def test_old_copies_are_asked_after(site: Site, cache: PageCache) -> None:
    texts = [ARTICLE, ARTICLE.replace("113", "114")]

    def answer(request: Request) -> Reply:
        tag = f'"{len(texts)}"'
        if request.headers.get("if-none-match") == tag:
            return Reply(status=304)
        return Reply(texts[0].encode(), headers={"Content-Type": "text/html", "ETag": tag})

    site.pages["/x"] = answer
    pages = CachedPages(fetcher_for(), cache, max_age_s=0)
    await pages.fetch(site.url("/x"))
    same = await pages.fetch(site.url("/x"))
    assert (same.cached, "113" in same.text) == (True, True)
    texts.pop(0)
    changed = await pages.fetch(site.url("/x"))
    assert (changed.cached, "114" in changed.text) == (False, True)
    assert await _count(site, "/x") == 3
    await pages.aclose()


async def test_without_a_fetcher_only_copies_are_read(cache: PageCache) -> None:
    cache.put("https://a.test/", _page("https://a.test/"))
    pages = CachedPages(None, cache, max_age_s=0)
    assert (await pages.fetch("https://a.test/")).status is PageStatus.PAGE
    refused = await pages.fetch("https://b.test/")
    assert (refused.status, "does not touch the web" in refused.reason) == (PageStatus.REFUSED, True)
    await pages.aclose()


async def test_a_cache_that_cannot_be_written_does_not_cost_the_page(site: Site, tmp_path: Path) -> None:
    site.html("/x", ARTICLE)
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []
    pages = CachedPages(fetcher_for(), PageCache(tmp_path / "file" / "pages.sqlite"), say=said.append)
    for _ in range(2):
        assert (await pages.fetch(site.url("/x"))).status is PageStatus.PAGE
    assert (said, "page cache" in pages.problem) == ([], True)
    await pages.aclose()
    assert said == [pages.problem]


async def test_a_cache_that_was_begun_anew_is_told_once(site: Site, tmp_path: Path) -> None:
    site.html("/x", ARTICLE)
    path = tmp_path / "pages.sqlite"
    path.write_bytes(b"this is no database" * 100)
    said: list[str] = []
    for _ in range(2):
        pages = CachedPages(fetcher_for(), PageCache(path), say=said.append)
        assert (await pages.fetch(site.url("/x"))).status is PageStatus.PAGE
        await pages.aclose()
    damaged = path.with_suffix(".damaged")
    assert said == [f"the page cache was damaged and is begun anew; the old file is {damaged}"]


async def test_a_304_that_nobody_asked_for_is_not_kept(site: Site, cache: PageCache) -> None:
    site.reply("/x", b"", "text/html", 304)
    pages = CachedPages(fetcher_for(), cache)
    assert (await pages.fetch(site.url("/x"))).status is PageStatus.GONE
    site.html("/x", ARTICLE)
    page = await pages.fetch(site.url("/x"))
    assert (page.cached, "113" in page.text) == (False, True)
    await pages.aclose()
