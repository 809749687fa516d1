"""The text of one element as a reader sees it: hidden parts and footnote marks gone, lines kept."""

from __future__ import annotations

import re
from itertools import pairwise, takewhile
from typing import Any

from wideseek_cli.core.text import clean_text
from wideseek_cli.pages.elements.style import Hidden

SKIPPED = {
    "script", "style", "noscript", "template", "svg", "iframe", "object", "canvas", "math", "button",
    "select", "input", "textarea", "video", "audio", "head",
}  # fmt: skip
_LINES = {
    "br", "hr", "p", "div", "li", "tr", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol",
    "dl", "caption", "blockquote", "center", "section",
}  # fmt: skip
# The mark of a note, where it is raised, and where it stands in the line.
_NOTE = re.compile(
    r"\[[^\[\]\n]{1,24}\]|[*†‡§¶]{1,3}|(?:note|nb|fn)\W?\d{0,3}|\s?(?:TM|SM|[®©™℠])\s?", re.IGNORECASE
)
_MARKS = re.compile(
    r"(?<=[^\s\[(])(?:\[(?:\d{1,3}|note \d{1,3}|nb \d{1,3}|citation needed)\](?![\w(])|\s?\[\s?edit\s?\]$)",
    re.IGNORECASE,
)
_NOTES_CLASS = re.compile("reference|Inline-Template|noprint")
_UNIT = re.compile(r"(?:^|[^A-Za-z])(?:[kcdm]?m|mi|ft|yd|in)$")
_ENDING = re.compile(r"st|nd|rd|th|er|ère|e|[oaºª]", re.IGNORECASE)
_MAX_DEPTH = 100
_MOST_TEXT = 20_000  # characters of a cell
_MOST_ALT = 40
_MARK = re.compile(r"\^(?:[A-Z]{1,3}|[a-z])$")  # of a note, behind a cell
_NOTED = re.compile(r"\s*\[[^\]]*\]$")
_QUOTED = re.compile(r"[\"“”„«]([^\"“”„«»]+)[\"”“»]")
_JOINED = re.compile(r"(?:and|[&+]) \S")
# A text that goes on with the line before it.
_GOES_ON = re.compile(r"[(\[–&-]|(?:and|or|of|in|on|at|to|from|by|with) ")


def text_of(node: Any, hidden: Hidden) -> str:
    """Its text, a line for each line of the page; of a picture alone, what it shows."""
    parts: list[str] = []
    collect(node, hidden, parts)
    text = tidy("".join(parts)[: 8 * _MOST_TEXT])[:_MOST_TEXT]
    if not text:
        alts = (image.get("alt") or "" for image in node.iter("img"))
        text = next((tidy(alt) for alt in alts if 0 < len(alt) <= _MOST_ALT and "." not in alt[-5:]), "")
    return text


def tidy(text: str) -> str:
    """Blanks as a browser shows them; minus signs are `-`; the marks of notes go."""
    if not (text.isascii() and text.isprintable()):
        text = clean_text(text).replace("\u2212", "-")
    if "\n" in text:
        text = "\n".join(line for part in text.split("\n") if (line := " ".join(part.split())))
    else:
        text = " ".join(text.split())
    return _MARKS.sub("", text) if "[" in text else text


def one_line(text: str) -> str:
    """Lines in one: with a semicolon between two things, a blank where a line only goes on."""
    lines = text.split("\n")
    if len(lines) == 1:
        return text
    made = [lines[0]]
    for before, after in pairwise(lines):
        if after[0] in ",;":
            made.append(after)
            continue
        wraps = _GOES_ON.match(after) or (len(lines) == 2 and after[:1].islower()) or len(before) > 80
        made.append(" " if wraps or not (before[-1].isalnum() or before[-1] in ")]\"'”’.%") else "; ")
        made.append(after)
    return "".join(made)


def as_name(cell: str) -> str:
    """The name that a cell has: its first line and what goes on with it (`and` another), without notes, marks
    and the quotes around all of it."""
    name, *others = cell.split("\n")
    name = " ".join((name, *takewhile(_JOINED.match, others)))
    return _unquoted(_NOTED.sub("", _MARK.sub("", name)).strip(" *†‡#^/"))


def as_value(cell: str) -> str:
    """What a cell says, in one line, without the mark of a note and the quotes around all of it."""
    lines = "\n".join(part.strip() for part in cell.split("\n") if part.strip())
    return _unquoted(_MARK.sub("", one_line(lines)))


def _unquoted(text: str) -> str:
    found = _QUOTED.fullmatch(text)
    return found[1] if found else text


def collect(node: Any, hidden: Hidden, parts: list[str], depth: int = 0) -> None:
    """The texts in an element, a line break around what stands in lines of its own."""
    if depth > _MAX_DEPTH:
        parts.append(" ".join(node.itertext()))
        return
    if node.text:
        parts.append(node.text.replace("\n", " "))
    for child in node:
        tag = child.tag
        if isinstance(tag, str) and tag not in SKIPPED and not hidden.hides(child):
            if tag == "sup" or tag == "sub":
                parts.append(raised(child, parts))
            elif tag in _LINES:
                parts.append("\n")
                collect(child, hidden, parts, depth + 1)
                parts.append("\n" if tag != "br" else "")
            else:
                collect(child, hidden, parts, depth + 1)
                if tag == "td" or tag == "th":
                    parts.append(" ")
        if child.tail:
            parts.append(child.tail.replace("\n", " "))


def raised(node: Any, parts: list[str]) -> str:
    """A raised text. The mark of a note goes; km² keeps its 2 and an ordinal its letters; 10⁶ is 10^6."""
    inner = "".join(node.itertext())[:200]
    text = " ".join(inner.split())
    links_down = any((a.get("href") or "").startswith("#") for a in node.iter("a"))
    if links_down or _NOTES_CLASS.search(node.get("class") or "") or _NOTE.fullmatch(text):
        return ""
    before = next((part for part in reversed(parts[-4:]) if part), "")
    bare = before.rstrip()
    if node.tag == "sub" or not bare or not text:
        return inner
    if text in ("2", "3") and _UNIT.search(bare[-5:]):
        if bare != before and parts[-1] == before:
            parts[-1] = bare
        return text
    if _ENDING.fullmatch(text) and before[-1:].isdigit():
        return text
    return f"^{text}"
