"""Preprocessing and comparing single cells, as WideSearch does."""

from __future__ import annotations

import math
import re
import warnings
from datetime import date, datetime

from wideseek_cli.eval.scoring.frame import NOTHING
from wideseek_cli.eval.scoring.spec import ColumnRule

NO_NUMBER = "NULL"
_NUMBER = re.compile(r"[-+]?\d*\.?\d+%?")
# Any host behind a scheme, else a name with a dot; then the rest of the address, whose `a.html` is no host.
_HOST = re.compile(
    r"(?:https?://(?:[^\s/@]*@)?([\w.-]*\w)"
    r"|(?<![a-z0-9.])((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,24})(?![a-z0-9]))"
    r"(?:[:/?#](?:(?!https?://)\S)*)?",
    re.IGNORECASE,
)
_FIRST = {"PREFER_DAY_OF_MONTH": "first", "PREFER_MONTH_OF_YEAR": "first"}
_DAYS = 31


def preprocess(text: str, step: str) -> str:
    """One preprocessing step."""
    if step == "extract_number":
        found = _NUMBER.search(text.replace(",", ""))
        return found[0] if found else NO_NUMBER
    if step == "norm_str":
        return "".join(text.lower().split()).replace("*", "")
    day = to_date(text)
    return day.isoformat() if day else text


def to_date(text: str) -> date | None:
    """A date in any common form; an unnamed day is the first of the month, an unnamed month January, on
    whatever day it is asked."""
    text = text.strip()
    if text.lower() == NOTHING:  # some language's short word for August
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        pass  # not the common case: let the parser look
    import dateparser

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own use of the standard library
        parsed = dateparser.parse(text[:200], settings=_FIRST)
    return parsed.date() if parsed else None


def to_number(text: str) -> float | None:
    """A number; `x%` is x hundredths."""
    text = text.strip().replace(",", "")
    try:
        number = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None  # `nan` is how a table holds an empty cell


def hosts(text: str) -> set[str]:
    """The host names that a text speaks of."""
    return {(match[1] or match[2]).lower() for match in _HOST.finditer(text)}


def score(response: str, gold: str, metric: str, rule: ColumnRule) -> float:
    """1 or 0 for one cell; `llm_judge` is not decided here."""
    if metric == "exact_match":
        good = response.lower() == gold.lower()
    elif metric == "in_match":
        good = response in gold
    elif metric == "url_match":
        good = hosts(response) == hosts(gold)
    elif metric == "number_near":
        good = _numbers_near(response, gold, rule.tolerance)
    elif metric == "date_near":
        good = _dates_near(response, gold)
    else:
        raise ValueError(f"{metric} does not compare single cells")
    return float(good)


def _numbers_near(response: str, gold: str, tolerance: float) -> bool:
    ours, theirs = to_number(response), to_number(gold)
    if ours is None and theirs is None:
        return response == gold
    if ours is None or theirs is None:
        return False
    return abs(ours - theirs) <= abs(theirs) * tolerance + 1e-12 * abs(theirs)


def _dates_near(response: str, gold: str) -> bool:
    ours, theirs = to_date(response), to_date(gold)
    if ours is None or theirs is None:
        return ours is theirs
    return abs((ours - theirs).days) <= _DAYS
