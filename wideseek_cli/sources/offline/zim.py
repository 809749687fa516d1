"""A ZIM file (Kiwix, or one of our corpora) as a search source and a page source."""

from __future__ import annotations

import os
import posixpath
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from wideseek_cli.core.errors import NotFoundError, SourceUnreachableError
from wideseek_cli.core.findings import Hit, Page, PageStatus, SearchResult
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.html import HtmlPage, read_all, read_html
from wideseek_cli.sources.offline import rank as zimrank
from wideseek_cli.sources.offline import task as zimtask
from wideseek_cli.sources.offline.corpus import zim_name
from wideseek_cli.sources.reading.counted import Prepared, prepare
from wideseek_cli.sources.reading.ranking import best_snippet
from wideseek_cli.sources.reading.terms import query_words

SCHEME = "zim://"
_CANDIDATES = 25
_WEIGHED = 8  # candidates whose text is looked at
_FEW = 5  # pages that the most telling words leave
_SUGGESTED = 40  # titles that begin like a word
_SNIPPET_TEXT = 100_000
_MAX_ITEM = 20_000_000
_MAX_REDIRECTS = 8
_DAMAGE = (RuntimeError, ValueError, LookupError, MemoryError, OSError)  # what libzim's C++ errors become


class ZimSource:
    """Search and pages of one ZIM file. No socket is ever opened. The file itself is read in workers
    (`task.py`, `inworker.py`), where this class does it (`here`)."""

    def __init__(self, path: Path, name: str = "", *, here: bool = False) -> None:
        path = Path(os.path.abspath(path))
        self._path = path
        if here:
            self._archive = open_archive(path)
        else:
            zimtask.try_to_open(path, name or zim_name(path))
        self._lock = threading.Lock()  # libzim's readers are not promised to be safe across threads
        self._zim = name or zim_name(path)
        self._page = lru_cache(maxsize=64)(self._read)
        self._sketch = lru_cache(maxsize=64)(self._prepared)

    @property
    def name(self) -> str:
        return f"zim:{self._zim}"

    @property
    def prefix(self) -> str:
        """What the addresses of its pages begin with."""
        return f"{SCHEME}{self._zim}/"

    async def search(self, query: str, count: int) -> SearchResult:
        hits = await zimtask.ask("zim_search", self._path, self._zim, query, count)
        return SearchResult(query=query, hits=hits, engine=self.name)

    async def fetch(self, url: str) -> Page:
        try:
            page: Page = await zimtask.ask("zim_read", self._path, self._zim, url)
        except SourceUnreachableError as error:
            return _failed(url, PageStatus.GONE, f"The page cannot be read: {error}.")
        return page

    async def aclose(self) -> None:
        self._page.cache_clear()
        self._sketch.cache_clear()

    def addresses(self) -> tuple[str, ...]:
        """Those of all HTML pages, here."""
        with self._reading():
            entries = map(self._archive._get_entry_by_id, range(self._archive.all_entry_count))
            pages = (entry for entry in entries if not entry.is_redirect)
            found = [page.path for page in pages if page.get_item().mimetype.startswith("text/html")]
        return tuple(self.prefix + quote(path) for path in found)

    def find(self, query: str, count: int) -> tuple[Hit, ...]:
        """`search`, here."""
        words = query_words(clean_text(query))[:16]
        if not words or count < 1:
            return ()
        with self._reading():
            counts = {word: self._matches([word]) for word in words}
            holding = self._full_text(words, counts)
            in_text = self._resolved(holding)
            found = self._resolved([*holding, *self._titles(query, words)])
            known = zimrank.names_any(words, chain.from_iterable(found.values()))
            alike = {} if known else self._resolved(self._spelled_alike(query, words, counts))
        titles = {path: names[0] for path, names in (found | alike).items()}
        ranked = self._by_text(zimrank.rank(words, found, in_text), found, counts)
        return tuple(
            self._hit(path, titles[path], query) for path in list(dict.fromkeys([*alike, *ranked]))[:count]
        )

    def _by_text(
        self, ranked: list[str], found: dict[str, tuple[str, ...]], counts: dict[str, int]
    ) -> list[str]:
        """The best by title, put in order by what their titles, headings and text have of the words."""
        weights = zimrank.weights(counts, self._archive.article_count)
        near = {
            path: zimrank.nearness(weights, found[path], self._sketch(path, found[path][0]))
            for path in ranked[:_WEIGHED]
        }
        return sorted(near, key=lambda path: -near[path]) + ranked[_WEIGHED:]

    def _hit(self, path: str, title: str, query: str) -> Hit:
        snippet = clean_line(best_snippet(self._sketch(path, title), query), 400)
        return Hit(self.prefix + quote(path), clean_line(title or path, 200), snippet, self.name)

    def _full_text(self, words: list[str], counts: dict[str, int]) -> list[str]:
        """Pages that hold all words, or as many as leave a page; and those that hold the most telling ones: a
        long page may have all words of a long question by chance."""
        from libzim.search import Query, Searcher

        if not self._archive.has_fulltext_index:
            return []
        paths: list[str] = []
        for least in (1, _FEW):
            kept = zimrank.keep_words(words, counts, self._matches, least)
            if kept:
                query = Query().set_query(" ".join(kept))
                paths += Searcher(self._archive).search(query).getResults(0, _CANDIDATES)
        return list(dict.fromkeys(paths))

    def _matches(self, words: list[str]) -> int:
        """About how many pages hold all the words."""
        from libzim.search import Query, Searcher

        if not self._archive.has_fulltext_index:
            return 0
        return int(Searcher(self._archive).search(Query().set_query(" ".join(words))).getEstimatedMatches())

    def _titles(self, query: str, words: list[str]) -> list[str]:
        """Pages whose title begins with some run of the query's words."""
        from libzim.suggestion import SuggestionSearcher

        searcher = SuggestionSearcher(self._archive)
        found: list[str] = []
        for phrase in zimrank.title_phrases(query, words):
            found += searcher.suggest(phrase).getResults(0, 5)
        return found

    def _spelled_alike(self, query: str, words: list[str], counts: dict[str, int]) -> list[str]:
        """For a name that was misspelled: pages whose title begins as it does and is nearly the same."""
        from libzim.suggestion import SuggestionSearcher

        searcher = SuggestionSearcher(self._archive)
        begins = dict.fromkeys(word[: zimrank.BEGINNING] for word in words if len(word) > zimrank.BEGINNING)
        paths = [path for begin in begins for path in searcher.suggest(begin).getResults(0, _SUGGESTED)]
        known = {word for word in words if counts[word]}
        return zimrank.spelled_alike([query, *words], known, self._resolved(paths))

    def _resolved(self, paths: list[str]) -> dict[str, tuple[str, ...]]:
        """The pages these paths lead to: their titles, then those of the redirects that led there."""
        found: dict[str, tuple[str, ...]] = {}
        for path in dict.fromkeys(paths):
            entry = self._resolve(path)
            if entry is not None:
                by_name = () if entry.path == path else (self._archive.get_entry_by_path(path).title,)
                found[entry.path] = (*found.get(entry.path, (entry.title,)), *by_name)
        return found

    def _resolve(self, path: str) -> Any:
        """The entry at a path, redirects followed; None when there is no readable page."""
        try:
            entry = self._archive.get_entry_by_path(path)
            for _ in range(_MAX_REDIRECTS):
                if not entry.is_redirect:
                    return entry
                entry = entry.get_redirect_entry()
        except (KeyError, RuntimeError):
            return None
        return None

    def read(self, url: str) -> Page:
        """`fetch`, here."""
        path = self.path_of(url)
        try:
            with self._reading():
                entry = self._resolve(path)
            if entry is None:
                return _failed(url, PageStatus.GONE, f"{self.name} has no page at this address.")
            extracted, kind = self._page(entry.path)
        except SourceUnreachableError as error:
            return _failed(url, PageStatus.GONE, f"The page cannot be read: {error}.")
        final = self.prefix + quote(entry.path)
        if kind is None:
            return _failed(url, PageStatus.TOO_LARGE, "The entry is too large to read.", final)
        if not kind.startswith("text/"):
            return _failed(
                url, PageStatus.UNSUPPORTED, f"This entry is {clean_line(kind, 60)}, not text.", final
            )
        if not extracted.text:
            return _failed(url, PageStatus.EMPTY, "The page has no text.", final)
        links = tuple(dict.fromkeys(filter(None, (self._link(entry.path, link) for link in extracted.links))))
        return Page(
            url=url,
            final_url=final,
            status=PageStatus.PAGE,
            title=extracted.title or clean_line(entry.title, 200),
            text=extracted.text,
            fetched_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
            language=extracted.language,
            date=extracted.date,
            content_type=kind,
            links=links,
            structure=to_text(extracted.blocks),
        )

    def path_of(self, url: str) -> str:
        """The entry's path in the file."""
        rest = url[len(self.prefix) :] if url.startswith(self.prefix) else url
        return unquote(rest.split("#", 1)[0])

    def _link(self, page: str, link: str) -> str:
        """A page's link as one of our addresses; outside links as they are."""
        if "://" in link or link.startswith("//"):
            return link
        target = unquote(link.split("#", 1)[0].split("?", 1)[0])
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target)).lstrip("/")
        return "" if path.startswith("..") or not target else self.prefix + quote(path)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Around libzim, one thread at a time; what it raises over a damaged file becomes ours."""
        with self._lock:
            try:
                yield
            except _DAMAGE as error:
                reason = clean_line(str(error), 80) or type(error).__name__
                hint = "download the file again, or build it again"
                raise SourceUnreachableError(f"{self.name} is damaged ({reason})", hint=hint) from error

    def _content(self, path: str) -> tuple[bytes, str] | None:
        with self._reading():
            entry = self._resolve(path)
            if entry is None:
                return None
            item = entry.get_item()
            return (bytes(item.content), item.mimetype) if item.size <= _MAX_ITEM else None

    def _read(self, path: str) -> tuple[HtmlPage, str | None]:
        """(content, mime type) of an entry; the type is None when it is too large."""
        content = self._content(path)
        if content is None:
            return HtmlPage(), None
        data, kind = content
        if kind.startswith(("text/html", "application/xhtml")):
            return read_html(data), "text/html"
        if kind.startswith("text/"):
            return HtmlPage(text=clean_text(data.decode("utf-8", "replace")).strip()), kind
        return HtmlPage(), kind

    def _prepared(self, path: str, title: str) -> Prepared:
        """An entry's text, main content or not: enough for a snippet. A damaged one has none."""
        try:
            content = self._content(path)
        except SourceUnreachableError:
            content = None
        text = ""
        if content is not None and content[1].startswith("text/"):
            text = read_all(content[0]).text[:_SNIPPET_TEXT]
        return prepare(text, title)


def open_archive(path: Path) -> Any:
    """The file as libzim reads it."""
    from libzim.reader import Archive

    if not os.path.isfile(path):  # False also for what is too long to be a name
        raise NotFoundError(f"no ZIM file at {path}", hint="--source zim:PATH wants a .zim file")
    try:
        return Archive(path)
    except (RuntimeError, ValueError) as error:
        raise SourceUnreachableError(f"{path} is not a ZIM file that can be read: {error}") from error


def _failed(url: str, status: PageStatus, reason: str, final: str = "") -> Page:
    return Page(url=url, final_url=final or url, status=status, reason=reason)
