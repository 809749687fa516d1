"""A body and its type to a page's content. Pure; burns CPU, so it is called off the event loop."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from html import unescape
from urllib.parse import unquote, urlsplit

from wideseek_cli.core.findings import PageStatus
from wideseek_cli.core.text import clean_line, clean_text
from wideseek_cli.pages.model import MOST_TEXT
from wideseek_cli.sources.fetch import walls
from wideseek_cli.sources.fetch.body import decode, looks_binary

_HTML = {"text/html", "application/xhtml+xml"}
_PLAIN = ("text/", "application/json", "application/ld+json", "application/xml", "application/yaml")
_UNKNOWN = {"", "application/octet-stream", "binary/octet-stream", "application/unknown"}
_SIGNPOST = 400  # characters
_REFRESH = re.compile(
    r"<meta[^>]{0,100}http-equiv\s*=\s*[\"']?refresh\b[^>]{0,100}content\s*=\s{0,9}[\"']?\s{0,9}[0-5]\s*;"
    r"\s*url\s*=\s{0,9}['\"]?([^\"'>\s]{1,2000})",
    re.IGNORECASE,
)
_MAX_HTML = 8_000_000  # a tree takes ten times as much memory
_CUT = f"(The page is longer; its first {_MAX_HTML // 1_000_000} MB were read.)"
_NOT_ALL = "(The page is larger than is read; what stands further down was left out.)"
_CUT_TEXT = "(The page is longer; its first million characters were kept.)"


@dataclass(frozen=True)
class Content:
    """What was in a body. When `status` is not PAGE, `text` is empty and `reason` says why."""

    status: PageStatus
    title: str = ""
    text: str = ""
    reason: str = ""
    language: str = ""
    date: str = ""
    kind: str = ""
    links: tuple[str, ...] = field(default=())
    structure: str = ""  # the blocks of `text`, as `pages.codec` writes them
    refresh: str = ""  # where the page sends browsers on to, when it is but a signpost


def read_content(data: bytes, content_type: str, url: str, final_url: str) -> Content:
    """The content of an answer by its declared type, or by its looks where that is wrong or missing."""
    declared, _, rest = content_type.lower().partition(";")
    kind, charset = clean_line(declared, 80), _charset(rest)
    if data.startswith(b"%PDF-"):
        return _pdf(data, final_url)
    if kind in _HTML or _looks_like_html(data, kind):
        if looks_binary(data):
            return Content(PageStatus.UNSUPPORTED, reason="The page's bytes are not text.", kind=kind)
        content = _html(decode(data[:_MAX_HTML], charset), url, final_url)
        if len(data) > _MAX_HTML and content.text:
            return replace(content, text=f"{content.text.removesuffix(_NOT_ALL).rstrip()}\n\n{_CUT}")
        return content
    if kind == "application/pdf":
        return Content(PageStatus.UNSUPPORTED, reason="The file says that it is a PDF and is not.", kind=kind)
    if (kind.startswith(_PLAIN) or kind.endswith(("+json", "+xml")) or kind in _UNKNOWN) and not looks_binary(
        data
    ):
        return _plain(decode(data, charset), kind or "text/plain", final_url)
    return Content(
        PageStatus.UNSUPPORTED, reason=f"Files of type {kind or 'unknown'} are not read.", kind=kind
    )


def warm_up() -> None:
    """Load what reading pages needs."""
    read_content(b"<html><title>t</title><body><p>Some text.</p></body></html>", "text/html", "", "http://a/")


def _charset(parameters: str) -> str:
    for part in parameters.split(";"):
        name, _, value = part.partition("=")
        if name.strip() == "charset":
            return value.strip().strip("\"'")
    return ""


def _looks_like_html(data: bytes, kind: str) -> bool:
    head = data[:1000].lstrip().lower()
    tells = head.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in head[:300]
    return tells and (kind in _UNKNOWN or kind.startswith(("text/", "application/xml", "application/json")))


def _html(source: str, url: str, final_url: str) -> Content:
    from wideseek_cli.pages.codec import to_text
    from wideseek_cli.pages.html import read_html

    found = read_html(source, final_url)
    if len(found.text) < _SIGNPOST and (sent := _REFRESH.search(source[:10_000])):
        return Content(
            PageStatus.EMPTY, found.title, reason="The page only redirects.", refresh=unescape(sent[1])
        )
    if verdict := walls.by_content(source, found.text, found.title, url, final_url):
        return Content(verdict[0], found.title, reason=verdict[1], kind="text/html")
    return Content(
        PageStatus.PAGE,
        found.title or _name(final_url),
        _bounded(f"{found.text}\n\n{_NOT_ALL}" if found.cut else found.text),
        language=found.language,
        date=found.date,
        kind="text/html",
        links=found.links,
        structure=to_text(found.blocks) if len(found.text) <= MOST_TEXT else "",
    )


def _pdf(data: bytes, url: str) -> Content:
    from wideseek_cli.pages.pdf import extract_pdf

    found = extract_pdf(data)
    if not found.text:
        reason = f"{found.problem[:1].upper()}{found.problem[1:]}."
        status = PageStatus.EMPTY if "no text" in found.problem else PageStatus.UNSUPPORTED
        return Content(status, found.title, reason=reason, kind="application/pdf")
    text = (
        f"{found.text}\n\n({found.problem[:1].upper()}{found.problem[1:]}.)" if found.problem else found.text
    )
    return Content(PageStatus.PAGE, found.title or _name(url), text, kind="application/pdf")


def _plain(text: str, kind: str, url: str) -> Content:
    """Text, CSV and JSON as they are."""
    cleaned = _bounded(clean_text(text).strip())
    if not cleaned:
        return Content(PageStatus.EMPTY, reason="The page has no text.", kind=kind)
    if verdict := walls.by_content("", cleaned, "", url, url):
        return Content(verdict[0], reason=verdict[1], kind=kind)
    return Content(PageStatus.PAGE, _name(url), cleaned, kind=kind)


def _bounded(text: str) -> str:
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n\n{_CUT_TEXT}"


def _name(url: str) -> str:
    """A title for what has none: the last part of its address."""
    parts = urlsplit(url)
    return clean_line(unquote(parts.path.rstrip("/").rsplit("/", 1)[-1]) or parts.netloc, 120)
