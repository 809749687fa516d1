"""Dates as people write them, English first, also Chinese, German, French, Spanish; whole or in part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MONTHS: dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan januar janvier enero janeiro gennaio",
        "february feb februar fevrier février febrero fevereiro febbraio",
        "march mar märz maerz mars marzo março",
        "april apr avril abril aprile",
        "may mai mayo maio maggio",
        "june jun juni juin junio junho giugno",
        "july jul juli juillet julio julho luglio",
        "august aug août aout agosto",
        "september sept sep septembre septiembre setembro settembre",
        "october oct oktober okt octobre octubre outubro ottobre",
        "november nov novembre noviembre novembro",
        "december dec dezember dez decembre décembre diciembre dezembro dicembre",
    ),
    start=1,
):
    _MONTHS.update(dict.fromkeys(_names.split(), _number))
_MONTH = r"(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_CN = str.maketrans("〇零一二三四五六七八九", "00123456789")
_YEAR = r"[12]\d{3}"
_BARE_YEAR = rf"(?<![A-Za-z0-9_.,:$€£¥])(?<![\d][-–/]){_YEAR}(?![A-Za-z0-9_%])(?![.,:]\d)(?![-–/]\d{{3}})"
_DATE = re.compile(
    rf"(?<![\d.,/-])(?P<y1>{_YEAR})(?P<sep>[-/.])(?P<m1>\d{{1,2}})(?P=sep)(?P<d1>\d{{1,2}})(?!\d)(?![.,/-]\d)"
    r"|(?<!\d)(?P<y2>\d{3,4}|[〇零一二三四五六七八九]{4})\s?年(?:\s?(?P<m2>\d{1,2}|[十一二三四五六七八九]{1,3})\s?月"
    r"(?:\s?(?P<d2>\d{1,2}|[十一二三四五六七八九]{1,3})\s?[日号])?)?"
    rf"|\b(?P<d3>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s+(?:of\s+|de\s+)?(?P<m3>{_MONTH}),?\s+(?:de\s+)?(?P<y3>\d{{3,4}})\b"
    rf"|\b(?P<m4>{_MONTH})\s+(?P<d4>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y4>\d{{3,4}})\b"
    rf"|\b(?P<m5>{_MONTH}),?\s+(?:of\s+|de\s+)?(?P<y5>{_YEAR})\b"
    rf"|(?<![\d.,/-])(?P<a6>\d{{1,2}})(?P<sep6>[./-])(?P<b6>\d{{1,2}})(?P=sep6)(?P<y6>{_YEAR})(?!\d)"
    rf"|(?<![\d.,/-])(?P<y7>{_YEAR})-(?P<m7>0[1-9]|1[0-2])(?![\d-])"
    r"|\b(?P<y8>\d{1,4})\s?(?P<bc>BCE?|B\.C\.(?:E\.)?)(?!\w)|公元前\s?(?P<y9>\d{1,4})\s?年?"
    rf"|(?P<y0>{_BARE_YEAR})",
    re.IGNORECASE,
)
_PLAIN_YEAR = re.compile(_BARE_YEAR)
_FIGURES = re.compile(rf"(?<![\d.,/-])(\d{{1,2}})([/-])(\d{{1,2}})\2{_YEAR}(?!\d)")


@dataclass(frozen=True)
class Date:
    """A date, or the part of one that is known."""

    year: int
    month: int = 0
    day: int = 0
    start: int = 0
    end: int = 0

    def backs(self, claim: Date) -> bool:
        """Whether this date, found in a text, supports the claimed one, which may be coarser."""
        return (
            self.year == claim.year
            and claim.month in (0, self.month)
            and (claim.day in (0, self.day) or not claim.month)
        )

    def iso(self) -> str:
        """As much of YYYY-MM-DD as is known; years before 1 keep their sign."""
        year = f"{self.year:04d}" if self.year >= 0 else f"-{-self.year:04d}"
        parts = [year, *(f"{part:02d}" for part in (self.month, self.day) if part)]
        return "-".join(parts)


# Nearly all dates are plain years. What is around one tells whether to look closer.
_ANCHOR = re.compile(
    rf"(?<!\d)\d{{1,4}}\s?(?:年|BC|B\.C)|(?<!\d){_YEAR}(?!\d)|[〇零一二三四五六七八九]{{4}}\s?年|公元前|\b\d{{3}}\b",
    re.IGNORECASE,
)
_NUMERAL = re.compile(r"\d|年")
_MOST_LOOKS = 20_000  # longer texts are lists of figures, or made to keep us busy; 0.1 ms each
_LONGEST_WORD = 40  # that a date's beginning is looked for in
_JOINS = frozenset("-/.年月")
_MONTHLIKE = re.compile(
    r"[a-zéûç]{3,}\.?,?\s+(?:\d{1,2}(?:st|nd|rd|th)?,?\s+)?(?:of\s+|de\s+)?$", re.IGNORECASE
)


def scan_dates(text: str) -> Iterator[Date]:
    """All dates and years of a text, in order. 3/4/2001 comes in both readings."""
    reached = looks = 0
    for anchor in _ANCHOR.finditer(text):
        start, end = anchor.span()
        if start < reached:
            continue
        if looks >= _MOST_LOOKS:
            return
        digits = text[end - 1].isdigit()
        if (
            not digits
            or text[start - 1 : start] in _JOINS
            or text[end : end + 1] in _JOINS
            or (text[start - 1].isspace() and _MONTHLIKE.search(text[max(0, start - 24) : start]))
        ):
            looks += 1
            low = max(reached, start - 28)
            least = max(reached, low - _LONGEST_WORD)
            while low > least and (text[low - 1].isalnum() or text[low - 1] in "./-,"):
                low -= 1
            for match in _DATE.finditer(text, low, min(len(text), end + 24)):
                if match.end() > start:
                    yield from _readings(match)
                    reached = match.end()
                    break
        elif end - start == 4 and _PLAIN_YEAR.match(text, start):
            yield Date(int(text[start:end]), 0, 0, start, end)


def parse_date(text: str) -> Date | None:
    """The date a whole cell states, or None; 3/4/2001 is taken for a day and a month. Remarks in brackets and
    `c.` do not disturb."""
    return next(iter(date_readings(text)), None)


def date_readings(text: str) -> tuple[Date, ...]:
    """What a whole cell may state as a date: two of them where day and month could change places."""
    if not _NUMERAL.search(text):
        return ()
    bare = re.sub(r"[(（\[].{0,300}?[)）\]]", "", text)
    bare = re.sub(r"^\s*(?:c\.|ca\.|circa|about|约|on|in|since)\s*", "", bare, flags=re.IGNORECASE).strip(
        " .,;"
    )
    bare = re.sub(r"(?<=\d)T\d\d:\d\d.*$", "", bare)
    match = _DATE.match(bare)
    return tuple(_readings(match)) if match and match.end() == len(bare) else ()


def month_first(texts: Iterable[str]) -> bool | None:
    """Whether a column's dates in figures put the month before the day: what one of them shows (9/30/2001)
    holds for all. None where none shows it, or they differ."""
    shown = {int(found[1]) <= 12 for text in texts if (found := _FIGURES.search(text)) and _shows(found)}
    return shown.pop() if len(shown) == 1 else None


def _shows(figures: re.Match[str]) -> bool:
    return (int(figures[1]) > 12) != (int(figures[3]) > 12)


def _readings(match: re.Match[str]) -> Iterator[Date]:
    at = {name: value for name, value in match.groupdict().items() if value}
    span = match.span()
    if "a6" in at:
        first, second, year = int(at["a6"]), int(at["b6"]), int(at["y6"])
        for month, day in {(second, first): 0, (first, second): 0}:
            if at["sep6"] == "." and (month, day) != (second, first):
                continue
            yield from _valid(year, month, day, span)
        return
    if "bc" in at or "y9" in at:
        yield Date(-int(at.get("y8") or at["y9"]), 0, 0, *span)
        return
    written, month_name, day_name = (_group(at, letter) for letter in "ymd")
    yield from _valid(int(written.translate(_CN)), _month(month_name), _chinese(day_name), span)


def _group(groups: dict[str, str], letter: str) -> str:
    return next((value for name, value in groups.items() if name[0] == letter), "0")


def _month(text: str) -> int:
    return _MONTHS.get(text.lower().rstrip(".")) or _chinese(text)


def _chinese(text: str) -> int:
    """12, 十二, 二十一."""
    if text.isdigit():
        return int(text)
    tens, mark, ones = text.partition("十")
    if "十" in ones:
        return 99  # no such month or day
    if not mark:
        return int(text.translate(_CN))
    return (int(tens.translate(_CN)) if tens else 1) * 10 + (int(ones.translate(_CN)) if ones else 0)


def _valid(year: int, month: int, day: int, span: tuple[int, int]) -> Iterator[Date]:
    if 0 <= month <= 12 and 0 <= day <= 31 and (month or not day):
        yield Date(year, month, day, *span)
