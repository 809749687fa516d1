"""The tables of data in a page's tree, made ready for trafilatura.

It leaves the links in cells out (half the facts of an infobox), and runs the items of a list together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from wideseek_cli.tools import htmltext, menus

_MENU = 0.8  # of the text in a table's cells that is links
_LONGEST_LIST = 600  # that is made one line
_LONGEST_LINE = 80  # of lines that are things and not sentences
# What goes on with the line before.
_GOES_ON = re.compile(r"[(\[–&-]|(?:and|or|of|in|on|at|to|from|by|with) ")


def data_tables(tree: Any) -> Iterator[Any]:
    """Tables that hold data: two columns and two rows at least, no table inside, no menu, form or layout."""
    for table in tree.iter("table"):
        if table.find(".//table") is not None or len(table.findall(".//tr")) < 2:
            continue
        if _is_of_fields(table) or (_is_around(table) and _is_menu(table)):
            continue
        if table.get("role") not in ("presentation", "none") or next(table.iter("th"), None) is not None:
            yield table


def level(table: Any) -> None:
    """Each cell made text: lists and lines in one line, from which they can still be told, and no links."""
    for node in table.xpath(".//*[self::ul or self::ol][not(ancestor::li)]"):
        line = htmltext.list_line(node) if htmltext.is_list(node) else " ".join(htmltext.inline(node).split())
        items = [htmltext.inline(item).strip() for item in node.findall("li")]
        if items and 0 < len(line) <= _LONGEST_LIST and not menus.is_menu(items, list(node.iter("a"))):
            tail = node.tail
            node.clear()
            node.tag, node.text, node.tail = "span", f" {line} ", tail
    for cell in table.iter("td"):
        _tell_lines_apart(cell)
    if _is_content(table):
        htmltext.unlink(table)


def _tell_lines_apart(cell: Any) -> None:
    """A break between two things becomes a semicolon; not one that only wraps a line."""
    for rule in cell.iter("hr"):
        rule.tag = "br"
    breaks = list(cell.iter("br"))
    lines = [line.strip() for line in htmltext.inline(cell).split("\n")]
    if len(lines) != len(breaks) + 1 or max(map(len, lines)) > _LONGEST_LINE:
        return
    for node, before, after in zip(breaks, lines, lines[1:], strict=False):
        wraps = _GOES_ON.match(after) or (len(breaks) == 1 and after[:1].islower())
        if not before or not after or wraps:
            continue
        if before[-1].isalnum() or before[-1] in ")]\"'”’.%":
            node.tag, node.text = "span", "; "


def _is_content(table: Any) -> bool:
    """Whether a table has headers, or a third of it is no link: else it may lay out a menu."""
    if next(table.iter("th"), None) is not None:
        return True
    return _linked([table]) < 2 / 3


def _linked(parts: Iterable[Any]) -> float:
    """How much of the text of some parts is links."""
    linked = whole = 0
    for part in parts:
        linked += sum(len("".join(anchor.itertext()).strip()) for anchor in part.iter("a"))
        whole += sum(len(text.strip()) for text in part.itertext())
    return linked / max(1, whole)


def _is_menu(table: Any) -> bool:
    boxes = table.xpath("ancestor-or-self::*[contains(@class, 'navbox')]")
    return bool(boxes) or _linked(table.iter("td")) > _MENU


def _is_of_fields(table: Any) -> bool:
    """Whether it lays out a form: every other cell is to be filled in."""
    fields: int = sum(node.get("type") != "hidden" for node in table.iter("input", "select", "textarea"))
    cells = sum(1 for _ in table.iter("td"))
    return fields > 0 and fields * 2 >= cells


def _is_around(table: Any) -> bool:
    """Whether a part that is about the site has it; pages may be made so, so that alone says little."""
    return any(menus.is_around(node) for node in (table, *table.iterancestors()))
