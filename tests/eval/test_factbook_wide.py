"""The built-in benchmark: a perfect table scores 1, none scores 0, damage costs what arithmetic says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from models.scripted import Play
from tests.eval.scripted_agent import lead_says, markdown, run_benchmark
from wideseek_cli.core.errors import DecodeError, EvaluationError, OutputError
from wideseek_cli.eval.folder import RECORD, RESULTS, ResultsFolder
from wideseek_cli.eval.questions.dataset import SETUP, Task, load_dataset
from wideseek_cli.eval.results import load, summarise
from wideseek_cli.eval.runner import Some, proved_right
from wideseek_cli.eval.scoring.frame import NOTHING, Frame
from wideseek_cli.eval.scoring.metrics import NoJudge, score_frame, score_response
from wideseek_cli.eval.scoring.spec import parse_spec
from wideseek_cli.table.model import Cell, CellStatus, Column, Row, Table

SPLITS = ("dev", "test", "zh")
WRONG = "987654321 corrupted"


def tasks() -> list[Task]:
    return [task for split in SPLITS for task in load_dataset(f"factbook-wide:{split}")]


async def test_gold_scores_1_and_nothing_scores_0() -> None:
    for task in tasks():
        perfect = await score_response(markdown(task.gold), task.gold, task.spec, NoJudge())
        assert (perfect.item.f1, perfect.row.f1, perfect.success) == (1.0, 1.0, 1), task.id
        null = await score_response("I found nothing.", task.gold, task.spec, NoJudge())
        assert (null.item.f1, null.row.f1, null.success) == (0.0, 0.0, 0), task.id


@pytest.mark.parametrize("every", [2, 3])
async def test_every_kth_row_dropped(every: int) -> None:
    for task in load_dataset("factbook-wide:dev"):
        kept = [row for at, row in enumerate(task.gold.rows, 1) if at % every]
        got = await score_frame(Frame(task.gold.columns, tuple(kept)), task.gold, task.spec, NoJudge())
        recall = len(kept) / len(task.gold.rows)
        for figures in (got.item, got.row):
            assert figures.precision == pytest.approx(1.0)
            assert figures.recall == pytest.approx(recall)
            assert figures.f1 == pytest.approx(2 * recall / (1 + recall))
        assert got.success == 0


@pytest.mark.parametrize("every", [2, 5])
async def test_every_kth_cell_corrupted(every: int) -> None:
    for task in load_dataset("factbook-wide:dev:small"):
        rows, spoilt, hit = [list(row) for row in task.gold.rows], 0, set()
        places = [(r, c) for r in range(len(rows)) for c in range(1, len(rows[0])) if _can_spoil(rows[r][c])]
        for r, c in places[::every]:
            rows[r][c], spoilt = WRONG, spoilt + 1
            hit.add(r)
        frame = Frame(task.gold.columns, tuple(tuple(row) for row in rows))
        got = await score_frame(frame, task.gold, task.spec, NoJudge())
        cells = len(rows) * len(rows[0])
        assert got.item.f1 == pytest.approx(1 - spoilt / cells), task.id
        assert got.row.f1 == pytest.approx(1 - len(hit) / len(rows)), task.id


def _can_spoil(value: str) -> bool:
    """Two values that are both no number and no date may count as equal; those are left alone."""
    return any(letter.isdigit() for letter in value) and value != NOTHING


async def test_a_perfect_agent_and_one_that_knows_nothing(tmp_path: Path) -> None:
    asked = load_dataset("factbook-wide:dev:small")[:2]
    words = {task.query: f"<think>I know.</think>\n{markdown(task.gold)}" for task in asked}
    perfect = await run_benchmark(tmp_path / "perfect", asked, lead_says(words))
    assert [trial.item["f1"] for trial in perfect.results()] == [1.0, 1.0]
    assert all(trial.success for trial in perfect.results())
    null = await run_benchmark(tmp_path / "null", asked, lead_says({}))
    assert [trial.item["f1"] for trial in null.results()] == [0.0, 0.0]
    assert not any(trial.success for trial in null.results())
    locks = tmp_path / "perfect" / f"{RECORD}.locks"
    assert not list(locks.iterdir())  # hundreds of trials must not hold a file each


async def test_a_benchmark_goes_on_where_it_was_cut(tmp_path: Path) -> None:
    asked = load_dataset("factbook-wide:dev:small")[:2]
    words = {task.query: markdown(task.gold) for task in asked}
    await run_benchmark(tmp_path, asked[:1], lead_says(words))
    path = tmp_path / RESULTS
    path.write_text(path.read_text() + '{"task": "cut o')
    bench = await run_benchmark(tmp_path, asked, lead_says(words))
    assert [trial.task for trial in bench.results()] == [task.id for task in asked]
    assert len(load(path)) == 2
    summary = summarise(bench.results())
    assert summary["all"]["item_f1"]["avg"] == 1.0  # type: ignore[index]


class Moody(NoJudge):
    """A judge that cannot be read the first time it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def align_keys(
        self, response: Sequence[str], gold: Sequence[str], column: str
    ) -> Mapping[str, str]:
        self.asked += 1
        if self.asked == 1:
            raise EvaluationError("the judge said nothing")
        return {}


async def test_a_run_whose_judge_failed_is_scored_when_it_answers(tmp_path: Path) -> None:
    task = load_dataset("factbook-wide:dev:small")[0]
    words, judge = {task.query: markdown(task.gold)}, Moody()
    bench = await run_benchmark(tmp_path, [task], lead_says(words), judge)
    assert (bench.results(), bench.lost) == ([], 1)
    bench = await run_benchmark(tmp_path, [task], lead_says({}), judge)
    (trial,) = bench.results()
    assert trial.item["f1"] == 1.0, "the run of before: this engine knows nothing"


async def test_cells_of_a_column_that_the_judge_renamed_are_counted() -> None:
    task = load_dataset("factbook-wide:dev:small")[0]
    own = ("land", *task.gold.columns[1:-1], "another")

    class Renaming(NoJudge):
        async def map_columns(self, response: Sequence[str], required: Sequence[str]) -> Mapping[str, str]:
            return {"land": task.gold.columns[0], "another": task.gold.columns[-1]}

    score = await score_frame(replace(task.gold, columns=own), task.gold, task.spec, Renaming())
    assert score.item.f1 == 1.0
    cells = [Row(tuple(Cell(text, CellStatus.PROVED) for text in row)) for row in task.gold.rows]
    table = Table(tuple(Column(name) for name in own), tuple(cells))
    count = len(task.gold.rows) * (len(own) - 1)
    assert proved_right(table, score) == (count, count)


async def test_a_cell_of_several_metrics_counts_once_and_is_right_by_all() -> None:
    rules = {"value": {"metric": ["in_match", "exact_match"]}}
    spec = parse_spec({"required": ["name", "value"], "unique_columns": ["name"], "eval_pipeline": rules})
    gold = Frame(("name", "value"), (("a", "New York"), ("b", "x")))
    answer = Frame(("name", "value"), (("a", "York"), ("b", "x")))
    cells = [Row(tuple(Cell(text, CellStatus.PROVED) for text in row)) for row in answer.rows]
    table = Table(tuple(Column(name) for name in answer.columns), tuple(cells))
    assert proved_right(table, await score_frame(answer, gold, spec, NoJudge())) == (2, 1)


async def test_a_failed_engine_loses_trials_and_makes_no_zeros(tmp_path: Path) -> None:
    asked = load_dataset("factbook-wide:dev:small")[:5]

    def gone(opening: object, turns: object) -> Play:
        return Play("", error=DecodeError("the device is gone"))

    bench = await run_benchmark(tmp_path, asked, gone)
    assert bench.results() == []
    assert 3 <= bench.lost < 5, "it does not go through all of them"
    words = {task.query: markdown(task.gold) for task in asked}
    bench = await run_benchmark(tmp_path, asked, lead_says(words))
    assert [trial.success for trial in bench.results()] == [1] * 5


def test_a_folder_holds_trials_of_one_setup_and_has_one_user(tmp_path: Path) -> None:
    with (
        ResultsFolder(tmp_path, {"model": "a", "width": 4}),
        pytest.raises(OutputError, match="another process is at work"),
    ):
        ResultsFolder(tmp_path, {"model": "a", "width": 4})
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be used: Not a directory"):
        ResultsFolder(tmp_path / "file" / "out", {})
    with pytest.raises(EvaluationError, match="holds trials with model 'a', not 'b'"):
        ResultsFolder(tmp_path, {"model": "b", "width": 4})
    with ResultsFolder(tmp_path, {"model": "a", "width": 4, "a setting of later": 1}):
        pass


def test_a_servers_password_stays_out_of_a_results_folder(tmp_path: Path) -> None:
    setup = {"judge": "https://me:secret@example.org/v1", "columns": []}
    for _ in range(2):
        with ResultsFolder(tmp_path, setup):
            assert "secret" not in (tmp_path / SETUP).read_text()


def test_offline_the_hub_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EvaluationError, match="is not on this machine, and nothing is downloaded offline"):
        load_dataset("widesearch", offline=True)


def test_some_of_the_questions() -> None:
    every = load_dataset("factbook-wide:dev:small")
    assert Some().of(every) == every
    assert Some(skip=2, limit=3).of(every) == every[2:5]
    assert Some(limit=3).of(every) == every[:3]
    assert Some(skip=20).of(every) == every[20:]
    with pytest.raises(EvaluationError, match="behind the first 900"):
        Some(skip=900).of(every)
    with pytest.raises(EvaluationError, match=r"no question$"):
        Some().of([])
