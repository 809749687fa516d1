"""What is expected of whoever reads robots.txt: every spelling of a rule, at a low price."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wideseek_cli.sources.fetch.request import AGENT
from wideseek_cli.sources.fetch.urls import canonical
from wideseek_cli.sources.fetch.wishes import parsed


def _allows(rules: str, path: str) -> bool:
    robots = parsed(f"User-agent: *\n{rules}\n".encode())
    return bool(robots.can_fetch(canonical(f"http://site.test{path}"), AGENT))


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/café/", "/café/x"),
        ("/caf%c3%a9/", "/café/x"),
        ("/caf%C3%A9/", "/caf%c3%a9/x"),
        ("/foo/bar/ツ", "/foo/bar/ツ"),
        ("/foo/bar/%E3%83%84", "/foo/bar/ツ"),
        ("/%7Ejoe/", "/~joe/index.html"),
        ("/~joe/", "/%7ejoe/index.html"),
        ("/a%3cd", "/a<d"),
        ("/x?q=%e4%bd%a0", "/x?q=你"),
        ("/file-with-a-%2A.html", "/file-with-a-*.html"),
        ("/price%24", "/price$"),
        ("/price$s", "/price$s"),
        ("/with space", "/with%20space"),
    ],
)
def test_a_rule_counts_in_every_spelling(rule: str, path: str) -> None:
    assert not _allows(f"Disallow: {rule}", path)


@pytest.mark.parametrize(
    ("rule", "path"),
    [
        ("/a%2Fb", "/a/b"),  # an escaped slash is no slash
        ("/a/b", "/a%2Fb"),
        ("/fish*.php", "/Fish.php"),
        ("/fish", "/catfish"),
        ("/*.php$", "/x.php?a=1"),
        ("/ab*ba$", "/aba"),
        ("/x$", "/x/y"),
    ],
)
def test_what_a_rule_does_not_mean(rule: str, path: str) -> None:
    assert _allows(f"Disallow: {rule}", path)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Allow: /p\nDisallow: /", "/page", True),
        ("Allow: /folder\nDisallow: /folder", "/folder/x", True),
        ("Allow: /page\nDisallow: /*.htm", "/page.htm", False),
        ("Allow: /$\nDisallow: /", "/", True),
        ("Allow: /$\nDisallow: /", "/x", False),
        ("Disallow: /a\nAllow: /a/b\nDisallow: /a/b/c", "/a/b/d", True),
        ("Disallow:", "/x", True),
    ],
)
def test_the_longest_rule_wins(rules: str, path: str, allowed: bool) -> None:
    assert _allows(rules, path) is allowed


def test_our_own_group_before_everybodys() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Other\nUser-agent: WideSeek\nDisallow: /x\n"
    text += "Crawl-delay: 2\n"
    robots = parsed(text.encode())
    assert robots.can_fetch("http://site.test/y", AGENT)
    assert not robots.can_fetch("http://site.test/x", AGENT)
    assert robots.crawl_delay(AGENT) == 2.0


@given(st.text("ab*$", max_size=8).map("/".__add__), st.text("ab", max_size=8).map("/".__add__))
def test_matching_is_what_a_regular_expression_would_say(pattern: str, path: str) -> None:
    anchored = pattern.endswith("$")
    body = pattern[:-1] if anchored else pattern
    expected = re.match(".*".join(map(re.escape, body.split("*"))) + (r"\Z" if anchored else ""), path)
    assert _allows(f"Disallow: {pattern}", path) is (expected is None)


def test_many_stars_cost_nothing() -> None:
    """As a regular expression this took 11 seconds, and twice that with each further letter."""
    started = time.process_time()
    assert _allows("Disallow: /" + "*a" * 10 + "*b", "/" + "a" * 4000)
    assert not _allows("Disallow: /" + "*a" * 2000, "/" + "a" * 4000)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "line", ["User-agent: {}", "useragent {}", "user \t agent {}", "  USER-AGENT :{} # x"]
)
@pytest.mark.parametrize("name", ["a{}", "**{}"])
def test_names_and_rules_by_the_thousand(line: str, name: str) -> None:
    """Each rule was kept for each name: four million of them here, in the process that holds the model."""
    names = "\n".join(line.format(name.format(f"{n}*")) for n in range(2000))
    rules = "\n".join(f"Disallow: /{n}" for n in range(2000))
    started = time.process_time()
    robots = parsed(f"{names}\n{rules}\n\nUser-agent: *\nUser-agent: b\nDisallow: /y".encode())
    assert time.process_time() - started < 1.0
    assert robots.can_fetch("http://site.test/1", AGENT)
    assert not robots.can_fetch("http://site.test/y", AGENT)
