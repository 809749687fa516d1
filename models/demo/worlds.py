"""Worlds to practise in: pages whose facts the expert knows, from real tables and from invention."""

from __future__ import annotations

import html
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wideseek_cli.eval.questions.factbook_fields import FIELDS, Field, text_of
from wideseek_cli.sources.offline.factbook import REGIONS, Country, HtmlPage, country_html, load_countries
from wideseek_cli.sources.offline.write import ZimInfo, write_zim

NONE = ("", "NA", "NEGL")
ALTERED = 0.1  # share of pages that carry another thing's values
_SHORT = 48  # characters of a text that a report quotes


@dataclass(frozen=True)
class Fact:
    """A value as the page writes it: under which heading, on which line; `mark` is what tells its place."""

    heading: str
    line: str
    text: str
    label: str = ""  # before the value, where that says more than the heading

    @property
    def mark(self) -> str:
        return self.label or self.heading

    @property
    def short(self) -> str:
        """The text with its remark in brackets, as the ground of a verdict."""
        return _ground(self.text)

    @property
    def value(self) -> str:
        """What a report says: the text up to its first bracket, semicolon or line end; empty if none."""
        short = self.text.split("\n")[0].split(" (")[0].split(";")[0].strip()
        return "" if short in NONE else short


@dataclass
class Thing:
    """A page about one thing. A field it does not have is not in `facts`."""

    name: str
    path: str
    html: str
    facts: dict[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class Condition:
    """What narrows a group: how questions say it, how subtasks do, and which fact decides."""

    words: str
    check: str
    field: str
    holds: Callable[[str], bool]  # of the fact's text

    def fits(self, thing: Thing) -> bool:
        fact = thing.facts.get(self.field)
        return fact is not None and bool(fact.value) and self.holds(fact.text)


@dataclass
class World:
    """Things in groups, a page for each; `plural of group` is how questions and list pages name a group."""

    name: str
    singular: str
    plural: str
    fields: tuple[str, ...]
    groups: dict[str, list[Thing]]
    others: dict[str, list[Thing]] = field(default_factory=dict)  # listed on a group's page, but apart
    conditions: tuple[Condition, ...] = ()

    def things(self) -> list[Thing]:
        return [thing for things in self.groups.values() for thing in things]

    def title(self, group: str) -> str:
        return f"{self.plural.capitalize()} of {group}"

    def pages(self) -> Iterator[HtmlPage]:
        """A page per thing and a list page per group."""
        seen: set[str] = set()
        for group, things in self.groups.items():
            title = self.title(group)
            count = f"List of all {len(things)} {self.plural} in {html.escape(group)}."
            body = f"<h1>{html.escape(title)}</h1><p>{count}</p>"
            body += _links(things)
            if self.others.get(group):
                body += f"<h2>Territories and other areas of {html.escape(group)}</h2>"
                body += _links(self.others[group])
            path = "region/" + slug(group)
            yield HtmlPage(path, title, document(title, body + '<p><a href="../index">All regions</a></p>'))
            for thing in [*things, *self.others.get(group, [])]:
                if thing.path not in seen:
                    seen.add(thing.path)
                    yield HtmlPage(thing.path, thing.name, document(thing.name, thing.html))
        index = (
            f"<h1>Index</h1>{''.join(f'<p>{html.escape(self.title(group))}</p>' for group in self.groups)}"
        )
        yield HtmlPage("index", "Index", document("Index", index))

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.zim"
        write_zim(self.pages(), path, ZimInfo(self.name, f"Practice world {self.name}"))
        return path


def slug(text: str) -> str:
    plain = "".join(char for char in unicodedata.normalize("NFKD", text.lower()) if char.isascii())
    return "-".join("".join(char if char.isalnum() else " " for char in plain).split())


def document(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8"><meta name="generator" content="wideseek"><title>{html.escape(title)}</title>'
    )
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def _links(things: Sequence[Thing]) -> str:
    items = "".join(f'<li><a href="../{thing.path}">{html.escape(thing.name)}</a></li>' for thing in things)
    return f"<ul>{items}</ul>"


def factbook(
    rng: random.Random,
    regions: Sequence[str],
    altered: float = 0.1,
    fields: Sequence[Field] = FIELDS["train"],
) -> World:
    """The factbook's own pages; on a share of them, values are exchanged with other countries'.

    The countries are listed under their region, and in small groups under regions that do not exist.
    """
    everyone = [country for country in load_countries() if country.region]
    groups: dict[str, list[Thing]] = {}
    others: dict[str, list[Thing]] = {}
    for country in everyone:
        if country.region not in regions:
            continue
        donor = rng.choice(everyone) if rng.random() < altered else country
        page = _exchanged(country, donor, fields)
        thing = Thing(country.title, country.path, country_html(page))
        thing.facts.update({item.name: fact for item in fields if (fact := _fact(page, item))})
        (groups if country.sovereign else others).setdefault(REGIONS[country.region], []).append(thing)
    real = list(groups)
    for label in ("North", "South", "East", "West", "Inner", "Outer", "Upper", "Lower"):
        region = rng.choice(real)
        name = f"{label} {rng.choice(real)}"
        size = rng.choice((3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 17, 21))
        members = rng.sample(groups[region], min(size, len(groups[region])))
        apart = others.get(region, [])
        groups[name] = sorted(members, key=lambda thing: thing.name)
        others[name] = rng.sample(apart, rng.randint(0, min(3, len(apart))))
    names = tuple(item.name for item in fields)
    conditions = tuple(condition for condition in _CONDITIONS if condition.field in names)
    return World("factbook", "country", "countries", names, groups, others, conditions)


def _says(word: str) -> Callable[[str], bool]:
    return lambda text: word in text.lower()


def _quotes(word: str) -> Callable[[str], bool]:
    """Whether the part of a text that a report quotes has the word (`tropical`, but not `subtropical`)."""
    return lambda text: re.search(rf"(?<![\w-]){word}", _ground(text).lower()) is not None


def _ground(text: str) -> str:
    return text.split("\n", maxsplit=1)[0].split(";", maxsplit=1)[0].strip()[:_SHORT]


# The condition of the training split, and others over its fields.
_CONDITIONS = (
    Condition("that allow dual citizenship", "allow dual citizenship", "dual citizenship", "yes".__eq__),
    Condition(
        "that do not allow dual citizenship", "do not allow dual citizenship", "dual citizenship", "no".__eq__
    ),
    Condition("that are republics", "republics", "government type", _says("republic")),
    Condition("that are monarchies", "monarchies", "government type", _says("monarchy")),
    Condition("that are parliamentary", "parliamentary", "government type", _says("parliamentary")),
    Condition("that are presidential", "presidential", "government type", _says("presidential")),
    *(
        Condition(text := f"with {colour} as a national color", text, "national colors", _says(colour))
        for colour in ("red", "blue", "green", "white", "yellow")
    ),
    *(
        Condition(f"with a {kind} climate", f"{kind} climate", "climate", _quotes(kind))
        for kind in ("tropical", "temperate", "desert", "mediterranean")
    ),
    *(
        Condition(f"that are {kind}", kind, "legislative structure", _quotes(kind))
        for kind in ("unicameral", "bicameral")
    ),
    *(
        Condition(f"that are {kind} economies", f"{kind} economies", "economic overview", _quotes(kind))
        for kind in ("low-income", "high-income")
    ),
    Condition(
        "without any water area", "without any water area", "water area", lambda text: text.startswith("0 ")
    ),
)


def _fact(country: Country, item: Field) -> Fact | None:
    text = text_of(country, item)
    if not text:
        return None
    heading, label = item.path[1:]
    telling = set(label.lower().split()) & set(item.name.lower().split())
    return Fact(heading, f"{label}: {text}" if label else text, text, label if telling else "")


def _exchanged(country: Country, donor: Country, fields: Sequence[Field]) -> Country:
    """A country whose fields carry another's values."""
    if donor is country:
        return country
    sections = {
        name: {title: dict(values) for title, values in f.items()} for name, f in country.sections.items()
    }
    for item in fields:
        section, title, label = item.path
        text = text_of(donor, item)
        if text and sections.get(section, {}).get(title, {}).get(label):
            sections[section][title][label] = text
    return Country(
        country.slug, country.title, country.region, country.sovereign, country.long_name, sections
    )


def exchanged(values: Mapping[str, str], donor: Mapping[str, str], rng: random.Random) -> dict[str, str]:
    """On a tenth of the pages, another thing's values."""
    if rng.random() >= ALTERED:
        return dict(values)
    return {name: donor.get(name, value) for name, value in values.items()}


def render(name: str, intro: str, values: dict[str, str], style: str) -> tuple[str, dict[str, Fact]]:
    """The body of a page and its facts, in one of several layouts."""
    facts: dict[str, Fact] = {}
    parts = [f"<h1>{html.escape(name)}</h1><p>{html.escape(intro)}</p>"]
    names = list(values)
    if style == "headings":
        for at, key in enumerate(names):
            if at % 5 == 0:
                parts.append(f"<h2>{SECTIONS[at // 5 % len(SECTIONS)]}</h2>")
            parts.append(f"<h3>{html.escape(key.capitalize())}</h3><p>{html.escape(values[key])}</p>")
            facts[key] = Fact(key.capitalize(), values[key], values[key])
    elif style == "list":
        for at in range(0, len(names), 4):
            heading = SECTIONS[at // 4 % len(SECTIONS)]
            items = "".join(
                f"<li>{html.escape(k)}: {html.escape(values[k])}</li>" for k in names[at : at + 4]
            )
            parts.append(f"<h2>{heading}</h2><ul>{items}</ul>")
            facts.update({k: Fact(heading, f"{k}: {values[k]}", values[k], k) for k in names[at : at + 4]})
    else:
        rows = "".join(f"<tr><td>{html.escape(k)}</td><td>{html.escape(values[k])}</td></tr>" for k in names)
        parts.append(f"<h2>Facts</h2><table><tr><th>Field</th><th>Value</th></tr>{rows}</table>")
        facts.update({k: Fact("", f"| {k} | {values[k]} |", values[k], k) for k in names})
    return "\n".join(parts), facts


SECTIONS = ("Overview", "Position and size", "Records", "People", "Other facts")
