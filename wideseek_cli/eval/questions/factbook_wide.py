"""`factbook-wide`: seeded questions over the built-in corpus, with their right answers.

Regions, fields and phrasings of `train`, `dev` and `test` never meet; `zh` asks in Chinese over the test
part.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions.factbook_fields import FIELDS, Field, text_of, value_of
from wideseek_cli.sources.offline.factbook import REGIONS, Country, load_countries

MISSING = "not found"
SEED = 20
SIZES = {"small": (3, 9), "medium": (10, 25), "large": (26, 60)}
COUNTS = {"small": 24, "medium": 22, "large": 14}
CHINESE_COUNTS = {"small": 8, "medium": 8, "large": 4}
SPLIT_REGIONS = {
    "train": ("africa", "europe", "antarctica"),
    "dev": ("south-asia", "east-n-southeast-asia", "central-america-n-caribbean"),
    "test": ("south-america", "middle-east", "central-asia", "north-america", "australia-oceania"),
}
_CHINESE_REGIONS = {
    "south-america": "南美洲",
    "middle-east": "中东",
    "central-asia": "中亚",
    "north-america": "北美洲",
    "australia-oceania": "大洋洲",
}
# {set} is who is asked about, {fields} what is asked; the columns follow in a line of their own.
PHRASINGS = {
    "train": (
        "Make a table of {set} with {fields}.",
        "For {set}, give {fields}.",
        "I need {fields} for {set}.",
        "What are the {fields} of {set}?",
        "Collect {fields} of {set} in one table.",
        "Tabulate {set}: {fields}.",
        "Please find, for {set}, the following: {fields}.",
        "Compile a table that shows {fields} for {set}.",
        "{set}: {fields}?",
        "Give me a list of {set}, each with {fields}.",
        "Write down {fields} for each of {set}.",
        "Which {fields} do {set} have?",
    ),
    "dev": (
        "Put together an overview of {set} that states {fields}.",
        "Look up {fields} for all of {set}.",
        "Show {set} together with their {fields}.",
        "Can you tell me {fields} for {set}?",
    ),
    "test": (
        "List {set} with {fields}.",
        "Draw up a table of {set} and report their {fields}.",
        "Find out {fields} for each of {set}.",
        "We are comparing {set}; show {fields} for every one.",
        "Provide {fields} for {set} as a table.",
    ),
    "zh": (
        "请列出{set}的{fields}。",
        "请制作一张表格，给出{set}的{fields}。",
        "{set}的{fields}分别是什么？",
    ),
}
_COLUMNS = {
    "en": 'Columns: {columns}. Write "not found" where a value cannot be found.',
    "zh": '列名：{columns}。国家名称和内容请用英文；找不到的内容写 "not found"。',
}


@dataclass(frozen=True)
class Place:
    """A property that narrows a region: who has it, and how questions say it."""

    words: str
    chinese: str
    holds: Callable[[Country], bool]


PROPERTIES = {
    "train": Place("that allow dual citizenship", "允许双重国籍", lambda c: _dual(c) == "yes"),
    "dev": Place("without any land border", "没有陆地边界", lambda c: _borders(c).startswith("0 km")),
    "test": Place("that are landlocked", "内陆", lambda c: "landlocked" in _coast(c)),
}


@dataclass(frozen=True)
class Question:
    """A question, its right table, and how a table is compared with it (WideSearch's `evaluation`)."""

    id: str
    text: str
    language: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    gold: tuple[tuple[str, ...], ...]  # rows, in the order of `columns`
    spec: dict[str, Any]
    size: str  # small, medium, large
    kind: str  # region, given, property

    @property
    def matter(self) -> tuple[frozenset[str], frozenset[str]]:
        """What is asked of whom, however it is put."""
        return frozenset(row[0] for row in self.gold), frozenset(self.columns)


@dataclass(frozen=True)
class Asked:
    """Who a question is about, before its fields are drawn."""

    words: str
    countries: tuple[Country, ...]
    kind: str


def questions(split: str, draw: int = 0) -> list[Question]:
    """The questions of a split; the same ones every time.

    Draw 0 is the benchmark. It is looked at while code is mended, so any other draw asks what draw 0 does
    not: other things, or other fields of the same ones.
    """
    if split not in ("dev", "test", "zh"):
        raise EvaluationError(f"factbook-wide has no split {split!r}", hint="there are: dev, test, zh")
    counts = CHINESE_COUNTS if split == "zh" else COUNTS
    known = {question.matter for question in questions(split)} if draw else set()
    made: list[Question] = []
    for size, count in counts.items():
        name = f"{SEED}-{split}-{size}" + (f"-{draw}" if draw else "")
        stream = generate(split, random.Random(name), size)
        texts: set[str] = set()
        while len(texts) < count:
            question = next(stream)
            if question.text in texts or question.matter in known:
                continue
            texts.add(question.text)
            number = f"{draw}_{len(made) + 1:03d}" if draw else f"{len(made) + 1:03d}"
            made.append(Question(**{**vars(question), "id": f"fb_{split}_{number}"}))
    return made


def generate(split: str, rng: random.Random, size: str) -> Iterator[Question]:
    """Endless questions of one split and size."""
    own = "test" if split == "zh" else split
    language = "zh" if split == "zh" else "en"
    while True:
        asked = _draw_set(own, language, size, rng)
        if asked is None:
            continue
        fields = _draw_fields(own, asked.countries, rng)
        if len(fields) < 2:
            continue
        yield _question(asked, fields, language, size, rng.choice(PHRASINGS[split]))


def usable(field: Field, countries: Sequence[Country]) -> bool:
    """Whether the right value of a field is plain for all: given clearly, or plainly absent."""
    values = [value_of(country, field) for country in countries]
    if field.textual and not all(values):
        return False
    clear = all(value or not text_of(c, field) for value, c in zip(values, countries, strict=True))
    return clear and sum(map(bool, values)) > len(values) // 2


def members(regions: Sequence[str], *, all_areas: bool = False) -> tuple[Country, ...]:
    """The countries of regions, in the order of their names; with territories when `all_areas`."""
    return tuple(c for c in load_countries() if c.region in regions and (c.sovereign or all_areas))


def _draw_set(split: str, language: str, size: str, rng: random.Random) -> Asked | None:
    kind = rng.choices(("region", "given", "property"), (5, 3, 2))[0]
    low, high = SIZES[size]
    regions = rng.sample(SPLIT_REGIONS[split], rng.choices((1, 2, 3), (6, 3, 1))[0])
    inside = members(regions)
    words = _region_words(regions, language)
    if kind == "given":
        count = rng.randint(low, min(high, 30))
        if len(inside) < count:
            return None
        chosen = tuple(rng.sample(inside, count))
        return Asked(_listed([c.title for c in chosen], language), chosen, kind)
    if kind == "property":
        place = PROPERTIES[split]
        inside = tuple(c for c in inside if place.holds(c))
        words = f"{words}{place.chinese}的国家" if language == "zh" else f"{words} {place.words}"
    elif language == "zh":
        words = f"{words}所有国家"
    return Asked(words, inside, kind) if low <= len(inside) <= high else None


def _region_words(regions: Sequence[str], language: str) -> str:
    if language == "zh":
        return "和".join(_CHINESE_REGIONS[region] for region in regions)
    return "the countries of " + _listed([REGIONS[region] for region in regions], "en")


def _draw_fields(split: str, countries: Sequence[Country], rng: random.Random) -> list[Field]:
    good = [field for field in FIELDS[split] if usable(field, countries)]
    count = rng.choices((2, 3, 4, 5, 6), (30, 30, 20, 12, 8))[0]
    return rng.sample(good, min(count, len(good)))


def _question(asked: Asked, fields: Sequence[Field], language: str, size: str, phrasing: str) -> Question:
    names = [field.chinese if language == "zh" else field.name for field in fields]
    columns = ("国家" if language == "zh" else "country", *names)
    text = phrasing.replace("{set}", asked.words).replace("{fields}", _listed(names, language))
    text = text[0].upper() + text[1:]
    line = _COLUMNS[language].format(columns=", ".join(columns))
    gold = tuple((c.title, *(value_of(c, field) or MISSING for field in fields)) for c in asked.countries)
    spec = _spec(columns, fields)
    return Question("", f"{text}\n{line}", language, columns, columns[:1], gold, spec, size, asked.kind)


def _spec(columns: Sequence[str], fields: Sequence[Field]) -> dict[str, Any]:
    pipeline: dict[str, Any] = {columns[0]: {"preprocess": ["norm_str"], "metric": ["exact_match"]}}
    for name, field in zip(columns[1:], fields, strict=True):
        pipeline[name] = {"preprocess": [field.preprocess], "metric": [field.metric]}
        if field.criterion is not None:
            pipeline[name]["criterion"] = field.criterion
    return {"required": list(columns), "unique_columns": [columns[0]], "eval_pipeline": pipeline}


def _listed(names: Sequence[str], language: str) -> str:
    if language == "zh":
        return "、".join(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _text(country: Country, section: str, title: str, label: str) -> str:
    return country.sections.get(section, {}).get(title, {}).get(label, "")


def _dual(country: Country) -> str:
    return _text(country, "Government", "Citizenship", "dual citizenship recognized")


def _borders(country: Country) -> str:
    return _text(country, "Geography", "Land boundaries", "total")


def _coast(country: Country) -> str:
    return _text(country, "Geography", "Coastline", "")
