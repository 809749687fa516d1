"""The structure of an HTML page: its grids and fields, read from the tree once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from wideseek_cli.pages.cells import Hidden, text_of
from wideseek_cli.pages.grids import read_table
from wideseek_cli.pages.model import Block, Field, FieldOrigin, Headings
from wideseek_cli.text import clean_line

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_AROUND = {"nav", "footer", "script", "style", "noscript", "template", "form", "head", "svg", "iframe"}
_BOXES = {"p", "li", "div", "span", "td", "dd", "h2", "h3", "h4", "h5", "h6", "strong", "b"}
_LINE = re.compile(r"^([^\W\d_][^:\n]{0,39}?)\s*[:：]\s*(\S[^\n]{0,300})$")
_BYLINE = re.compile(r"^by[:\s]\s*(\S.{1,120})$", re.IGNORECASE)
_BY = re.compile(r"^by:?\s+", re.IGNORECASE)
_INLINE = ("span", "strong", "b")
_MOST_BLOCKS, _MOST_LABEL, _MOST_VALUE = 3_000, 60, 400
_MOST_ELEMENTS = 200_000
_NAMING = re.compile(r"(?:^|[-_])([a-z]{3,20})$")


def read_structure(tree: Any) -> tuple[Block, ...]:
    """All grids and fields that a reader sees, with the headings over them."""
    walk = _Walk(Hidden(tree))
    walk.fields_declared(tree)
    body = tree.find("body") if tree.tag == "html" else tree
    walk.visit(tree if body is None else body, 0)
    return tuple(walk.blocks)


class _Walk:
    """One walk over the tree, in the page's order."""

    def __init__(self, hidden: Hidden) -> None:
        self.hidden = hidden
        self.blocks: list[Block] = []
        self._open: list[tuple[int, str]] = []
        self._left = _MOST_ELEMENTS

    @property
    def headings(self) -> Headings:
        return tuple(text for _, text in self._open)

    def visit(self, node: Any, depth: int) -> None:
        """Take an element, or look at what is in it."""
        self._left -= 1
        if depth > 200 or self._left < 0 or len(self.blocks) >= _MOST_BLOCKS:
            return
        tag = node.tag
        if not isinstance(tag, str) or tag in _AROUND or self.hidden.hides(node):
            return
        if tag in _HEADINGS:
            self._hear(node, int(tag[1]))
        elif tag == "table":
            self._table(node, depth)
            return
        elif tag == "dl":
            self._definitions(node)
        if tag in _BOXES:
            self._named(node)
            self._lines(node)
        for child in node:
            self.visit(child, depth + 1)

    def _hear(self, node: Any, level: int) -> None:
        text = clean_line(text_of(node, self.hidden), 200)
        text = re.sub(r"\s*\[\s*edit\s*\]$", "", text)
        while self._open and self._open[-1][0] >= level:
            self._open.pop()
        if text:
            self._open.append((level, text))

    def _table(self, node: Any, depth: int) -> None:
        if node.find(".//table") is None:
            found = read_table(node, self.hidden, self.headings)
            if found is not None:
                self.blocks.extend(found)
                return
        for child in node:  # it lays out the page
            self.visit(child, depth + 1)

    def _definitions(self, node: Any) -> None:
        label = ""
        for part in node:
            if part.tag == "dt":
                label = clean_line(text_of(part, self.hidden), _MOST_LABEL).rstrip(":")
            elif part.tag == "dd" and label:
                self._field(label, text_of(part, self.hidden), FieldOrigin.LIST)

    def _lines(self, node: Any) -> None:
        """`Label: value` in an element's own lines; an element that holds boxes is looked at box by box."""
        if node.tag in _INLINE or (_holds_boxes(node) and not any(child.tag == "br" for child in node)):
            return
        for line in text_of(node, self.hidden).split("\n")[:60]:
            if match := _LINE.match(line):
                self._field(match[1], match[2], FieldOrigin.LINE)
            elif match := _BYLINE.match(line):
                self._field("by", match[1], FieldOrigin.LINE)

    def _named(self, node: Any) -> None:
        """What markup names: microdata, or a class that ends with the field's name."""
        name = node.get("itemprop") or ""
        if not name:
            found = [
                match[1]
                for part in (node.get("class") or "").lower().split()
                if (match := _NAMING.search(part))
            ]
            name = found[-1] if len(found) == 1 else ""
        if name and (text := text_of(node, self.hidden)) and len(text) <= 160 and "\n" not in text:
            self._field(name, node.get("content") or text, FieldOrigin.DECLARED)

    def fields_declared(self, tree: Any) -> None:
        """JSON-LD, and what meta elements say of the thing that the page is about."""
        for script in tree.iterfind('.//script[@type="application/ld+json"]'):
            try:
                loaded = json.loads((script.text or "")[:500_000])
            except (ValueError, RecursionError):
                continue
            for label, value in _declared(loaded, 0):
                self._field(label, value, FieldOrigin.DECLARED)

    def _field(self, label: str, value: str, origin: FieldOrigin) -> None:
        label = clean_line(label, _MOST_LABEL)
        value = _BY.sub("", value.strip())[:_MOST_VALUE]
        if label and value and len(self.blocks) < _MOST_BLOCKS:
            self.blocks.append(Field(label, value, self.headings, "", origin))


def _holds_boxes(node: Any) -> bool:
    return any(c.tag in _BOXES and c.tag not in _INLINE for c in node.iter() if c is not node)


def _declared(thing: Any, depth: int) -> Iterator[tuple[str, str]]:
    """The plain facts of a JSON-LD object; of an object in it, its name."""
    if isinstance(thing, list):
        for item in thing[:20]:
            yield from _declared(item, depth)
    elif isinstance(thing, dict) and depth < 3:
        yield from _declared(thing.get("@graph"), depth + 1)
        for key, value in list(thing.items())[:60]:
            if isinstance(value, dict):
                value = value.get("name")
            if isinstance(value, list):
                value = ", ".join(str(v.get("name") if isinstance(v, dict) else v) for v in value[:12])
            if isinstance(value, (str, int, float)) and not key.startswith("@") and str(value).strip():
                yield re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key), str(value)
