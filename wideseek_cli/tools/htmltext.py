"""HTML to Markdown without judging what matters: everything a reader would see, tables and lists kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from lxml import etree, html

from wideseek_cli.text import clean_text
from wideseek_cli.tools.flat import flatten
from wideseek_cli.tools.spans import Cell, even, spread
from wideseek_cli.tools.words import squeeze

_SKIP = {
    "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "video", "audio", "head",
    "nav", "footer", "aside", "form", "button", "select", "input", "textarea", "dialog", "math",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "figure", "figcaption", "blockquote", "address",
    "details",
    "summary", "center", "body", "html", "fieldset", "hgroup", "caption", "tbody",
    "thead", "tfoot", "tr", "td", "th",
    "ul", "ol", "dl", "dt", "dd", "li", "table", "pre", "hr", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MAX_DEPTH = 120
_MAX_SPAN = 1000  # the most that browsers take
_XML_DECLARATION = re.compile(r"\ufeff?\s*<\?xml\b[^>]*>?", re.IGNORECASE)
_LOOSE_COMMA = re.compile(r" +([,;])")  # between the boxes of a cell
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what lxml takes in no text


def parse(source: str | bytes, encoding: str | None = None) -> Any:
    """The document's tree, or None when there is none to be had.

    The parser drops what is nested too deep; such a document becomes a flat one of its text.
    """
    if isinstance(source, str) and (declaration := _XML_DECLARATION.match(source)):
        source = source[declaration.end() :]  # it speaks of bytes: lxml refuses it in a str
    parser = html.HTMLParser(encoding=encoding, no_network=True, remove_comments=True, remove_pis=True)
    try:
        tree = html.document_fromstring(source, parser=parser)
        if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
            text = source.decode(encoding or "utf-8", "replace") if isinstance(source, bytes) else source
            return html.document_fromstring(flatten(text))
    except (etree.LxmlError, ValueError, LookupError, AssertionError):
        return None
    return tree


def to_markdown(tree: Any) -> str:
    """The whole body as Markdown."""
    body = tree.find("body") if tree.tag == "html" else tree
    if body is None:
        body = tree
    text = "\n\n".join(block for block in _blocks(body, 0) if block.strip())
    return clean_text(text).strip()


def table_markdown(table: Any) -> str:
    """One table: a Markdown table, `- name: value` lines for a table of facts, or nothing."""
    rows = _grid(table)
    rows = [row for row in rows if any(row)]
    if not rows:
        return ""
    width = max(len(row) for row in rows)
    if width == 1:
        return "\n\n".join(row[0] for row in rows)
    if _is_fact_table(table, rows):
        return "\n".join(f"- {_fact(row)}" for row in rows)
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in even(rows)]
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _fact(row: list[str]) -> str:
    """A row of a table of facts; a heading over both columns stands in both."""
    name, value = row[0].rstrip(":"), row[1] if len(row) > 1 else ""
    return f"{name}: {value}" if name and value and value != row[0] else name or value


def links(tree: Any, page: str = "", limit: int = 2000) -> tuple[str, ...]:
    """The addresses that the page links to, absolute where the page's own is known, each once."""
    base = _base(tree, page) if page else ""
    found: dict[str, None] = {}
    for anchor in tree.iter("a"):
        href = clean_text(anchor.get("href") or "").strip()
        if not href or href.startswith(("#", "javascript:", "mailto:", "data:")):
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
    return base if base.startswith(("http://", "https://")) else page


def unlink(node: Any) -> None:
    """Take the links in a node off; their text stays."""
    if node.tag == "a":
        node.tag = "span"
    etree.strip_tags(node, "a")


def unwrap_lines(tree: Any) -> None:
    """Line breaks of the source, which a browser shows as blanks, made blanks; those of `<pre>` stay.

    Also drops the characters that a text may hold but not be given, so that others can work on the tree.
    """
    kept = {part for block in tree.iter("pre", "textarea") for part in block.iter()}
    for part in tree.iter():
        inside = part in kept
        if part.text and part.tag not in ("script", "style"):
            _unwrap(part, "text", inside)
        if part.tail:
            _unwrap(part, "tail", inside and part.tag not in ("pre", "textarea"))


def _unwrap(part: Any, name: str, keep_lines: bool) -> None:
    before = getattr(part, name)
    text = clean_text(before) if _UNFIT.search(before) else before
    text = text if keep_lines else text.replace("\n", " ")
    if text != before:
        setattr(part, name, text)


def inline(node: Any, depth: int = 0, *, keep_lines: bool = False) -> str:
    """The text of a node; `<br>` is a newline, a line break in the source a blank unless they are kept."""
    if depth > _MAX_DEPTH:
        return " ".join(node.itertext())
    parts = [_source_text(node.text, keep_lines)]
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _SKIP and not is_hidden(child):
            if child.tag == "br":
                parts.append("\n")
            elif child.tag in ("ul", "ol") and is_list(child):
                parts.append(f" {list_line(child, depth + 1)}")
            else:
                parts.append(inline(child, depth + 1, keep_lines=keep_lines))
            if child.tag in _BLOCKS:
                parts.append(" ")
        parts.append(_source_text(child.tail, keep_lines))
    return "".join(parts)


def is_list(node: Any) -> bool:
    """Whether a list has items, and nothing between them that would be lost."""
    loose = [node.text, *(child.tail for child in node)]
    return (
        len(node) > 0
        and all(not isinstance(child.tag, str) or child.tag == "li" for child in node)
        and not any((text or "").strip() for text in loose)
    )


def list_line(node: Any, depth: int = 0) -> str:
    """A list in one line, from which its items can still be told."""
    items = [" ".join(inline(item, depth).split()) for item in node.findall("li") if not is_hidden(item)]
    items = [item for item in items if item]
    return ("; " if any("," in item or ";" in item for item in items) else ", ").join(items)


def _source_text(text: str | None, keep_lines: bool = False) -> str:
    return (text or "") if keep_lines else (text or "").replace("\n", " ")


def _tidy(text: str) -> str:
    """Blanks as a browser would show them; newlines (from `<br>`) stay."""
    lines = [" ".join(line.split()) for line in squeeze(text).split("\n")]
    return "\n".join(line for line in lines if line)


def is_hidden(node: Any) -> bool:
    """What a reader does not see, and Wikipedia's marks for notes and editing."""
    style = (node.get("style") or "").replace(" ", "").lower()
    kind = node.get("class") or ""
    return (
        "display:none" in style
        or node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or (node.tag == "sup" and ("reference" in kind or "Inline-Template" in kind))
        or "mw-editsection" in kind
    )


def drop_marks(tree: Any) -> None:
    """Take Wikipedia's notes and their marks out, and those for editing."""
    for node in tree.xpath("//sup[@class] | //span[contains(@class, 'mw-editsection')]"):
        if is_hidden(node):
            node.drop_tree()
    for note in tree.xpath("//ol[contains(@class, 'references')]/li[starts-with(@id, 'cite_note')]"):
        note.drop_tree()


def _blocks(node: Any, depth: int) -> Iterator[str]:
    """The blocks of a container: its own loose text, and its block children, in order."""
    loose: list[str] = [_source_text(node.text)]
    for child in node:
        if isinstance(child.tag, str) and child.tag not in _SKIP and not is_hidden(child):
            if child.tag in _BLOCKS or _holds_blocks(child):
                yield _tidy("".join(loose))
                loose = []
                yield from _block(child, depth + 1)
            else:
                loose.append("\n" if child.tag == "br" else inline(child, depth + 1))
        loose.append(_source_text(child.tail))
    yield _tidy("".join(loose))


def _holds_blocks(node: Any) -> bool:
    return any(child.tag in _BLOCKS for child in node.iter() if child is not node)


def _block(node: Any, depth: int) -> Iterator[str]:
    tag = node.tag
    if depth > _MAX_DEPTH:
        yield _tidy(" ".join(node.itertext()))
    elif tag in HEADINGS:
        title = " ".join(inline(node).split())
        if title:
            yield "#" * int(tag[1]) + " " + title
    elif tag in {"ul", "ol", "dl"}:
        yield list_markdown(node, depth)
    elif tag == "table":
        yield from _table_blocks(node, depth)
    elif tag == "pre":
        yield "\n".join(line.rstrip() for line in inline(node, depth, keep_lines=True).splitlines())
    elif tag != "hr":
        yield from _blocks(node, depth)


def list_markdown(node: Any, depth: int = 0) -> str:
    """A list's lines; of a `dl`, `- term: text`."""
    return "\n".join(_definitions(node) if node.tag == "dl" else _items(node, depth))


def _items(node: Any, depth: int) -> Iterator[str]:
    number = 0
    for item in node:
        if item.tag != "li" or is_hidden(item):
            continue
        number += 1
        mark = f"{number}. " if node.tag == "ol" else "- "
        text = "\n".join(block for block in _blocks(item, depth + 1) if block.strip())
        if text:
            yield mark + text.replace("\n", "\n  ")


def _definitions(node: Any) -> Iterator[str]:
    term = ""
    for part in node.iter("dt", "dd"):
        if next(part.iterancestors("dl")) is not node:
            continue  # a list inside is in the text of its item
        text = " ".join(inline(part).split())
        if part.tag == "dt":
            term = text
        elif text:
            yield f"- {term}: {text}" if term else f"- {text}"


def _table_blocks(table: Any, depth: int) -> Iterator[str]:
    """A table of data, or (when it only lays out the page) the blocks inside its cells."""
    caption = table.find("caption")
    if caption is not None:
        yield " ".join(inline(caption).split())
    if table.find(".//table") is not None:
        for cell in table.iter("td", "th"):
            if next(cell.iterancestors("table")) is table:
                yield from _blocks(cell, depth + 1)
        return
    yield table_markdown(table)


def _span(cell: Any, name: str) -> int:
    match = re.match(r"\s*(\d{1,4})", cell.get(name) or "")
    return max(1, min(int(match.group(1)), _MAX_SPAN)) if match else 1


def has_spans(table: Any) -> bool:
    """Whether a cell of a table goes over several columns or rows."""
    return any(_span(cell, "colspan") > 1 or _span(cell, "rowspan") > 1 for cell in table.iter("td", "th"))


def _grid(table: Any) -> list[list[str]]:
    """Rows of cell texts; a cell that spans rows or columns stands in each of them."""
    lines = [[cell for cell in line if cell.tag in ("td", "th")] for line in table.iter("tr")]
    width = max((sum(_span(cell, "colspan") for cell in cells) for cells in lines), default=0)
    return spread([[_cell(cell, len(cells) == 1, width) for cell in cells] for cells in lines if cells])


def _cell(cell: Any, alone: bool, width: int) -> Cell:
    """A cell of a line. A text below a whole row (`alone`, as wide as the table) is of no column: it stands
    once."""
    text = _LOOSE_COMMA.sub(r"\1", " ".join(inline(cell).split()))
    columns, rows = _span(cell, "colspan"), _span(cell, "rowspan")
    return Cell(text, 1 if alone and cell.tag == "td" and columns >= max(width, 3) else columns, rows)


def _is_fact_table(table: Any, rows: list[list[str]]) -> bool:
    """An infobox: most rows are one heading cell and one value."""
    lines = [[cell.tag for cell in line if cell.tag in ("td", "th")] for line in table.iter("tr")]
    pairs = sum(tags == ["th", "td"] for tags in lines)
    return pairs >= 2 and pairs * 3 >= len(rows) * 2 and max(len(row) for row in rows) <= 2
