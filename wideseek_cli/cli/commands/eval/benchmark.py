"""What `wideseek eval run` and `study` do with an engine, a dataset and a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from wideseek_cli.agents.promptset import Limits, load_prompts
from wideseek_cli.cli.commands.eval.judging import Asked, open_judge
from wideseek_cli.cli.shared.asking import with_model
from wideseek_cli.cli.shared.interrupts import interrupts
from wideseek_cli.core import task as asked
from wideseek_cli.core.errors import EvaluationError, ExitCode
from wideseek_cli.eval.folder import ResultsFolder
from wideseek_cli.eval.questions.dataset import Task, is_built_in, load_dataset
from wideseek_cli.eval.results import Trial
from wideseek_cli.eval.runner import Benchmark, Some
from wideseek_cli.eval.study import Point, Setup, drawn, point
from wideseek_cli.run import Journal, Run
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.layers import load, to_plain
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.streams import say


@dataclass(frozen=True)
class Plan:
    """A benchmark as it was asked for."""

    dataset: str
    tasks: Sequence[Task]
    settings: Settings
    folder: Path
    asked: Asked
    jobs: int

    @classmethod
    def of(
        cls,
        dataset: str,
        flags: dict[str, Any],
        profile: str | None,
        folder: Path,
        asked: Asked,
        jobs: int = 1,
    ) -> Plan:
        """The built-in questions are asked over the built-in pages, unless sources are named."""
        settings = load(flags, profile=profile or "").settings
        may_fetch = not settings.offline
        if is_built_in(dataset) and not settings.sources:
            settings = replace(settings, sources=("factbook",), offline=True)
        tasks = Some(asked.skip, asked.limit).of(load_dataset(dataset, offline=not may_fetch))
        settings = with_model(settings, yes=asked.yes, quiet=False, may_fetch=may_fetch)
        return cls(dataset, tasks, settings, folder, asked, jobs)


@dataclass(frozen=True)
class Measured:
    """The trials that count, and why there may be fewer than were asked for."""

    trials: list[Trial]
    interrupted: bool
    lost: int

    @property
    def whole(self) -> bool:
        return not self.interrupted and not self.lost

    def check(self) -> None:
        """Say at the end, and by the exit code, that something is left to do."""
        if self.interrupted:
            raise typer.Exit(ExitCode.INTERRUPTED)
        if self.lost:
            raise EvaluationError(
                f"{count(self.lost, 'trial')} could not be run or scored; the figures leave them out",
                hint="the reasons are above; rerun the same command to run only what is missing",
            )


async def benchmark(plan: Plan) -> Measured:
    """All trials."""
    async with await Session.open(plan.settings, say, runs=plan.jobs) as session:
        return await _measure(plan, session, plan.settings, plan.folder)


async def curve(plan: Plan, setups: Sequence[Setup]) -> tuple[list[Point], Measured]:
    """One point after another on one engine, opened for the widest; only whole ones. And what came last."""
    widest = max((setup.value for setup in setups if setup.kind == "width"), default=1)
    points: list[Point] = []
    last = Measured([], interrupted=False, lost=0)
    async with await Session.open(replace(plan.settings, single=False, width=widest), say) as session:
        for setup in possible(setups, load_prompts(plan.settings.prompts, own=session.model.prompts).limits):
            say(f"{setup.name}:")
            settings = setup.settings(plan.settings)
            last = await _measure(plan, session, settings, plan.folder / setup.name)
            if not last.whole:
                say(f"{setup.name} is not complete, so it is not on the curve yet")
                break
            points.append(point(setup, last.trials))
            say(drawn(points[-1:]))
    return points, last


def possible(setups: Sequence[Setup], limits: Limits) -> Iterator[Setup]:
    """Those that the model's prompt set goes so far with."""
    most = {"width": limits.width, "turns": limits.single_turns}
    for setup in setups:
        if most[setup.kind] and setup.value > most[setup.kind]:
            say(f"{setup.name} is left out: the prompt set goes no further than {most[setup.kind]}")
        else:
            yield setup


async def _measure(plan: Plan, session: Session, settings: Settings, folder: Path) -> Measured:
    def start(task: Task, number: int, journal: Journal) -> Run:
        """The same question draws anew in each trial, and the same way in each repetition of it."""
        own = settings if settings.seed is None else replace(settings, seed=settings.seed + number - 1)
        return session.run(asked.Task(task.query, own), journal)

    judging = Settings(model=plan.asked.judge_model)
    made_with = {
        "judge": plan.asked.judge,
        "judge model": plan.asked.judge_model,
        **_figure_settings(settings),
    }
    with ResultsFolder(folder, made_with) as results:
        async with open_judge(plan.asked.judge, judging, session.model.engine) as judge:
            bench = Benchmark(plan.tasks, start, judge, results, plan.asked.trials, plan.jobs, say)
            with interrupts(bench.interrupt, say):
                trials = await bench.go()
            return Measured(trials, bench.interrupted, bench.lost)


def _figure_settings(settings: Settings) -> dict[str, Any]:
    """All but where runs are recorded, which changes no figure."""
    return {
        name: value for name, value in to_plain(settings).items() if name not in ("record", "keep_record")
    }
