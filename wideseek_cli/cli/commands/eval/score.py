"""`wideseek eval score`: tables or responses held against gold."""

from __future__ import annotations

import asyncio
import csv
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from wideseek_cli.cli.commands.eval.judging import JudgeName, open_judge
from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.options import AsJson, GroupedCommand
from wideseek_cli.core.errors import EvaluationError, UsageError
from wideseek_cli.core.text import clean_line
from wideseek_cli.eval.questions.dataset import Task, read_json_lines, tasks_of
from wideseek_cli.eval.scoring.frame import Frame, ResponseError, frame_of_csv
from wideseek_cli.eval.scoring.metrics import Judge, Score, score_frame, score_response
from wideseek_cli.eval.scoring.spec import Spec, parse_spec, spec_for
from wideseek_cli.settings.config import Settings
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.streams import say

_NAMED = 5  # of the questions without a response
_MODES = "Either one table with --gold and --spec or --key, or --queries, --gold FOLDER and --responses."


app = plain_app()


@app.command(cls=GroupedCommand)
def score(
    tables: Annotated[
        list[Path] | None, typer.Argument(help="a response (Markdown) or a table (CSV) to score")
    ] = None,
    gold: Annotated[Path | None, typer.Option("--gold", help="the gold CSV, or a folder of them")] = None,
    spec: Annotated[Path | None, typer.Option("--spec", help="the `evaluation` object, as JSON")] = None,
    key: Annotated[str, typer.Option("--key", help="without --spec: the key columns, comma-separated")] = "",
    queries: Annotated[Path | None, typer.Option("--queries", help="JSON lines of queries")] = None,
    responses: Annotated[Path | None, typer.Option("--responses", help="JSON lines of responses")] = None,
    verdicts: Annotated[Path | None, typer.Option("--cells", help="write cell verdicts as CSV here")] = None,
    judge: JudgeName = "none",
    model: Annotated[str, typer.Option("--model", "-m", help="the model of a local judge")] = "",
    as_json: AsJson = False,
) -> None:
    """Compare tables with gold as WideSearch does.

    One table: --gold gold.csv with --spec evaluation.json or --key name. Many: --queries, --gold FOLDER and
    --responses.

    Example: wideseek eval score --gold gold.csv --spec evaluation.json response.md
    """
    pairs = Pairs.of(tables or [], gold, spec, key, queries, responses)
    scores = asyncio.run(score_all(pairs, judge, model))
    print_scores(scores, single=pairs.single, as_json=as_json, verdicts=verdicts)


@dataclass(frozen=True)
class Pair:
    """One response, or a table, or nothing, and what it is held against."""

    name: str
    response: str | Frame | None
    gold: Frame
    spec: Spec


@dataclass(frozen=True)
class Pairs:
    """Everything to score; `single` when it is one table."""

    pairs: Sequence[Pair]
    single: bool

    @classmethod
    def of(
        cls,
        tables: Sequence[Path],
        gold: Path | None,
        spec: Path | None,
        key: str,
        queries: Path | None,
        responses: Path | None,
    ) -> Pairs:
        if gold is None:
            raise UsageError("--gold is missing", hint=_MODES)
        if queries is not None and responses is not None and not tables:
            return cls(_many(queries, gold, responses), single=False)
        if len(tables) != 1 or queries or responses or (spec is None) == (not key):
            raise UsageError("give RESPONSE and --gold, or --queries and --responses", hint=_MODES)
        return cls([_one(tables[0], gold, spec, key)], single=True)


def _one(path: Path, gold: Path, spec: Path | None, key: str) -> Pair:
    right = frame_of_csv(gold)
    if spec is not None:
        rules = parse_spec(_text(spec))
    else:
        rules = spec_for(right.columns, [name for name in key.split(",") if name.strip()])
    response: str | Frame = frame_of_csv(path) if path.suffix.lower() == ".csv" else _text(path)
    return Pair(path.name, response, right, rules)


def _many(queries: Path, gold: Path, responses: Path) -> list[Pair]:
    """Every question in order: one that has no response counts too."""
    tasks = _by_id(queries, gold)
    given = _responses_of(responses, tasks)
    return [Pair(name, given.get(name), task.gold, task.spec) for name, task in tasks.items()]


def _by_id(queries: Path, gold: Path) -> dict[str, Task]:
    tasks: dict[str, Task] = {}
    for task in tasks_of(queries, gold):
        if task.id in tasks:
            raise EvaluationError(f"{queries.name}: the question {task.id!r} is there twice")
        tasks[task.id] = task
    if not tasks:
        raise EvaluationError(f"{queries.name} has no question")
    return tasks


def _responses_of(path: Path, tasks: Mapping[str, Task]) -> dict[str, str]:
    """The text of each response by its question."""
    given: dict[str, str] = {}
    for entry in read_json_lines(path):
        name = str(entry.get("instance_id", ""))
        if name not in tasks:
            raise EvaluationError(f"{path.name}: there is no question {name!r}")
        if name in given:
            raise EvaluationError(
                f"{path.name}: there are two responses to {name!r}",
                hint="one response a question; score each trial from a file of its own",
            )
        given[name] = str(entry.get("response") or "")
    if not given:
        raise EvaluationError(f"{path.name} has no response")
    return given


async def score_all(pairs: Pairs, judge: str, model: str) -> list[tuple[str, Score]]:
    """Each pair's score, in order."""
    _tell_unanswered([pair.name for pair in pairs.pairs if pair.response is None])
    async with open_judge(judge, Settings(model=model)) as one:
        return [(pair.name, await _score(pair, one)) for pair in pairs.pairs]


def _tell_unanswered(names: Sequence[str]) -> None:
    if names:
        listed = ", ".join(clean_line(name, 60) for name in names[:_NAMED])
        more = ", …" if len(names) > _NAMED else ""
        say(f"{count(len(names), 'question')} without a response, scored 0: {listed}{more}")


async def _score(pair: Pair, judge: Judge) -> Score:
    if pair.response is None:
        return Score(error="no response")
    if isinstance(pair.response, str):
        return await score_response(pair.response, pair.gold, pair.spec, judge)
    try:
        return await score_frame(pair.response, pair.gold, pair.spec, judge)
    except ResponseError as error:
        return Score(error=str(error))


def print_scores(
    scores: Sequence[tuple[str, Score]], *, single: bool, as_json: bool, verdicts: Path | None
) -> None:
    """The figures on stdout; cell by cell into a CSV where that was asked for."""
    if verdicts is not None:
        _write_verdicts(verdicts, scores)
    overall = _overall([score for _, score in scores])
    if as_json:
        data: dict[str, Any] = (
            scores[0][1].as_dict()
            if single
            else {"questions": {name: score.as_dict() for name, score in scores}, "all": overall}
        )
        sys.stdout.write(json.dumps(data, ensure_ascii=False) + "\n")
        return
    from tabulate import tabulate

    rows = [[name, *_figures(score), score.error or ""] for name, score in scores]
    if len(scores) > 1:
        rows.append(["all", *overall.values(), ""])
    head = ["", "item P", "item R", "item F1", "row P", "row R", "row F1", "success", "error"]
    sys.stdout.write(tabulate(rows, head, floatfmt=".3f") + "\n")


def _figures(score: Score) -> list[float]:
    figures = [
        getattr(part, name) for part in (score.item, score.row) for name in ("precision", "recall", "f1")
    ]
    return [*figures, float(score.success)]


def _overall(scores: Sequence[Score]) -> dict[str, float]:
    names = [f"{part}_{name}" for part in ("item", "row") for name in ("precision", "recall", "f1")]
    columns = zip(*(_figures(score) for score in scores), strict=True)
    return {
        name: sum(column) / len(column) for name, column in zip([*names, "success"], columns, strict=True)
    }


def _write_verdicts(path: Path, scores: Sequence[tuple[str, Score]]) -> None:
    from wideseek_cli.export.output import write_file

    def fill(part: Path) -> None:
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["question", "key", "column", "metric", "response", "gold", "score"])
            for name, score in scores:
                for verdict in score.verdicts:
                    key = " / ".join(verdict.key)
                    cells = (verdict.column, verdict.metric, verdict.response, verdict.gold, verdict.score)
                    writer.writerow([name, key, *cells])
                for which, keys in (("missed", score.missed), ("surplus", score.surplus)):
                    writer.writerows([name, " / ".join(key), "", which, "", "", 0] for key in keys)

    write_file(path, fill)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > 64 * 2**20:
            raise EvaluationError(f"{path} is over 64 MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}") from error
