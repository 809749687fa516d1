"""Numbers as people write them: thousands marks of several countries, scale words, units, currency."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_SCALES: dict[str, float] = {}
for _factor, _names in {
    1e3: "thousand thousands tausend mil mille k 千",
    1e4: "万 萬",
    1e6: "million millions mn mln mio millionen millones millon millón milhões milhoes milioni m 百万",
    1e7: "crore crores 千万",
    1e5: "lakh lakhs",
    1e8: "亿 億",
    1e9: "billion billions bn bln milliard milliards milliarde milliarden mrd b 十亿",
    1e12: "trillion trillions tn trn t 万亿 兆",
}.items():
    _SCALES.update(dict.fromkeys(_names.split(), _factor))
_LETTER_SCALES = frozenset("kmbt")  # only when they touch the digits: 5m, 12k

UNITS: dict[str, str] = {}
for _unit, _spellings in {
    "km2": "km2,km²,sq km,sq. km,sqkm,square km,square kilometers,square kilometres,square kilometer,"
    "square kilometre,平方公里,平方千米",
    "mi2": "sq mi,sq. mi,mi2,mi²,square miles,square mile,平方英里",
    "m2": "m2,m²,sq m,square meters,square metres,平方米",
    "ha": "ha,hectares,hectare,公顷",
    "km": "km,kilometers,kilometres,kilometer,kilometre,公里,千米",
    "mi": "mi,miles,mile,英里",
    "m": "m,meters,metres,meter,metre,米",
    "ft": "ft,feet,foot,英尺",
    "cm": "cm,centimeters,centimetres,厘米",
    "mm": "mm,millimeters,millimetres,毫米",
    "nm": "nm,nautical miles",
    "%": "%,％,percent,per cent,pct,百分点",
    "kg": "kg,kilograms,公斤,千克",
    "t": "tons,tonnes,metric tons,吨",
    "c": "°c,℃,degrees celsius",
    "f": "°f,℉,degrees fahrenheit",
    "usd": "usd,us dollars,dollars,美元",
    "eur": "eur,euros,欧元",
    "cny": "cny,rmb,yuan,元,人民币",
    "years": "years,year,yrs,岁",
    "min": "min,minutes,分钟",
    "h": "h,hours,小时",
}.items():
    UNITS.update(dict.fromkeys(_spellings.split(","), _unit))
_CURRENCY = {"$": "usd", "US$": "usd", "€": "eur", "£": "gbp", "¥": "cny", "￥": "cny", "₹": "inr"}


def _any(words: object) -> str:
    return "|".join(re.escape(w) for w in sorted(map(str, words), key=len, reverse=True))  # type: ignore[call-overload]


_MARKS = ",'’\u00a0\u2009\u202f\u2008"
_BODY = (
    rf"\d{{1,3}}(?:(?P<mark>[{_MARKS} ])\d{{3}})(?:(?P=mark)\d{{3}})*(?!\d)(?:\.\d+(?!\d*,\d))?"  # 1,234.5
    r"|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"  # 12,34,567
    r"|\d{1,3}(?:\.\d{3}){2,}(?!\d)(?:,\d+)?"  # 1.234.567,8
    r"|\d{1,3}\.\d{3},\d+"  # 1.234,5
    r"|\d+,\d{1,2}(?![\d,])"  # 3,5
    r"|\d+(?:\.\d+)?"
)
_NUMBER = re.compile(
    rf"(?<![A-Za-z0-9_À-ɏ])(?<!\d[.,:/])(?P<body>{_BODY})"
    rf"(?:(?P<scale>(?:[ \u00a0-]?(?:{_any(s for s in _SCALES if s.isascii() and s not in _LETTER_SCALES)})"
    rf"(?![A-Za-z])|[kKmMbBtT](?![A-Za-z0-9²³])|\s?(?:{_any(s for s in _SCALES if not s.isascii())}))))?"
    rf"(?:[ \u00a0-]?(?P<unit>(?:{_any(u for u in UNITS if u[0].isascii() and u[0].isalpha())})(?![A-Za-z])"
    rf"|{_any(u for u in UNITS if not (u[0].isascii() and u[0].isalpha()))}))?",
    re.IGNORECASE,
)
# What may stand before the digits. Looked at afterwards, so that the search can begin at a digit.
_BEFORE = re.compile(
    r"(?P<approx>(?<!\w)(?:about|around|approximately|approx\.?|roughly|nearly|almost|some|over|ca?\.)\s*|[~≈約约]\s*)?"
    r"(?P<sign>(?<![\w)])[-−])?(?P<money>US\$|[$€£¥￥₹])?\s?(?P<minus>(?<![\w)])[-−])?$",
    re.IGNORECASE,
)
_LEADS = frozenset("-−$€£¥￥₹")
_INDIAN = re.compile(r"\d{1,2}(?:,\d{2})+,\d{3}")
_POINTED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}\.\d{3},\d+")
_EITHER = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|s|er|ème|[a-z](?![A-Za-z]))(?![A-Za-z])|[\d_]", re.IGNORECASE)
_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
NUMBER_WORDS = {name: float(number) for number, name in enumerate(_NAMES.split())}
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
for _at, _ten in enumerate(_TENS.split(), start=2):
    NUMBER_WORDS[_ten] = 10.0 * _at
    for _one, _digit in enumerate(_NAMES.split()[1:10], start=1):
        NUMBER_WORDS[f"{_ten}-{_digit}"] = 10.0 * _at + _one
_ONES = "|".join(_NAMES.split()[1:10])
_WORDS = re.compile(
    rf"\b(?<!-)(?:(?:{_TENS.replace(' ', '|')})(?:-(?:{_ONES}))?|{'|'.join(_NAMES.split()[:20])})\b(?!-)",
    re.IGNORECASE,
)
_PER = re.compile(r"(?<=[^\W\d_])/\d[\d,]{0,12}|\bper \d[\d,]{0,12}")  # `births/1,000 population`: one number


@dataclass(frozen=True)
class Number:
    """A number in a text. `step` is the precision it is written to: 1.2 million has 100,000."""

    value: float
    start: int
    end: int
    step: float = 1.0
    unit: str = ""
    approx: bool = False
    plain: bool = True  # digits alone, like a year: no marks, point, sign, scale or unit

    def backs(self, claim: Number, *, rounded: bool = False) -> bool:
        """Whether this number, found in a text, supports the claimed one: equal at the claim's precision."""
        if self.unit and claim.unit and self.unit != claim.unit:
            return False
        slack = abs(claim.value) * 1e-9
        if claim.approx:
            slack = max(slack, abs(claim.value) * 0.02)
        elif (claim.step > self.step and claim.step != 1.0) or (rounded and claim.step == 1.0 > self.step):
            slack += claim.step / 2
        return abs(self.value - claim.value) <= slack


def scan_numbers(text: str) -> Iterator[Number]:
    """All numbers of a text, in order. Where marks are ambiguous (1.234; 12 345) both readings come."""
    for match in _NUMBER.finditer(text):
        number = _read(match)
        if number is None:
            continue
        yield number
        yield from _other_readings(match, number)


def scan_number_words(text: str) -> Iterator[Number]:
    """Small numbers written as English words: `seven`, `forty-two`; no part of a word (`two-star`)."""
    for match in _WORDS.finditer(text):
        yield Number(NUMBER_WORDS[match.group().lower()], match.start(), match.end())


def parse_number(text: str) -> Number | None:
    """The number a whole cell states, with whatever unit and remark follows; None for ranges and words."""
    text = text.strip()
    match = _NUMBER.search(text)
    number = _read(match) if match else None
    if match is None or number is None:
        return None
    before = _BEFORE.search(text[: match.start()])
    approx = bool(before and before.group("approx"))
    lead = text[: before.start()] if before else text[: number.start]
    if re.search(r"[^\W\d_]", lead) and not re.fullmatch(r"\s*(?:[A-Z]{3}|Rs\.?|大约|circa)\s*", lead):
        return None
    if re.match(r"\s?(?:[-–—~～至到]|to\b)\s?[$€£]?\d", text[match.end() :]):
        return None
    rest = _PER.sub("", re.sub(r"[(（\[].{0,300}?[)）\]]", "", text[match.end() :]))
    if re.search(r"\d", rest) or len(rest.split()) > 4 or len(rest) > 40:
        return None
    return replace(number, approx=approx)


def has_point_groups(text: str) -> bool:
    """Whether points group the thousands of a number: 1.285.216."""
    match = _NUMBER.search(text)
    return match is not None and _POINTED.fullmatch(match.group("body")) is not None


def may_be_point_group(text: str) -> bool:
    """Whether the point of a number may group its thousands as well as begin a fraction: 357.022."""
    match = _NUMBER.search(text)
    return match is not None and not match.group("scale") and bool(_EITHER.fullmatch(match.group("body")))


def exact_whole(text: str) -> int | None:
    """The whole number that a cell's digits are, however many; None where they are not all of it."""
    match = _NUMBER.search(text)
    number = _read(match) if match else None
    if match is None or number is None or match.group("scale"):
        return None
    digits = _normal(match.group("body"), match.group("mark"))
    if "." in digits:
        return None
    return -int(digits) if number.value < 0 else int(digits)


def _read(match: re.Match[str]) -> Number | None:
    body, after = match.group("body"), match.string[match.end() : match.end() + 4]
    unit, scale = (match.group("unit") or "").lower(), (match.group("scale") or "").strip(" -\u00a0").lower()
    if not unit and not scale and _ORDINAL.match(after):
        return None
    mark = match.group("mark")
    digits = _normal(body, mark)
    try:
        value = float(digits)
    except ValueError:
        return None
    if not math.isfinite(value):
        return None
    point = len(digits.partition(".")[2])
    start = match.start()
    before = None
    if start and (match.string[start - 1] in _LEADS or match.string[max(0, start - 2) : start - 1] in _LEADS):
        before = _BEFORE.search(match.string[max(0, start - 16) : start])
    sign = bool(before and (before.group("sign") or before.group("minus")))
    money = _CURRENCY.get((before.group("money") or "").upper(), "") if before else ""
    if before and (sign or money):
        start -= len(before.group()) - len(before.group("approx") or "")
    factor = _SCALES.get(scale, 1.0)
    return Number(
        value=(-value if sign else value) * factor,
        start=start,
        end=match.end(),
        step=factor * 10.0**-point,
        unit=UNITS.get(unit, "") or money,
        plain=not (after[:1].isalpha() or mark or point or sign or scale or unit or money),
    )


def _normal(body: str, mark: str | None) -> str:
    """Digits and a point."""
    if mark:
        return body.replace(mark, "")
    if _INDIAN.fullmatch(body):
        return body.replace(",", "")
    if _POINTED.fullmatch(body):
        return body.replace(".", "").replace(",", ".")
    return body.replace(",", ".")


def _other_readings(match: re.Match[str], number: Number) -> Iterator[Number]:
    body, mark = match.group("body"), match.group("mark")
    factor = -1.0 if number.value < 0 else 1.0
    if "." in body and not match.group("scale") and _EITHER.fullmatch(body):
        whole = factor * float(body.replace(".", ""))
        yield Number(whole, number.start, number.end, 1.0, number.unit, number.approx, plain=False)
    elif mark == " ":
        at = match.start("body")
        for part in re.finditer(r"\d+", body):
            yield Number(float(part.group()), at + part.start(), at + part.end())
