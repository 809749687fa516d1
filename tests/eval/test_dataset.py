"""Datasets in a folder: what is wrong with one is said in a line, and what changed in one is noticed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.eval.scripted_agent import lead_says, markdown, run_benchmark
from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.folder import RESULTS, UNSCORED, ResultsFolder
from wideseek_cli.eval.questions.dataset import SETUP, load_dataset
from wideseek_cli.eval.results import append, load

GOLD = "Name,Height\nOtemma,3\nArolla,4\n"
SPEC = {
    "required": ["name", "height"],
    "unique_columns": ["name"],
    "eval_pipeline": {
        "height": {"preprocess": ["extract_number"], "metric": ["number_near"], "criterion": 0}
    },
}


def dataset(folder: Path, *lines: str | dict[str, Any], gold: str = GOLD) -> str:
    """A folder with these lines of queries; each question `q` has the same gold."""
    (folder / "gold").mkdir(parents=True, exist_ok=True)
    (folder / "gold" / "q.csv").write_text(gold)
    words = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "queries.jsonl").write_text("\n".join(words))
    return str(folder)


def question(**more: Any) -> dict[str, Any]:
    return {"instance_id": "q", "query": "Which glaciers?", "evaluation": SPEC, **more}


def test_a_folder_is_read(tmp_path: Path) -> None:
    (task,) = load_dataset(dataset(tmp_path, "\ufeff" + json.dumps(question(evaluation=json.dumps(SPEC)))))
    assert (task.id, task.query, task.language) == ("q", "Which glaciers?", "en")
    assert task.gold.rows == (("Otemma", "3"), ("Arolla", "4"))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (['{"instance_id": "q"'], "cannot be read as JSON lines"),
        (["[" * 100_000], "cannot be read as JSON lines"),
        (['{"instance_id": ' + "9" * 5000 + "}"], "cannot be read as JSON lines"),
        (["[]"], "queries.jsonl:1 is not an object"),
        ([question(query=" ")], "without instance_id or query"),
        ([question(), question()], "the question 'q' is there twice"),
        ([question(instance_id="../q")], "cannot be an instance's name"),
        ([question(instance_id="q\0")], "cannot be an instance's name"),
        ([question(instance_id="q" * 300)], "cannot be an instance's name"),
        ([question(evaluation={})], "queries.jsonl: q: the evaluation names no required columns"),
        ([question(evaluation="[" * 100_000)], "queries.jsonl: q: the evaluation is not JSON"),
        ([question(evaluation={**SPEC, "required": ["name", "depth"]})], "lacks the required columns depth"),
    ],
)  # fmt: skip
def test_what_is_no_dataset(tmp_path: Path, lines: list[Any], words: str) -> None:
    with pytest.raises(EvaluationError, match=words):
        load_dataset(dataset(tmp_path, *lines))


def test_results_inside_the_datasets_folder_are_no_queries(tmp_path: Path) -> None:
    name = dataset(tmp_path, question())
    with ResultsFolder(tmp_path / "results", {}):
        append(tmp_path / "results" / RESULTS, {})
    assert [task.id for task in load_dataset(name)] == ["q"]
    append(tmp_path / "more.jsonl", question())
    with pytest.raises(EvaluationError, match="it needs one") as caught:
        load_dataset(name)
    assert caught.value.hint == "it has: more.jsonl, queries.jsonl; some .csv files"


def test_a_gold_table_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"q\.csv: row 1 has 3 cells for 2 columns"):
        load_dataset(dataset(tmp_path, question(), gold="name,height\nOtemma,3,4\n"))


@pytest.mark.parametrize(
    "changed",
    [
        {"gold": GOLD.replace("3", "5")},
        {"query": "Which glaciers are there?"},
        {"evaluation": {**SPEC, "eval_pipeline": {}}},
    ],
    ids=["gold", "query", "evaluation"],
)
async def test_trials_of_a_question_that_has_changed_are_not_taken(
    tmp_path: Path, changed: dict[str, Any]
) -> None:
    (task,) = load_dataset(dataset(tmp_path / "data", question()))
    words = lead_says({task.query: markdown(task.gold)})
    await run_benchmark(tmp_path / "out", [task], words)
    (same,) = load_dataset(str(tmp_path / "data"))
    assert len((await run_benchmark(tmp_path / "out", [same], words)).results()) == 1
    gold = changed.pop("gold", GOLD)
    (other,) = load_dataset(dataset(tmp_path / "data", question(**changed), gold=gold))
    with pytest.raises(EvaluationError, match="holds a trial of another q"):
        await run_benchmark(tmp_path / "out", [other], words)


@pytest.mark.parametrize("damage", ["{", "[]", "[" * 100_000], ids=["cut", "list", "deep"])
def test_a_results_folder_whose_settings_are_damaged_is_refused(tmp_path: Path, damage: str) -> None:
    (tmp_path / SETUP).write_text(damage)
    with pytest.raises(EvaluationError, match=r"setup\.json cannot be read"):
        ResultsFolder(tmp_path, {})


def test_who_reads_while_a_line_is_written_leaves_it_alone(tmp_path: Path) -> None:
    path, half = tmp_path / RESULTS, '{"task": "\u00e9'.encode()[:-1]
    path.write_bytes(half)
    assert load(path) == []
    assert path.read_bytes() == half


def test_what_a_cut_left_of_a_line_goes_with_the_next(tmp_path: Path) -> None:
    path = tmp_path / UNSCORED
    whole = '{"task": "a", "trial": 1, "run": "r1"}\n'
    path.write_text(whole + '{"task": "b", "tri')
    with ResultsFolder(tmp_path, {}) as folder:
        assert folder.unscored() == {("a", 1): "r1"}
        append(path, {"task": "b", "trial": 1, "run": "r2"})
        assert folder.unscored() == {("a", 1): "r1", ("b", 1): "r2"}
