"""A page's bytes or text to a tree, in time linear in its length; and what its head says."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin

from lxml import etree, html

from wideseek_cli.core.text import clean_text
from wideseek_cli.pages.elements.flat import flatten

MOST_TAGS = 250_000
_LONGEST_TAG, _MOST_ATTRIBUTES = 10_000, 500
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml\b[^>]{0,1000}>?", re.IGNORECASE)
_TAG = re.compile("<(?=[a-zA-Z])")
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]|&#"
)  # what lxml takes in no text
_LONGEST_LINK = 4096  # characters: longer ones are not followed
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PUBLISHED = re.compile(r'"date(?:Published|Modified)"\s{0,9}:\s{0,9}"(\d{4}-\d{2}-\d{2})')
_DATE_NAMES = {
    "article:published_time", "article:modified_time", "datepublished", "date", "dc.date", "pubdate",
}  # fmt: skip


class Parsed(NamedTuple):
    """A page's tree, None where there is none to be had; whether the page was cut before."""

    tree: Any
    cut: bool = False


def parse(source: str | bytes, encoding: str | None = None) -> Parsed:
    """The document's tree. The parser drops what is nested too deep: then it is a flat one of its text."""
    if isinstance(source, bytes):
        source = source.decode(encoding or "utf-8", "replace")
    if declaration := _XML_DECLARATION.match(source):
        source = source[declaration.end() :]  # it speaks of bytes: lxml refuses it in a str
    source, cut = _fewer_tags(_plain_tags(source))
    parser = html.HTMLParser(no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source, parser=parser)
        if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            tree = html.document_fromstring(flatten(source))
    except (etree.LxmlError, ValueError, LookupError, AssertionError):
        return Parsed(None)
    if _UNFIT.search(source):
        _clean(tree)
    return Parsed(tree, cut)


def _fewer_tags(source: str) -> tuple[str, bool]:
    """The page up to the last tag that is read."""
    if source.count("<") <= MOST_TAGS:
        return source, False
    at = next(islice(re.finditer("<", source), MOST_TAGS, None)).start()
    return source[:at], True


def _plain_tags(source: str) -> str:
    """Tags with attributes by the thousand lose them: the parser compares each with each."""
    if len(source) < _LONGEST_TAG:
        return source
    parts = source.split(">")
    if max(map(len, parts)) < _LONGEST_TAG:
        return source
    for at, part in enumerate(parts):
        if len(part) >= _LONGEST_TAG and (tag := _TAG.search(part)):
            inside = part[tag.end() :]
            if len(inside.split(None, _MOST_ATTRIBUTES)) > _MOST_ATTRIBUTES or inside.count("=") > 4000:
                parts[at] = part[: tag.end()] + (inside.split(None, 1) or [""])[0][:40]
    return ">".join(parts)


def _clean(tree: Any) -> None:
    """Drop the characters that a text may hold but not be given, so that others can work on the tree."""
    for node in tree.iter():
        for part in ("text", "tail"):
            before = getattr(node, part)
            if before and (after := clean_text(before)) != before:
                setattr(node, part, after)


def take_out(tree: Any, elements: Iterable[Any]) -> None:
    """Remove elements, not the text after them: all at once, as each alone would copy the text around it."""
    for element in elements:
        element.tag = "taken"
    etree.strip_elements(tree, "taken", with_tail=False)


def links(tree: Any, page: str = "", limit: int = 2000) -> tuple[str, ...]:
    """The addresses that the page links to, absolute where the page's own is known, each once."""
    base = _base(tree, page) if page else ""
    found: dict[str, None] = {}
    for anchor in tree.iter("a"):
        href = clean_text(anchor.get("href") or "").strip()
        if not href or len(href) > _LONGEST_LINK or href.startswith(("#", "javascript:", "mailto:", "data:")):
            continue
        try:
            found[urljoin(base, href) if base else href] = None
        except ValueError:
            continue
        if len(found) >= limit:
            break
    return tuple(found)


def _base(tree: Any, page: str) -> str:
    """What the page's relative links start from: the page, or what its `<base>` says."""
    declared = tree.find(".//base[@href]")
    if declared is None:
        return page
    try:
        base = urljoin(page, clean_text(declared.get("href")).strip())
    except ValueError:
        return page
    return base if base.startswith(("http://", "https://")) and len(base) <= _LONGEST_LINK else page


def date_of(tree: Any) -> str:
    """The day the page says it was published or changed, where it says so in so many words."""
    for meta in tree.iterfind(".//meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name in _DATE_NAMES and (match := _DAY.match(meta.get("content") or "")):
            return match.group()
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        if match := _PUBLISHED.search(script.text or ""):
            return match.group(1)
    for mark in tree.iterfind(".//time"):
        if match := _DAY.match(mark.get("datetime") or ""):
            return match.group()
    return ""


def language_of(tree: Any) -> str:
    """The language that the page declares, two or three letters."""
    return clean_text(tree.get("lang") or "")[:12].split("-")[0].lower()


def is_made_by_us(tree: Any) -> bool:
    """Pages of our own corpora are all content: nothing to guess."""
    return any(
        meta.get("name") == "generator" and meta.get("content") == "wideseek"
        for meta in tree.iterfind(".//meta")
    )
