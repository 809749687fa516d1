"""Walls and pages: what stands in for a page is told from short pages that speak of such things."""

from __future__ import annotations

import time

import pytest

from wideseek_cli.core.findings import PageStatus
from wideseek_cli.sources.fetch import walls
from wideseek_cli.sources.fetch.content import read_content

URL = "http://a.test/x"
SENTENCE = "It was founded in 1932 and is known well beyond the county. "


def status_of(title: str, text: str) -> PageStatus:
    html = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    return read_content(html.encode(), "text/html; charset=utf-8", URL, URL).status


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Augusta National", "Augusta National is a members only golf club in Georgia. " + SENTENCE),
        ("The Drones", "The club's dining area is for members only. " + SENTENCE),
        ("Just a Moment (song)", "Just a Moment is a 1973 song by an Irish singer. " + SENTENCE),
        ("404 Media", "404 Media is an American online publication. " + SENTENCE),
        ("404 (number)", "404 is an even number. " + SENTENCE),
        ("Access Denied (album)", "Access Denied is an album by a band from Ely. " + SENTENCE),
        ("I'm Not a Robot (film)", "I'm Not a Robot is a Dutch short film of 2023. " + SENTENCE),
        ("Bot detection - Encyclopedia", "Bot detection is the telling of programs from people. " + SENTENCE),
        ("Road counts", "Engineers call unusual traffic what no model foresees. " + SENTENCE),
    ],
)
def test_short_pages_about_what_walls_say_are_pages(title: str, text: str) -> None:
    assert status_of(title, text) is PageStatus.PAGE


@pytest.mark.parametrize(
    ("title", "text", "status"),
    [
        ("Just a moment...", "Please wait.", PageStatus.BLOCKED),
        ("Just a moment…", "Please wait.", PageStatus.BLOCKED),
        ("Attention Required! | Cloudflare", "Sorry.", PageStatus.BLOCKED),
        ("Access Denied", "You don't have permission to access this on this server.", PageStatus.BLOCKED),
        ("Access denied | www.a.test", "The owner restricts access.", PageStatus.BLOCKED),
        ("ERROR", "Request blocked. We can't connect to the server for this app.", PageStatus.BLOCKED),
        ("Sorry", "Our systems have detected unusual traffic from your network.", PageStatus.BLOCKED),
        ("Are you a robot?", "Click the box.", PageStatus.BLOCKED),
        ("Members only", "Nothing to see here.", PageStatus.BLOCKED),
        ("The story", "This story is for subscribers only. Join us.", PageStatus.BLOCKED),
        ("The story", "This premium content is available to registered members only.", PageStatus.BLOCKED),
        ("404", "Sorry.", PageStatus.GONE),
        ("404 | A site", "Sorry.", PageStatus.GONE),
        ("Error 404 - A site", "Sorry.", PageStatus.GONE),
        ("404 Page not found", "Sorry.", PageStatus.GONE),
        ("404 Error", "Sorry.", PageStatus.GONE),
    ],
)
def test_walls_are_told_by_their_words(title: str, text: str, status: PageStatus) -> None:
    assert status_of(title, text) is status


@pytest.mark.parametrize(
    ("url", "final", "text", "blocked"),
    [
        ("http://cmp.felk.test/people", "http://cmp.felk.test/people", SENTENCE * 60, False),
        ("http://felk.test/", "http://cmp.felk.test/", SENTENCE * 60, False),
        ("http://consent.test/", "http://consent.test/", SENTENCE, False),
        ("http://news.test/", "http://consent.news.test/?to=x", "Weiter ohne Zustimmung?", True),
        ("http://news.test/", "http://guce.news.test/?to=x", "We and 237 partners use cookies. " * 60, True),
    ],
)
def test_a_name_alone_makes_no_consent_wall(url: str, final: str, text: str, blocked: bool) -> None:
    verdict = walls.by_content("<html>", text, "A title", url, final)
    assert (verdict is not None) is blocked
    assert verdict is None or "consent" in verdict[1]


@pytest.mark.parametrize("part", ["\n", ">", "> ", "#", "this ", "access denied ", "404 ", "just a moment"])
def test_no_words_take_long(part: str) -> None:
    text = part * (60_000 // len(part))
    started = time.process_time()
    walls.by_status(503, text)
    walls.by_content(text, text[:1000], text[:300], URL, URL)
    assert time.process_time() - started < 1
