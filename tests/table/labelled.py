"""A labelled set made from the factbook: real page texts, right cells, and cells wrong on purpose."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from wideseek_cli.pages.html import read_html
from wideseek_cli.table.evidence import prove
from wideseek_cli.table.model import Cell, CellStatus, Column, ColumnType, Document, Row, Table
from wideseek_cli.table.values import parse_date, parse_number, same_value
from wideseek_cli.tools.factbook import Country, load_countries, pages


@dataclass(frozen=True)
class FieldSpec:
    """A column and where the factbook has it; `older` and `other` have values wrong for it."""

    column: str
    kind: ColumnType
    section: str
    title: str
    label: str = ""
    older: str = ""
    other: tuple[str, str, str] | None = None


INT, FLOAT, STR, DATE = ColumnType.INT, ColumnType.FLOAT, ColumnType.STR, ColumnType.DATE
GEO, PEOPLE, GOV, ECO, COM = "Geography", "People and Society", "Government", "Economy", "Communications"
LIFE, INFANT = "Life expectancy at birth", "Infant mortality rate"

DEVELOPMENT = (
    FieldSpec("capital", STR, GOV, "Capital", "name"),
    FieldSpec("area (sq km)", INT, GEO, "Area", "total", other=(GEO, "Area", "land")),
    FieldSpec("coastline (km)", INT, GEO, "Coastline"),
    FieldSpec("population", INT, PEOPLE, "Population", "total", other=(PEOPLE, "Population", "male")),
    FieldSpec("birth rate", FLOAT, PEOPLE, "Birth rate", other=(PEOPLE, "Death rate", "")),
    FieldSpec("median age", FLOAT, PEOPLE, "Median age", "total", other=(PEOPLE, "Median age", "female")),
    FieldSpec("life expectancy", FLOAT, PEOPLE, LIFE, "total population", other=(PEOPLE, LIFE, "male")),
    FieldSpec("internet TLD", STR, COM, "Internet country code"),
    FieldSpec("independence date", DATE, GOV, "Independence"),
    FieldSpec(
        "highest point", STR, GEO, "Elevation", "highest point", other=(GEO, "Elevation", "lowest point")
    ),
    FieldSpec("real GDP per capita", INT, ECO, "Real GDP per capita", "Real GDP per capita 2024", "2023"),
)
HELD_BACK = (
    FieldSpec("fertility rate", FLOAT, PEOPLE, "Total fertility rate",
              other=(PEOPLE, "Gross reproduction rate", "")),
    FieldSpec("death rate", FLOAT, PEOPLE, "Death rate", other=(PEOPLE, "Birth rate", "")),
    FieldSpec("infant mortality", FLOAT, PEOPLE, INFANT, "total", other=(PEOPLE, INFANT, "male")),
    FieldSpec("length of land boundaries (km)", INT, GEO, "Land boundaries", "total",
              other=(GEO, "Coastline", "")),
    FieldSpec("land area in sq km", INT, GEO, "Area", "land", other=(GEO, "Area", "total")),
    FieldSpec("lowest point", STR, GEO, "Elevation", "lowest point",
              other=(GEO, "Elevation", "highest point")),
    FieldSpec("type of government", STR, GOV, "Government type"),
    FieldSpec("exports (US$)", FLOAT, ECO, "Exports", "Exports 2024", "2023",
              (ECO, "Imports", "Imports 2024")),
    FieldSpec("unemployment rate (%)", FLOAT, ECO, "Unemployment rate", "Unemployment rate 2024", "2022"),
    FieldSpec("inflation rate 2023", FLOAT, ECO, "Inflation rate (consumer prices)",
              "Inflation rate (consumer prices) 2023", "2022"),
    FieldSpec("mobile phone subscriptions", STR, COM, "Telephones - mobile cellular", "total subscriptions",
              other=(COM, "Telephones - fixed lines", "total subscriptions")),
    FieldSpec("share of internet users", STR, COM, "Internet users", "percent of population"),
    FieldSpec("forest cover (%)", FLOAT, GEO, "Land use", "forest",
              other=(GEO, "Land use", "agricultural land")),
    FieldSpec("airports", INT, "Transportation", "Airports", other=("Transportation", "Heliports", "")),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A table, what was read for it, and which of its cells are right (by row; the key column left out)."""

    table: Table
    documents: tuple[Document, ...]
    right: tuple[tuple[bool, ...], ...]
    how: tuple[tuple[str, ...], ...]


@lru_cache(maxsize=1)
def world() -> tuple[list[Country], dict[str, Document]]:
    texts = {}
    for page in pages():
        found = read_html(page.html.encode())
        texts[page.path] = Document(f"zim://factbook/{page.path}", found.title, found.text)
    return load_countries(), texts


def value_of(country: Country, spec: FieldSpec, place: tuple[str, str, str] | None = None) -> str:
    """The cell text for a field; empty when the country has none that fits the column."""
    section, title, label = place or (spec.section, spec.title, spec.label)
    text = country.sections.get(section, {}).get(title, {}).get(label, "")
    first = re.split(r"[;(\n]", text)[0].strip()
    if spec.kind is DATE:
        date = parse_date(first)
        return first if date and date.month else ""
    if spec.kind in (INT, FLOAT) or spec.column == "mobile phone subscriptions":
        number = parse_number(first)
        return re.sub(r"^(NA|less than).*", "", first[: number.end]) if number else ""
    first = re.sub(r"\s+-?[\d,]+ m$", "", first)
    return "" if re.match(r"name|NA\b|none", first) or len(first) > 60 else first


def _written(text: str, spec: FieldSpec, rng: random.Random) -> str:
    """The same value as another writer might put it."""
    number = parse_number(text) if spec.kind in (INT, FLOAT) else None
    if spec.kind is DATE and (date := parse_date(text)) and rng.random() < 0.5:
        return rng.choice([date.iso(), str(date.year)])
    if number is None:
        return text.upper() if rng.random() < 0.1 else text
    if number.step == 1 and number.value >= 1_000_000 and rng.random() < 0.3:
        return f"{number.value / 1e6:.1f} million"
    if number.step == 1:
        return rng.choice([f"{number.value:.0f}", f"{number.value:,.0f}", text])
    return text


def cases(specs: Sequence[FieldSpec], regions: Sequence[str], seed: int, count: int = 300) -> list[Case]:
    """Tables of ten countries and nine fields until there are enough cells, about half of them wrong."""
    rng = random.Random(seed)
    countries, texts = world()
    made: list[Case] = []
    while sum(kind != "blank" for case in made for row in case.how for kind in row) < count:
        region = rng.choice(list(regions))
        pool = [c for c in countries if c.region == region and c.sovereign]
        made.append(_case(rng.sample(pool, 10), rng.sample(pool, 3), rng.sample(list(specs), 9), texts, rng))
    return made


def _case(
    rows: list[Country],
    more: list[Country],
    specs: list[FieldSpec],
    texts: dict[str, Document],
    rng: random.Random,
) -> Case:
    columns = (Column("country", key=True), *(Column(s.column, s.kind) for s in specs))
    swapped = {rows[0].slug: rows[1], rows[1].slug: rows[0]} if rng.random() < 0.7 else {}
    cells, right, how = [], [], []
    for country in rows:
        made = [_cell(country, spec, rows, swapped.get(country.slug), rng) for spec in specs]
        cells.append(Row((Cell(country.title), *(Cell(text) for text, _ in made))))
        right.append(tuple(kind == "right" for _, kind in made))
        how.append(tuple(kind for _, kind in made))
    paths = dict.fromkeys(c.path for c in (*rows, *more))
    documents = [texts[p] for p in paths] + [d for p, d in texts.items() if p.startswith("region/")]
    rng.shuffle(documents)
    return Case(Table(columns, tuple(cells)), tuple(documents), tuple(right), tuple(how))


def _cell(
    country: Country, spec: FieldSpec, rows: list[Country], swap: Country | None, rng: random.Random
) -> tuple[str, str]:
    gold = value_of(country, spec)
    if not gold:
        return "", "blank"
    if swap is None and rng.random() < 0.55:
        return _written(gold, spec, rng), "right"
    for text, kind in _wrongs(country, spec, rows, swap, rng):
        if text and not same_value(text, gold, spec.kind):
            return text, kind
    return _written(gold, spec, rng), "right"


def _wrongs(
    country: Country, spec: FieldSpec, rows: list[Country], swap: Country | None, rng: random.Random
) -> Iterator[tuple[str, str]]:
    if swap is not None:
        yield value_of(swap, spec), "swapped row"
    found = []
    if spec.older:
        label = re.sub(r"20\d\d", spec.older, spec.label)
        found.append((value_of(country, spec, (spec.section, spec.title, label)), "another year"))
    if spec.other:
        found.append((value_of(country, spec, spec.other), "another field"))
    rng.shuffle(found)
    if rng.random() < 0.6:
        yield from found
    for neighbour in rng.sample(rows, len(rows)):
        if neighbour is not country:
            yield value_of(neighbour, spec), "neighbour"


@dataclass(frozen=True)
class Measured:
    """What the proof made of a labelled set."""

    cells: int
    wrong: int
    proved: int
    proved_right: int
    right_unproved: int
    right_proved: int
    mistakes: tuple[str, ...]

    @property
    def precision(self) -> float:
        """How often `proved` is right."""
        return self.proved_right / max(1, self.proved)

    @property
    def right(self) -> int:
        """How many cells are right."""
        return self.cells - self.wrong

    @property
    def missed(self) -> float:
        """How often a right cell is called unproved."""
        return self.right_unproved / max(1, self.right)

    @property
    def figures(self) -> str:
        """One line of what was counted."""
        proved = f"{self.proved_right} of {self.proved} proved are right ({self.precision:.1%})"
        right = f"of {self.right} right cells {self.right_proved} are proved, {self.right_unproved} unproved"
        return f"{self.cells} cells, {self.wrong} of them wrong: {proved}; {right}"


def measure(made: Sequence[Case]) -> Measured:
    """Prove every table and count."""
    count: Counter[str] = Counter()
    mistakes = []
    for case in made:
        table = prove(case.table, case.documents)
        for row, truths, kinds in zip(table.rows, case.right, case.how, strict=True):
            for column, cell, truth, kind in zip(
                table.columns[1:], row.cells[1:], truths, kinds, strict=True
            ):
                if kind == "blank":
                    assert cell.status is CellStatus.MISSING
                    continue
                count["cells"] += 1
                count["wrong"] += not truth
                count[f"{truth} {cell.status.value}"] += 1
                if (cell.status is CellStatus.PROVED) != truth:
                    quote = cell.proof.quote if cell.proof else ""
                    mistakes.append(
                        f"{kind}: {row.cells[0].text} / {column.name} = {cell.text!r} {cell.status.value}"
                        f" {cell.alternatives} <- {quote!r}"
                    )
    proved_right = count["True proved"]
    return Measured(
        cells=count["cells"],
        wrong=count["wrong"],
        proved=proved_right + count["False proved"],
        proved_right=proved_right,
        right_unproved=count["True unproved"],
        right_proved=proved_right,
        mistakes=tuple(mistakes),
    )
