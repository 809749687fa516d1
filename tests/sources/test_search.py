"""Search sources: pacing, fail-over, and errors that say which of three things happened."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ddgs.engines import ENGINES

from tests.sources import site as pages
from tests.sources.site import Reply, Request, Site
from wideseek_cli.core.errors import (
    ConfigError,
    SearchBlockedError,
    SearchTimeoutError,
    SourceError,
    SourceUnreachableError,
    UsageError,
)
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.sources.manners import Pacer
from wideseek_cli.sources.search import ddgs, jsonapi
from wideseek_cli.sources.search.brave import BraveSource
from wideseek_cli.sources.search.combine import FirstAnswer, Merged
from wideseek_cli.sources.search.ddgs import Asked, DdgsSource, ask_ddgs
from wideseek_cli.sources.search.jsonapi import JsonApi
from wideseek_cli.sources.search.searxng import SearxngSource
from wideseek_cli.sources.search.serper import SerperSource

ROW = {"href": "https://a.test/", "title": "A \x1b[31mtitle", "body": "A snippet"}
Script = dict[str, list[dict[str, Any]] | SourceError]


class Engines:
    """Plays the part of the ddgs library."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[str] = []

    def __call__(self, backend: str, query: str, count: int) -> Asked:
        self.asked.append(backend)
        answer = self.script[backend]
        if isinstance(answer, SourceError):
            raise answer
        return Asked(answer)


def _source(script: Script) -> tuple[DdgsSource, Engines]:
    engines = Engines(script)
    return DdgsSource(tuple(script), ask=engines, pause_s=0.0), engines


async def test_the_result_says_which_engine_answered() -> None:
    source, _ = _source({"one": [ROW], "two": [ROW]})
    result = await source.search("q", 3)
    assert (result.engine, result.note) == ("ddgs:one", "")
    assert result.hits == (Hit("https://a.test/", "A title", "A snippet", "ddgs:one"),)


async def test_a_refusing_engine_is_passed_over_and_left_alone() -> None:
    source, engines = _source({"one": SearchBlockedError("one refused"), "two": [ROW]})
    result = await source.search("q", 3)
    assert (result.engine, result.note) == ("ddgs:two", "answered by two after: one refused")
    await source.search("q2", 3)
    assert engines.asked == ["one", "two", "two"]


BLOCKED, LATE, AWAY = (
    SearchBlockedError("it refused"),
    SearchTimeoutError("it is late"),
    SourceUnreachableError("gone"),
)


@pytest.mark.parametrize(
    ("errors", "kind", "words"),
    [
        ([BLOCKED, LATE], SearchBlockedError, "it refused; it is late"),
        ([AWAY, LATE], SearchTimeoutError, "it is late"),
        ([AWAY, AWAY], SourceUnreachableError, "none of 2"),
    ],
)
async def test_no_engine_answers(errors: list[SourceError], kind: type[SourceError], words: str) -> None:
    source, _ = _source(dict(zip(("one", "two"), errors, strict=True)))
    with pytest.raises(kind, match=words) as caught:
        await source.search("q", 3)
    assert caught.value.exit_code == 4
    assert caught.value.hint


async def test_blocked_engines_are_not_asked_again_at_once() -> None:
    source, engines = _source({"one": SearchBlockedError("one refused")})
    for _ in range(2):
        with pytest.raises(SearchBlockedError):
            await source.search("q", 3)
        source._pacers["one"].refused()  # the back-off grows beyond what is waited for
        source._pacers["one"].refused()
    assert engines.asked == ["one"]


async def test_two_engines_that_know_nothing_are_enough() -> None:
    source, engines = _source({"one": [], "two": [], "three": [ROW]})
    result = await source.search("q", 3)
    assert (result.hits, engines.asked) == ((), ["one", "two"])


async def test_a_lookup_of_titles_is_asked_last_and_settles_nothing() -> None:
    source, engines = _source({"wikipedia": [], "one": BLOCKED, "two": LATE})
    with pytest.raises(SearchBlockedError, match="it refused; it is late"):
        await source.search("q", 3)
    assert engines.asked == ["one", "two", "wikipedia"]
    source, _ = _source({"wikipedia": [ROW], "one": BLOCKED})
    assert (await source.search("q", 3)).note == "answered by wikipedia after: it refused"
    source, engines = _source({"wikipedia": [ROW], "one": []})  # the only one that knows its trade
    assert (await source.search("q", 3)).engine == "ddgs:wikipedia"


async def test_rows_that_are_no_pages_are_dropped() -> None:
    source, _ = _source({"one": [{"href": "javascript:x"}, {}, {"href": None}, ROW]})
    assert len((await source.search("q", 5)).hits) == 1


async def test_ten_agents_at_once_ask_each_engine_one_by_one() -> None:
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    used: set[str] = set()

    def ask(backend: str, query: str, count: int) -> Asked:
        running[backend] = running.get(backend, 0) + 1
        most[backend] = max(most.get(backend, 0), running[backend])
        used.add(backend)
        time.sleep(0.02)
        running[backend] -= 1
        return Asked([ROW])

    source = DdgsSource(("one", "two", "three"), ask=ask, pause_s=0.01)
    await asyncio.gather(*(source.search(f"q{i}", 3) for i in range(10)))
    assert most == {"one": 1, "two": 1, "three": 1}
    assert used == {"one", "two", "three"}


async def test_back_off_doubles_with_jitter_and_ends_with_an_answer() -> None:
    pacer = Pacer(0.0, first_backoff=10.0, longest_backoff=60.0)
    waits = [pacer.refused() for _ in range(6)]
    for wait, middle in zip(waits, (10, 20, 40, 60, 60, 60), strict=True):
        assert 0.7 * middle <= wait <= 1.3 * middle
    assert pacer.backing_off
    pacer.answered()
    assert not pacer.backing_off


@pytest.fixture
def mojeek(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The real ddgs library, with one of its engines living on the loopback."""
    monkeypatch.setattr(ENGINES["text"]["mojeek"], "search_url", f"http://127.0.0.1:{site.port}/search")
    return site


def _any_search(site: Site, page: Callable[[Request], Reply]) -> None:
    site.fallback = page


async def test_the_real_library_finds(mojeek: Site) -> None:
    row = '<li><h2><a href="https://a.test/x">Lima</a></h2><p class="s">Capital of Peru</p></li>'
    html = f'<html><body><ul class="results">{row}</ul></body></html>'
    _any_search(mojeek, lambda _: Reply(html.encode(), headers={"Content-Type": "text/html"}))
    asked = await asyncio.to_thread(ask_ddgs, "mojeek", "capital of Peru", 3)
    assert asked.rows == [{"title": "Lima", "href": "https://a.test/x", "body": "Capital of Peru"}]


async def test_the_real_library_finds_nothing(mojeek: Site) -> None:
    _any_search(mojeek, lambda _: Reply(b"<html><body>no results</body></html>"))
    assert await asyncio.to_thread(ask_ddgs, "mojeek", "q", 3) == Asked([], [200])


@pytest.mark.parametrize("code", [202, 403, 429, 503])
async def test_a_refusal_is_not_shown_as_nothing_found(mojeek: Site, code: int) -> None:
    _any_search(mojeek, lambda _: Reply(b"<html>solve this</html>", code))
    with pytest.raises(SearchBlockedError, match=f"mojeek refused the search .HTTP {code}"):
        await asyncio.to_thread(ask_ddgs, "mojeek", "q", 3)


WALLS = [
    "<h1>Our systems have detected unusual traffic. Are you a robot?</h1><form class=captcha></form>",
    "<title>Just a moment...</title><script src=/cdn-cgi/challenge-platform/x></script>",
    "<div class=anomaly-modal__mask></div><p>Unfortunately, bots use DuckDuckGo too.</p>",
    "<h1>Before you continue</h1><p>We use cookies.</p><button>Accept all</button>",
]


@pytest.mark.parametrize("wall", WALLS)
async def test_a_challenge_is_not_shown_as_nothing_found(mojeek: Site, wall: str) -> None:
    _any_search(mojeek, lambda _: Reply(f"<html><body>{wall}</body></html>".encode()))
    with pytest.raises(SearchBlockedError, match="mojeek showed a challenge instead of results"):
        await asyncio.to_thread(ask_ddgs, "mojeek", "q", 3)


async def test_nothing_found_about_challenges_is_nothing_found(mojeek: Site) -> None:
    """The engine repeats what it was asked."""
    query = "are you a robot"
    page = f"<html><title>{query}</title><body><p>No pages found matching: {query}</p></body></html>"
    _any_search(mojeek, lambda _: Reply(page.encode()))
    assert await asyncio.to_thread(ask_ddgs, "mojeek", query, 3) == Asked([], [200])


async def test_the_real_library_waits_no_longer_than_told(
    mojeek: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ddgs, "_TIMEOUT_S", 0.3)
    mojeek.raw_fallback = pages.silent
    with pytest.raises(SearchTimeoutError, match="mojeek did not answer"):
        await asyncio.to_thread(ask_ddgs, "mojeek", "q", 3)


async def test_the_real_library_cannot_connect(mojeek: Site) -> None:
    await mojeek.stop()
    with pytest.raises(SourceUnreachableError, match="mojeek cannot be reached"):
        await asyncio.to_thread(ask_ddgs, "mojeek", "q", 3)


def test_an_engine_that_the_library_lost_is_not_replaced_quietly() -> None:
    with pytest.raises(SourceUnreachableError, match="not in this release"):
        ask_ddgs("altavista", "q", 3)


def test_our_engines_are_in_the_library() -> None:
    assert set(ddgs.BACKENDS) <= set(ENGINES["text"])


def _json(site: Site, answer: object, code: int = 200) -> None:
    site.fallback = lambda _: Reply(json.dumps(answer).encode(), code, {"Content-Type": "application/json"})


async def test_searxng(site: Site) -> None:
    rows = [
        {"url": "https://a.test/", "title": "<b>A</b>", "content": "x\x1b[2J y"},
        {"url": "ftp://b"},
        7,
        {"title": "t"},
    ]
    _json(site, {"results": rows})
    source = SearxngSource(f"http://127.0.0.1:{site.port}/")
    result = await source.search("capital of Peru", 5)
    await source.aclose()
    assert result.hits == (Hit("https://a.test/", "A", "x y", "searxng"),)
    assert site.paths() == ["/search?q=capital+of+Peru&format=json"]


REFUSED = [["google", "Suspended: too many requests"], ["brave", "\x1b[31mCAPTCHA"], ["odd"], 7, []]


@pytest.fixture
def unpaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonapi, "Pacer", lambda pause, **more: Pacer(0.0, **more))


@pytest.mark.usefixtures("unpaced")
async def test_a_searxng_whose_engines_refuse_has_not_found_nothing(site: Site) -> None:
    _json(site, {"results": [], "unresponsive_engines": REFUSED})
    source = SearxngSource(f"http://127.0.0.1:{site.port}/")
    named = r"google \(Suspended: too many requests\), brave \(CAPTCHA\), odd$"
    with pytest.raises(SearchBlockedError, match=named):
        await source.search("q", 5)
    _json(site, {"results": [{"url": "https://a.test/"}], "unresponsive_engines": REFUSED[:1]})
    found = await source.search("q", 5)
    assert (len(found.hits), found.note) == (1, "without google (Suspended: too many requests)")
    _json(site, {"results": [], "unresponsive_engines": []})
    assert (await source.search("q", 5)).hits == ()
    await source.aclose()


async def test_serper(site: Site) -> None:
    _json(site, {"organic": [{"link": "https://a.test/", "title": "A", "snippet": "s"}] * 3})
    source = SerperSource("secret", f"http://127.0.0.1:{site.port}/search")
    result = await source.search("q", 5)
    await source.aclose()
    assert [hit.engine for hit in result.hits] == ["serper"]
    assert site.asked[0].headers["x-api-key"] == "secret"


async def test_brave(site: Site) -> None:
    _json(
        site,
        {"web": {"results": [{"url": "https://a.test/", "title": "A", "description": "<strong>s</strong>"}]}},
    )
    source = BraveSource("secret", f"http://127.0.0.1:{site.port}/search", pause_s=0)
    result = await source.search("q", 5)
    await source.aclose()
    assert result.hits == (Hit("https://a.test/", "A", "s", "brave"),)
    assert site.asked[0].headers["x-subscription-token"] == "secret"


@pytest.mark.parametrize(
    ("code", "body", "kind"),
    [
        (401, b"{}", ConfigError),
        (403, b"{}", SearchBlockedError),
        (500, b"{}", SourceUnreachableError),
        (200, b"<html>", SourceUnreachableError),
        (200, b"[1]", SourceUnreachableError),
        (200, b"[" * 100_000, SourceUnreachableError),
    ],
)
async def test_api_troubles(site: Site, code: int, body: bytes, kind: type[Exception]) -> None:
    site.fallback = lambda _: Reply(body, code)
    source = SerperSource("k", f"http://127.0.0.1:{site.port}/")
    with pytest.raises(kind, match="serper"):
        await source.search("q", 3)
    await source.aclose()


@pytest.mark.parametrize(
    ("code", "body", "told"),
    [
        (400, {"message": "Not enough credits", "statusCode": 400}, "HTTP 400: Not enough credits"),
        (403, {"message": "Un\x1b[31mauthorized."}, "(HTTP 403: Unauthorized.)"),
        (
            422,
            {"error": {"code": "INVALID", "detail": "The token is invalid."}},
            "HTTP 422: The token is invalid.",
        ),
        (401, {"error": "bad key"}, "(HTTP 401: bad key)"),
        (500, {"message": "x" * 200}, "HTTP 500: " + "x" * 99 + "…"),
        (500, {"message": {"message": {"message": {}}}}, "HTTP 500"),
        (500, {"message": 7}, "HTTP 500"),
        (500, ["a"], "HTTP 500"),
    ],
)
async def test_what_an_api_says_is_wrong_is_told(site: Site, code: int, body: object, told: str) -> None:
    _json(site, body, code)
    source = SerperSource("k", f"http://127.0.0.1:{site.port}/")
    with pytest.raises((SourceError, ConfigError)) as caught:
        await source.search("q", 3)
    await source.aclose()
    assert str(caught.value).endswith(told)


async def test_an_answer_that_drips_is_given_up(site: Site) -> None:
    site.raw_fallback = pages.slow
    api = JsonApi("drip", timeout_s=0.3)  # each wait for a part is shorter
    with pytest.raises(SearchTimeoutError, match=r"drip did not answer within 0\.3 s"):
        await asyncio.wait_for(api.ask("GET", f"http://127.0.0.1:{site.port}/"), 20)
    await api.aclose()


@pytest.mark.usefixtures("unpaced")
async def test_an_api_that_is_asked_too_often_is_asked_once_more(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pacer, "refused", lambda self: 0.0)
    _json(site, {}, 429)
    source = SerperSource("k", f"http://127.0.0.1:{site.port}/")
    with pytest.raises(SearchBlockedError, match="too often"):
        await source.search("q", 3)
    await source.aclose()
    assert len(site.asked) == 2


def test_searxng_wants_an_address() -> None:
    with pytest.raises(UsageError, match="not a web address"):
        SearxngSource("localhost:8080")


class Fixed:
    """A source that always answers the same."""

    def __init__(
        self, name: str, answer: tuple[Hit, ...] | SourceError | ConfigError, note: str = ""
    ) -> None:
        self.name, self.answer, self.note, self.asked, self.closed = name, answer, note, 0, False

    async def search(self, query: str, count: int) -> SearchResult:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return SearchResult(query, self.answer, self.name, note=self.note)

    async def aclose(self) -> None:
        self.closed = True


def _hit(name: str, engine: str = "e") -> Hit:
    return Hit(f"https://{name}.test/", name, "", engine)


async def test_sources_are_asked_in_order_until_one_has_hits() -> None:
    down, empty = Fixed("down", SearchBlockedError("refused")), Fixed("empty", ())
    good, spare = Fixed("good", (_hit("a"),)), Fixed("spare", (_hit("b"),))
    source = FirstAnswer([down, empty, good, spare])
    result = await source.search("q", 3)
    assert (result.engine, spare.asked) == ("good", 0)
    assert result.note == "answered by good after: down: refused; empty found nothing"
    await source.aclose()
    assert all(part.closed for part in (down, empty, good, spare))


async def test_nothing_found_is_not_an_error_but_nobody_answering_is() -> None:
    down, empty = Fixed("down", SearchBlockedError("refused")), Fixed("empty", ())
    assert (await FirstAnswer([down, empty]).search("q", 3)).hits == ()
    with pytest.raises(SearchBlockedError):
        await FirstAnswer([down, down]).search("q", 3)
    with pytest.raises(SearchBlockedError):
        await Merged([down, down]).search("q", 3)


@pytest.mark.parametrize("several", [FirstAnswer, Merged])
async def test_a_refused_key_does_not_keep_the_others_from_answering(
    several: type[FirstAnswer | Merged],
) -> None:
    refused = Fixed("serper", ConfigError("serper does not accept the key"))
    result = await several([refused, Fixed("good", (_hit("a"),))]).search("q", 3)
    assert (result.engine, "does not accept the key" in result.note) == ("good", True)
    with pytest.raises(ConfigError, match="does not accept the key"):
        await several([refused, refused]).search("q", 3)
    with pytest.raises(SearchTimeoutError):  # this one may pass
        await several([refused, Fixed("late", LATE)]).search("q", 3)


async def test_what_a_source_notes_is_told_by_several() -> None:
    down, noting = Fixed("down", SearchBlockedError("refused")), Fixed("good", (_hit("a"),), "without google")
    told = [(await several([down, noting]).search("q", 3)).note for several in (FirstAnswer, Merged)]
    assert told == [
        "answered by good after: down: refused; without google",
        "answered by good after: without google; refused",
    ]


async def test_merged_hits_come_in_turn_each_page_once() -> None:
    one = Fixed("one", (_hit("a", "one"), _hit("b", "one"), _hit("c", "one")))
    two = Fixed("two", (_hit("b", "two"), _hit("d", "two")))
    result = await Merged([one, two, Fixed("down", SearchTimeoutError("late"))]).search("q", 4)
    assert [(hit.title, hit.engine) for hit in result.hits] == [
        ("a", "one"),
        ("b", "two"),
        ("d", "two"),
        ("c", "one"),
    ]
    assert (result.engine, "late" in result.note) == ("one+two", True)
