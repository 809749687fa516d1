"""One walk over a page's tree, in its order: headings, lines of text, items, fields, grids."""

from __future__ import annotations

import re
from collections.abc import Set
from itertools import islice
from typing import Any

from wideseek_cli.core.text import clean_text
from wideseek_cli.pages.elements import menus
from wideseek_cli.pages.elements.cells import SKIPPED, one_line, raised, text_of, tidy
from wideseek_cli.pages.elements.grids import read_table
from wideseek_cli.pages.elements.maintext import Place
from wideseek_cli.pages.elements.style import Hidden
from wideseek_cli.pages.labels import split_label
from wideseek_cli.pages.model import Field, FieldOrigin
from wideseek_cli.pages.pieces import Kind, Piece

_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "figure", "figcaption", "blockquote", "address",
    "details", "summary", "center", "body", "html", "fieldset", "legend", "hgroup", "caption", "tbody",
    "thead", "tfoot", "tr", "td", "th", "dl", "dt", "dd", "nav", "footer", "aside", "form", "dialog",
    "menu", "option",
}  # fmt: skip
_AROUND = {"nav", "footer", "aside", "dialog", "menu"}
_LISTS = {"ul", "ol", "menu", "dir"}
_BYLINE = re.compile(r"by[:\s]\s?((?-i:[^\W\d_a-z])[^|•·]{1,118})", re.IGNORECASE)
_BY = re.compile(r"by:?\s+", re.IGNORECASE)
_NAMING = re.compile(r"(?:[a-z0-9]{1,20}[-_]){0,3}([a-z]{3,20})")
_NOT_NAMING = {
    "wrapper", "container", "content", "item", "items", "row", "col", "inner", "outer", "box", "block",
    "body", "header", "footer", "link", "links", "list", "text", "left", "right", "top", "bottom", "clear",
    "small", "large", "heading", "section", "main", "primary", "wrap", "group", "holder", "area", "bar",
    "icon", "button", "label",
}  # fmt: skip
_MAX_DEPTH = 240
_MOST_DEPTH_SHOWN = 8  # of lists in lists
_MOST_NAMED, _LONGEST_NAMED, _MOST_PARTS = 400, 160, 8
_LONGEST_DEFINITION = 1_500
_LONGEST_BYLINE = 120
_LONG_LINE = 60  # characters of a line that was wrapped


class Walk:
    """Collects pieces; text between two blocks is one paragraph, as in a browser."""

    def __init__(self, hidden: Hidden, lists: Set[Any], *, from_markdown: bool = False) -> None:
        self.pieces: list[Piece] = []
        self.places: list[Place] = []
        self.grids: list[Any] = []  # the elements that became grids or fields
        self.cut = False
        self._hidden, self._lists, self._from_markdown = hidden, lists, from_markdown
        self._parts: list[str] = []
        self._first: Place | None = None
        self._heading = 0
        self._around = self._beside = self._content = 0
        self._items: list[tuple[str, str]] = []  # of the lists that we are in: mark of the item, its label
        self._listings: list[int] = []
        self._last_listing = 0
        self._fresh_item = False
        self._named: list[Field] = []
        self._kept = False
        self._count_named = 0

    def visit(self, node: Any, depth: int = 0) -> None:
        """An element and what is in it; not the text after it."""
        tag = node.tag
        if tag == "br" or tag == "hr":
            self._parts.append("\n")
            return
        if not isinstance(tag, str) or tag in SKIPPED or self._hidden.hides(node):
            return
        if depth > _MAX_DEPTH:
            self._text(node, "text", " ".join(node.itertext()))
            return
        if tag == "sup" or tag == "sub":
            if text := raised(node, self._parts):
                self._first = self._first or _first_text(node)
                self._parts.append(text)
            return
        around, content = _is_around(node), node in self._lists
        self._around += around
        self._content += content
        self._open(node, tag, depth)
        self._around -= around
        self._content -= content

    def _open(self, node: Any, tag: str, depth: int) -> None:
        if tag in _HEADINGS:
            self.flush()
            self._heading = _HEADINGS[tag]
            self._name(node)
            known = len(self.pieces)
            self._inside(node, depth)
            self.flush()
            self._heading = 0
            away = node.find(".//a[@href]") is not None or node.getparent().tag == "a"
            for piece in self.pieces[known:]:
                piece.leads_away = away or menus.is_heading_of_links(piece.text)
        elif tag == "table":
            self._table(node, depth)
        elif tag in _LISTS:
            self._list(node, tag, depth)
        elif tag == "dl":
            self.flush()
            self._definitions(node, depth)
        elif tag == "pre":
            self.flush()
            self._preformatted(node)
        elif tag in _BLOCKS or tag == "li":
            self.flush()
            self._name(node)
            self._inside(node, depth)
            self.flush()
        else:
            self._name(node)
            self._inside(node, depth)

    def _inside(self, node: Any, depth: int) -> None:
        if node.text:
            self._text(node, "text", node.text)
        for child in node:
            self.visit(child, depth + 1)
            if child.tail:
                self._text(child, "tail", child.tail)

    def _text(self, node: Any, part: Any, text: str) -> None:
        if self._first is None and not text.isspace():
            self._first = Place(node, part)
        self._kept = self._kept or self._content > 0
        if self._parts and self._parts[-1][-1:] == ":" and text[:1].isalnum():
            self._parts.append(" ")  # `<b>Label:</b>value`
        self._parts.append(text.replace("\n", " "))

    def flush(self) -> None:
        """What was collected is a paragraph, a heading, an item: a piece for each of its lines."""
        if not self._parts:
            return
        text, first, named, kept = tidy("".join(self._parts)), self._first, self._named, self._kept
        self._parts, self._first, self._named, self._kept = [], None, [], False
        if not text or first is None:
            return
        stamp = self._stamp(first)
        lines = [one_line(text)] if self._heading else _lines(text)
        for number, line in enumerate(lines):
            piece = self._piece(line)
            piece.stamp, piece.close = stamp, number > 0 and piece.kind is not Kind.ITEM
            piece.kept = True if kept else None
            piece.named, named = named, []
            self.pieces.append(piece)

    def _stamp(self, place: Place) -> int:
        self.places.append(place)
        return len(self.places) - 1

    def _piece(self, line: str) -> Piece:
        made = Piece(Kind.TEXT, line, around=self._around > 0)
        if self._heading and not (len(line) <= _LONGEST_BYLINE and _BYLINE.fullmatch(line)):
            made.kind, made.level = Kind.HEADING, self._heading
            return made
        group = ""
        if self._items:
            mark, _ = self._items[-1]
            made.kind, made.level, made.listing = Kind.ITEM, len(self._items) - 1, self._listings[-1]
            made.mark, self._fresh_item = (mark if self._fresh_item else ""), False
            group = self._over_item()
        made.stated = _stated(line, group, FieldOrigin.LIST if self._items else FieldOrigin.LINE)
        if self._items and made.mark:
            label = made.stated.label if made.stated else line.rstrip(":")
            self._items[-1] = (made.mark, label if len(label) <= 80 else "")
        return made

    def _over_item(self) -> str:
        """The label of the nearest item around this one that has one."""
        for _, label in islice(reversed(self._items), 1, _MOST_DEPTH_SHOWN):
            if label:
                return label
        return ""

    def _list(self, node: Any, tag: str, depth: int) -> None:
        self.flush()
        self._last_listing += 1
        self._listings.append(self._last_listing)
        number = 0
        for child in node:
            if child.tag == "li":
                number += 1
                self._items.append((f"{number}. " if tag == "ol" else "- ", ""))
                self._fresh_item = True
                self.visit(child, depth + 1)
                self.flush()
                self._items.pop()
            else:
                self.visit(child, depth + 1)
            if child.tail and not child.tail.isspace():
                self._text(child, "tail", child.tail)
                self.flush()
        self._listings.pop()

    def _definitions(self, node: Any, depth: int) -> None:
        """Terms and what is said of them; of a list without terms its parts."""
        label = ""
        self._last_listing += 1
        for part in node.iter("dt", "dd") if node.find("div") is not None else node:
            if part.tag == "dt":
                label = one_line(text_of(part, self._hidden)).rstrip(": ")
            elif part.tag == "dd" and label:
                value = text_of(part, self._hidden)
                if 0 < len(value) <= _LONGEST_DEFINITION:
                    self._field(Field(label, value, origin=FieldOrigin.LIST), _first_text(part))
                elif value:
                    self.visit(part, depth + 1)
            elif isinstance(part.tag, str):
                self.visit(part, depth + 1)
                self.flush()

    def _field(self, stated: Field, first: Place | None) -> None:
        kept = True if self._content else None
        stamp = self._stamp(first) if first else -1
        self.pieces.append(
            Piece(
                Kind.FIELD,
                stated=stated,
                kept=kept,
                around=self._around > 0,
                stamp=stamp,
                listing=self._last_listing,
            )
        )

    def _preformatted(self, node: Any) -> None:
        parts: list[str] = []
        for part in node.itertext():
            parts.append(part)
        lines = [line.rstrip() for line in "".join(parts).splitlines()]
        first = _first_text(node)
        stamp = self._stamp(first) if first else -1
        for number, line in enumerate(line for line in lines if line.strip()):
            made = Piece(Kind.TEXT, clean_text(line), stamp=stamp, close=number > 0, around=self._around > 0)
            made.stated = _stated(made.text.strip(), "", FieldOrigin.LINE)
            self.pieces.append(made)

    def _table(self, node: Any, depth: int) -> None:
        self.flush()
        self._name(node)
        found = read_table(node, self._hidden, lone_heads=self._from_markdown)
        if found is None:
            self._inside(node, depth)
            self.flush()
            return
        self.cut = self.cut or found.cut
        self.grids.append(node)
        kept, around = not _is_menu(node), self._around > 0
        self._last_listing += 1
        if found.title:
            self.pieces.append(Piece(Kind.TEXT, found.title, kept=kept, around=around))
        if found.grid is not None:
            self.pieces.append(Piece(Kind.GRID, grid=found.grid, kept=kept, around=around))
        for part in found.fields:
            if isinstance(part, str):
                made = Piece(Kind.ITEM, part, mark="- ", kept=kept, around=around, listing=self._last_listing)
            else:
                made = Piece(Kind.FIELD, stated=part, kept=kept, around=around, listing=self._last_listing)
            self.pieces.append(made)

    def _name(self, node: Any) -> None:
        """What markup names: microdata, or a class that ends with the field's name."""
        own = node.get("itemprop")
        kind = "" if own else node.get("class") or ""
        if not (own or kind) or self._count_named >= _MOST_NAMED or self._around:
            return
        if own:
            name = own.split()[0] if own.split() else ""
        else:
            found = [m[1] for part in kind.lower().split()[:6] if (m := _NAMING.fullmatch(part))]
            name = found[0] if len(found) == 1 and found[0] not in _NOT_NAMING else ""
        if not name or not _is_small(node):
            return
        value = node.get("content") or node.get("datetime") or one_line(text_of(node, self._hidden))
        if value[:2].lower() == "by" and (match := _BY.match(value)):
            value = value[match.end() :]
        if value and len(value) <= _LONGEST_NAMED and len(name) <= 40:
            self._count_named += 1
            label = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
            self._named.append(Field(label, " ".join(value.split()), origin=FieldOrigin.DECLARED))


def _stated(line: str, group: str, origin: FieldOrigin) -> Field | None:
    """The field that a line states: `Label: value`, or `by NAME`."""
    if (places := split_label(line)) is not None:
        label, value = (
            line[places.label_start : places.label_end],
            line[places.value_start : places.value_end],
        )
        return Field(label, value, group=group, origin=origin)
    if len(line) <= _LONGEST_BYLINE and (match := _BYLINE.fullmatch(line)):
        return Field("by", match[1].strip(), origin=FieldOrigin.LINE)
    return None


def _lines(text: str) -> list[str]:
    """The lines of a paragraph; one that goes on with the line before is joined to it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if lines and line[:1].islower() and lines[-1][-1] not in ".:;!?" and len(lines[-1]) >= _LONG_LINE:
            lines[-1] = f"{lines[-1]} {line}" if len(lines[-1]) < 2_000 else lines[-1]
            if lines[-1].endswith(line):
                continue
        lines.append(line)
    return lines


def _is_around(node: Any) -> bool:
    if node.tag in _AROUND or node.get("role") in ("navigation", "contentinfo", "search", "dialog"):
        return True
    return node.tag == "form" and next(node.iter("h1", "main", "article"), None) is None


def _is_small(node: Any) -> bool:
    return all(count < _MOST_PARTS for count, _ in enumerate(node.iter()))


def _is_menu(table: Any) -> bool:
    """Whether a table leads elsewhere: a form, a box for navigation, links around the page."""
    cells = list(table.iter("td"))
    fields = sum(node.get("type") != "hidden" for node in table.iter("input", "select", "textarea"))
    if fields and fields * 2 >= len(cells):
        return True
    boxes = [node for node in (table, *table.iterancestors()) if menus.is_around(node)]
    if not boxes:
        return False
    if any("navbox" in (node.get("class") or "") for node in boxes):
        return True
    linked = sum(len("".join(anchor.itertext()).strip()) for cell in cells for anchor in cell.iter("a"))
    whole = sum(len("".join(cell.itertext()).strip()) for cell in cells)
    return linked > 0.8 * max(1, whole)


def _first_text(node: Any) -> Place | None:
    """Where its first words stand."""
    for part in node.iter():
        if part.text and not part.text.isspace() and isinstance(part.tag, str) and part.tag not in SKIPPED:
            return Place(part, "text")
        if part is not node and part.tail and not part.tail.isspace():
            return Place(part, "tail")
    return None
