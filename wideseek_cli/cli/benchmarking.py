"""What `wideseek eval run` and `study` do with an engine, a dataset and a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wideseek_cli.cli.asking import with_model
from wideseek_cli.cli.interrupts import interrupts
from wideseek_cli.cli.scoring import open_judge
from wideseek_cli.config import Settings
from wideseek_cli.eval.dataset import Task, is_built_in, load_dataset
from wideseek_cli.eval.results import Trial
from wideseek_cli.eval.runner import Benchmark, Some
from wideseek_cli.eval.study import Point, Setup, drawn, point
from wideseek_cli.opening import Opened, open_everything
from wideseek_cli.record.ids import new_run_id
from wideseek_cli.record.store import Store
from wideseek_cli.run import Run
from wideseek_cli.settings import load
from wideseek_cli.ui.streams import say


@dataclass(frozen=True)
class Plan:
    """A benchmark as it was asked for."""

    dataset: str
    tasks: Sequence[Task]
    settings: Settings
    folder: Path
    trials: int
    jobs: int
    judge: str

    @classmethod
    def of(
        cls,
        dataset: str,
        flags: dict[str, Any],
        profile: str | None,
        folder: Path,
        some: Some,
        *,
        trials: int,
        jobs: int,
        judge: str,
        yes: bool,
    ) -> Plan:
        """The built-in questions are asked over the built-in pages, unless sources are named."""
        settings = load(flags, profile=profile or "").settings
        may_fetch = not settings.offline
        if is_built_in(dataset) and not settings.sources:
            settings = replace(settings, sources=("factbook",), offline=True)
        tasks = some.of(load_dataset(dataset))
        settings = with_model(settings, yes=yes, quiet=False, may_fetch=may_fetch)
        return cls(dataset, tasks, settings, folder, trials, jobs, judge)


async def benchmark(plan: Plan) -> tuple[list[Trial], bool]:
    """All trials, and whether it was interrupted before the end."""
    async with await open_everything(plan.settings, say, runs=plan.jobs) as opened:
        return await _measure(plan, opened, plan.settings, plan.folder)


async def curve(plan: Plan, setups: Sequence[Setup]) -> list[Point]:
    """One point after another on one engine, opened for the widest."""
    widest = max((setup.value for setup in setups if setup.kind == "width"), default=1)
    points: list[Point] = []
    async with await open_everything(replace(plan.settings, single=False, width=widest), say) as opened:
        for setup in setups:
            say(f"{setup.name}:")
            settings = setup.settings(plan.settings)
            trials, interrupted = await _measure(plan, opened, settings, plan.folder / setup.name)
            points.append(point(setup, trials))
            say(drawn(points[-1:]))
            if interrupted:
                break
    return points


async def _measure(plan: Plan, opened: Opened, settings: Settings, folder: Path) -> tuple[list[Trial], bool]:
    def start(task: Task, number: int, store: Store) -> Run:
        """The same question draws anew in each trial, and the same way in each repetition of it."""
        own = settings if settings.seed is None else replace(settings, seed=settings.seed + number - 1)
        return opened.run(task.query, store.journal(new_run_id()), settings=own)

    async with open_judge(plan.judge, settings, opened.model.engine) as judge:
        bench = Benchmark(plan.tasks, start, judge, folder, plan.trials, plan.jobs, say)
        with interrupts(bench.interrupt, say):
            trials = await bench.go()
        return trials, bench.stopping
