"""The searching and reading of one run: nothing twice, nothing outside, everything kept as evidence.

Agents get sentences, never exceptions: a search or a page that fails is told to them in words.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from urllib.parse import unquote, urlsplit

from wideseek_cli.agents.calls import Query, Target
from wideseek_cli.agents.promptset import PromptSet
from wideseek_cli.agents.shapes import hits_text, shortened_result
from wideseek_cli.agents.world import Budget, Emit, Sources
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import EngineError, SourceError
from wideseek_cli.core.findings import Hit, Page, PageStatus, Reading, SearchResult
from wideseek_cli.core.state import RunState
from wideseek_cli.core.steering import Orders, permits
from wideseek_cli.table.model import Document

_URL = re.compile(r"[a-z][a-z0-9+.-]{0,30}://[^\s<>\"'`|)\]，。；）]+", re.IGNORECASE)
_EXCERPT = 400
_TIRED = 3  # searches that failed in a row
_HOPELESS = 6  # searches that failed before any was answered: the run is over
_FAILURE_KEPT_S = 60.0  # a page that may be there soon: long enough for all who want it just now
_ENDING = re.compile(r"\.(?:x?html?|php|aspx?)$")


@dataclass(frozen=True)
class Found:
    """What a search or a page brought an agent: the words for it, whether they hold anything, whether asking
    again would bring the same, and whether a budget is over so that nothing was asked at all."""

    text: str
    good: bool = False
    settled: bool = True
    over: bool = False
    title: str = ""
    hits: tuple[Hit, ...] = ()


class Library:
    """What this run has searched and read, for all its agents."""

    def __init__(
        self,
        sources: Sources,
        prompts: PromptSet,
        emit: Emit,
        budget: Budget,
        give_up: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`give_up` is called when the source has never answered and will not."""
        self._sources, self._prompts, self._emit, self._budget = sources, prompts, emit, budget
        self._give_up, self._clock = give_up, clock
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._searches: dict[str, tuple[int, SearchResult]] = {}
        self._pages: dict[str, Page] = {}
        self._asked_at: dict[str, float] = {}
        self._readings: dict[tuple[str, str], Reading] = {}
        self._known_urls: dict[str, str] = {}
        self._saved: set[tuple[str, str]] = set()
        self.orders: list[Orders] = []  # the user's, on the way: they may rule out sites
        self.failures = 0  # searches in a row that the source did not answer
        self.answers = 0
        self.last_error: SourceError | None = None

    def allow(self, *texts: str) -> None:
        """Addresses that the user named may be opened."""
        self._learn(url for text in texts for url in urls_in(text))

    def admit(self, urls: Iterable[str]) -> None:
        """These addresses may be opened too."""
        self._learn(urls)

    def remember(self, state: RunState) -> None:
        """Take over what a run had found before a resume."""
        self._learn(state.links)
        for query, event in state.found.items():
            self._learn(hit.url for hit in event.hits)
            self._searches[_plain(query)] = (event.count, SearchResult(query, event.hits, event.engine))
        for (kind, url), document in state.documents.items():
            self._saved.add((kind, url))
            self._learn([url])
            if kind == "page":
                known = Page(url, url, PageStatus.PAGE, document.title, document.text)
                self._pages[url_key(url)] = known

    def forget(self, kept: Set[str]) -> None:
        """Let go of what was found, but for these addresses: a long table must not fill the memory."""
        keep = {url_key(url) for url in kept}
        self._pages = {key: page for key, page in self._pages.items() if key in keep}
        self._asked_at = {key: at for key, at in self._asked_at.items() if key in keep}
        self._readings = {key: found for key, found in self._readings.items() if key[0] in keep}
        self._known_urls = {key: url for key, url in self._known_urls.items() if key in keep}
        self._saved = {place for place in self._saved if url_key(place[1]) in keep}
        self._searches, self._locks = {}, {}

    @property
    def exhausted(self) -> bool:
        """No search would be answered any more: the budget is over, or the source keeps failing."""
        return self._budget.ended or self.failures >= _TIRED

    def status(self, url: str) -> PageStatus | None:
        """How reading an address ended."""
        page = self._pages.get(url_key(url))
        return page.status if page else None

    def knows(self, url: str) -> bool:
        """Whether an address may be opened."""
        return url_key(url) in self._known_urls

    async def search(self, agent: str, query: Query) -> Found:
        """Search, or tell what this run found for the same words before."""
        limits = self._prompts.limits
        count = min(query.count or limits.hits, limits.hits_most)
        key = _plain(query.text)
        async with self._lock("search", key):
            known = self._searches.get(key)
            if known and known[0] >= count:
                found, remembered = known[1], True
            elif not self._budget.take("searches"):
                return Found(self._prompts.fill("search.budget"), over=True)
            else:
                try:
                    found, remembered = await self._sources.search.search(query.text, count), False
                except SourceError as error:
                    return self._search_failed(agent, query, error)
                self._searches[key] = (count, found)
                self.failures, self.answers = 0, self.answers + 1
        return self._found(agent, query, count, found, remembered or found.remembered)

    def _found(self, agent: str, query: Query, count: int, found: SearchResult, remembered: bool) -> Found:
        found = replace(found, hits=tuple(hit for hit in found.hits if permits(self.orders, hit.url)))
        hits = found.hits[:count]
        moment = datetime.now(timezone.utc).isoformat(timespec="seconds")
        for hit in hits:
            self._learn([hit.url])
            self._save(Document(hit.url, hit.title, hit.snippet, moment, "snippet"))
        event = ev.Searched(
            *(agent, query.text, hits, found.engine, remembered), note=found.note, count=count
        )
        self._emit(event)
        said = self._prompts.fill("search.remembered") if remembered else ""
        text = hits_text(self._prompts, found, count)
        return Found(f"{said}\n{text}" if said else text, bool(hits), hits=tuple(hits))

    def _search_failed(self, agent: str, query: Query, error: SourceError) -> Found:
        self.failures += 1
        self.last_error = error
        if self.failures == _HOPELESS and not self._searches:
            self._give_up()
        self._emit(ev.Searched(agent, query.text, (), self._sources.search.name, error=str(error)))
        text = self._prompts.fill("search.failed", query=query.text, reason=str(error))
        return Found(text, settled=False)

    async def read(self, agent: str, target: Target) -> Found:
        """Read a page for a need. Only addresses that a search, a page or the user has named are opened."""
        fill = self._prompts.fill
        url = self._known_urls.get(url_key(target.url))
        if url is not None and not permits(self.orders, url):
            reason = "the user does not want this site to be used"
            self._emit(ev.PageRead(agent, url, target.need, PageStatus.REFUSED, "", reason))
            return Found(reason)
        if url is None:
            reason = fill("access.unknown_url", url=target.url)
            refused = ev.PageRead(agent, target.url, target.need, PageStatus.REFUSED, "", reason)
            self._emit(refused)
            return Found(reason)
        async with self._lock("page", url):
            page = self._page(url_key(url))
            if page is None:
                if not self._budget.take("pages"):
                    return Found(fill("access.budget"), over=True)
                page = await self._sources.pages.fetch(url)
                self._pages[url_key(url)] = page
                self._asked_at[url_key(url)] = self._clock()
        if page.status is not PageStatus.PAGE:
            self._emit(ev.PageRead(agent, url, target.need, page.status, page.title, page.reason))
            return Found(fill("access.failed", url=url, reason=page.reason))
        self._learn([page.final_url, *page.links])
        self._save(_document(page, url), page.links)
        return await self._reading(agent, url, page, target.need)

    def _page(self, key: str) -> Page | None:
        """What this run knows of a page. That it timed out or its site was busy counts only for a while."""
        page = self._pages.get(key)
        if page is not None and page.passing and self._clock() - self._asked_at[key] > _FAILURE_KEPT_S:
            return None
        return page

    async def _reading(self, agent: str, url: str, page: Page, need: str) -> Found:
        key = (url_key(url), _plain(need))
        reading = self._readings.get(key)
        if reading is None:
            try:
                reading = await self._sources.reader.read(page, need or page.title)
            except EngineError as error:
                self._emit(ev.PageRead(agent, url, need, page.status, page.title, str(error)))
                return Found(self._prompts.fill("access.failed", url=url, reason=str(error)))
            self._readings[key] = reading
        text = shortened_result(self._prompts, reading.text.strip())
        event = ev.PageRead(
            *(agent, url, need, page.status, page.title), excerpt=text[:_EXCERPT], cached=page.cached
        )
        self._emit(event)
        nothing = self._prompts.fill("access.nothing", url=url, need=need)
        return Found(text or nothing, bool(text), title=page.title)

    def _learn(self, urls: Iterable[str]) -> None:
        for url in urls:
            if url:
                self._known_urls.setdefault(url_key(url), url)

    def _save(self, document: Document, links: tuple[str, ...] = ()) -> None:
        """Keep it as evidence, once per address and kind."""
        place = (document.kind, document.url)
        if document.text.strip() and place not in self._saved:
            self._saved.add(place)
            self._emit(ev.DocumentSaved(document, links))

    def _lock(self, kind: str, key: str) -> asyncio.Lock:
        return self._locks.setdefault((kind, key), asyncio.Lock())


def urls_in(text: str) -> list[str]:
    """The addresses that a text holds."""
    return [match.rstrip(".,;:!?") for match in _URL.findall(text)]


def url_key(url: str) -> str:
    """An address for comparing: no fragment, no closing slash, host in lower case, escapes undone."""
    url = url.strip().strip("<>\"'`")
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    host = parts.netloc.lower()
    path = unquote(parts.path).rstrip("/").replace(" ", "_")
    return f"{parts.scheme.lower()}://{host}{path}" + (f"?{parts.query}" if parts.query else "")


def spelled_alike(url: str, other: str) -> bool:
    """Whether two addresses differ only by the page's ending, escapes or case."""
    one, two = (url_key(address).casefold() for address in (url, other))
    return _ENDING.sub("", one) == _ENDING.sub("", two)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _document(page: Page, url: str) -> Document:
    """A page as the run keeps it."""
    return Document(page.final_url or url, page.title, page.text, page.fetched_at, structure=page.structure)
