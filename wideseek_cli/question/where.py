"""`--where`: a condition that the user writes, as a comparison or in words."""

from __future__ import annotations

import re
from dataclasses import replace

from wideseek_cli.core.errors import UsageError
from wideseek_cli.core.text import clean_line
from wideseek_cli.question.comparisons import bound_alone
from wideseek_cli.question.condition import Condition, Sign
from wideseek_cli.question.stated import conditions_in, without
from wideseek_cli.values.dates import parse_date
from wideseek_cli.values.numbers import parse_number
from wideseek_cli.values.words import words

_WORDS = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "=", "before": "<", "after": ">", "is": "=", "is not": "!="}
_FORM = re.compile(
    r"(?P<column>[^<>=!≤≥≠]{1,80}?)\s*"
    r"(?P<sign><=|>=|!=|==|[<>=≤≥≠]|\b(?:before|after|is not|is|not in|in)\b)\s*(?P<value>\S.{0,300})",
    re.IGNORECASE | re.DOTALL,
)
_NO_COLUMN = re.compile(
    r"|is|are|outside|located|(?:that|which) are|(?:(?:are|were|was|is) )?not(?: .*)?"
    r"|(?:where|whose|in which)\b.*"
)
_SIGNS = re.compile(r"[<>=≤≥≠]|!=")
_MOST_WORDS = 8
_HINT = 'write it like --where "founded < 1900", --where "country in Peru, Chile", --where "not in Texas"'


def parse_condition(text: str) -> Condition:
    """Read `founded < 1900`, `state is not Texas`, `landlocked`."""
    line = clean_line(text, 400)
    if (alone := bound_alone(line)) is not None:
        return replace(alone, ordered=True)
    found = _FORM.fullmatch(line)
    if found is not None and not _NO_COLUMN.fullmatch(found["column"].strip().lower()):
        return _compared(line, found)
    if _SIGNS.search(line) or not 0 < len(words(line)) <= _MOST_WORDS:
        raise UsageError(f"the condition {line!r} names nothing to compare", hint=_HINT)
    ways = [(said, conditions_in(said)) for said in (line, f"that are {line}", f"that {line}")]
    read = [found[0].condition for said, found in ways if len(found) == 1 and not words(without(said, found))]
    best = next((one for one in read if one.column), next(iter(read), Condition("", "", Sign.HAS, (line,))))
    return replace(best, text=line, ordered=True)


def _compared(line: str, found: re.Match[str]) -> Condition:
    word = " ".join(found["sign"].lower().split())
    sign = Sign(_WORDS.get(word, word))
    values = tuple(found["value"].split(",")) if sign in (Sign.ONE_OF, Sign.NONE_OF) else (found["value"],)
    values = tuple(value.strip().strip("\"'") for value in values if value.strip())
    if sign.orders and parse_number(values[0]) is None and parse_date(values[0]) is None:
        raise UsageError(f"{values[0]!r} in the condition {line!r} is not a number or date", hint=_HINT)
    return Condition(line, found["column"].strip(), sign, values, ordered=True)
