"""One file of a folder as a page of a corpus. Done in workers: the files come from anywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.sources.fetch.body import decode
from wideseek_cli.sources.offline.factbook import HtmlPage
from wideseek_cli.sources.offline.lean import lean_html, link_key

MAX_FILE = 50_000_000
SUFFIXES = {".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".text", ".pdf"}
_HTML = {".html", ".htm", ".xhtml"}
_MOST_KEYWORDS = 20_000  # characters


@dataclass(frozen=True)
class Unread:
    """Why a file is no page."""

    reason: str


def files_of(folder: Path) -> Iterator[tuple[Path, str]]:
    """The files that can be read, in order, with their names in the folder; no hidden ones."""
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.suffix.lower() in SUFFIXES and path.is_file() and "/." not in f"/{name}":
            yield path, name


def read_file(folder: str, name: str) -> HtmlPage | Unread:
    """One file as a page."""
    path = Path(folder, name)
    if name.encode(errors="replace").decode() != name:
        return Unread("its name is not UTF-8, so no address can have it")
    try:
        if not path.resolve().is_relative_to(Path(folder).resolve()):
            return Unread("a link that leads out of the folder")
        if path.stat().st_size > MAX_FILE:
            return Unread(f"larger than {MAX_FILE // 1_000_000} MB")
        page = _document(path.suffix.lower(), path.read_bytes(), folder, name)
    except OSError as error:
        return Unread(error.strerror or str(error))
    return page or Unread("no text in it")


def made_page(name: str, title: str, body: str) -> HtmlPage:
    """A page of our own making: all of it is content."""
    title = clean_line(title, 200)
    head = (
        f'<meta charset="utf-8"><meta name="generator" content="wideseek"><title>{html.escape(title)}</title>'
    )
    if "<h1>" not in body:
        body = f"<h1>{html.escape(title)}</h1>\n{body}"
    return HtmlPage(name, title, f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>")


@lru_cache(maxsize=2)
def _linked(folder: str) -> dict[str, str]:
    """The folder's HTML files by what links call them; those of one name by none."""
    found: dict[str, str] = {}
    for path, name in files_of(Path(folder)):
        if path.suffix.lower() in _HTML:
            key = link_key(name)
            found[key] = "" if key in found else name
    return {key: name for key, name in found.items() if name}


def _document(suffix: str, data: bytes, folder: str, name: str) -> HtmlPage | None:
    """None when there is no text to be had."""
    if suffix in _HTML:
        return _html_document(data, folder, name)
    title = Path(name).stem.replace("_", " ").replace("-", " ")
    if suffix == ".pdf":
        from wideseek_cli.pages.pdf import extract_pdf

        found = extract_pdf(data)
        return made_page(name, found.title or title, _markdown_html(found.text)) if found.text else None
    text = clean_text(decode(data))
    if not text.strip():
        return None
    if suffix in {".md", ".markdown"}:
        heading = re.search(r"^#[^\S\n]+(\S.*)$", text, re.MULTILINE)
        return made_page(name, clean_line(heading[1], 120) if heading else title, _markdown_html(text))
    paragraphs = [f"<p>{html.escape(p).replace(chr(10), '<br>')}</p>" for p in re.split(r"\n\s*\n", text)]
    return made_page(name, title, "\n".join(paragraphs))


def _html_document(data: bytes, folder: str, name: str) -> HtmlPage | None:
    """As it is, without pictures and scripts; the index has only what is its content."""
    from wideseek_cli.pages.elements.tree import parse
    from wideseek_cli.pages.html import read_html
    from wideseek_cli.pages.model import Grid

    source = decode(data)
    found, tree = read_html(source), parse(source).tree
    if not found.text or tree is None:
        return None
    title = clean_line(found.title or name, 200)
    heads = dict.fromkeys(heading for block in found.blocks for heading in block.headings)
    labels = (
        part for block in found.blocks if isinstance(block, Grid) for part in (block.caption, *block.labels)
    )
    keywords = " ".join(dict.fromkeys((*heads, *labels)))[:_MOST_KEYWORDS]
    return HtmlPage(name, title, lean_html(tree, title, name, _linked(folder)), found.text, keywords)


def _markdown_html(text: str) -> str:
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
