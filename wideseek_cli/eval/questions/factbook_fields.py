"""Clean values out of the World Factbook's text: what a question may ask for, and what is right."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wideseek_cli.sources.offline.factbook import Country

_NUMBER = re.compile(r"-?\$?\d[\d,]*(?:\.\d+)?%?")
_DATE = re.compile(r"\b\d{1,2} [A-Z][a-z]+ \d{4}\b")
_CODE = re.compile(r"\.[a-z]{2}\b")
_ZONE = re.compile(r"UTC(?:[+-]\d{1,2}(?:[.:]\d{1,2})?)?")
_LONGEST = 60


@dataclass(frozen=True)
class Field:
    """A fact that most pages have. `metric` and `criterion` are how a benchmark compares it."""

    name: str
    chinese: str
    path: tuple[str, str, str]  # section, field, label
    clean: Callable[[str], str]
    unit: str = ""  # belongs to the value in a report, never to the gold
    preprocess: str = "norm_str"
    metric: str = "exact_match"
    criterion: float | None = None

    @property
    def textual(self) -> bool:
        """Whether a missing value would be compared as a word."""
        return self.metric == "exact_match"


def _number(text: str) -> str:
    match = _NUMBER.match(text)
    if match is None or re.match(r"\s*(?:million|billion|trillion)", text[match.end() :]):
        return ""
    return match[0]


def _date(text: str) -> str:
    found = _DATE.findall(text)
    return found[0] if len(found) == 1 and text.startswith(found[0]) else ""


def _code(text: str) -> str:
    found = _CODE.findall(text)
    return found[0] if len(found) == 1 else ""


def _zone(text: str) -> str:
    match = _ZONE.match(text)
    return match[0] if match and text.count("UTC") == 1 else ""


def _name(text: str) -> str:
    """A plain name, without a note or brackets after it; nothing when the text hedges, lists or explains."""
    text = re.sub(r"; note\b.*$", "", text.split("\n", maxsplit=1)[0].strip())
    text = re.sub(r"(?<=\w) \([^()]*\)$", "", text)
    plain = not re.search(r"[;:(\[]|\bor\b|\bnote\b|none|NA\b|--", text)
    return text if plain and 0 < len(text) <= _LONGEST else ""


def _words(text: str) -> str:
    """A short list of words, commas kept."""
    return _name(text) if len(text) <= _LONGEST else ""


def _place(text: str) -> str:
    """The name in "Mont Blanc 4,810 m"."""
    match = re.match(r"(\D+?) -?\d[\d,.]* m\b", text)
    return _name(match[1]) if match else ""


def _quoted(text: str) -> str:
    match = re.match(r'"([^"]+)"', text)
    return _name(match[1]) if match else ""


def _people(text: str) -> str:
    """A name without its title and term of office stays as the page writes it, title included."""
    return _name(re.sub(r" \(since [^)]*\)$", "", text.split(";", maxsplit=1)[0].strip()))


def _numeric(
    name: str, chinese: str, path: tuple[str, str, str], unit: str = "", criterion: float = 0.01
) -> Field:
    return Field(name, chinese, path, _number, unit, "extract_number", "number_near", criterion)


_GEOGRAPHY, _PEOPLE, _STATE, _MONEY = "Geography", "People and Society", "Government", "Economy"
_WIRES, _MOVES = "Communications", "Transportation"
_IDLE, _AIRCRAFT = "unemployment rate (ages 15-24)", "aircraft registration country code prefix"
_DUAL, _ALL = "dual citizenship recognized", "total population"

# The three lists never meet: a model trained on the first has seen none of the others' fields.
FIELDS: Mapping[str, tuple[Field, ...]] = {
    "train": (
        _numeric("land area", "陆地面积", (_GEOGRAPHY, "Area", "land"), "sq km"),
        _numeric("water area", "水域面积", (_GEOGRAPHY, "Area", "water"), "sq km"),
        _numeric("mean elevation", "平均海拔", (_GEOGRAPHY, "Elevation", "mean elevation"), "m"),
        _numeric("irrigated land", "灌溉面积", (_GEOGRAPHY, "Irrigated land", ""), "sq km"),
        _numeric("forest share", "森林覆盖率", (_GEOGRAPHY, "Land use", "forest")),
        _numeric("population growth rate", "人口增长率", (_PEOPLE, "Population growth rate", "")),
        _numeric("death rate", "死亡率", (_PEOPLE, "Death rate", ""), "deaths/1,000 population"),
        _numeric("fertility rate", "生育率", (_PEOPLE, "Total fertility rate", ""), "children born/woman"),
        _numeric("urban population", "城市人口比例", (_PEOPLE, "Urbanization", "urban population")),
        _numeric("obesity rate", "肥胖率", (_PEOPLE, "Obesity - adult prevalence rate", "")),
        _numeric("heliports", "直升机场数量", (_MOVES, "Heliports", "")),
        _numeric("railways", "铁路长度", (_MOVES, "Railways", "total"), "km"),
        _numeric("merchant ships", "商船数量", (_MOVES, "Merchant marine", "total")),
        _numeric("youth unemployment", "青年失业率", (_MONEY, f"Youth {_IDLE}", "total")),
        Field("lowest point", "最低点", (_GEOGRAPHY, "Elevation", "lowest point"), _place),
        Field("government type", "政体", (_STATE, "Government type", ""), _name),
        Field("chief of state", "国家元首", (_STATE, "Executive branch", "chief of state"), _people),
        Field("legislature name", "立法机关", (_STATE, "Legislative branch", "legislature name"), _name),
        Field("dual citizenship", "双重国籍", (_STATE, "Citizenship", _DUAL), _name),
        Field(
            "aircraft prefix", "航空器注册代码", (_MOVES, f"Civil {_AIRCRAFT}", ""), _name
        ),
        Field("national colors", "国家代表色", (_STATE, "National color(s)", ""), _words),
    ),
    "dev": (
        _numeric("population", "人口", (_PEOPLE, "Population", "total")),
        _numeric("birth rate", "出生率", (_PEOPLE, "Birth rate", ""), "births/1,000 population"),
        _numeric("internet users", "互联网用户比例", (_WIRES, "Internet users", "percent of population")),
        _numeric("land boundaries", "陆地边界", (_GEOGRAPHY, "Land boundaries", "total"), "km"),
        _numeric("infant mortality", "婴儿死亡率", (_PEOPLE, "Infant mortality rate", "total")),
        Field("highest point", "最高点", (_GEOGRAPHY, "Elevation", "highest point"), _place),
        Field("time zone", "时区", (_STATE, "Capital", "time difference"), _zone),
        Field("head of government", "政府首脑", (_STATE, "Executive branch", "head of government"), _people),
    ),
    "test": (
        Field("capital", "首都", (_STATE, "Capital", "name"), _name),
        Field("internet country code", "互联网国家代码", (_WIRES, "Internet country code", ""), _code),
        _numeric("total area", "总面积", (_GEOGRAPHY, "Area", "total"), "sq km"),
        _numeric("coastline", "海岸线长度", (_GEOGRAPHY, "Coastline", ""), "km"),
        _numeric("median age", "年龄中位数", (_PEOPLE, "Median age", "total"), "years"),
        _numeric("life expectancy", "预期寿命", (_PEOPLE, "Life expectancy at birth", _ALL), "years"),
        _numeric("airports", "机场数量", (_MOVES, "Airports", "")),
        Field(
            "independence date", "独立日期", (_STATE, "Independence", ""), _date, "", "norm_date", "date_near"
        ),
        Field("nationality adjective", "国籍形容词", (_PEOPLE, "Nationality", "adjective"), _name),
    ),
}  # fmt: skip


def text_of(country: Country, field: Field) -> str:
    """The text that stands on the country's page for a field; empty when it has none."""
    section, title, label = field.path
    return country.sections.get(section, {}).get(title, {}).get(label, "")


def value_of(country: Country, field: Field) -> str:
    """The clean value; empty when the page has none, or none that is plainly one value."""
    return field.clean(text_of(country, field))
