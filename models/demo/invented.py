"""Invented worlds: things that nobody can know by heart, so that a model must read."""

from __future__ import annotations

import html
import random
from collections.abc import Callable

from models.demo import tables
from models.demo.worlds import SECTIONS, Condition, Fact, Thing, World, render, slug


def _split(words: str) -> list[str]:
    return words.split()


_STARTS = _split(
    "Al Bar Cor Dun El Far Gal Hol Il Jor Kel Lom Mar Nor Or Pel Quin Ras Sal Tor Ul Ver Wen Yar Zel"
)
_MIDDLES = _split("a e i o u an er il on ur ev ami osti andi")
_ENDS = _split("dor mere nia ton via lis gard sk pur heim ta vo que ño ská lund ford beck ria da")
_FIRST = _split(
    "Ada Boris Carla Dmitri Elena Farid Greta Hugo Ines Jonas Kira Luca Mara Nils Olga Pavel Rosa Sven"
)
_MONTHS = _split("January February March April May June July August September October November December")
_COLOURS = _split("red blue green yellow white black orange silver violet brown")
_NOUNS = _split("council chamber federation monastery harbour republic cooperative foundation")
_ADJECTIVES = _split("northern unitary federal free coastal royal municipal independent maritime")
Maker = Callable[[random.Random], str]


def word(rng: random.Random) -> str:
    """A name that does not exist."""
    return rng.choice(_STARTS) + rng.choice(_MIDDLES) * rng.randint(0, 1) + rng.choice(_ENDS)


def person(rng: random.Random) -> str:
    return (
        f"{rng.choice(('', '', 'Minister ', 'Dr. ', 'President '))}{rng.choice(_FIRST)} {word(rng).upper()}"
    )


def _number(rng: random.Random) -> str:
    return f"{int(10 ** rng.uniform(0, 7.9)):,}"


def _decimal(rng: random.Random) -> str:
    return f"{rng.uniform(0, 10 ** rng.randint(0, 3)):.{rng.randint(1, 2)}f}"


def _measure(unit: str) -> Maker:
    return lambda rng: f"{_number(rng) if rng.random() < 0.6 else _decimal(rng)} {unit}"


def _date(rng: random.Random) -> str:
    return f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} {rng.randint(1650, 2025)}"


def _code(rng: random.Random) -> str:
    letters = "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(rng.randint(2, 4)))
    return rng.choice((letters, f"{letters}-{rng.randint(1, 999)}", f".{letters[:2].lower()}"))


def _words(rng: random.Random) -> str:
    return f"{rng.choice(_ADJECTIVES)} {rng.choice(_NOUNS)}"


def _colours(rng: random.Random) -> str:
    return ", ".join(rng.sample(_COLOURS, rng.randint(1, 3)))


def _percent(rng: random.Random) -> str:
    return f"{rng.uniform(0, 100):.1f}%"


# Names and shapes of facts; none of the factbook's held-out fields is among them.
FACTS: dict[str, Maker] = {
    "length": _measure("km"), "height": _measure("m"), "depth": _measure("m"), "weight": _measure("tons"),
    "surface": _measure("sq km"), "volume": _measure("million cubic meters"), "staff": _number,
    "visitors": _number, "capacity": _measure("seats"), "ticket price": _measure("crowns"),
    "budget": _measure("million crowns"), "mean age": _measure("years"), "distance": _measure("km"),
    "opening date": _date, "founding date": _date, "last inspection": _date, "start of construction": _date,
    "architect": person, "director": person, "owner": person, "first mayor": person, "patron": person,
    "station code": _code, "domain suffix": _code, "licence number": _code, "call sign": _code,
    "type": _words, "legal form": _words, "governing body": _words, "flag colors": _colours,
    "nearest town": word, "main port": word, "seat": word, "sister city": word, "local name": word,
    "largest hall": word, "language family": word, "occupancy": _percent, "tree cover": _percent,
    "growth": _percent, "women's share": _percent, "rank": lambda rng: str(rng.randint(1, 60)),
    "number of bridges": lambda rng: str(rng.randint(0, 400)), "average temperature": _decimal,
    "rate of loss": _measure("cases/1,000 people"), "born members": _measure("births/1,000 members"),
    "open to foreigners": lambda rng: rng.choice(("yes", "no")),
    "night service": lambda rng: rng.choice(("yes", "no", "no")),
    "ferry link": lambda rng: rng.choice(("yes", "no")),
    "dams": lambda rng: rng.choice(("0", "0", str(rng.randint(1, 40)))),
    "open shore": lambda rng: rng.choice(("0 km (enclosed)", f"{rng.randint(2, 900)} km")),
    "outer border": lambda rng: rng.choice(("0 km", f"{rng.randint(2, 900)} km", f"{_number(rng)} km")),
    "water level": lambda rng: rng.choice(("0 m (dry)", f"{rng.randint(1, 90)} m", f"{_decimal(rng)} m")),
    "entry fee": lambda rng: rng.choice(("none", f"{rng.randint(2, 90)} crowns")),
    "protection": lambda rng: rng.choice(("none", "fully protected", "partly protected")),
}  # fmt: skip


def _zero(text: str) -> bool:
    return text.split(" ", maxsplit=1)[0] in ("0", "none", "none;")


# What can narrow a group, by the fact that decides.
CONDITIONS: dict[str, tuple[tuple[str, str, Callable[[str], bool]], ...]] = {
    "open to foreigners": (
        ("that are open to foreigners", "open to foreigners", lambda text: text.startswith("yes")),
        ("that are not open to foreigners", "not open to foreigners", lambda text: text.startswith("no")),
    ),
    "night service": (
        ("that have night service", "have night service", lambda text: text.startswith("yes")),
    ),
    "ferry link": (
        ("that have a ferry link", "have a ferry link", lambda text: text.startswith("yes")),
        ("without a ferry link", "without a ferry link", lambda text: text.startswith("no")),
    ),
    "dams": (
        ("without any dam", "without any dam", _zero),
        ("that have dams", "have dams", lambda text: not _zero(text)),
    ),
    "open shore": (
        ("that are enclosed", "enclosed", lambda text: "enclosed" in text),
        ("without any open shore", "without any open shore", _zero),
    ),
    "outer border": (
        ("without any outer border", "without any outer border", _zero),
        ("with an outer border", "with an outer border", lambda text: not _zero(text)),
    ),
    "water level": (("that are dry", "dry", lambda text: "dry" in text),),
    "entry fee": (("without any entry fee", "without any entry fee", _zero),),
    "protection": (
        ("that are fully protected", "fully protected", lambda text: text.startswith("fully")),
        ("without protection", "without protection", _zero),
    ),
    "number of bridges": (("without any bridge", "without any bridge", _zero),),
    "legal form": tuple(
        (f"that are {word}", word, lambda text, word=word: word in text)  # type: ignore[misc]
        for word in ("northern", "royal", "coastal", "maritime")
    ),
}

KINDS = [
    ("river", "rivers"), ("museum", "museums"), ("island", "islands"), ("company", "companies"),
    ("university", "universities"), ("moon", "moons"), ("province", "provinces"), ("bridge", "bridges"),
    ("state", "states"), ("lake", "lakes"), ("festival", "festivals"), ("kingdom", "kingdoms"),
    ("station", "stations"), ("party", "parties"), ("country", "countries"), ("territory", "territories"),
]  # fmt: skip


def invented(rng: random.Random) -> World:
    """A world of one kind of thing."""
    singular, plural = rng.choice(KINDS)
    fields = rng.sample(sorted(FACTS), rng.choice((7, 8, 9, 10, 12, 16, 20, 24)))
    style = rng.choice(("headings", "nested", "nested", "nested", "list", "table"))
    written = {field: _written(field, rng) for field in fields}
    groups: dict[str, list[Thing]] = {}
    used: set[str] = set()
    for _ in range(rng.randint(4, 7)):
        group = _place(rng)
        if slug(group) in used:
            continue
        used.add(slug(group))
        names = _names(rng, _size(rng), used)
        things = [_thing(rng, name, f"{singular} in {group}", written, style) for name in names]
        groups[group] = sorted(things, key=lambda thing: thing.name)
    conditions = tuple(
        Condition(words, check, field, holds)
        for field in fields
        for words, check, holds in CONDITIONS.get(field, ())
    )
    name = f"w{rng.randint(10, 99)}-{plural}"
    return World(name, singular, plural, tuple(fields), groups, conditions=conditions)


def _size(rng: random.Random) -> int:
    return rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 20, 24))


def _place(rng: random.Random) -> str:
    name = word(rng)
    side = rng.choice(("North", "East", "Upper", "Central", "South", "West", "Inner"))
    return rng.choice((name, name, f"the {name} Sea", f"{side} {name}", f"{side} and {word(rng)} {name}",
                       f"{side} {name} and the {word(rng)} Coast", f"Greater {name}"))  # fmt: skip


def _names(rng: random.Random, count: int, used: set[str]) -> list[str]:
    """Names that no other page has: invented, or of towns."""
    towns = tables.names(rng, count) if rng.random() < 0.5 else []
    found: list[str] = []
    while len(found) < count:
        name = towns.pop() if towns else _name(rng)
        if slug(name) not in used:
            used.add(slug(name))
            found.append(name)
    return found


def _name(rng: random.Random) -> str:
    name = word(rng)
    return rng.choice((
        *(name, name, name, name, f"Saint {name}", f"The {name}s", f"{name}-{word(rng)}"),
        f"{name} and {word(rng)}",
        f"{name} {rng.choice(('Island', 'North', 'Major', 'Point', 'Republic', 'Islands'))}",
        f"{rng.choice(('New', 'Old', 'North', 'South', 'Upper', 'United', 'Republic of'))} {name}",
        f"Saint {name} and the {word(rng)}s",
    ))  # fmt: skip


def _written(field: str, rng: random.Random) -> str:
    """How the pages of a world head a field: as it is, or with more words around it."""
    chance = rng.random()
    if chance < 0.55:
        return field.capitalize()
    if chance < 0.65 and field.count(" ") == 1:
        return field.split(maxsplit=1)[0].capitalize()
    more = rng.choice(("{} (total)", "{} - overall", "{} rate", "Total {}", "{} by year", "Official {}",
                       "{} of adults", "{} (latest figure)", "Civil {}"))  # fmt: skip
    return more.format(field).capitalize()


def _thing(rng: random.Random, name: str, what: str, written: dict[str, str], style: str) -> Thing:
    values = {}
    for field in written:
        if rng.random() < 0.85:
            note = rng.choice(("", "", "", f" ({rng.randint(2005, 2025)} est.)", " (official)", "; see note"))
            values[field] = FACTS[field](rng) + note
    intro = f"{name}: a {what}."
    path = f"{slug(what.partition(' in ')[0])}/{slug(name)}"
    if style == "nested":
        return Thing(name, path, *_nested(name, intro, values, written, rng))
    body, facts = render(name, intro, {written[field]: value for field, value in values.items()}, style)
    return Thing(name, path, body, {field: facts[written[field]] for field in values})


_OWN = ("name", "total", "total", "value", "figure", "overall", "current")
_BESIDE: dict[str, Maker] = {
    "male": _decimal, "female": _decimal, "since": _date,
    "etymology": lambda rng: f"named for the {word(rng)} people",
    "geographic coordinates": lambda rng: f"{rng.randint(0, 89)} {rng.randint(0, 59)} N, 12 30 E",
    "previous": word, "change": _percent, "deputy": person, "largest part": _number, "note": _words,
}  # fmt: skip


_HEADS = ("Site", "Establishment", "Operation", "Status", "Background", "Administration", "Condition")


def _nested(
    name: str, intro: str, values: dict[str, str], written: dict[str, str], rng: random.Random
) -> tuple[str, dict[str, Fact]]:
    """A page whose headings each hold a small list: the value is one of its lines. Some headings are general,
    and only the line tells what it is about."""
    parts = [f"<h1>{html.escape(name)}</h1><p>{html.escape(intro)}</p>"]
    facts: dict[str, Fact] = {}
    heads = rng.sample(_HEADS, len(_HEADS))
    for at, (key, value) in enumerate(values.items()):
        if at % 5 == 0:
            parts.append(f"<h2>{SECTIONS[at // 5 % len(SECTIONS)]}</h2>")
        chance, words = rng.random(), key.split()
        told = True
        if heads and chance < 0.2:
            heading, label = heads.pop(), written[key].lower()
        elif chance < 0.32 and len(words) == 2:
            heading, label = words[0].capitalize(), words[1]
        else:
            heading, label, told = written[key], rng.choice(_OWN), False
        lines = [(label, value)]
        lines += [(beside, _BESIDE[beside](rng)) for beside in rng.sample(sorted(_BESIDE), rng.randint(1, 3))]
        if label != "total" and rng.random() < 0.3:
            lines.insert(0, lines.pop())
        items = "".join(f"<li>{html.escape(f'{left}: {right}')}</li>" for left, right in lines)
        parts.append(f"<h3>{html.escape(heading)}</h3><ul>{items}</ul>")
        facts[key] = Fact(heading, f"{label}: {value}", value, label if told else "")
    return "\n".join(parts), facts
