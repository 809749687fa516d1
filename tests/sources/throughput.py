"""How fast pages are read: `python -m tests.sources.throughput [PAGES]`.

The factbook's pages, dressed up as a web site (menus, a sidebar, a footer), come from a loopback server,
are extracted and ranked for one need, and then once more out of the cache.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trafilatura

from tests.sources.conftest import fetcher_for
from tests.sources.site import Site
from wideseek_cli.core.findings import PageStatus
from wideseek_cli.pages import html
from wideseek_cli.pages.elements import tree
from wideseek_cli.sources.fetch import cache
from wideseek_cli.sources.fetch.request import FetchLimits
from wideseek_cli.sources.offline.factbook import country_html, load_countries
from wideseek_cli.sources.reading import reader

MENU = "".join(f'<li><a href="/section/{i}">Section {i}</a></li>' for i in range(60))
NEED = "capital, total area and internet country code"


def dressed(title: str, body: str) -> str:
    """A page as sites serve them: two thirds of it not its content."""
    head = f"<head><title>{title} - Atlas</title><style>{'p { margin: 0 } ' * 300}</style></head>"
    around = f'<div class="menu"><ul>{MENU}</ul></div>'
    side = f'<div class="sidebar"><h3>Latest</h3><ul>{MENU}</ul></div>'
    content = f"<div class=post-content>{body}</div>"
    return f"<html lang=en>{head}<body>{around}{content}{side}<footer>{MENU}</footer></body>"


class Clock:
    """Seconds spent inside certain functions."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def watch(self, owner: Any, name: str, label: str) -> None:
        inner: Callable[..., Any] = getattr(owner, name)

        def timed(*args: Any, **kwargs: Any) -> Any:
            started = time.thread_time()
            try:
                return inner(*args, **kwargs)
            finally:
                self.spent[label] += time.thread_time() - started

        setattr(owner, name, timed)

    @contextmanager
    def report(self, what: str, count: int) -> Iterator[None]:
        self.spent.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        rest = cpu - sum(self.spent.values())
        shares = {**self.spent, "elsewhere": rest}
        told = ", ".join(f"{label} {100 * spent / cpu:.0f} %" for label, spent in shares.items())
        print(f"{what}: {count / wall:.0f} pages/s, {1000 * cpu / count:.1f} ms CPU a page: {told}")


async def main(count: int) -> None:
    clock = Clock()
    clock.watch(trafilatura, "extract", "trafilatura")
    clock.watch(tree, "parse", "parsing")
    clock.watch(html, "_walk", "walking")
    clock.watch(reader, "choose", "ranking")
    clock.watch(reader, "prepare", "ranking")
    site = Site()
    await site.start()
    countries = load_countries()
    urls = []
    for i in range(count):
        country = countries[i % len(countries)]
        site.html(f"/{i}", dressed(country.title, country_html(country)))
        urls.append(site.url(f"/{i}"))
    fetcher = fetcher_for(limits=FetchLimits(host_pause_s=0.0, per_host=8))
    with tempfile.TemporaryDirectory() as folder:
        pages = cache.CachedPages(fetcher, cache.PageCache(Path(folder) / "pages.sqlite"))
        read = reader.ExtractReader(400)
        for what in ("from the site", "from the cache"):
            with clock.report(what, count):
                await asyncio.gather(*(_one(pages, read, url) for url in urls))
        await pages.aclose()
    await site.stop()


async def _one(pages: cache.CachedPages, read: reader.ExtractReader, url: str) -> None:
    page = await pages.fetch(url)
    assert page.status is PageStatus.PAGE, page.reason
    assert "Section 7" not in page.text
    assert (await read.read(page, NEED)).passages


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100))
