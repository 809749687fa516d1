"""Every hostile page ends within its limit, by its text or by a sentence, and the next page is read."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.sources.conftest import LIMITS, fetcher_for
from tests.sources.hostile_more import BAD, PAGES, put
from tests.sources.site import ARTICLE, Site
from wideseek_cli.core.findings import PageStatus

SECONDS = 3.0
SPARE_S = 2.0


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
async def test_it_ends_in_time_and_costs_only_itself(site: Site, name: str) -> None:
    put(site, "/page", name)
    site.html("/next", ARTICLE)
    limits = replace(LIMITS, seconds=SECONDS, read_s=SECONDS, wire_bytes=12_000_000, body_bytes=24_000_000)
    web = fetcher_for(limits=limits)
    try:
        await web.fetch(site.url("/next"))  # a worker is there
        began = time.monotonic()
        page = await web.fetch(site.url("/page"))
        assert (
            time.monotonic() - began < SECONDS * (1 if name in PAGES else 2) + SPARE_S
        )  # one is for the wire
        assert bool(page.text) is (page.status is PageStatus.PAGE)
        assert bool(page.reason) is (page.status is not PageStatus.PAGE)
        assert (await web.fetch(site.url("/next"))).status is PageStatus.PAGE
    finally:
        await web.aclose()
