"""What a trial came to, kept as JSON lines, and the figures over many."""

from __future__ import annotations

import json
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wideseek_cli.core.errors import EvaluationError
from wideseek_cli.eval.questions.dataset import read_json_lines

RESAMPLES = 1000
SCORES: dict[str, Callable[[Trial], float]] = {
    "item_f1": lambda trial: trial.item["f1"],
    "row_f1": lambda trial: trial.row["f1"],
    "success": lambda trial: float(trial.success),
}
CAUSES = ("entity missed", "surplus row", "wrong value", "not proved", "format", "budget", "failed")


@dataclass(frozen=True)
class Trial:
    """One question answered once, and scored."""

    task: str
    language: str
    size: str
    trial: int
    run: str
    item: Mapping[str, float]
    row: Mapping[str, float]
    success: int
    error: str | None
    ending: str
    seconds: float
    tokens: int
    searches: int
    pages: int
    rows: int
    statuses: Mapping[str, int]
    proved_judged: int  # proved cells of rows that gold has, keys apart
    proved_right: int
    causes: Mapping[str, int] = field(default_factory=dict)
    asked: str = ""  # the task's fingerprint; of older trials unknown


def append(path: Path, entry: Mapping[str, object]) -> None:
    """Written at once, so that a cut loses nothing that was done; what a cut left of a line goes."""
    with path.open("ab+") as file:
        file.seek(0)
        file.truncate(file.read().rfind(b"\n") + 1)
        file.write(json.dumps(entry).encode() + b"\n")


def load(path: Path) -> list[Trial]:
    """All trials of a results file, to which somebody may be adding just now."""
    if not path.is_file():
        return []
    try:
        return [Trial(**entry) for entry in read_json_lines(path, growing=True)]
    except TypeError as error:
        raise EvaluationError(f"{path} holds no trials: {error}") from error


def summarise(trials: Sequence[Trial], seed: int = 0) -> dict[str, object]:
    """Avg@N, Max@N and Pass@N with intervals, per language and in all, and what it took."""
    groups = {"all": list(trials)}
    for language in sorted({trial.language for trial in trials}):
        groups[language] = [trial for trial in trials if trial.language == language]
    if len(groups) == 2:
        del groups[next(name for name in groups if name != "all")]
    summary: dict[str, object] = {name: _group(group, seed) for name, group in groups.items()}
    return summary | {"effort": effort(trials)}


def _group(trials: Sequence[Trial], seed: int) -> dict[str, object]:
    by_task: dict[str, list[Trial]] = {}
    for trial in trials:
        by_task.setdefault(trial.task, []).append(trial)
    figures: dict[str, object] = {
        "questions": len(by_task),
        "trials": max((len(several) for several in by_task.values()), default=0),
    }
    for name, score in SCORES.items():
        means = [statistics.fmean(map(score, several)) for several in by_task.values()]
        bests = [max(map(score, several)) for several in by_task.values()]
        figures[name] = {
            "avg": _mean(means),
            "avg_interval": interval(means, seed),
            "max": _mean(bests),
            "max_interval": interval(bests, seed),
        }
    figures["pass"] = _mean([float(any(t.success for t in several)) for several in by_task.values()])
    return figures


def effort(trials: Sequence[Trial]) -> dict[str, object]:
    """Time, tokens, searches, pages, what was proved and what went wrong."""
    judged = sum(trial.proved_judged for trial in trials)
    statuses: Counter[str] = Counter()
    causes: Counter[str] = Counter()
    for trial in trials:
        statuses.update(trial.statuses)
        causes.update(trial.causes)
    cells = sum(statuses.values())
    return {
        "seconds": _mean([trial.seconds for trial in trials]),
        "tokens": _mean([float(trial.tokens) for trial in trials]),
        "searches": _mean([float(trial.searches) for trial in trials]),
        "pages": _mean([float(trial.pages) for trial in trials]),
        "proved_share": statuses["proved"] / cells if cells else 0.0,
        "proved_right": sum(trial.proved_right for trial in trials) / judged if judged else None,
        "proved_judged": judged,
        "statuses": dict(statuses),
        "causes": {name: causes[name] for name in CAUSES if causes[name]},
        "endings": dict(Counter(trial.ending for trial in trials)),
    }


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The middle 95 % of the means of resampled questions."""
    if len(values) < 2:
        return (_mean(values), _mean(values))
    rng = random.Random(seed)
    means = sorted(_mean(rng.choices(values, k=len(values))) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def _mean(values: Iterable[float]) -> float:
    several = list(values)
    return statistics.fmean(several) if several else 0.0
