"""What a page declares about the thing it is about: JSON-LD and meta elements."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from wideseek_cli.core.text import clean_line

_MOST_FACTS = 60
_MOST_JSON = 500_000  # characters of a script
_MOST_VALUE = 400
_SKIPPED = {
    "@context", "@id", "@graph", "url", "image", "logo", "sameAs", "mainEntityOfPage", "potentialAction",
    "thumbnailUrl", "articleBody", "contentUrl", "embedUrl", "inLanguage", "isAccessibleForFree",
    "breadcrumb", "itemListElement", "publishingPrinciples", "review", "comment",
}  # fmt: skip
# Types that speak of the site, and those that speak of a text.
_SITE = {
    "WebSite",
    "BreadcrumbList",
    "Organization",
    "SearchAction",
    "WebPage",
    "ImageObject",
    "SiteNavigationElement",
}
_ARTICLE = re.compile(r"\w*(?:Article|Posting|Report)")
_META = re.compile(
    r"(?:og:)?(?:product|book|books|music|video|citation|dc|dcterms|place|profile)[:._](\w[\w.:-]{0,40})"
)


class Declared(NamedTuple):
    """Labels and values, and whether the page calls itself an article."""

    facts: tuple[tuple[str, str], ...]
    article: bool


def declared(tree: Any) -> Declared:
    """What the page says of itself where readers do not see it."""
    facts: dict[tuple[str, str], None] = {}
    article = False
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        try:
            loaded = json.loads((script.text or "")[:_MOST_JSON])
        except (ValueError, RecursionError):
            continue
        for thing in _things(loaded):
            kinds = thing.get("@type")
            kinds = {str(kind) for kind in (kinds if isinstance(kinds, list) else [kinds])}
            article = article or any(map(_ARTICLE.fullmatch, kinds))
            if not kinds & _SITE:
                facts.update(dict.fromkeys(islice(_facts(thing, "", 0), _MOST_FACTS)))
    for meta in islice(tree.iterfind(".//meta"), 400):
        name, value = (meta.get("property") or meta.get("name") or "").lower(), meta.get("content") or ""
        if name == "og:type" and value.strip().lower() in ("article", "news", "blog"):
            article = True
        elif (match := _META.fullmatch(name)) and value.strip():
            facts[_words(match[1]), clean_line(value, _MOST_VALUE)] = None
    return Declared(tuple(islice(facts, _MOST_FACTS)), article)


def _things(loaded: Any) -> Iterator[dict[str, Any]]:
    if isinstance(loaded, list):
        for item in loaded[:20]:
            if isinstance(item, dict):
                yield from _things(item)
    elif isinstance(loaded, dict):
        graph = loaded.get("@graph")
        if isinstance(graph, list):
            yield from (item for item in graph[:20] if isinstance(item, dict))
        yield loaded


def _facts(thing: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    """The plain facts of an object; of an object in it that has a name, the name."""
    for key, value in islice(thing.items(), _MOST_FACTS):
        if not isinstance(key, str) or key in _SKIPPED or key.startswith("@"):
            continue
        label = prefix + _words(key)
        if isinstance(value, list):
            names = [_plain(item) for item in value[:12]]
            value = ", ".join(names) if all(names) else next((v for v in value if isinstance(v, dict)), "")
        if text := _plain(value):
            yield label, clean_line(text, _MOST_VALUE)
        if isinstance(value, dict) and depth < 2:
            inside = {name: part for name, part in value.items() if name != "name" or not _plain(value)}
            yield from _facts(inside, f"{label} ", depth + 1)


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    return str(value).strip() if isinstance(value, (str, int, float)) else ""


def _words(key: str) -> str:
    """`datePublished` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[._:-]", " ", key[:60]).lower().strip()
