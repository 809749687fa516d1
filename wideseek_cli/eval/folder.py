"""Where a benchmark's trials are kept: what they are made with, which are done, which are still unscored."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from wideseek_cli.core.errors import EvaluationError, OutputError
from wideseek_cli.core.plain import Closing
from wideseek_cli.core.text import without_password
from wideseek_cli.eval.questions.dataset import SETUP, Task, read_json_lines
from wideseek_cli.eval.results import Trial, append, load
from wideseek_cli.eval.scoring.metrics import Score
from wideseek_cli.export.output import hold_folder, write_text

RESULTS, RECORD, UNSCORED = "trials.jsonl", "record.sqlite", "unscored.jsonl"
_OTHER = "Give another folder with -o."


class ResultsFolder(Closing):
    """Held by one process while it is open, as two would count each other's trials twice."""

    def __init__(self, path: Path, setup: Mapping[str, object]) -> None:
        """`setup` is all that figures depend on: trials of another one are not to be counted with these."""
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=True)
            self._held = hold_folder(path)
        except OSError as error:
            raise OutputError(f"{path} cannot be used: {error.strerror}", hint=_OTHER) from error
        try:
            _claim(path / SETUP, _shown(json.loads(json.dumps(setup))))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._held)

    @property
    def record(self) -> Path:
        return self.path / RECORD

    def trials(self) -> list[Trial]:
        return load(self.path / RESULTS)

    def keep(self, trial: Trial, task: Task, score: Score) -> None:
        """A trial that counts, and what the report shows of it."""
        _keep_detail(self.path, task, trial.trial, score)
        append(self.path / RESULTS, asdict(trial))

    def keep_unscored(self, task: Task, number: int, run: str) -> None:
        """A run that has ended is not made again because its judge failed."""
        append(self.path / UNSCORED, {"task": task.id, "trial": number, "run": run})

    def unscored(self) -> dict[tuple[str, int], str]:
        """Runs that have ended and were not scored, by question and trial."""
        path = self.path / UNSCORED
        if not path.is_file():
            return {}
        entries = read_json_lines(path, growing=True)
        return {(str(e.get("task")), int(e.get("trial", 0))): str(e.get("run")) for e in entries}


def detail_path(folder: Path, task: str, number: int) -> Path:
    return folder / "details" / f"{task}.{number}.json"


def _shown(setup: Mapping[str, object]) -> dict[str, object]:
    """A results folder is passed on: a server's password stays out of it."""
    return {
        name: without_password(value) if isinstance(value, str) else value for name, value in setup.items()
    }


def _claim(path: Path, now: Mapping[str, object]) -> None:
    if not path.is_file():
        write_text(path, json.dumps(now, indent=2, ensure_ascii=False) + "\n")
        return
    try:
        before = _shown(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}", hint=_OTHER) from error
    for name, value in now.items():
        if name in before and before[name] != value:
            was = f"{path.parent} holds trials with {name} {before[name]!r}, not {value!r}"
            raise EvaluationError(was, hint=_OTHER)


def _keep_detail(folder: Path, task: Task, number: int, score: Score) -> None:
    """The question, gold, and a verdict a cell."""
    detail = {
        "query": task.query,
        "columns": task.gold.columns,
        "key": task.spec.key,
        "gold": task.gold.rows,
        "verdicts": [asdict(verdict) for verdict in score.verdicts],
        "missed": score.missed,
        "renamed": dict(score.renamed),
    }
    path = detail_path(folder, task.id, number)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(detail), encoding="utf-8")
