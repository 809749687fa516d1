"""What a worker does with ZIM files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from wideseek_cli.core.findings import Hit, Page
from wideseek_cli.sources.offline.zim import ZimSource


@lru_cache(maxsize=8)
def _opened(path: str, name: str) -> ZimSource:
    return ZimSource(Path(path), name, here=True)


def open_zim(path: str, name: str) -> None:
    """Open it, or raise what is wrong with it."""
    _opened(path, name)


def list_zim(path: str, name: str) -> tuple[str, ...]:
    """The addresses of the file's HTML pages."""
    return _opened(path, name).addresses()


def search_zim(path: str, name: str, query: str, count: int) -> tuple[Hit, ...]:
    """The file's pages for a query."""
    return _opened(path, name).find(query, count)


def read_zim(path: str, name: str, url: str) -> Page:
    """One page of the file."""
    return _opened(path, name).read(url)
