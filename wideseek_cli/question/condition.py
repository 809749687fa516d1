"""Conditions on rows, and what a value says of one: `founded < 1900`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from wideseek_cli.facts.labels import Match, match
from wideseek_cli.facts.relations import nations
from wideseek_cli.table.columns import match_columns
from wideseek_cli.table.model import Column, Verdict
from wideseek_cli.values.cells import guess_type, same_value
from wideseek_cli.values.compare import name_forms
from wideseek_cli.values.dates import Date, parse_date
from wideseek_cli.values.kinds import ColumnType
from wideseek_cli.values.numbers import Number, parse_number, scan_numbers
from wideseek_cli.values.words import alike, stem, word_set, words

PLACE = "location"  # what a condition is about that only says where
_WORD = re.compile(r"[\w’'-]+")
_LITTLE = word_set("the a an of in on for to at by as with from and or")
_YEAR = re.compile(r"(?<![\d,.])[12]\d{3}(?![\d,.])")


_GROUPED = re.compile(r"(?<=\d),(?=\d{3})")  # within a number


def _spaced(text: str) -> str:
    """Its words, to look for one text in another."""
    return f" {' '.join(words(text))} "


class Sign(str, Enum):
    """How a row's value is compared; `HAS` and `LACKS`: whether words are said of the row."""

    LESS = "<"
    MOST = "<="
    MORE = ">"
    LEAST = ">="
    IS = "="
    NOT = "!="
    ONE_OF = "in"
    NONE_OF = "not in"
    BETWEEN = "between"
    HAS = "has"
    LACKS = "has not"

    @property
    def orders(self) -> bool:
        """Whether values are compared by size."""
        return self in _ORDERS

    @property
    def denies(self) -> bool:
        """Whether rows of which it is shown are not wanted."""
        return self in (Sign.NOT, Sign.NONE_OF, Sign.LACKS)


_ORDERS: dict[Sign, Callable[[float, float, float], bool]] = {
    Sign.LESS: lambda value, low, high: value < low,
    Sign.MOST: lambda value, low, high: value <= high,
    Sign.MORE: lambda value, low, high: value > high,  # after 1900 begins when 1900 is over
    Sign.LEAST: lambda value, low, high: value >= low,
    Sign.BETWEEN: lambda value, low, high: low <= value <= high,
}


def is_named(name: str, there: Collection[str]) -> bool:
    """Whether words (stems) have a name under another of its forms: `US`, United States."""
    return name.isupper() and any(all(stem(w) in there for w in words(form)) for form in name_forms(name))


@dataclass(frozen=True)
class Condition:
    """A column, how it is compared, and with what. Without a column it is the row's name that is compared,
    with a number or date the only column that has such; of words, the column only says under which labels
    they may stand."""

    text: str
    column: str
    sign: Sign
    values: tuple[str, ...]
    implied: bool = False  # it only narrows the list where the list itself does not say it
    ordered: bool = False  # by `--where`, so that its verdicts are shown

    @property
    def of_words(self) -> bool:
        """Whether pages are asked for words, and not a column for a value."""
        return self.sign in (Sign.HAS, Sign.LACKS)

    @property
    def said_as(self) -> tuple[str, ...]:
        """Its values, and the countries of those that say what is of one: `Indian`, India."""
        return (*self.values, *(land for v in self.values if (land := nations().get(v.casefold()))))

    @property
    def of_each(self) -> bool:
        """Whether it may be asked of each row where no list says it: `landlocked`, but not a place, which is
        what other lists are of."""
        return not (self.implied and self.text != self.values[0])

    @property
    def may_name_a_list(self) -> bool:
        """Whether its words may be those of a list: `landlocked` is a column, or a list of such countries."""
        return self.sign in (Sign.HAS, Sign.IS)

    def is_said_by(self, title: str, *, whole: bool = False) -> bool:
        """Whether the words over a list say it already: its names and numbers, or half of its words where it
        has no names; `whole`: both, with its verb."""
        if self.sign.orders:  # `islands over 200 km²`
            mine, over, bound = (
                _spaced(_GROUPED.sub("", said)) for said in (self.text, title, self.values[0])
            )
            said = mine.partition(bound)[0].split()
            sign = " ".join(said[-2 if said[-1:] == ["than"] else -1 :])  # `larger than`, not `than` alone
            return bool(sign) and len(self.values) == 1 and f" {sign}{bound}" in over
        there = set(words(title))
        there |= {said for said, country in nations().items() if there.issuperset(words(country))}
        text = self.text if whole else " ".join(self.values)
        said = [word for word in _WORD.findall(text) if word not in _LITTLE]
        met = [
            all(any(alike(part, other) for other in there) for part in words(word))
            or is_named(word, set(map(stem, there)))
            for word in said
        ]
        names = [is_met for word, is_met in zip(said, met, strict=True) if not word.islower()]
        others = [is_met for word, is_met in zip(said, met, strict=True) if word.islower()]
        enough = 2 * sum(others) >= len(others) or (bool(names) and not whole)
        named = 2 * sum(names) >= len(names) if self.implied else all(names)
        return self.may_name_a_list and any(met) and named and enough

    @property
    def as_column(self) -> Column | None:
        """The column to be found, of the kind that the comparison needs."""
        if self.of_words or not self.column:
            return None
        kind = guess_type(list(self.values))
        years = all(is_year(number) for value in self.values if (number := parse_number(value)))
        loose = years or kind in (ColumnType.BOOL, ColumnType.URL)  # a year is compared with whole dates too
        return Column(self.column, ColumnType.STR if loose else kind)

    def judge(self, text: str, kind: ColumnType) -> Verdict:
        """Of one value; where it is too coarse to tell, it is not shown."""
        if self.sign.orders:
            return _compared(text, self.sign, self.values)
        return self.verdict(any(_is(text, value, kind) for value in self.values))

    def verdict(self, holds: bool | None) -> Verdict:
        """Of a row of which it is shown that it has one of the values, or none."""
        if holds is None:
            return Verdict.NOT_SHOWN
        return Verdict.FAILS if holds is self.sign.denies else Verdict.MEETS


def with_columns_of(
    columns: Sequence[Column], conditions: Sequence[Condition], *, chosen: bool = False
) -> tuple[Column, ...]:
    """The columns, and those that conditions are about; where the user has `chosen` the columns, these are
    put aside."""
    made = list(columns)
    for condition in conditions:
        wanted = condition.as_column
        if wanted and place_of(wanted, made) is None:
            made.append(replace(wanted, aside=chosen and not condition.ordered))
    return tuple(made)


def with_wished(columns: Sequence[Column], wished: Sequence[Column]) -> tuple[Column, ...]:
    """The columns of a table, and those of the wished ones that none of them means; its key is its own."""
    more = (one for one in wished if not one.key and place_of(one, columns) is None)
    return (*columns, *more)


def place_of(wanted: Column, columns: Sequence[Column]) -> int | None:
    """Which column it is: by its name, else the only one that means it, `Population` of inhabitants."""
    at = match_columns([column.name for column in columns], [wanted], guess=False).get(0)
    akin = [n for n, column in enumerate(columns) if match(column.name, wanted.name) is not Match.NONE]
    return akin[0] if at is None and len(akin) == 1 else at


def _compared(text: str, sign: Sign, bounds: Sequence[str]) -> Verdict:
    span, limits = _span_of(text), [_span_of(bound, exact=True) for bound in bounds]
    known = [limit for limit in limits if limit is not None]
    if span is None and (parts := list(_comparable(text, bounds))):
        verdicts = {_compared(part, sign, bounds) for part in parts}
        return verdicts.pop() if len(verdicts) == 1 else Verdict.NOT_SHOWN
    if span is None or len(known) < len(limits) or any(_units_differ(text, bound) for bound in bounds):
        return Verdict.NOT_SHOWN
    low, high = min(limit[0] for limit in known), max(limit[1] for limit in known)
    answers = {_ORDERS[sign](value, low, high) for value in span}
    if len(answers) > 1:
        return Verdict.NOT_SHOWN
    return Verdict.MEETS if answers.pop() else Verdict.FAILS


def _comparable(text: str, bounds: Sequence[str]) -> Iterator[str]:
    """What in a longer value may be meant: its years, or its numbers in the bound's unit, `Bel 6,746 m`.
    Only where all of them say the same, they say something."""
    if all(map(_YEAR.fullmatch, bounds)):
        yield from _YEAR.findall(text)
    units = {number.unit for bound in bounds if (number := parse_number(bound)) and number.unit}
    for number in scan_numbers(text):
        part = text[number.start : number.end]
        if number.unit in units and part != text:
            yield part


def _span_of(text: str, *, exact: bool = False) -> tuple[float, float] | None:
    """The least and the most that a value can be: a date's days, a number's precision."""
    number, date = parse_number(text), parse_date(text)
    if date is not None and (number is None or not _is_whole(number, text) or is_year(number)):
        return _days(date)
    if number is None or number.start > 1:
        return None
    rough = number.step / 2 if not exact and (number.approx or number.step > 1) else 0.0
    return number.value - rough, number.value + rough


def _is_whole(number: Number, text: str) -> bool:
    return number.start == 0 and number.end >= len(text.strip())


def is_year(number: Number) -> bool:
    return number.plain and 1000 <= number.value <= 2999


def _days(date: Date) -> tuple[float, float]:
    """A date as days, so coarse as it is; years alone compare with years alone as they should."""
    first = (date.year * 12 + (date.month or 1) - 1) * 31 + (date.day or 1) - 1
    last = (date.year * 12 + (date.month or 12) - 1) * 31 + (date.day or 31) - 1
    return float(first), float(last)


def _units_differ(text: str, bound: str) -> bool:
    one, other = parse_number(text), parse_number(bound)
    return bool(one and other and one.unit and other.unit and one.unit != other.unit)


def _is(text: str, value: str, kind: ColumnType) -> bool:
    return same_value(text, value, kind) or not set(name_forms(text)).isdisjoint(name_forms(value))
