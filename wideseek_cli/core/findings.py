"""What searching and reading bring home: plain data that tools make and everyone else reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True)
class Hit:
    """One search result. `engine` names who answered, e.g. `ddgs:brave` or `zim:factbook`."""

    url: str
    title: str
    snippet: str
    engine: str


@dataclass(frozen=True)
class SearchResult:
    """All hits of one query; `remembered` when this run had asked it before."""

    query: str
    hits: tuple[Hit, ...]
    engine: str
    remembered: bool = False
    note: str = ""  # e.g. "answered by mojeek after duckduckgo was rate limited"


class PageStatus(str, Enum):
    """How fetching a page ended."""

    PAGE = "page"
    EMPTY = "empty"
    BLOCKED = "blocked"
    GONE = "gone"
    TOO_LARGE = "too_large"
    UNSUPPORTED = "unsupported"
    TIMEOUT = "timeout"
    REFUSED = "refused"


@dataclass(frozen=True)
class Page:
    """A fetched and cleaned page; when `status` is not PAGE, `text` is empty and `reason` is one sentence."""

    url: str  # as asked for
    final_url: str
    status: PageStatus
    title: str = ""
    text: str = ""  # Markdown: headings, lists and tables kept
    reason: str = ""
    fetched_at: str = ""  # ISO 8601, UTC
    language: str = ""
    date: str = ""
    content_type: str = ""
    links: tuple[str, ...] = field(default=())
    cached: bool = False
    structure: str = ""  # the blocks of `text`, as `pages.codec` writes them
    passing: bool = False  # a failure that may be over soon


@dataclass(frozen=True)
class Passage:
    """A piece of a page with its place in `Page.text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """What a reader made of a page for one need. `passages` is empty when a model summarised."""

    text: str
    passages: tuple[Passage, ...] = ()
