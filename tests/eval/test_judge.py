"""A model as judge: what it says is taken only as far as it is an answer."""

from __future__ import annotations

import pytest

from models.scripted import ScriptedEngine
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.scoring.judge import ModelJudge
from wideseek_cli.eval.scoring.spec import ColumnRule

RULE = ColumnRule("height", (), ("llm_judge",), "the same height")
PAIRS = [("3", "three"), ("4", "five")]


def judge(*said: str) -> ModelJudge:
    """It says one after another, a text in each conversation."""
    texts = iter(said)
    return ModelJudge(ScriptedEngine(lambda opening, turns: next(texts)))


@pytest.mark.parametrize(
    "nonsense", ["I think so.", "", "[1, 0]", "[" * 100_000, '{"1": ' + "9" * 5000 + "}"], ids=lambda s: s[:9]
)
async def test_it_is_asked_once_more_and_then_it_is_an_error(nonsense: str) -> None:
    good = '<think>hm</think>```json\n{"1": 1, "2": 0}\n```'
    assert await judge(nonsense, good).judge_column(PAIRS, RULE) == [1.0, 0.0]
    with pytest.raises(EvaluationError, match="did not answer with a JSON object"):
        await judge(nonsense, nonsense).judge_column(PAIRS, RULE)


@pytest.mark.parametrize(
    "said", ['{"1": 1}', '{"1": 1, "2": "no"}', '{"1": 1, "2": NaN}', '{"1": 1, "2": [0]}']
)
async def test_a_verdict_that_lacks_a_pair_is_none(said: str) -> None:
    assert await judge(said).judge_column(PAIRS, RULE) is None


async def test_keys_are_aligned_with_what_was_asked_about_alone_and_each_once() -> None:
    said = '{"USA": "United States", "US": "United States", "UK": "France", "x": "Peru", "Perou": ["Peru"]}'
    keys = ["USA", "US", "UK", "Perou", "Chile"]
    gold = ["United States", "Peru", "Chile"]
    assert await judge(said).align_keys(keys, gold, "country") == {"USA": "United States"}
    assert await judge().align_keys(gold, gold, "country") == {}
