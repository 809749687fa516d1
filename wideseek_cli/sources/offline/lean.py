"""An HTML page for a corpus: what a reader needs of it, without pictures, scripts and looks."""

from __future__ import annotations

import html
import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from lxml import etree

from wideseek_cli.pages.elements.style import is_hiding

_DROPPED = {
    "script", "noscript", "svg", "picture", "source", "video", "audio", "iframe", "object", "embed", "canvas",
    "template", "link", "base", "button", "input", "select", "textarea",
}  # fmt: skip
_LOOKS = {
    "src", "srcset", "sizes", "poster", "loading", "decoding", "background", "width", "height", "usemap",
    "integrity", "nonce", "action", "cellspacing", "cellpadding", "align", "valign", "bgcolor", "border",
    "tabindex", "target", "title",
}  # fmt: skip
_LONGEST_VALUE = 2_000
_ENDING = re.compile(r"\.x?html?$", re.IGNORECASE)


def lean_html(tree: Any, title: str, path: str, names: Mapping[str, str]) -> str:
    """The page, its links leading to the files of the folder that they mean. `names`: by `link_key`, the
    folder's paths."""
    _lead_home(tree, path, names)
    for node in list(tree.iter()):
        if not isinstance(node.tag, str) or (node.tag in _DROPPED and not _is_data(node)):
            _drop(node)
        else:
            _strip(node)
    head = tree.find("head")
    inside = "" if head is None else "".join(_markup(node) for node in head if node.tag in ("meta", "style"))
    inside += "".join(_markup(node) for node in (() if head is None else head) if _is_data(node))
    body = tree.find("body")
    text = _markup(tree if body is None else body)
    lang = html.escape(tree.get("lang") or "")
    top = f'<meta charset="utf-8"><title>{html.escape(title)}</title>{inside}'
    return f'<!DOCTYPE html><html lang="{lang}"><head>{top}</head>{text}</html>'


def link_key(path: str) -> str:
    """What a file is known by to links from elsewhere: its name, without folder, ending and underscores."""
    name = unquote(path.rsplit("/", 1)[-1])
    return _ENDING.sub("", name).replace("_", " ").strip().casefold()


def _is_data(node: Any) -> bool:
    return bool(node.tag == "script" and node.get("type") == "application/ld+json")


def _markup(node: Any) -> str:
    return str(etree.tostring(node, encoding="unicode", method="html", with_tail=False))


def _drop(node: Any) -> None:
    parent = node.getparent()
    if parent is None:
        return
    if node.tail:
        before = node.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + node.tail
        else:
            parent.text = (parent.text or "") + node.tail
    parent.remove(node)


def _strip(node: Any) -> None:
    for name, value in node.attrib.items():
        is_look = name in _LOOKS or name.startswith("on") or (name == "style" and not is_hiding(value))
        if is_look or (len(value) > _LONGEST_VALUE and name != "content"):
            del node.attrib[name]


def _lead_home(tree: Any, path: str, names: Mapping[str, str]) -> None:
    """A page that was saved from a site links to that site. Its site is where most of the links go that
    name a file of the folder."""
    outside = [(a, *_split(a.get("href") or "")) for a in tree.iter("a") if _is_outside(a.get("href") or "")]
    meant = [(a, where, names[key]) for a, where, key in outside if key in names]
    if not meant:
        return
    site = Counter(where for _, where, _ in meant).most_common(1)[0][0]
    for anchor, where, target in meant:
        if where == site:
            anchor.set("href", quote(posixpath.relpath(target, posixpath.dirname(path) or ".")))


def _is_outside(href: str) -> bool:
    return href.startswith(("//", "http://", "https://"))


def _split(href: str) -> tuple[str, str]:
    """The address of a link's folder, and the key of what it names there."""
    plain = href.split("#", 1)[0].split("?", 1)[0]
    return plain.rpartition("/")[0], link_key(plain)
