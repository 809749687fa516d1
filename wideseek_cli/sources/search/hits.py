"""Rows of a search API to hits."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from wideseek_cli.core.findings import Hit
from wideseek_cli.core.text import clean_line

_TAG = re.compile(r"</?(?:strong|b|em|mark|span)[^>]{0,100}>", re.IGNORECASE)


def hits_from(rows: Any, names: tuple[str, str, str], engine: str, count: int) -> tuple[Hit, ...]:
    """Hits of rows whose address, title and snippet have these names; odd rows are passed over."""
    url_name, title_name, text_name = names
    found: dict[str, Hit] = {}
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, Mapping):
            continue
        url = clean_line(_text(row, url_name), 2000)
        if url.startswith(("http://", "https://")):
            title = clean_line(_plain(_text(row, title_name)), 300)
            snippet = clean_line(_plain(_text(row, text_name)), 1000)
            found.setdefault(url, Hit(url, title or url, snippet, engine))
        if len(found) == count:
            break
    return tuple(found.values())


def _plain(text: str) -> str:
    """Without the marks and entities that some of them answer with."""
    return html.unescape(_TAG.sub("", text))


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
