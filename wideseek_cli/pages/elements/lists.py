"""The lists of a page that are its content.

What finds the main text drops what is mostly links, be it a menu or the list that the page is about. Here a
list is three items or two terms and more: `ul`, `ol`, `dl`, and neighbours of one kind that are mostly
links (rows, cards, headings). It is content unless something says otherwise: where it stands (a `nav`, a
class `pagination`, outside `main`, after the article without a heading of its own, links before anything
was said), its heading ("See also"), or what it holds (`menus.is_menu`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from wideseek_cli.pages.elements import menus
from wideseek_cli.pages.elements.style import Hidden

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ROWS = {"div", "p", "span", "a", "section", "article", "h2", "h3", "h4", "h5", "h6"}
_LONGEST_ROW, _MOST_PARTS = 300, 60
_LONGEST_LABEL = 40
_PROSE = 80  # characters of a paragraph that says something
_MAX_LISTS = 200
_STORY = 5  # words of a link that is a headline rather than a name


def content_lists(tree: Any, hidden: Hidden, *, article: bool) -> set[Any]:
    """The elements that are lists of content, or rows of one.

    In an article a list of headlines leads to other articles.
    """
    finder = _Finder(hidden, article)
    finder.visit(tree, beside=bool(tree.xpath("//main | //*[@role='main']")))
    return finder.found


class _Finder:
    """One walk over the page in its order."""

    def __init__(self, hidden: Hidden, article: bool) -> None:
        self.found: set[Any] = set()
        self._hidden, self._article, self._count = hidden, article, 0
        self._heading = ""
        self._elsewhere = 0  # the level of a heading under which all leads to other pages
        self._started = False  # something was said before
        self._after_article = False

    def visit(self, node: Any, beside: bool) -> None:
        """Look at a node and what is in it; beside the main content only facts are taken."""
        if menus.is_around(node) or self._hidden.hides(node) or _is_layout(node):
            return
        beside = (beside and not _is_main(node)) or menus.is_beside(node)
        if _is_main(node) or node.tag == "article":
            self._started, self._after_article = True, False
        self._hear(node)
        items = _items(node)
        if items:
            self._take([node], items, beside)
        else:
            self._visit_children(node, beside)
        if node.tag == "article":
            self._heading, self._after_article = "", True

    def _visit_children(self, node: Any, beside: bool) -> None:
        runs = {rows[0]: rows for rows in _runs(node, self._hidden)}
        taken: set[Any] = set()
        for child in node:
            if (rows := runs.get(child)) is not None and self._take(rows, rows, beside):
                taken.update(rows)
            if child not in taken:
                self.visit(child, beside)
            elif child.tag in _HEADINGS:
                self._hear(child)

    def _hear(self, node: Any) -> None:
        """Headings, and the first words of prose."""
        if node.tag in _HEADINGS:
            level = int(node.tag[1])
            self._heading = _text(node, _LONGEST_ROW)
            self._started = self._started or level == 1
            if not self._elsewhere or level <= self._elsewhere:
                self._elsewhere = level if menus.is_heading_of_links(self._heading) else 0
        elif node.tag == "p" and not self._started:
            self._started = len(_text(node, _PROSE)) == _PROSE

    def _take(self, nodes: Sequence[Any], items: Sequence[Any], beside: bool) -> bool:
        """Note a list that is content and free it of its links; whether it is."""
        anchors = [anchor for node in nodes for anchor in node.iter("a")]
        if (
            (beside and nodes[0].tag != "dl")
            or (anchors and not self._started)
            or self._elsewhere
            or (self._after_article and not self._heading)
            or _has_label_of_links(nodes[0])
            or menus.is_menu([_text(item, _LONGEST_LABEL) for item in items], anchors)
            or self._count == _MAX_LISTS
            or (self._article and _are_stories(items, anchors))
        ):
            return False
        self._count += 1
        self.found.update(nodes)
        return True


def _are_stories(items: Sequence[Any], anchors: Sequence[Any]) -> bool:
    """Whether items are links with the length of headlines."""
    if not anchors or not _are_linked(items):
        return False
    words = sum(len(_text(item, _LONGEST_ROW).split()) for item in islice(items, 40))
    return words >= _STORY * min(40, len(items))


def _is_main(node: Any) -> bool:
    return bool(node.tag == "main" or node.get("role") == "main")


def _is_layout(node: Any) -> bool:
    """Tables in a table lay out a whole page, menus and all, and nothing tells which are which."""
    return node.tag == "table" and node.find(".//table") is not None


def _has_label_of_links(node: Any) -> bool:
    """Whether the words before a list say what a heading of links would ("Related:")."""
    before = node.getprevious()
    return before is not None and menus.is_heading_of_links(_text(before, _LONGEST_LABEL))


def _items(node: Any) -> list[Any]:
    """The items of a list that is long enough to be one."""
    if node.tag == "dl":
        terms = list(node.iter("dt"))
        return terms if len(terms) >= 2 else []
    items = node.findall("li") if node.tag in ("ul", "ol") else []
    return items if len(items) >= 3 else []


def _runs(node: Any, hidden: Hidden) -> list[list[Any]]:
    """Three or more children of one kind that hold little but links."""
    kinds: dict[str, list[Any]] = {}
    for child in node:
        if child.tag in _ROWS:
            kinds.setdefault(child.tag, []).append(child)
    found = []
    for tag, children in kinds.items():
        rows = [child for child in children if _is_row(child, hidden)] if len(children) >= 3 else []
        most = tag in _HEADINGS or len(rows) * 5 >= len(children) * 4
        if len(rows) >= 3 and most and _are_linked(rows) and (tag != "a" or _is_mostly(rows, node)):
            found.append(rows)
    return found


def _is_row(node: Any, hidden: Hidden) -> bool:
    """A short text with a link in it, and no list or table."""
    parts = [part.tag for part in islice(node.iter(), _MOST_PARTS + 1)]
    if len(parts) > _MOST_PARTS or "a" not in parts or not {"ul", "ol", "dl", "table"}.isdisjoint(parts):
        return False
    if menus.is_around(node) or menus.is_beside(node) or hidden.hides(node):
        return False
    return 0 < len(_text(node, _LONGEST_ROW + 1)) <= _LONGEST_ROW


def _are_linked(rows: Sequence[Any]) -> bool:
    """Whether a third of the rows' text is links."""
    linked = sum(len(_text(anchor, _LONGEST_ROW)) for row in rows for anchor in row.iter("a"))
    return linked * 3 >= sum(len(_text(row, _LONGEST_ROW)) for row in rows)


def _is_mostly(anchors: Sequence[Any], node: Any) -> bool:
    """Whether the links are most of the node's text: prose may name many things and link them."""
    linked = sum(len(_text(anchor, _LONGEST_ROW)) for anchor in anchors)
    return len(_text(node, 2 * linked)) * 3 <= linked * 4


def _text(node: Any, limit: int) -> str:
    """The beginning of a node's text, blanks collapsed."""
    parts: list[str] = []
    size = 0
    for part in node.itertext():
        parts.append(part[: 4 * limit])
        size += len(part)
        if size > 4 * limit:
            break
    return " ".join("".join(parts).split())[:limit]
