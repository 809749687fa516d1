"""Pages kept between runs: one SQLite file, safe under several processes."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from wideseek_cli.core.errors import SourceUnreachableError
from wideseek_cli.core.findings import Page, PageStatus
from wideseek_cli.core.machine import no_files_left
from wideseek_cli.core.plain import Closing
from wideseek_cli.sources.fetch.pages import Fetched, WebFetcher
from wideseek_cli.sources.fetch.request import Validators
from wideseek_cli.sources.fetch.urls import canonical

T = TypeVar("T")

DEFAULT_MAX_AGE_S = 7 * 86400.0
_MAX_BYTES = 400_000_000
_VERSION = 2
_WITHOUT_STRUCTURE = 1  # a cache of an older program: its pages are read by their text
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pages (
    key TEXT PRIMARY KEY, final_url TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    fetched_at TEXT NOT NULL, language TEXT NOT NULL, date TEXT NOT NULL, content_type TEXT NOT NULL,
    links TEXT NOT NULL, etag TEXT NOT NULL, last_modified TEXT NOT NULL, checked REAL NOT NULL,
    size INTEGER NOT NULL, structure TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS pages_by_age ON pages (checked);
"""


@dataclass(frozen=True)
class Kept:
    """A page as the cache has it."""

    page: Page
    validators: Validators
    age_s: float


@dataclass(frozen=True)
class CacheInfo:
    """What is in the cache."""

    path: Path
    pages: int
    text_bytes: int  # of texts and links
    oldest: float | None  # seconds since the epoch
    newest: float | None


class PageCache(Closing):
    """Good pages by canonical address. A damaged file is set aside and begun anew, whenever it shows."""

    def __init__(self, path: Path) -> None:
        self._path, self._damaged = path, path.with_suffix(".damaged")
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self.notice = ""  # what the user may want to know of it

    def get(self, url: str) -> Kept | None:
        key = canonical(url)
        row = self._do(lambda db: db.execute("SELECT * FROM pages WHERE key = ?", (key,)).fetchone())
        if row is None:
            return None
        try:
            links = tuple(json.loads(row["links"]))
        except (ValueError, TypeError):
            return None  # damaged in a way that sqlite does not see: the page is fetched, and kept, anew
        page = Page(
            url=url,
            final_url=row["final_url"],
            status=PageStatus.PAGE,
            title=row["title"],
            text=row["text"],
            fetched_at=row["fetched_at"],
            language=row["language"],
            date=row["date"],
            content_type=row["content_type"],
            links=links,
            cached=True,
            structure=row["structure"],
        )
        return Kept(
            page, Validators(row["etag"], row["last_modified"]), max(0.0, time.time() - row["checked"])
        )

    def put(self, url: str, fetched: Fetched) -> None:
        """Keep a good page; anything else is not worth remembering beyond the run."""
        key, page = canonical(url), fetched.page
        if not key or page.status is not PageStatus.PAGE:
            return
        known, links = fetched.validators, json.dumps(page.links)
        size = len(page.text.encode("utf-8", "replace")) + len(links) + len(page.structure)
        row = (
            *(key, page.final_url, page.title, page.text, page.fetched_at, page.language, page.date),
            *(page.content_type, links, known.etag, known.last_modified, time.time(), size, page.structure),
        )
        insert = f"INSERT OR REPLACE INTO pages VALUES ({', '.join('?' * len(row))})"  # noqa: S608
        self._do(lambda db: db.execute(insert, row))

    def touch(self, url: str) -> None:
        """The server says that the kept copy is current."""
        seen = (time.time(), canonical(url))
        self._do(lambda db: db.execute("UPDATE pages SET checked = ? WHERE key = ?", seen))

    def info(self) -> CacheInfo:
        query = "SELECT count(*), coalesce(sum(size), 0), min(checked), max(checked) FROM pages"
        row = self._do(lambda db: db.execute(query).fetchone())
        return CacheInfo(self._path, row[0], row[1], row[2], row[3])

    def clear(self, older_than_s: float | None = None) -> int:
        """Forget pages, all (of a file that was set aside, too) or those last seen so long ago; how many."""
        before = time.time() - older_than_s if older_than_s is not None else float("inf")
        gone = self._do(lambda db: db.execute("DELETE FROM pages WHERE checked < ?", (before,)).rowcount)
        self._do(lambda db: db.execute("VACUUM"))
        if older_than_s is None:
            self._do(lambda _: self._damaged.unlink(missing_ok=True))
        return gone

    def trim(self, limit: int = _MAX_BYTES) -> int:
        """Keep the file in bounds: the pages seen longest ago go first."""
        query = (
            "DELETE FROM pages WHERE key IN (SELECT key FROM (SELECT key, sum(size + 500) OVER "
            "(ORDER BY checked DESC, key) AS so_far FROM pages) WHERE so_far > ?)"
        )
        return self._do(lambda db: db.execute(query, (limit,)).rowcount)

    def close(self) -> None:
        with self._lock:
            self._close()

    def _do(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """A transaction; sqlite's errors become ours here."""
        with self._lock:
            try:
                return self._done(act)
            except (sqlite3.Error, OSError) as error:
                if no_files_left():
                    hint = "raise the limit: ulimit -n 1024"
                    reason = f"the page cache {self._path} cannot be opened: too many open files"
                    raise SourceUnreachableError(reason, hint=hint) from error
                hint = "wideseek cache clear, or delete the file"
                raise SourceUnreachableError(
                    f"the page cache {self._path} failed: {error}", hint=hint
                ) from error

    def _done(self, act: Callable[[sqlite3.Connection], T]) -> T:
        """A file that shows as damaged is opened anew, as another process may have begun a new one; if that
        does not help it is set aside."""
        for mend in (self._close, self._set_aside):
            try:
                return self._once(act)
            except sqlite3.DatabaseError as error:
                if type(error) is not sqlite3.DatabaseError:
                    raise  # locked or unwritable, say: the file itself may be sound
                mend()
        return self._once(act)

    def _once(self, act: Callable[[sqlite3.Connection], T]) -> T:
        if self._db is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # What somebody read is nobody else's business; SQLite gives its side files the same mode. A file
            # that is there is not opened: closing it would take SQLite's locks on it from this process.
            if not self._path.exists():
                with suppress(FileExistsError):
                    os.close(os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self._path.chmod(0o600)
            self._db = _prepared(self._path)
        with self._db:
            return act(self._db)

    def _close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _set_aside(self) -> None:
        """With its log, which sqlite would take for the new file's."""
        self._close()
        self._path.replace(self._damaged)
        for end in ("-wal", "-shm"):
            self._path.with_name(self._path.name + end).unlink(missing_ok=True)
        self.notice = f"the page cache was damaged and is begun anew; the old file is {self._damaged}"


def _prepared(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=20.0, check_same_thread=False)
    try:
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version == _WITHOUT_STRUCTURE:
            db.execute("ALTER TABLE pages ADD COLUMN structure TEXT NOT NULL DEFAULT ''")
        elif version not in (0, _VERSION):
            db.execute("DROP TABLE IF EXISTS pages")  # pages can be fetched again
        db.executescript(_SCHEMA)
        db.execute(f"PRAGMA user_version = {_VERSION}")
    except sqlite3.Error:
        db.close()
        raise
    return db


class CachedPages:
    """The web through the cache: young copies as they are, old ones asked after, new ones kept."""

    def __init__(
        self,
        fetcher: WebFetcher | None,
        cache: PageCache,
        max_age_s: float = DEFAULT_MAX_AGE_S,
        say: Callable[[str], None] | None = None,
    ) -> None:
        """`say` is told, at the end, if something was wrong with the cache."""
        self._fetcher, self._cache, self._max_age = fetcher, cache, max_age_s
        self._say = say
        self._wrote = False
        self.problem = ""

    async def fetch(self, url: str) -> Page:
        kept = await self._get(url)
        if self._fetcher is None:
            return kept.page if kept else _offline(url)
        if kept is not None and kept.age_s <= self._max_age:
            return kept.page
        fetched = await self._fetcher.fetch_fresh(url, kept.validators if kept else None)
        if fetched.unchanged and kept is not None:
            await self._write(self._cache.touch, url)
            return replace(kept.page, fetched_at=fetched.page.fetched_at)
        await self._write(self._cache.put, url, fetched)
        return fetched.page

    async def _get(self, url: str) -> Kept | None:
        try:
            return await asyncio.to_thread(self._cache.get, url)
        except SourceUnreachableError as error:
            self.problem = str(error)  # a broken cache must not cost the page
            return None

    async def _write(self, act: Callable[..., object], *what: Any) -> None:
        try:
            await asyncio.to_thread(act, *what)
            self._wrote = True
        except SourceUnreachableError as error:
            self.problem = str(error)

    async def aclose(self) -> None:
        if self._fetcher is not None:
            await self._fetcher.aclose()
        if self._wrote:
            await self._write(self._cache.trim)
        self._cache.close()
        if self._say is not None and (said := self.problem or self._cache.notice):
            self._say(said)


def _offline(url: str) -> Page:
    reason = "This run does not touch the web, and no copy of the page is in the cache."
    return Page(url=url, final_url=url, status=PageStatus.REFUSED, reason=reason)
