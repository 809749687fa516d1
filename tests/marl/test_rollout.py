"""The tokens that are trained on are those of the record, at their places in the context."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp")

from models.marl.credit import Said
from models.marl.page import paired, write_page
from models.marl.rollout import located
from models.marl.tasks import practice
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.core.events import Role
from wideseek_cli.core.messages import Reply, Stop, Turn
from wideseek_cli.core.state import AgentState


def agent(*replies: tuple[int, ...]) -> AgentState:
    turns = [Turn(Reply("x", ids, Stop.LENGTH if ids == (9,) else Stop.END, 0)) for ids in replies]
    return AgentState("lead", Role.LEAD, "", 0, turns=tuple(turns))


def test_replies_are_found_in_order() -> None:
    context = (1, 7, 8, 2, 7, 8, 3, 9)
    assert located(context, agent((7, 8), (7, 8), (9,))) == (Said(1, 3), Said(4, 6), Said(7, 8, looped=True))


def test_a_reply_that_is_not_in_the_context_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="not in its context"):
        located((1, 2, 3), agent((3, 4)))


def test_the_gain_and_its_interval() -> None:
    before, after = {"a": 0.0, "b": 0.5, "c": 1.0}, {"a": 0.5, "b": 0.5, "c": 1.0, "d": 1.0}
    gain, low, high = paired(before, after)
    assert gain == pytest.approx(1 / 6)
    assert low == 0.0
    assert high == pytest.approx(0.5)
    assert paired({}, after) == (0.0, 0.0, 0.0)


def test_the_run_page(tmp_path: Path) -> None:
    lines = [{"step": n, "reward": n / 4, "item_f1": 0.1, "runs": ["<r>"]} for n in (1, 2, 3)]
    (tmp_path / "steps.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    for step, f1 in ((0, 0.2), (3, 0.4)):
        (tmp_path / f"held-{step}.json").write_text(json.dumps({"a": f1, "b": f1}))
    write_page(tmp_path)
    page = (tmp_path / "run.html").read_text()
    assert "reward: 0.25 to 0.75" in page
    assert "+0.200 (+0.200 to +0.200)" in page
    assert "&lt;r&gt;" in page


def test_short_questions_of_the_factbook() -> None:
    train, held = practice("factbook:train:20"), practice("factbook:test:20")
    for task in (*train, *held):
        assert 3 <= len(task.gold.rows) <= 6
        assert len(task.gold.columns) == 3
    assert len({task.query for task in train}) == 20
    countries = [{str(row[0]) for task in tasks for row in task.gold.rows} for tasks in (train, held)]
    assert not countries[0] & countries[1]
    with pytest.raises(EvaluationError, match="no practice"):
        practice("factbook:nowhere:3")
    assert all(len(task.gold.rows) <= 4 for task in practice("factbook:test:12:4x2"))
    with pytest.raises(
        EvaluationError, match="no 5 questions of 2x2"
    ):  # the factbook's have three rows at least
        practice("factbook:test:5:2x2")
