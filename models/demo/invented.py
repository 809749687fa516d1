"""Invented worlds: things that nobody can know by heart, so that a model must read."""

from __future__ import annotations

import html
import random
from collections.abc import Callable

from models.demo.worlds import SECTIONS, Fact, Thing, World, render, slug


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
}  # fmt: skip

KINDS = [
    ("river", "rivers"), ("museum", "museums"), ("island", "islands"), ("company", "companies"),
    ("university", "universities"), ("moon", "moons"), ("province", "provinces"), ("bridge", "bridges"),
    ("state", "states"), ("lake", "lakes"), ("festival", "festivals"), ("kingdom", "kingdoms"),
    ("station", "stations"), ("party", "parties"), ("country", "countries"), ("territory", "territories"),
]  # fmt: skip


def invented(rng: random.Random) -> World:
    """A world of one kind of thing."""
    singular, plural = rng.choice(KINDS)
    fields = rng.sample(sorted(FACTS), rng.randint(7, 12))
    style = rng.choice(("headings", "nested", "nested", "list", "table"))
    groups: dict[str, list[Thing]] = {}
    used: set[str] = set()
    for _ in range(rng.randint(4, 7)):
        group = _place(rng)
        if slug(group) in used:
            continue
        used.add(slug(group))
        things = [_thing(rng, singular, group, fields, style, used) for _ in range(_size(rng))]
        groups[group] = sorted(things, key=lambda thing: thing.name)
    return World(f"w{rng.randint(10, 99)}-{plural}", singular, plural, tuple(fields), groups)


def _size(rng: random.Random) -> int:
    return rng.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 17, 20, 24))


def _place(rng: random.Random) -> str:
    name = word(rng)
    return rng.choice((name, name, f"the {name} Sea", f"{rng.choice(('North', 'East', 'Upper'))} {name}",
                       f"{name} and the {word(rng)} Coast", f"Greater {name}"))  # fmt: skip


def _thing(
    rng: random.Random, singular: str, group: str, fields: list[str], style: str, used: set[str]
) -> Thing:
    while True:
        name = word(rng)
        form = rng.random()
        if form < 0.15:
            name = f"Saint {name}"
        elif form < 0.3:
            name = f"{name} {rng.choice(('Island', 'North', 'Major', 'Point', 'Republic'))}"
        elif form < 0.36:
            name = f"{name} and {word(rng)}"
        if slug(name) not in used:
            break
    used.add(slug(name))
    values = {}
    for field in fields:
        if rng.random() < 0.9:
            note = rng.choice(("", "", "", f" ({rng.randint(2005, 2025)} est.)", " (official)", "; see note"))
            values[field] = FACTS[field](rng) + note
    intro = f"{name}: a {singular} in {group}."
    body, facts = (
        _nested(name, intro, values, rng) if style == "nested" else render(name, intro, values, style)
    )
    return Thing(name, f"{slug(singular)}/{slug(name)}", body, facts)


_OWN = ("name", "total", "total", "value", "figure", "overall", "current")
_BESIDE: dict[str, Maker] = {
    "male": _decimal, "female": _decimal, "since": _date,
    "etymology": lambda rng: f"named for the {word(rng)} people",
    "geographic coordinates": lambda rng: f"{rng.randint(0, 89)} {rng.randint(0, 59)} N, 12 30 E",
    "previous": word, "change": _percent, "deputy": person, "largest part": _number, "note": _words,
}  # fmt: skip


def _nested(name: str, intro: str, values: dict[str, str], rng: random.Random) -> tuple[str, dict[str, Fact]]:
    """A page whose headings each hold a small list: the value is one of its lines."""
    parts = [f"<h1>{html.escape(name)}</h1><p>{html.escape(intro)}</p>"]
    facts: dict[str, Fact] = {}
    for at, (key, value) in enumerate(values.items()):
        if at % 5 == 0:
            parts.append(f"<h2>{SECTIONS[at // 5 % len(SECTIONS)]}</h2>")
        heading, label = key.capitalize(), rng.choice(_OWN)
        lines = [(label, value)]
        lines += [(beside, _BESIDE[beside](rng)) for beside in rng.sample(sorted(_BESIDE), rng.randint(1, 3))]
        if label != "total" and rng.random() < 0.2:
            lines.insert(0, lines.pop())
        items = "".join(f"<li>{html.escape(f'{left}: {right}')}</li>" for left, right in lines)
        parts.append(f"<h3>{html.escape(heading)}</h3><ul>{items}</ul>")
        facts[key] = Fact(heading, f"{label}: {value}", value)
    return "\n".join(parts), facts
