"""What a field states: its first value, or one per year; not what stands in brackets or notes."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace

from wideseek_cli.table.dates import Date
from wideseek_cli.table.entity import LINK
from wideseek_cli.table.labels import Wanted, years_in
from wideseek_cli.table.lookup import Claim, Span
from wideseek_cli.table.numbers import Number
from wideseek_cli.table.passages import Indexed, Label
from wideseek_cli.table.words import word_set

_BRACKET = re.compile(r"[(（][^()（）]*[)）]")
_OWN_YEAR = re.compile(r"\d[:：]\s?\D{0,4}\d")  # `(2011: 1,100,000)` is another value, with its year
_LEAD = re.compile(r"\W*(?:as of |in )?((?:1[5-9]|20)\d\d)(?: est\w*\.?| census)?[:：]\s?(?=\D{0,4}\d)", re.I)
_AFTER_RANGE = re.compile(r"\s?(?:[-–—~～至到]|to\b)\s?(?:US)?[$€£¥]?\d")
_BEFORE_RANGE = re.compile(r"[\d%]\s?(?:[-–—~～至到]|\bto\b)\s?$")
_CONVERTED = re.compile(r"(?:\s?[\d.]{1,4}\s?(?:in(?:ch(?:es)?)?|″|\"|''))?\s?[(（]\s?(?:US)?[$€£¥]?")
_STOP = re.compile(r"(?<!\w\.\w)[\s.;]+$")  # but `Washington, D.C.` keeps its own
_NOTE = re.compile(r"(?<!\w)note\b", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """A value that a field states, and the year it is for (0: not said)."""

    text: str
    start: int
    end: int
    year: int = 0
    number: Number | None = None
    date: Date | None = None


def stated_in(doc: Indexed, label: Label, claim: Claim, span: Span) -> Stated | None:
    """The stated value at a place, if the field states it rather than mentions it."""
    if claim.is_number or claim.is_date:
        kind = "number" if claim.is_number else "date"
        if not alone(doc, span):
            return None
        found = [*stated(doc, label, kind, claim), *_converted(doc, label, claim)]
        mine = next((s for s in found if s.start <= span[0] < s.end or s.start == span[0]), None)
        # With the scale of its header a number may be another one than its digits.
        return mine if mine is None or mine.number is None or claim.backed_by(mine.number) else None
    note = _NOTE.search(doc.text, label.start, label.end)
    if note and note.start() < span[0]:
        return None
    return Stated(doc.text[span[0] : span[1]], *span, _year(doc, label, span[1], label.end))


def alone(doc: Indexed, span: Span) -> bool:
    """Whether a number or date is a value and not the end of a range."""
    start, end = span
    at = bisect_right(doc.dates, start, key=lambda date: date.start) - 1
    if at >= 0 and start < doc.dates[at].end:
        start, end = doc.dates[at].start, doc.dates[at].end
    before = doc.text[max(0, start - 5) : start]
    return not _AFTER_RANGE.match(doc.text, end) and not _BEFORE_RANGE.search(before)


def _converted(doc: Indexed, label: Label, claim: Claim) -> list[Stated]:
    """The first value once more in the claim's own unit, in the bracket behind it: `6 ft 1 in (1.85 m)`."""
    unit = claim.value.unit if isinstance(claim.value, Number) else ""
    numbers = doc.numbers_in(label.start, label.end)
    if not unit or not numbers or numbers[0].unit in ("", unit):
        return []
    first, second = numbers[0], next((number for number in numbers if number.unit == unit), numbers[0])
    if not _CONVERTED.fullmatch(doc.text, first.end, second.start):
        return []
    return [Stated(doc.said(second.start, second.end), second.start, second.end, 0, second)]


def stated(doc: Indexed, label: Label, kind: str, claim: Claim | None = None) -> list[Stated]:
    """The values of a field: the first, and the others when every one has its year."""
    body_end = label.end
    note = _NOTE.search(doc.text, label.start, label.end)
    if note:
        body_end = note.start()
    if kind == "text":
        text = LINK.sub(r"\1", doc.text[label.start : body_end])
        text = _STOP.sub("", text.strip(" *_;"))
        text = re.sub(r"\s*[(（][^()（）]*[)）]$", "", text)
        return [Stated(text, label.start, body_end, _year(doc, label, label.start, body_end))] if text else []
    lead = _LEAD.match(doc.text, label.start, body_end) if kind == "number" else None
    start = lead.end() if lead else label.start
    found = _dates(doc, start, body_end) if kind == "date" else _numbers(doc, start, body_end, claim)
    dated = [
        Stated(s.text, s.start, s.end, _year(doc, label, s.end, after), s.number, s.date)
        for s, after in zip(found, [*(s.start for s in found[1:]), body_end], strict=False)
    ]
    if lead and dated and not dated[0].year:
        dated[0] = replace(dated[0], year=int(lead.group(1)))
    series = len(dated) > 1 and kind == "number" and all(s.year for s in dated)
    return dated if series else dated[:1]


def _numbers(doc: Indexed, start: int, end: int, claim: Claim | None) -> list[Stated]:
    unit = claim.value.unit if claim and isinstance(claim.value, Number) else ""
    found: list[Stated] = []
    for number in doc.numbers_in(start, end):
        if found and number.start < found[-1].end:
            if claim is None or not claim.backed_by(number):
                continue  # another reading of the same digits
            found.pop()
        if _in_brackets(doc.text, start, number.start) or _is_note(doc.text, number):
            continue
        if unit and number.unit and number.unit != unit:
            continue
        found.append(Stated(doc.said(number.start, number.end), number.start, number.end, 0, number))
    return found


def _dates(doc: Indexed, start: int, end: int) -> list[Stated]:
    return [
        Stated(doc.text[d.start : d.end], d.start, d.end, 0, None, d)
        for d in doc.dates
        if start <= d.start < end and not _in_brackets(doc.text, start, d.start)
    ]


def _is_note(text: str, number: Number) -> bool:
    """Whether a number is the mark of a note: `[3]`."""
    before, after = text[number.start - 1 : number.start], text[number.end : number.end + 2]
    return number.plain and before == "[" and after[:1] == "]" and after != "]("


def _in_brackets(text: str, start: int, at: int) -> bool:
    before = text[start:at]
    return before.count("(") + before.count("（") > before.count(")") + before.count("）")


def _year(doc: Indexed, label: Label, start: int, end: int) -> int:
    bracket = _BRACKET.search(doc.text, start, end)
    years = years_in(bracket.group()) if bracket and not _OWN_YEAR.search(bracket.group()) else []
    years = years or years_in(label.leaf)
    return years[0] if years else 0


def right_year(want: Wanted, claim: Claim, year: int) -> bool:
    """Whether a value of this year is what the column asks for."""
    value = claim.value
    if isinstance(value, Date) or (isinstance(value, Number) and value.plain and 1000 <= value.value <= 2100):
        return True
    return not want.years or not year or year in want.years


# Words that may stand before or after a name without making it another one.
_FUNCTION = word_set("""
    a an and as at by de del der des du el en et for from in into is la las le les los of on or per than that
    the to und von was were with y
""")


def whole_name(text: str, span: Span) -> bool:
    """Whether a common name stands alone in a field: `monarchy` in `constitutional monarchy` does not."""
    start, end = span
    if not text[start].islower():
        return True
    before = re.search(r"([^\W\d_]+)[ -]$", text[max(0, start - 30) : start])
    after = re.match(r"[ -]([^\W\d_]+)", text[end : end + 30])
    return all(m is None or m.group(1).casefold() in _FUNCTION for m in (before, after))


_FIELD = 400  # an unlabelled line under a heading is a field's value up to this length
_ENDS = re.compile(r"[a-z)]\.(?:\s+[A-Z]|$)|[。！？]")
_IN_TIME = re.compile(
    r"(?:\b(?:in|of|since|by|until|from|during|fall|spring|summer|autumn|winter|year)\s|[(（])$", re.I
)


def is_prose(text: str, label: Label) -> bool:
    """Whether what stands under a heading is sentences rather than a value."""
    return label.end - label.start > _FIELD or bool(_ENDS.search(text[label.start : label.end].rstrip()))


def year_said(text: str, claim: Claim, span: Span) -> bool:
    """Whether a plain number is a year where it stands: `in 2022`."""
    value = claim.value
    if not isinstance(value, Number) or not value.plain or not 1000 <= value.value <= 2100:
        return False
    return bool(_IN_TIME.search(text[max(0, span[0] - 8) : span[0]])) or text[span[1] : span[1] + 1] == "年"
