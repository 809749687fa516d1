"""Writing ZIM files, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.machine import cores
from wideseek_cli.sources.offline.factbook import HtmlPage


@dataclass(frozen=True)
class ZimInfo:
    """What a ZIM file says about itself."""

    title: str
    description: str
    language: str = "eng"
    main_path: str = "index"
    source: str = ""
    compress: bool = True
    index: bool = True  # for full-text search


def write_zim(pages: Iterable[HtmlPage], out: Path, info: ZimInfo) -> int:
    """Write the pages to `out`; the count. A reader of `out` never sees half a file."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=out.parent) as scratch:
            draft = Path(scratch) / "draft.zim"
            with _quiet_stdout():
                count = _write(pages, draft, info)
            os.replace(draft, out)
    except (OSError, RuntimeError) as error:
        raise OutputError(f"cannot write {out}: {error}") from error
    return count


def _write(pages: Iterable[HtmlPage], draft: Path, info: ZimInfo) -> int:
    from libzim.writer import Creator, Hint, IndexData, Item, StringProvider

    class Words(IndexData):  # type: ignore[misc]
        """What the search index has of a page."""

        def __init__(self, page: HtmlPage) -> None:
            self._page = page

        def has_indexdata(self) -> bool:
            return True

        def get_title(self) -> str:
            return self._page.title

        def get_content(self) -> str:
            return self._page.text

        def get_keywords(self) -> str:
            return self._page.keywords

        def get_wordcount(self) -> int:
            return len(self._page.text.split())

        def get_geoposition(self) -> None:
            return None

    class PageItem(Item):  # type: ignore[misc]  # libzim is followed as Any
        def __init__(self, page: HtmlPage) -> None:
            super().__init__()
            self._page = page

        def get_path(self) -> str:
            return self._page.path

        def get_title(self) -> str:
            return self._page.title

        def get_mimetype(self) -> str:
            return "text/html"

        def get_contentprovider(self) -> Any:
            return StringProvider(self._page.html)

        def get_hints(self) -> dict[Any, int]:
            return {Hint.FRONT_ARTICLE: 1, Hint.COMPRESS: 1}

    class IndexedItem(PageItem):
        """One whose index is not what the page shows; libzim looks for the method."""

        def get_indexdata(self) -> Any:
            return Words(self._page)

    count = 0
    creator = Creator(draft).config_indexing(info.index, info.language).config_nbworkers(cores())
    with creator.config_compression("zstd" if info.compress else "none"):
        creator.set_mainpath(info.main_path)
        for name, value in _metadata(info):
            creator.add_metadata(name, value)
        for page in pages:
            creator.add_item(IndexedItem(page) if page.text else PageItem(page))
            count += 1
    return count


@contextlib.contextmanager
def _quiet_stdout() -> Iterator[None]:
    """libzim talks on the C stdout, which is ours for results: it is closed to it meanwhile."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def _metadata(info: ZimInfo) -> Iterable[tuple[str, str]]:
    yield "Title", info.title[:30]
    yield "Description", info.description[:80]
    yield "Language", info.language
    yield "Creator", "wideseek"
    yield "Publisher", "wideseek"
    yield "Name", info.title.lower().replace(" ", "_")
    if info.source:
        yield "Source", info.source
