"""HTML to the text worth reading: trafilatura for the main content, our own tables and facts beside it."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from wideseek_cli.pages.codec import to_text
from wideseek_cli.pages.html import read_structure
from wideseek_cli.text import clean_line, clean_text
from wideseek_cli.tools import htmltext
from wideseek_cli.tools.lists import ContentList, free_lists
from wideseek_cli.tools.superscripts import flatten_superscripts
from wideseek_cli.tools.tables import data_tables, level

_DATE_NAMES = {
    "article:published_time",
    "article:modified_time",
    "datepublished",
    "date",
    "dc.date",
    "pubdate",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PUBLISHED = re.compile(r'"date(?:Published|Modified)"\s*:\s*"(\d{4}-\d{2}-\d{2})')
_MAX_ELEMENTS = 30_000  # beyond, judging what is main text takes many seconds
_MAX_FACTS = 40
_MAX_TABLES = 60
_WIDE = re.compile(r"\|(?:[^\n|]*\|){3}")
_SAMPLE = 40  # rows: each is looked for in the whole text
_SKIPPED_FACTS = {
    "@context", "@id", "@graph", "url", "image", "logo", "sameAs", "mainEntityOfPage", "potentialAction",
    "thumbnailUrl", "articleBody", "contentUrl", "embedUrl", "inLanguage", "isAccessibleForFree",
    "breadcrumb",
}  # fmt: skip


@dataclass(frozen=True)
class Extracted:
    """A page's content. `text` is Markdown and may be empty."""

    title: str = ""
    text: str = ""
    language: str = ""
    date: str = ""
    links: tuple[str, ...] = field(default=())
    structure: str = ""  # grids and fields, as `pages.codec` writes them


def extract_html(source: str | bytes, url: str = "", encoding: str | None = None) -> Extracted:
    """The title, main text, tables and facts of an HTML page; never raises on bad HTML."""
    tree = htmltext.parse(source, encoding)
    if tree is None:
        return Extracted()
    title = _title(tree)
    language = clean_text(tree.get("lang") or "")[:12].split("-")[0].lower()
    links = htmltext.links(tree, url if url.startswith("http") else "")
    structure = to_text(read_structure(tree))
    if _made_by_us(tree):
        return Extracted(title, htmltext.to_markdown(tree), language, "", links, structure)
    date, facts = _date(tree), list(_json_ld_facts(tree))
    text = _content(tree, url)
    if facts and text:
        text += "\n\n## Facts the page declares\n\n" + "\n".join(facts)
    return Extracted(title, clean_text(text).strip(), language, date, links, structure)


def _content(tree: Any, url: str) -> str:
    """The main text with all tables of data; of very large pages simply everything."""
    if sum(1 for _ in islice(tree.iter(), _MAX_ELEMENTS + 1)) > _MAX_ELEMENTS:
        return htmltext.to_markdown(tree)
    htmltext.unwrap_lines(tree)
    htmltext.drop_marks(tree)
    flatten_superscripts(tree)
    tables, merged = [], []
    for table in list(data_tables(tree)):
        level(table)
        if written := htmltext.table_markdown(table):
            tables.append(written)
            if written[:1] == "-" or (_WIDE.match(written) and htmltext.has_spans(table)):
                merged.append(written)
    lists = free_lists(tree)
    text = _main_text(tree, url)
    if not text:
        return htmltext.to_markdown(tree)
    return _with_missing_tables(
        _with_missing_lists(_with_whole_tables(text, merged), lists), tables[:_MAX_TABLES]
    )


def _title(tree: Any) -> str:
    found = tree.find(".//title")
    title = clean_line(htmltext.inline(found), 300) if found is not None else ""
    if title:
        return title
    heading = tree.find(".//h1")
    return clean_line(htmltext.inline(heading), 300) if heading is not None else ""


def _made_by_us(tree: Any) -> bool:
    """Pages of our own corpora are all content: nothing to guess."""
    return any(
        meta.get("name") == "generator" and meta.get("content") == "wideseek"
        for meta in tree.iterfind(".//meta")
    )


def _date(tree: Any) -> str:
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


def _main_text(tree: Any, url: str) -> str:
    """Markdown by trafilatura; empty where it finds nothing or trips."""
    import trafilatura

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    try:
        text = trafilatura.extract(
            tree,
            url=url or None,
            output_format="markdown",
            include_comments=False,
            include_formatting=True,
            favor_recall=True,
        )
    except Exception as error:
        # trafilatura has no error type of its own: whatever broken HTML made it trip, our own text is used
        logging.getLogger(__name__).debug("trafilatura failed on %s: %r", url, error)
        return ""
    return _plain(text or "")


def _plain(text: str) -> str:
    """Marks and escapes of Markdown taken off: a quote must stand in the text as the reader saw it."""
    text = re.sub(r"(?<!\\)\*\*(?=\S)([^*\n]+?)(?<=[^\s\\])\*\*", r"\1", text)
    text = re.sub(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]+?)(?<=[^\s\\])\*(?![\w*])", r"\1", text)
    text = re.sub(r"(?<![`\\])`([^`\n]+)(?<!\\)`(?!`)", r"\1", text)
    text = re.sub(r"(?<!\\)</?(?:sup|sub|u|s|del)>", "", text)
    text = re.sub(r"(?m)^((?:[- ]|\d+\. )*)\\([>+-])", r"\1\2", text)
    text = re.sub(r"(?m)^((?:[- ]|\d+\. )*\d{1,9})\\([.)])", r"\1\2", text)
    text = re.sub(r"(\\*)\\([*_`~<\[\]])", lambda run: "\\" * (len(run[1]) // 2) + run[2], text)
    return re.sub(r"\n{3,}", "\n\n", text)


def _with_whole_tables(text: str, tables: list[str]) -> str:
    """Tables as we write them, where trafilatura lets cells slip under other headers (merged cells), or makes
    headers of facts."""
    if not tables:
        return text
    whole: dict[frozenset[str], str] = {}
    for table in tables:
        key = _cells(table)
        whole[key] = "" if whole.get(key, table) != table else table  # two with the same cells: which is it?
    blocks = text.split("\n\n")
    return "\n\n".join((block[:1] == "|" and _like(_cells(block), whole)) or block for block in blocks)


def _like(cells: frozenset[str], tables: dict[frozenset[str], str]) -> str:
    """The table with these cells; of facts, one that has nearly all of them."""
    if cells in tables:
        return tables[cells]
    near = [
        table
        for key, table in islice(tables.items(), _MAX_TABLES)
        if table[:1] == "-" and len(key & cells) * 5 >= max(len(key), len(cells)) * 4
    ]
    return near[0] if len(near) == 1 else ""


def _cells(table: str) -> frozenset[str]:
    """What stands in the cells of a table."""
    return frozenset(_letters(cell) for cell in re.split(r"[|\n]|(?<=\w): ", table))


def _with_missing_tables(text: str, tables: list[str]) -> str:
    """Put back, at the end, the tables that the main-content filter threw away."""
    present = _letters(text)
    lost = [table for table in tables if not _is_present(table, present)]
    return "\n\n".join([text, *lost]) if lost else text


def _with_missing_lists(text: str, lists: list[ContentList]) -> str:
    """Put back, under their headings, the lists of content that are still missing."""
    present = _letters(text)
    for found in lists:
        if not _is_present(found.text, present):
            text = _under_heading(text, found)
            present += _letters(found.text)
    return text


def _under_heading(text: str, found: ContentList) -> str:
    """A list where its heading's section ends; at the end of the text when the heading is not there."""
    blocks = text.split("\n\n")
    titles = [_heading_of(block) for block in blocks]
    start = titles.index(found.heading) if found.heading in titles and found.heading else -1
    if start < 0:
        return "\n\n".join([text, *([f"## {found.heading}"] if found.heading else []), found.text])
    end = next((at for at in range(start + 1, len(blocks)) if titles[at]), len(blocks))
    return "\n\n".join([*blocks[:end], found.text, *blocks[end:]])


def _heading_of(block: str) -> str:
    return block.lstrip("#").strip() if block.startswith("#") else ""


def _is_present(table: str, present: str) -> bool:
    """Whether most rows of a table or a list stand in the text, of a long one those of a sample."""
    lines = [line for line in table.split("\n") if not line.startswith("| ---")]
    rows = [row for line in lines[:: len(lines) // _SAMPLE + 1] if (row := _letters(line))]
    return sum(row in present for row in rows) * 2 > len(rows)


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _json_ld_facts(tree: Any) -> Iterator[str]:
    """Lines `- key: value` for the plain facts in a page's JSON-LD."""
    count = 0
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        try:
            loaded = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for thing in _things(loaded):
            for line in _fact_lines(thing, "", 0):
                if count == _MAX_FACTS:
                    return
                count += 1
                yield line


def _things(loaded: Any) -> Iterator[dict[str, Any]]:
    if isinstance(loaded, list):
        for item in loaded[:20]:
            yield from _things(item)
    elif isinstance(loaded, dict):
        graph = loaded.get("@graph")
        if isinstance(graph, list):
            yield from (item for item in graph[:20] if isinstance(item, dict))
        yield loaded


def _fact_lines(thing: dict[str, Any], prefix: str, depth: int) -> Iterator[str]:
    for key, value in thing.items():
        if not isinstance(key, str) or key in _SKIPPED_FACTS or (key == "@type" and depth):
            continue
        name = f"{prefix}{key.lstrip('@')}"
        if isinstance(value, (str, int, float)) and str(value).strip():
            yield f"- {name}: {clean_line(str(value), 200)}"
        elif isinstance(value, list) and value and all(isinstance(v, (str, int, float)) for v in value):
            yield f"- {name}: {clean_line(', '.join(map(str, value[:12])), 200)}"
        elif isinstance(value, dict) and depth < 2:
            yield from _fact_lines(value, f"{name} ", depth + 1)
