"""Comparisons that a text states: a comparing word with a number or date behind it. What it is about stands
before it, behind it, or in the word itself (`higher than`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from wideseek_cli.facts.labels import fields_of
from wideseek_cli.facts.relations import measured_by
from wideseek_cli.question.condition import Condition, Sign
from wideseek_cli.question.words import MOST_WORDS, NAME, OPPOSITE, PARTICIPLE, Found, as_header
from wideseek_cli.values.dates import scan_dates
from wideseek_cli.values.numbers import scan_number_words, scan_numbers
from wideseek_cli.values.words import stems, word_set

_THAN = {
    "higher": "height", "taller": "height", "longer": "length", "deeper": "depth", "wider": "width",
    "heavier": "weight", "faster": "speed", "larger": "area", "bigger": "area", "greater": "", "more": "",
    "lower": "height", "shorter": "length", "smaller": "area", "lighter": "weight", "fewer": "", "less": "",
    "older": "age", "younger": "age",
}  # fmt: skip
_MEASURES = {
    "high": "height", "tall": "height", "long": "length", "deep": "depth", "wide": "width", "old": "age",
    "aged": "age", "large": "area", "big": "area", "heavy": "weight", "fast": "speed",
}  # fmt: skip
_LESS = word_set("lower shorter smaller lighter fewer less younger")
_SIGNS = {
    Sign.LESS: "before|prior to|earlier than|under|below|<",
    Sign.MOST: "until|at most|no later than|not later than|no more than|not more than|a maximum of|<=|≤",
    Sign.MORE: "after|later than|over|above|exceeding|exceeds|exceed|in excess of|>",
    Sign.LEAST: "since|at least|no earlier than|not before|no less than|no fewer than|not less than"
    "|not fewer than|a minimum of|>=|≥",
}
_SIGN_OF = {said: sign for sign, text in _SIGNS.items() for said in text.split("|")}
_SAID = "|".join(sorted(_SIGN_OF, key=len, reverse=True))
_COMPARING = re.compile(
    rf"(?P<sign>(?<!\w)(?:{_SAID})(?=\W))|\b(?P<than>{'|'.join(_THAN)}) than\b"
    r"|\b(?P<between>between)\b|\b(?P<during>(?:in|during) the)(?=\s\d)",
    re.IGNORECASE,
)
_DATES_ONLY = re.compile(r"before|after|since|until|prior to|(?:earlier|later) than", re.IGNORECASE)
_LEFT = re.compile(  # a comparison of which nobody knows what is compared
    rf"(?<!\w)(?P<said>(?:{_SAID}|(?:{'|'.join(_THAN)}) than|between)"
    r"(?=\s(?:the\s|about\s)?[$€£]?\d)(?:\s[^\s,;:]+(?:,\d{3})*){1,3})",
    re.IGNORECASE,
)
RANKED = re.compile(
    r"\b(?P<said>[a-z]{2,}est|(?:most|least)(?=\s[a-z]+\s[a-z]+s\b)|(?:top|first|last)(?=\s(?:\d+|two|three|four|five|six|seven|eight|nine"
    r"|ten|twelve|twenty)\b))\b",
    re.IGNORECASE,
)
_NO_RANK = re.compile(
    r"(?:forest|west|interest|rest|guest|harvest|request|latest|northwest|southwest)\b", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s(?:or|and)\s(?:(?P<up>more|higher|larger|greater|later|above|over|longer|taller|newer|older|deeper|after)"
    r"|(?P<down>less|fewer|lower|smaller|earlier|below|under|shorter|younger|before))\b",
    re.IGNORECASE,
)
_IN_YEAR = re.compile(r"\sin\s(?:19|20)\d\d\b")
_PERIOD = re.compile(
    r"\s(?P<decade>\d{3}0)s\b|\s(?P<century>\d{1,2})(?:st|nd|rd|th) century\b", re.IGNORECASE
)
_OPENS = word_set("with that which who whose where having have has had")
_COPULAS = word_set("is are was were became become")
_BREAK = re.compile(r"[,.;:?!()](?=\s)|\s[–—-]\s")
_BOUNDARY = _OPENS | word_set("and or but while if")
_ASKED = re.compile(
    rf"(?:Which|What|Who|which|what|who)\s(?:(?:[A-Za-z-]+\s){{0,4}}?[a-z-]+s\s)?(?:(?:of|in|by|from)\s(?:the\s)?{NAME}\s)*"
)
_AUXILIARY = word_set(
    "a an the is are was were be been being has have had of its their it they do does did not total any some"
    " in year years only first already became become"
)
_ENDS = re.compile(
    r"[,.;:?!()]|\s[–—-]\s|\b(?:with|that|which|who|whose|where|and|or|but|in|on|by|as|per|for|from|give|show|list|each"
    r"|together|along|including|are|is|were|was|there|after|before|since|[a-z]{3,}ed|built)\b",
    re.IGNORECASE,
)


def comparisons(text: str) -> Iterator[Found]:
    made = [found for tail in _TAIL.finditer(text) for found in _with_tail(text, tail)]
    for match in _COMPARING.finditer(text):
        floor = max((one.end for one in made if one.start <= match.start()), default=0)
        found = _comparison(text, match, floor) if match.start() >= floor else None
        made += [found] if found is not None else []
    yield from made


def bound_alone(text: str) -> Condition | None:
    """A comparison that does not say of what: `before 1900`, `over 300 m`, `1900 or later`."""
    match, tail = _COMPARING.match(text), next(_TAIL.finditer(text), None)
    if match and not _THAN.get((match["than"] or "").casefold()):
        sign, values, stop = _bound(text, match)
        return Condition(text, "", sign, values) if values and not text[stop:].strip() else None
    value, stop = _value(text, 0)
    if tail and tail.end() == len(text) and value and stop == tail.start():
        return Condition(text, "", Sign.LEAST if tail["up"] else Sign.MOST, (value,))
    return None


def unchecked(text: str) -> Iterator[re.Match[str]]:
    """What wants only some rows in a way that nobody can check: ranks, and comparisons of an unknown."""
    for found in RANKED.finditer(text):
        if not _NO_RANK.match(found[0]) and not PARTICIPLE.fullmatch(found[0]):
            yield found
    yield from _LEFT.finditer(text)


def _comparison(text: str, match: re.Match[str], floor: int) -> Found | None:
    """A comparing word with what is compared, if both are said. `floor`: where the one before it ends."""
    sign, values, stop = _bound(text, match)
    if not values:
        return None
    if sign in (Sign.MORE, Sign.LESS) and (tail := _TAIL.match(text, stop)):
        sign, stop = (Sign.LEAST if tail["up"] else Sign.MOST), tail.end()
    begin, before, negated = _before(text, match.start(), floor)
    dated = bool(re.fullmatch(r"\D{0,12}\d{4}|.*\b\d{4}", values[0])) and not _is_counted(before)
    after, after_end = ("", stop) if dated and before else _after(text, stop)
    adjective = _THAN.get((match["than"] or "").casefold(), "")
    column = before or after or adjective or _by_unit(values[0])
    if before and after and PARTICIPLE.fullmatch(before):
        column = before if fields_of(stems(before)) and after in ("people", "times") else after
    if before in _MEASURES and after.startswith(("at ", "on ", "in ")):  # `aged 50 or older at execution`
        column = f"{_MEASURES[before]} {after}"
    column = _MEASURES.get(column, column)
    if (
        not dated
        and (verb := _verb(text, match.start()))
        and column in ("", verb)
        and not fields_of(stems(verb))
    ):
        column, begin = measured_by(verb) or column, min(begin, match.start() - len(verb) - 1)
    if not column or (match["during"] and not before):
        return None
    stop = after_end if column == after or (after and not dated) else stop
    if not dated and (year := _IN_YEAR.match(text, stop)):  # `above 5% in 2024`
        column, stop = f"{column}{year[0]}", year.end()
    sign = OPPOSITE.get(sign, sign) if negated else sign
    said = " ".join(text[begin:stop].split())
    return Found(Condition(as_header(said), column, sign, values), begin, stop)


def _with_tail(text: str, tail: re.Match[str]) -> Iterator[Found]:
    """`an area of 500 km2 or more`."""
    numbers = [n for n in scan_numbers(text[: tail.start()]) if n.end == tail.start()]
    value = text[numbers[0].start : numbers[0].end].strip() if numbers else ""
    before = text[: numbers[0].start].rstrip().removesuffix(" of").rstrip() if numbers else ""
    if not value or _COMPARING.search(before[-20:] + " "):
        return
    begin, named, _ = _before(text, len(before) + 1, 0)
    after, stop = _after(text, tail.end())
    column = named or after or _by_unit(value)
    if named in _MEASURES and after.startswith(("at ", "on ", "in ")):
        column = f"{_MEASURES[named]} {after}"
    column = _MEASURES.get(column, column)
    if column:
        said = " ".join(text[begin:stop].split())
        sign = Sign.LEAST if tail["up"] else Sign.MOST
        yield Found(Condition(as_header(said), column, sign, (value,)), begin, stop)


def _is_counted(before: str) -> bool:
    """Whether what stands before a figure is a measure, so that four digits are no year."""
    return bool(before) and not PARTICIPLE.fullmatch(before.rsplit(maxsplit=1)[-1])


def _bound(text: str, match: re.Match[str]) -> tuple[Sign, tuple[str, ...], int]:
    """How is compared, with what, and where that ends."""
    at = match.end()
    if match["during"]:
        period = _PERIOD.match(text, at)
        if period is None:
            return Sign.BETWEEN, (), at
        first = int(period["decade"]) if period["decade"] else 100 * (int(period["century"]) - 1) + 1
        last = first + (9 if period["decade"] else 99)
        return Sign.BETWEEN, (str(first), str(last)), period.end()
    said = match["sign"] or ""
    one, end = _value(text, at, dates_only=bool(_DATES_ONLY.fullmatch(said)))
    if match["between"]:
        joined = re.compile(r"\s(?:and|to)\b").match(text, end) if one else None
        other, end = _value(text, joined.end()) if joined else ("", end)
        return Sign.BETWEEN, (one, other) if other else (), end
    if match["than"]:
        sign = Sign.LESS if match["than"].casefold() in _LESS else Sign.MORE
    else:
        sign = _SIGN_OF[" ".join(said.casefold().split())]
    return sign, (one,) if one else (), end


def _value(text: str, at: int, *, dates_only: bool = False) -> tuple[str, int]:
    """The number or date that stands at a place; nothing where none does."""
    gap = re.compile(r"\s*(?:the\s(?:year\s)?|about\s|roughly\s)?").match(text, at)
    begin = gap.end() if gap else at
    rest = text[begin : begin + 80]
    dates = ((date.start, date.end) for date in scan_dates(rest))
    numbers = ((n.start, n.end) for n in chain(scan_numbers(rest), scan_number_words(rest)))
    spans = [span for span in (dates if dates_only else chain(dates, numbers)) if span[0] <= 1]
    if not spans or not rest[0:1].strip():
        return "", at
    low, high = max(spans, key=lambda span: span[1])
    return rest[low:high], begin + high


def _before(text: str, at: int, floor: int) -> tuple[int, str, bool]:
    """Where the clause of a comparison begins, and what it names before the comparing word."""
    breaks = [m.end() for m in _BREAK.finditer(text, floor, at)]
    asked = _ASKED.match(text)
    low = max([floor, *breaks, *([asked.end()] if asked and asked.end() <= at else [])])
    said = [(m[0], m.start()) for m in re.compile(r"\S+").finditer(text, low, at)]
    opener = next((n for n in range(len(said) - 1, -1, -1) if _opens(said, n)), None)
    if opener is not None:
        kept, begin = said[opener + 1 :], said[opener][1]
        while opener and said[opener - 1][0].casefold() in _BOUNDARY:  # `that have`, `but with`
            opener -= 1
            begin = said[opener][1]
    elif low and len(said) <= MOST_WORDS:
        kept, begin = said, said[0][1] if said else low
    else:
        kept, begin = [], at
    while kept and kept[0][0].casefold() in ("and", "but", "or"):
        kept = kept[1:]
    last = said[-1][0] if said else ""
    doing = re.fullmatch(r"[a-z]{3,}ing", last)  # `parks covering 5 km²`
    if opener is None and (PARTICIPLE.fullmatch(last) or doing):
        negated = len(said) > 1 and said[-2][0] == "not"
        return said[-2 if negated else -1][1], "" if doing else last, negated
    if opener is None and len(said) > 1 and said[-2][0] == "of" and last.islower():
        return said[-2][1], last, False  # `summits of prominence exceeding`
    negated = any(word in ("not", "never") or word.endswith("n't") for word, _ in (kept or said[-1:]))
    if not kept and negated:
        begin = said[-1][1]
    named = [
        word.strip("'\"’")
        for word, _ in kept
        if word.casefold() not in _AUXILIARY and not word.endswith("n't")
    ]
    return begin, " ".join(named) if len(named) < MOST_WORDS else "", negated


def _opens(said: Sequence[tuple[str, int]], number: int) -> bool:
    """Whether the clause begins at a word: `with`, `that`; `is`, where more is said behind it; `at an`."""
    word, behind = said[number][0].casefold(), said[number + 1 :]
    if word in _OPENS or (word in ("and", "but", "or") and len(behind) < MOST_WORDS and bool(behind)):
        return True
    if word in _COPULAS:
        before = [w.casefold() for w, _ in said[:number]]
        return not any(w in _OPENS for w in before)
    return word in ("at", "of") and bool(behind) and behind[0][0] in ("a", "an")


def _after(text: str, at: int) -> tuple[str, int]:
    """What is counted, behind the figure: `more than 50 million people`."""
    rest = text[at:]
    inside = re.match(r"\sin\s(?P<named>[a-z]+)\b", rest)  # `between 5 and 10 m in height`
    if inside and (measured := measured_by(f"in {inside['named']}")):
        return measured, at + inside.end()
    end = _ENDS.search(rest)
    said = rest[: end.start() if end else len(rest)]
    named = [word for word in said.split() if word.casefold() not in _AUXILIARY]
    if not named or len(named) > MOST_WORDS or not rest[:1].isspace():
        return "", at
    return " ".join(named), at + len(said.rstrip())


def _verb(text: str, at: int) -> str:
    """The word right before a comparison, `rise above`, `seating more than`."""
    found = re.search(r"(?<=\s)([a-z]{3,}) $", text[:at])
    return found[1] if found else ""


def _by_unit(value: str) -> str:
    number = next(scan_numbers(value), None)
    return "area" if number is not None and number.unit in ("km2", "mi2", "m2", "ha") else ""
