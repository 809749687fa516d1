"""`wideseek eval score` over a set of responses: every question counts once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wideseek_cli.cli.commands.eval import app
from wideseek_cli.core.errors import EvaluationError

TABLE = "| name | height |\n|---|---|\n| Otemma | 3 |\n"
SPEC = {
    "unique_columns": ["name"],
    "required": ["name", "height"],
    "eval_pipeline": {
        "name": {"preprocess": ["norm_str"], "metric": ["exact_match"]},
        "height": {"preprocess": ["norm_str"], "metric": ["exact_match"]},
    },
}


def score(folder: Path, questions: Sequence[str], answered: Sequence[str], *more: str) -> Result:
    """The command over such questions, all with the same gold, where some have a right response."""
    (folder / "gold").mkdir()
    for name in questions:
        (folder / "gold" / f"{name}.csv").write_text("name,height\nOtemma,3\n")
    asked = [{"instance_id": name, "query": "?", "evaluation": SPEC} for name in questions]
    given = [{"instance_id": name, "response": TABLE} for name in answered]
    for name, entries in (("queries", asked), ("responses", given)):
        lines = "".join(f"{json.dumps(entry)}\n" for entry in entries)
        (folder / f"{name}.jsonl").write_text(lines)
    words = ["--queries", "queries.jsonl", "--gold", "gold", "--responses", "responses.jsonl"]
    places = [str(folder / word) if not word.startswith("--") else word for word in words]
    return CliRunner().invoke(app, ["score", *places, *more])


def test_a_question_without_a_response_scores_0_and_is_named(tmp_path: Path) -> None:
    done = score(tmp_path, ["q1", "q2", "q3", "q4"], ["q4", "q1"], "--json")
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert list(told["questions"]) == ["q1", "q2", "q3", "q4"]
    assert [one["error"] for one in told["questions"].values()] == [None, "no response", "no response", None]
    assert (told["all"]["item_f1"], told["all"]["success"]) == (0.5, 0.5)
    assert "2 questions without a response, scored 0: q2, q3\n" in done.stderr


def test_of_many_without_a_response_the_first_are_named(tmp_path: Path) -> None:
    done = score(tmp_path, [f"q{number}" for number in range(1, 10)], ["q1"])
    assert "8 questions without a response, scored 0: q2, q3, q4, q5, q6, …\n" in done.stderr
    assert done.stdout.count("no response") == 8


def test_with_all_responses_nothing_is_said_of_missing_ones(tmp_path: Path) -> None:
    done = score(tmp_path, ["q1", "q2"], ["q1", "q2"], "--json")
    assert json.loads(done.stdout)["all"]["row_f1"] == 1.0
    assert "without a response" not in done.stderr


@pytest.mark.parametrize(
    ("questions", "answered", "said"),
    [
        (["q1", "q2"], ["q1", "q2", "q1"], "responses.jsonl: there are two responses to 'q1'"),
        (["q1"], ["q9"], "responses.jsonl: there is no question 'q9'"),
        (["q1"], [], "responses.jsonl has no response"),
        (["q1", "q2", "q1"], ["q1"], "queries.jsonl: the question 'q1' is there twice"),
        ([], [], "queries.jsonl has no question"),
    ],
)
def test_what_is_no_set_of_responses(
    tmp_path: Path, questions: list[str], answered: list[str], said: str
) -> None:
    done = score(tmp_path, questions, answered)
    assert isinstance(done.exception, EvaluationError)
    assert str(done.exception) == said
    assert done.stdout == ""
