"""Pages of a corpus that is being built, kept beside it: a build that was cut off goes on where it was."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from wideseek_cli import __version__
from wideseek_cli.core.errors import OutputError
from wideseek_cli.sources.offline.factbook import HtmlPage

_FORMAT = 1  # raised when pages are made in another way
_PAGES = """CREATE TABLE IF NOT EXISTS pages
(name BLOB PRIMARY KEY, changed INTEGER, size INTEGER, title TEXT, html BLOB, text BLOB, keywords TEXT)"""
_STAMP = "CREATE TABLE IF NOT EXISTS stamp (value TEXT)"


class Drafts:
    """A file `.NAME.zim.part`; it goes when the corpus is done. `names`: all files of the folder, as links
    lead from one to others."""

    def __init__(self, out: Path, names: Iterable[str]) -> None:
        self._path = out.with_name(f".{out.name}.part")
        listing = hashlib.sha256("\n".join(names).encode("utf-8", "surrogatepass"))
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            self._rows = self._opened(f"{__version__} {_FORMAT} {listing.hexdigest()}")
        except (OSError, sqlite3.Error) as error:
            raise self._failure(error) from error

    def kept(self, files: Mapping[str, os.stat_result]) -> frozenset[str]:
        """Those files whose pages were made of them as they are now."""
        try:
            rows = self._rows.execute("SELECT name, changed, size FROM pages").fetchall()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        made = {os.fsdecode(name): (changed, size) for name, changed, size in rows}
        return frozenset(name for name, f in files.items() if made.get(name) == (f.st_mtime_ns, f.st_size))

    def page(self, name: str) -> HtmlPage:
        """The page of a file that is kept."""
        columns = "SELECT title, html, text, keywords FROM pages WHERE name = ?"
        try:
            title, html, text, keywords = self._rows.execute(columns, (os.fsencode(name),)).fetchone()
            return HtmlPage(name, title, _unpacked(html), _unpacked(text), keywords)
        except (sqlite3.Error, zlib.error) as error:
            raise self._failure(error) from error

    def keep(self, page: HtmlPage, file: os.stat_result) -> None:
        """Keep a page that was made of a file."""
        values = (page.title, _packed(page.html), _packed(page.text), page.keywords)
        try:
            self._rows.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?, ?, ?, ?)",
                (os.fsencode(page.path), file.st_mtime_ns, file.st_size, *values),
            )
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def close(self, *, done: bool) -> None:
        """The corpus is `done`, or will be another time."""
        self._rows.close()
        if done:
            self._remove()

    def _opened(self, stamp: str) -> sqlite3.Connection:
        rows = self._connected()
        try:
            rows.execute(_STAMP)
            known = rows.execute("SELECT value FROM stamp").fetchone()
        except sqlite3.DatabaseError:  # damaged, or no file of ours: nothing in it is of use
            known = ("damaged",)
        if known is not None and known[0] != stamp:
            rows.close()
            self._remove()
            rows = self._connected()
            rows.execute(_STAMP)
            known = None
        rows.execute(_PAGES)
        if known is None:
            rows.execute("INSERT INTO stamp VALUES (?)", (stamp,))
        return rows

    def _connected(self) -> sqlite3.Connection:
        rows = sqlite3.connect(self._path, isolation_level=None)
        with suppress(sqlite3.DatabaseError):
            rows.execute("PRAGMA journal_mode = WAL")
            rows.execute("PRAGMA synchronous = OFF")  # the work of seconds, at worst
        return rows

    def _remove(self) -> None:
        for side in ("", "-wal", "-shm"):
            Path(f"{self._path}{side}").unlink(missing_ok=True)

    def _failure(self, error: Exception) -> OutputError:
        hint = "free some room, delete the file, or name another place with -o"
        return OutputError(f"cannot use {self._path}: {error}", hint=hint)


def _packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8", "replace"), 1)


def _unpacked(data: bytes) -> str:
    return zlib.decompress(data).decode()
