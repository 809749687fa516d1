"""Running a benchmark: many questions at once on one engine; each trial is scored and kept as it ends."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from wideseek_cli import events as ev
from wideseek_cli.aio import together
from wideseek_cli.errors import EngineError, EvaluationError
from wideseek_cli.eval.dataset import Task
from wideseek_cli.eval.frames import ResponseError, make_frame
from wideseek_cli.eval.metrics import Judge, Score, Verdict, score_frame, score_response
from wideseek_cli.eval.results import Trial, append, load
from wideseek_cli.eval.spec import plain_name
from wideseek_cli.record.store import Store
from wideseek_cli.run import Run
from wideseek_cli.state import RunState
from wideseek_cli.table.model import CellStatus, Table

RESULTS, RECORD = "trials.jsonl", "record.sqlite"
_CUT = (None, ev.Ending.INTERRUPTED)


@dataclass
class Benchmark:
    """Tasks × trials on their way into a folder, which also says what is done already."""

    tasks: Sequence[Task]
    start: Callable[[Task, int, Store], Run]  # trial numbers begin at 1
    judge: Judge
    folder: Path
    trials: int = 1
    jobs: int = 1
    say: Callable[[str], None] = lambda line: None
    stopping: bool = False
    running: set[Run] = field(default_factory=set)
    _times: list[float] = field(default_factory=list)

    async def go(self) -> list[Trial]:
        """Every trial that is not done; returns all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        done = {(trial.task, trial.trial) for trial in self.results()}
        todo = [
            (task, number)
            for number in range(1, self.trials + 1)
            for task in self.tasks
            if (task.id, number) not in done
        ]
        if done:
            self.say(f"{len(done)} trials are done already, {len(todo)} to go")
        gate = asyncio.Semaphore(self.jobs)

        async def one(task: Task, number: int) -> None:
            async with gate:
                if not self.stopping:
                    await self._trial(store, task, number, len(todo))

        with Store.open(self.folder / RECORD) as store:
            await together(one(task, number) for task, number in todo)
        return self.results()

    def results(self) -> list[Trial]:
        wanted = {task.id for task in self.tasks}
        return [
            trial
            for trial in load(self.folder / RESULTS)
            if trial.task in wanted and trial.trial <= self.trials
        ]

    def interrupt(self) -> None:
        """What runs is ended in order and not counted; the rest is left for another time."""
        self.stopping = True
        for run in self.running:
            run.interrupt()

    async def _trial(self, store: Store, task: Task, number: int, todo: int) -> None:
        begun = time.monotonic()
        run = self.start(task, number, store)
        self.running.add(run)
        try:
            state = await run.go()
        except EngineError as error:
            state = run.bus.state
            self.say(f"{task.id} trial {number}: {error}")
        finally:
            self.running.discard(run)
        if state.ending in _CUT and self.stopping:
            return
        score = await score_state(state, task, self.judge)
        keep_detail(self.folder, task, number, score)
        append(self.folder / RESULTS, make_trial(task, number, state, score))
        self._times.append(time.monotonic() - begun)
        self.say(f"{task.id} trial {number}: {_said(state, score)}; {self._left(todo)}")

    def _left(self, todo: int) -> str:
        rest = todo - len(self._times)
        seconds = statistics.fmean(self._times) * rest / self.jobs
        return f"{rest} left, about {seconds / 60:.0f} min" if rest else "none left"


async def score_state(state: RunState, task: Task, judge: Judge) -> Score:
    """The run's table (or its answer's text) against gold."""
    try:
        if state.table is None or not state.table.rows:
            return await score_response(state.answer, task.gold, task.spec, judge)
        rows = [[cell.text for cell in row.cells] for row in state.table.rows]
        frame = make_frame([column.name for column in state.table.columns], rows)
        return await score_frame(frame, task.gold, task.spec, judge)
    except ResponseError as error:
        return Score(error=str(error))


def make_trial(task: Task, number: int, state: RunState, score: Score) -> Trial:
    """All figures of one trial."""
    table = state.table or Table(())
    judged, right = proved_right(table, score)
    return Trial(
        task=task.id,
        language=task.language,
        size=task.size,
        trial=number,
        run=state.run,
        item=score.item.as_dict(),
        row=score.row.as_dict(),
        success=score.success,
        error=score.error,
        ending=(state.ending or ev.Ending.FAILED).value,
        seconds=state.active_s,
        tokens=sum(len(turn.reply.token_ids) for agent in state.agents.values() for turn in agent.turns),
        searches=state.searches,
        pages=state.pages,
        rows=len(table.rows),
        statuses={status.value: count for status, count in table.counts().items() if count},
        proved_judged=judged,
        proved_right=right,
        causes=causes_of(state, score, table),
    )


def keep_detail(folder: Path, task: Task, number: int, score: Score) -> None:
    """What the report shows of a trial beside its figures: the question, gold, and a verdict a cell."""
    detail = {
        "query": task.query,
        "columns": task.gold.columns,
        "key": task.spec.key,
        "gold": task.gold.rows,
        "verdicts": [asdict(verdict) for verdict in score.verdicts],
        "missed": score.missed,
    }
    path = detail_path(folder, task.id, number)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(detail, ensure_ascii=False), encoding="utf-8")


def detail_path(folder: Path, task: str, number: int) -> Path:
    return folder / "details" / f"{task}.{number}.json"


def judged_cells(table: Table, score: Score) -> Iterator[tuple[Verdict, CellStatus]]:
    """Each verdict beside the state of the cell it is about; key cells apart."""
    names = [plain_name(column.name) for column in table.columns]
    for verdict in score.verdicts:
        if verdict.metric != "key" and verdict.column in names:
            yield verdict, table.rows[verdict.place].cells[names.index(verdict.column)].status


def proved_right(table: Table, score: Score) -> tuple[int, int]:
    """Of the proved cells that gold speaks of: how many there are, and how many are right."""
    proved = [v for v, status in judged_cells(table, score) if status is CellStatus.PROVED]
    return len(proved), sum(verdict.score == 1.0 for verdict in proved)


def causes_of(state: RunState, score: Score, table: Table) -> dict[str, int]:
    """Why points were lost, counted in cells (a missed or surplus row counts once)."""
    causes: Counter[str] = Counter()
    if score.error is not None:
        causes["format" if table.rows else "failed"] += 1
    if state.budget_ended:
        causes["budget"] += 1
    causes["entity missed"] += len(score.missed)
    causes["surplus row"] += len(score.surplus)
    for verdict, status in judged_cells(table, score):
        if verdict.score < 1.0:
            known = status in (CellStatus.PROVED, CellStatus.SEEN)
            causes["wrong value" if known else "not proved"] += 1
    return {cause: count for cause, count in causes.items() if count}


def _said(state: RunState, score: Score) -> str:
    if score.error is not None:
        return f"0 ({score.error})"
    return f"item F1 {score.item.f1:.2f}, row F1 {score.row.f1:.2f}, {state.active_s:.0f} s"


@dataclass(frozen=True)
class Some:
    """Which of a dataset's questions are asked: so many (0: all) behind the first so many."""

    skip: int = 0
    limit: int = 0

    def of(self, tasks: Sequence[Task]) -> list[Task]:
        """Those of the tasks; none is an error."""
        found = list(tasks[self.skip :])
        if not found:
            behind = f" behind the first {self.skip}" if tasks else ""
            raise EvaluationError(f"the dataset holds no question{behind}")
        return found[: self.limit] if self.limit else found
