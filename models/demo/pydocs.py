"""A world from the Python documentation (Debian's `python3.11-doc`): its functions and classes, by module.

Each entry becomes a page of its own: what it says in running text, and the plain facts as lines.
"""

from __future__ import annotations

import html
import os
import random
import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

from models.demo.worlds import Fact, Thing, World, exchanged, slug

FOLDER = "WIDESEEK_PYTHON_DOCS"  # environment: where `html/` of the package lies, if not where Debian puts it
_PLACES = ("/usr/share/doc/python3.11/html", "/usr/share/doc/python3/html")
_KINDS = {"py function": ("function", "functions"), "py class": ("class", "classes")}
_FIELDS = (
    *("module", "signature", "first parameter", "added in version", "changed in version"),
    *("deprecated since", "audit event"),
)
_MOST_TEXT = 900  # characters of an entry's own words
_FEWEST, _MOST_GROUPS = 3, 8


@dataclass
class Entry:
    """A function or class as the documentation has it."""

    kind: str
    name: str = ""
    signature: str = ""
    text: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """The plain facts of it; none where the documentation has none."""
        inside = self.signature.partition("(")[2].partition(")")[0].partition("[")[0].split(",")[0]
        found = {
            "module": self.name.rpartition(".")[0],
            "signature": self.signature if len(self.signature) <= 60 else "",
            "first parameter": inside.partition("=")[0].strip(" *"),
            "audit event": _first(r"auditing event (\S+)", self.text),
        }
        for name, pattern in (
            ("added in version", r"New in version ([\d.]+\d)"),
            ("changed in version", r"Changed in version ([\d.]+\d)"),
            ("deprecated since", r"Deprecated since version ([\d.]+\d)"),
        ):
            found[name] = _first(pattern, self.text)
        return {name: value for name, value in found.items() if value}


@dataclass
class _Reader(HTMLParser):
    """Picks the entries of a module's page out of its HTML; one inside another has its own words only."""

    entries: list[Entry] = field(default_factory=list)
    _lists: list[Entry | None] = field(default_factory=list)
    _title: bool = False

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "dl":
            self._lists.append(Entry(given.get("class") or ""))
        elif tag == "dt" and self._lists and self._lists[-1] is not None and not self._lists[-1].name:
            self._lists[-1].name = given.get("id") or ""
            self._title = True
        elif tag in ("p", "li", "pre") and self._lists and self._lists[-1] is not None:
            self._lists[-1].text += " "

    def handle_endtag(self, tag: str) -> None:
        if tag == "dt":
            self._title = False
        elif tag == "dl" and self._lists:
            entry = self._lists.pop()
            if entry is not None and entry.kind in _KINDS and entry.name:
                self.entries.append(entry)

    def handle_data(self, data: str) -> None:
        entry = self._lists[-1] if self._lists else None
        if entry is None:
            return
        if self._title:
            entry.signature += data.replace("\n", " ").replace("¶", "")
        else:
            entry.text += data.replace("\n", " ")


def available() -> bool:
    """Whether the documentation lies on this machine."""
    return _folder() is not None


def functions(rng: random.Random) -> World:
    """Functions or classes of some modules; on a tenth of the pages another entry's facts stand."""
    return _world(rng, rng.choice(sorted(_KINDS)))


def _world(rng: random.Random, kind: str) -> World:
    singular, plural = _KINDS[kind]
    modules = {name: found for name, found in _modules(kind).items() if len(found) >= _FEWEST}
    chosen = sorted(rng.sample(sorted(modules), min(_MOST_GROUPS, len(modules))))
    every = [entry for name in chosen for entry in modules[name]]
    groups: dict[str, list[Thing]] = {}
    for module in chosen:
        size = min(len(modules[module]), rng.choice((3, 5, 8, 12, 17)))
        entries = sorted(rng.sample(modules[module], size), key=lambda entry: entry.name)
        groups[module] = [
            _thing(entry, singular, exchanged(entry.facts, rng.choice(every).facts, rng)) for entry in entries
        ]
    return World(f"python-{plural}", singular, plural, _FIELDS, groups)


def _thing(entry: Entry, singular: str, values: dict[str, str]) -> Thing:
    text = " ".join(entry.text.split())
    text = re.sub(
        r"(?:New in|Changed in|Deprecated since) version \S+|Raises an auditing event \S+", "", text
    )
    facts = {name: Fact("In short", f"{name}: {value}", value, name) for name, value in values.items()}
    lines = "".join(f"<li>{html.escape(fact.line)}</li>" for fact in facts.values())
    body = f"<h1>{html.escape(entry.name)}</h1><p>{singular} of the Python library</p>"
    body += f"<h2>In short</h2><ul>{lines}</ul><h2>Description</h2><p>{html.escape(text[:_MOST_TEXT])}</p>"
    return Thing(entry.name, f"{singular}/{slug(entry.name)}", body, facts)


@lru_cache(maxsize=2)
def _modules(kind: str) -> dict[str, list[Entry]]:
    """The entries of one kind by module, each name once."""
    found: dict[str, dict[str, Entry]] = {}
    for page in sorted((_folder() or Path()).glob("library/*.html")):
        reader = _Reader()
        reader.feed(page.read_text(encoding="utf-8"))
        for entry in reader.entries:
            module = entry.facts.get("module")
            if entry.kind == kind and module and len(entry.name) <= 40:
                found.setdefault(module, {}).setdefault(slug(entry.name), entry)
    return {module: list(entries.values()) for module, entries in found.items()}


def _folder() -> Path | None:
    places = [os.environ.get(FOLDER, ""), *_PLACES]
    return next((Path(place) for place in places if place and Path(place, "library").is_dir()), None)


def _first(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1].strip(" .,;") if match else ""
