"""Constructed pairs for every rule of the WideSearch score; each expected figure is worked out beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.scoring.frame import make_frame
from wideseek_cli.eval.scoring.metrics import NoJudge, score_response
from wideseek_cli.eval.scoring.spec import ColumnRule, parse_spec


class Dictionary(NoJudge):
    """A judge with fixed opinions."""

    name = "dictionary"

    def __init__(self, columns: dict[str, str], keys: dict[str, str], same: set[tuple[str, str]]) -> None:
        self.columns, self.keys, self.same = columns, keys, same

    async def map_columns(self, response: Sequence[str], required: Sequence[str]) -> Mapping[str, str]:
        return self.columns

    async def align_keys(
        self, response: Sequence[str], gold: Sequence[str], column: str
    ) -> Mapping[str, str]:
        return self.keys

    async def judge_column(self, pairs: Sequence[tuple[str, str]], rule: ColumnRule) -> list[float] | None:
        if ("?", "?") in self.same:
            return None  # a reply nobody can read
        return [float(pair in self.same or pair[0] == pair[1]) for pair in pairs]


@dataclass(frozen=True)
class Pair:
    """A response, gold, and the six figures in the order item P, R, F1, row P, R, F1, then success."""

    name: str
    response: str
    gold: str
    rule: dict[str, Any]
    item: tuple[float, float]
    row: tuple[float, float]
    success: int
    error: str | None = None
    judge: NoJudge = field(default_factory=NoJudge)
    key: tuple[str, ...] = ("name",)
    key_rule: dict[str, Any] = field(
        default_factory=lambda: {"preprocess": ["norm_str"], "metric": ["exact_match"]}
    )


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.split(";")]


def fenced(text: str, header: str = "name | value") -> str:
    lines = [header, *(" | ".join(row) for row in rows(text))]
    body = "\n".join(f"| {line} |" for line in lines)
    return f"Here it is.\n```markdown\n{body}\n```\nDone."


EXACT = {"preprocess": ["norm_str"], "metric": ["exact_match"]}
NUMBER = {"preprocess": ["extract_number"], "metric": ["number_near"], "criterion": 0.1}
DATE = {"preprocess": ["norm_date"], "metric": ["date_near"]}
URL = {"metric": ["url_match"]}
IN = {"metric": ["in_match"]}
JUDGED = {"metric": ["llm_judge"], "criterion": "same meaning"}
WHOLE, NONE = (1.0, 1.0), (0.0, 0.0)
# Two gold rows and two columns unless said: one wrong cell leaves 3 of 4 items and 1 of 2 rows.
ONE_WRONG = {"item": (0.75, 0.75), "row": (0.5, 0.5), "success": 0}
ALL_RIGHT: dict[str, Any] = {"item": WHOLE, "row": WHOLE, "success": 1}
ZERO: dict[str, Any] = {"item": NONE, "row": NONE, "success": 0}


def pair(name: str, response: str, gold: str, rule: dict[str, Any], **rest: Any) -> Pair:
    text = response if "\n" in response or "|" not in response else fenced(response)
    return Pair(name, text, gold, rule, **rest)


PAIRS = [
    # from response to table
    pair("equal tables", "a | 1; b | 2", "a | 1; b | 2", EXACT, **ALL_RIGHT),
    pair("rows in another order", "b | 2; a | 1", "a | 1; b | 2", EXACT, **ALL_RIGHT),
    pair(
        "the first fence counts",
        fenced("a | 1; b | 2") + "\n" + fenced("a | 9; b | 9"),
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
    ),
    pair(
        "without a fence the first run of pipes",
        "Text\n| name | value |\n|---|:--:|\n| a | 1 |\n| b | 2 |\n\n| name | value |\n| a | 9 |",
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
    ),
    pair(
        "a fence of another kind is only a run of pipes",
        "```\n| name | value |\n| a | 1 |\n| b | 2 |\n```",
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
    ),
    pair(
        "header blanks and case do not matter",
        fenced("a | 1; b | 2", "Na me | VALUE"),
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
    ),
    pair(
        "an unnamed column is dropped",
        fenced("x | a | 1; y | b | 2", " | name | value"),
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
    ),
    pair("no table at all", "I do not know.", "a | 1", EXACT, **ZERO, error="no table in the response"),
    pair(
        "a header alone: no rows, all 0", "```markdown\n| name | value |\n```", "a | 1; b | 2", EXACT, **ZERO
    ),
    pair(
        "a column too few",
        fenced("a; b", "name"),
        "a | 1; b | 2",
        EXACT,
        **ZERO,
        error="the columns differ from the required ones: missing value",
    ),
    pair(
        "a column too many",
        fenced("a | 1 | z; b | 2 | z", "name | value | more"),
        "a | 1; b | 2",
        EXACT,
        **ZERO,
        error="the columns differ from the required ones: extra more",
    ),
    pair(
        "the judge maps a column's name",
        fenced("a | 1; b | 2", "who | value"),
        "a | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
        judge=Dictionary({"who": "name"}, {}, set()),
    ),
    pair(
        "a row that is too long is an error",
        "```markdown\n| name | value |\n| a | 1 | 2 |\n```",
        "a | 1",
        EXACT,
        **ZERO,
        error="row 1 has 3 cells for 2 columns",
    ),
    # 1: integers against decimals
    pair("an integer column against decimals", "a | 1; b | 2", "a | 1.0; b | 2.0", IN, **ALL_RIGHT),
    pair(
        "long numbers differ in their last digit",
        "a | 1234567890123456789; b | 2",
        "a | 1234567890123456788; b | 2",
        EXACT,
        **ONE_WRONG,
    ),
    pair("what is beyond all decimals is text", "a | 1e999; b | 2", "a | 2e999; b | 2", EXACT, **ONE_WRONG),
    pair("decimals are written one way", "a | 1.50; b | 2", "a | 1.5; b | 2.0", IN, **ALL_RIGHT),
    # 2: repeated keys
    pair("the first of repeated rows stays", "a | 1; a | 9; b | 2", "a | 1; b | 2", EXACT, **ALL_RIGHT),
    pair("the first stays though it is wrong", "a | 9; a | 1; b | 2", "a | 1; b | 2", EXACT, **ONE_WRONG),
    pair("gold loses repeats too", "a | 1; b | 2", "a | 1; b | 2; b | 3", EXACT, **ALL_RIGHT),
    # 3: aligned keys
    pair(
        "the judge aligns a key",
        "USA | 1; b | 2",
        "United States | 1; b | 2",
        EXACT,
        **ALL_RIGHT,
        judge=Dictionary({}, {"USA": "United States"}, set()),
    ),
    # one key of two met: 2 of 4 items, 1 of 2 rows
    pair(
        "without a judge keys are what they are",
        "USA | 1; b | 2",
        "United States | 1; b | 2",
        EXACT,
        item=(0.5, 0.5),
        row=(0.5, 0.5),
        success=0,
    ),
    pair(
        "a key that is not matched by meaning is not aligned",
        "USA | 1; b | 2",
        "United States | 1; b | 2",
        EXACT,
        item=(0.5, 0.5),
        row=(0.5, 0.5),
        success=0,
        judge=Dictionary({}, {"USA": "United States"}, set()),
        key_rule={"preprocess": ["norm_str"], "metric": ["in_match"]},
    ),
    # 4: preprocessing
    pair(
        "norm_str: blanks, case and stars", "a | New  York*; b | x", "a | newyork; b | x", EXACT, **ALL_RIGHT
    ),
    pair("norm_str joins keys", "THE A | 1; b | 2", "the a | 1; b | 2", EXACT, **ALL_RIGHT),
    pair(
        "extract_number drops marks and words", "a | 1,636 m; b | 2", "a | 1636; b | 2", NUMBER, **ALL_RIGHT
    ),
    pair("no number on either side is the same NULL", "a | none; b | 2", "a | -; b | 2", NUMBER, **ALL_RIGHT),
    pair(
        "norm_date: one day, two ways",
        "a | 8 Sept 1636; b | 2001-02-03",
        "a | 1636-09-08; b | 3 February 2001",
        {"preprocess": ["norm_date"], "metric": ["exact_match"]},
        **ALL_RIGHT,
    ),
    pair(
        "norm_date takes the first of an unnamed day",
        "a | September 1636; b | x",
        "a | 1636-09-01; b | x",
        {"preprocess": ["norm_date"], "metric": ["exact_match"]},
        **ALL_RIGHT,
    ),
    # 5: joins and metrics
    # three rows given, two right: 4 of 6 and 4 of 4 items, 2 of 3 and 2 of 2 rows
    pair(
        "a surplus row costs precision",
        "a | 1; b | 2; c | 3",
        "a | 1; b | 2",
        EXACT,
        item=(4 / 6, 1.0),
        row=(2 / 3, 1.0),
        success=0,
    ),
    # one row of two given: 2 of 2 and 2 of 4 items, 1 of 1 and 1 of 2 rows
    pair(
        "a missed row costs recall",
        "a | 1",
        "a | 1; b | 2",
        EXACT,
        item=(1.0, 0.5),
        row=(1.0, 0.5),
        success=0,
    ),
    pair("exact_match: another value", "a | 1; b | x", "a | 1; b | y", EXACT, **ONE_WRONG),
    pair(
        "exact_match ignores case", "a | 1; b | X", "a | 1; b | x", {"metric": ["exact_match"]}, **ALL_RIGHT
    ),
    pair("in_match: a part of gold", "a | York; b | x", "a | New York; b | x", IN, **ALL_RIGHT),
    pair("in_match: not the other way round", "a | New York; b | x", "a | York; b | x", IN, **ONE_WRONG),
    pair(
        "url_match: the hosts are equal",
        "a | https://x.org/1?q=2; b | http://y.net",
        "a | http://x.org/other; b | https://y.net/",
        URL,
        **ALL_RIGHT,
    ),
    pair(
        "url_match: another host",
        "a | https://x.org; b | http://y.net",
        "a | https://z.org; b | http://y.net",
        URL,
        **ONE_WRONG,
    ),
    pair(
        "url_match: a file's name is no host",
        "a | https://x.org/a.html; b | [site](http://y.net/index.php)",
        "a | https://x.org/b.pdf; b | y.net",
        URL,
        **ALL_RIGHT,
    ),
    pair(
        "url_match: hosts of any letters and of numbers",
        "a | http://один.рф/; b | http://1.2.3.4/x",
        "a | http://два.рф/; b | http://1.2.3.4/y",
        URL,
        **ONE_WRONG,
    ),
    pair("number_near: within a tenth", "a | 91; b | 2", "a | 100; b | 2", NUMBER, **ALL_RIGHT),
    pair("number_near: over a tenth", "a | 89; b | 2", "a | 100; b | 2", NUMBER, **ONE_WRONG),
    pair("number_near: x% is x hundredths", "a | 50%; b | 2", "a | 0.5; b | 2", NUMBER, **ALL_RIGHT),
    pair(
        "number_near: empty cells are equal",
        "a | ; b | 2",
        "a | ; b | 2",
        {"metric": ["number_near"]},
        **ALL_RIGHT,
    ),
    pair("number_near: one side is no number", "a | none; b | 2", "a | 100; b | 2", NUMBER, **ONE_WRONG),
    pair(
        "date_near: 31 days",
        "a | 2020-02-01; b | 2020-01-01",
        "a | 2020-01-01; b | 2020-01-01",
        DATE,
        **ALL_RIGHT,
    ),
    pair(
        "date_near: 32 days",
        "a | 2020-02-02; b | 2020-01-01",
        "a | 2020-01-01; b | 2020-01-01",
        DATE,
        **ONE_WRONG,
    ),
    pair(
        "date_near: neither is a date",
        "a | unsaid; b | 2020-01-01",
        "a | lost; b | 2020-01-01",
        DATE,
        **ALL_RIGHT,
    ),
    pair(
        "date_near: one is a date",
        "a | unsaid; b | 2020-01-01",
        "a | 2020-01-01; b | 2020-01-01",
        DATE,
        **ONE_WRONG,
    ),
    pair(
        "date_near: an empty cell is no date",
        "a | ; b | 2020-01-01",
        "a | lost; b | 2020-01-01",
        DATE,
        **ALL_RIGHT,
    ),
    pair(
        "date_near: a year alone is its first of January in any month",
        "a | 1999; b | 2020-01-01",
        "a | 1999-01-31; b | 2020-01-01",
        DATE,
        **ALL_RIGHT,
    ),
    pair(
        "llm_judge: what the judge holds the same",
        "a | big; b | x",
        "a | large; b | x",
        JUDGED,
        **ALL_RIGHT,
        judge=Dictionary({}, {}, {("big", "large")}),
    ),
    # the keys score, the whole column 0: 2 of 4 items, no row
    pair(
        "llm_judge: an unreadable reply scores the column 0",
        "a | big; b | x",
        "a | big; b | y",
        JUDGED,
        item=(0.5, 0.5),
        row=NONE,
        success=0,
        judge=Dictionary({}, {}, {("?", "?")}),
    ),
    pair(
        "llm_judge without a judge: equal letters", "a | Big *; b | x", "a | big; b | y", JUDGED, **ONE_WRONG
    ),
    # two metrics, both right for b, for a only one: 2 keys + 1 + 2 of 4; row a is its worst score
    pair(
        "each metric of a column scores",
        "a | York; b | x",
        "a | New York; b | x",
        {"metric": ["in_match", "exact_match"]},
        item=(1.25, 1.25),
        row=(0.5, 0.5),
        success=0,
    ),
    pair(
        "several key columns",
        fenced("a | 1 | x; a | 2 | z", "name | year | value"),
        "a | 1 | x; a | 2 | y",
        EXACT,
        item=(5 / 6, 5 / 6),
        row=(0.5, 0.5),
        success=0,
        key=("name", "year"),
    ),
    # 7: success before preprocessing
    pair("empty cells on both sides are equal", "a | ; b | 2", "a | ; b | 2", EXACT, **ALL_RIGHT),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: case.name)
async def test_pair(case: Pair) -> None:
    columns = ["name", "year", "value"] if len(case.key) == 2 else ["name", "value"]
    pipeline = dict.fromkeys(case.key, case.key_rule) | {"value": case.rule}
    spec = parse_spec(
        json.dumps({"required": columns, "unique_columns": case.key, "eval_pipeline": pipeline})
    )
    gold = make_frame(columns, rows(case.gold))
    got = await score_response(case.response, gold, spec, case.judge)
    assert got.error == case.error
    figures = (got.item.precision, got.item.recall, got.row.precision, got.row.recall)
    assert figures == pytest.approx((*case.item, *case.row))
    assert got.success == case.success
    precision, recall = case.item
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    assert got.item.f1 == pytest.approx(f1)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("{", "not JSON"),
        ("[]", "not an object"),
        ({"required": ["a"]}, "no key"),
        ({"required": ["a"], "unique_columns": ["b"]}, "not among"),
        (
            {"required": ["a"], "unique_columns": ["a"], "eval_pipeline": {"a": {"metric": ["magic"]}}},
            "magic",
        ),
        (
            {
                "required": ["a"],
                "unique_columns": ["a"],
                "eval_pipeline": {"a": {"metric": ["number_near"], "criterion": "close"}},
            },
            "not a number",
        ),
        (
            {
                "required": ["a"],
                "unique_columns": ["a"],
                "eval_pipeline": {"a": {"metric": ["number_near"], "criterion": float("inf")}},
            },
            "not a number",
        ),
    ],
)
def test_a_bad_spec_says_what_is_wrong(spec: Any, words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        parse_spec(spec)
