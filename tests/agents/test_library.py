"""What the agents of one run share of the pages they read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.agents.fakeworld import FakeSources
from wideseek_cli.agents.calls import Target
from wideseek_cli.agents.library import Library, spelled_alike
from wideseek_cli.agents.promptset import load_prompts
from wideseek_cli.agents.world import Budget
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.settings.config import Settings

URL = "http://site.test/x"


@dataclass
class Changing(FakeSources):
    """One page that fails, until it does not."""

    failure: Page = field(default_factory=lambda: Page(URL, URL, PageStatus.TIMEOUT, passing=True))

    async def fetch(self, url: str) -> Page:
        self.fetched.append(url)
        await asyncio.sleep(0)
        if len(self.fetched) < 2:
            return self.failure
        return Page(url, url, PageStatus.PAGE, "Peru", "Lima is the capital of Peru.")


async def _read(failure: Page) -> tuple[list[bool], int]:
    """Whether two at once, one soon after and one a while later get the page; how often it was fetched."""
    sources, now = Changing([], failure=failure), [0.0]
    library = Library(
        sources, load_prompts(), lambda _: None, Budget(Settings(), lambda _: None), clock=lambda: now[0]
    )
    library.allow(URL)
    target = Target(URL, "the capital")
    found = list(await asyncio.gather(library.read("w1.s1", target), library.read("w1.s2", target)))
    for now[0] in (30.0, 61.0):
        found.append(await library.read("w2.s1", target))
    return [one.good for one in found], len(sources.fetched)


@pytest.mark.parametrize("status", [PageStatus.TIMEOUT, PageStatus.BLOCKED, PageStatus.GONE])
async def test_a_failure_that_may_pass_is_shared_but_not_for_the_whole_run(status: PageStatus) -> None:
    failure = Page(URL, URL, status, reason="The site failed to produce the page (HTTP 503).", passing=True)
    assert await _read(failure) == ([False, False, False, True], 2)


async def test_a_failure_that_stays_is_not_asked_for_again() -> None:
    assert await _read(Page(URL, URL, PageStatus.GONE, reason="There is no page.")) == ([False] * 4, 1)


@pytest.mark.parametrize(
    ("url", "other", "same"),
    [
        ("zim://w/Ivy%20League.html", "zim://w/ivy league", True),
        ("https://a.org/Cape_Ayr", "https://a.org/cape%5Fayr.HTML", True),
        ("https://a.org/Cape_Ayr", "https://a.org/Cape_Air", False),
        ("https://a.org/list", "https://a.org/list?page=2", False),
    ],
)
def test_addresses_that_differ_in_spelling_alone(url: str, other: str, same: bool) -> None:
    assert spelled_alike(url, other) is same
