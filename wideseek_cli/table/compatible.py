"""Whether two values can both be true of one thing: what differs in words or rounding is no contradiction."""

from __future__ import annotations

import re

from wideseek_cli.table.dates import Date
from wideseek_cli.table.model import ColumnType
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.values import ENDING, list_items, parse_value, same_value, url_key
from wideseek_cli.table.words import words

CLOSE = 0.005  # sources measure and round differently
LOOSE = 0.1  # one of the two is rough, or of a year that is not said
_RATIOS = (1e3, 1e6, 1e9, 100.0, 2.589988, 1.609344, 3.28084, 2.20462)  # scales and units that nobody wrote
_RATIO_SLACK = 0.005
_LONG = 6  # so many words describe; two descriptions of one thing seldom agree in words
_CODE = re.compile(r"[A-Z]{2,4}|[A-Z](?:\.[A-Z])+\.?")


def agrees(said: str, text: str, kind: ColumnType) -> bool:
    """The same value, or one name inside the other; but `ar` is not `.ar`."""
    is_text = isinstance(parse_value(text, kind), str)
    if is_text and said.startswith(".") and not text.startswith("."):
        return False
    if same_value(said, text, kind):
        return True
    a, b = set(words(said)), set(words(text))
    if bool(ENDING.search(said)) is not bool(ENDING.search(text)):
        return False  # `Tongan` and `Tongan(s)` are two words
    return bool(a and b) and is_text and (a <= b or b <= a)


def compatible(said: str, text: str, kind: ColumnType, slack: float = CLOSE) -> bool:
    """Whether both may be true, also where they cannot be compared."""
    if agrees(said, text, kind):
        return True
    a, b = parse_value(said, kind), parse_value(text, kind)
    if isinstance(a, Number) and isinstance(b, Number):
        return _near(a, b, LOOSE if a.approx or b.approx else slack)
    if isinstance(a, Date) and isinstance(b, Date):
        return False
    if isinstance(a, (Number, Date)) and isinstance(b, (Number, Date)):
        return not (isinstance(a, Date) or a.plain) or not (isinstance(b, Date) or b.plain)
    if isinstance(a, bool) and isinstance(b, bool):
        return False
    if not (isinstance(a, str) and isinstance(b, str)):
        return True
    if kind is ColumnType.URL:
        return url_key(a).partition("/")[0] == url_key(b).partition("/")[0]
    return _both_names(a, b)


def _near(a: Number, b: Number, slack: float) -> bool:
    if a.unit and b.unit and a.unit != b.unit:
        return True
    if a.plain and b.plain and all(1000 <= n.value <= 2100 for n in (a, b)):
        return False  # years
    low, high = sorted((abs(a.value), abs(b.value)))
    if a.value * b.value < 0 or not low:
        return False
    if (a.unit != b.unit or not a.unit) and any(
        abs(high / low / ratio - 1) <= _RATIO_SLACK for ratio in _RATIOS
    ):
        return True
    return high - low <= slack * high or _rounds(low, high) or _rounds(high, low)


def _rounds(round_one: float, other: float) -> bool:
    """Whether zeros at a number's end are rounding: 760,000 for 756,102."""
    digits = f"{round_one:.0f}"
    zeros = len(digits) - len(digits.rstrip("0"))
    if zeros < 2 or len(digits) - zeros < 2 or float(digits) != round_one:
        return False
    return round(other, -zeros) == round_one


def _both_names(a: str, b: str) -> bool:
    """Names that may mean the same, or lists that share something."""
    said, other = words(a), words(b)
    if "".join(said) == "".join(other) or max(len(said), len(other)) >= _LONG:
        return True
    if a.isascii() != b.isascii() and _foreign(a) != _foreign(b):
        return True  # a name and what it is in another script
    if bool(_CODE.fullmatch(a.strip())) != bool(_CODE.fullmatch(b.strip())):
        return True  # `CLP` and `Chilean peso`
    if (a[:1].islower() or b[:1].islower()) and set(said) & set(other):
        return True  # kinds of things: `presidential republic`, `federal republic`
    return _share_an_item(a, b)


def _foreign(text: str) -> bool:
    return any(letter > "\u024f" and letter.isalpha() for letter in text)


def _share_an_item(a: str, b: str) -> bool:
    items, others = [list(map(words, list_items(text))) for text in (a, b)]
    shared = [item for item in items if item in others]
    if len(items) == len(others) == 2 and shared == [items[1]] == [others[1]] and "," in a and "," in b:
        return False  # `Cambridge, Massachusetts` and `Boston, Massachusetts`
    return bool(shared)
