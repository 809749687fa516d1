"""A label and its value in one line: `Founded: 1636`."""

from __future__ import annotations

import re
from typing import NamedTuple

_LONGEST_LABEL, _MOST_WORDS = 60, 7
_LONGEST_VALUE = 240  # of a line; what is longer is a sentence with an introduction, or a list:
_LONGEST_LIST, _FEW = 2000, 3  # parts, `Peru 1,047 km; Chile 942 km; …`
_MARKS = "*_ \t"
# A colon and a blank: not the one of an address or a time of day.
_COLON = re.compile(r"\s*[*_]{0,2}\s?(?::[*_]{0,2}(?=\s)|：[*_]{0,2})\s*")
_SENTENCE = re.compile(r"[.!?。！？]\s|[;|,]\s.*[;|,]\s|://|[<>{}\[\]\"“”]")


class LabelPlaces(NamedTuple):
    """Where a line's label and value stand in it."""

    label_start: int
    label_end: int
    value_start: int
    value_end: int


def split_label(line: str, longest_value: int = _LONGEST_VALUE) -> LabelPlaces | None:
    """The places of a line's label and value; None when it is no such line."""
    colon = _COLON.search(line[: _LONGEST_LABEL + 12])
    if colon is None:
        return None
    start, end = trim(line, 0, colon.start(), _MARKS)
    value_start, value_end = trim(line, colon.end(), len(line), _MARKS if line[:1] in _MARKS else " \t\n")
    label = line[start:end]
    longest_value = _LONGEST_LIST if line.count(";") > _FEW else longest_value
    if not 0 < end - start <= _LONGEST_LABEL or not 0 < value_end - value_start <= longest_value:
        return None
    if len(label.split()) > _MOST_WORDS or not any(map(str.isalpha, label)) or _SENTENCE.search(label):
        return None
    if label.count("(") != label.count(")"):  # `Mainz (French: Mayence) is a city`
        return None
    return LabelPlaces(start, end, value_start, value_end)


def trim(text: str, start: int, end: int, marks: str = " \t\n") -> tuple[int, int]:
    """A span without the blanks (or other marks) at its ends."""
    while start < end and text[start] in marks:
        start += 1
    while end > start and text[end - 1] in marks:
        end -= 1
    return start, end
