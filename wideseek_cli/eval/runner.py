"""Running a benchmark: many questions at once on one engine; each trial is scored and kept as it ends."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.errors import EngineError, EvaluationError
from wideseek_cli.core.state import RunState
from wideseek_cli.core.text import clean_line
from wideseek_cli.eval.folder import ResultsFolder
from wideseek_cli.eval.questions.dataset import Task
from wideseek_cli.eval.results import Trial
from wideseek_cli.eval.scoring.frame import ResponseError, make_frame
from wideseek_cli.eval.scoring.metrics import Judge, Score, score_frame, score_response
from wideseek_cli.eval.scoring.spec import plain_name
from wideseek_cli.record.store import RunJournal, Store
from wideseek_cli.run import Run
from wideseek_cli.table.model import CellStatus, Table

_CUT = (None, ev.Ending.INTERRUPTED)
_NO_FAULT = (ev.Ending.FAILED, ev.Ending.SOURCE_DOWN)  # of the engine or the source, not of the agents
_LOST_IN_A_ROW = 3  # then something is down


@dataclass
class Benchmark:
    """Tasks × trials on their way into a folder, which also says what is done already."""

    tasks: Sequence[Task]
    start: Callable[[Task, int, RunJournal], Run]  # trial numbers begin at 1
    judge: Judge
    folder: ResultsFolder
    trials: int = 1
    jobs: int = 1
    say: Callable[[str], None] = lambda line: None
    stopping: bool = False
    interrupted: bool = False
    running: set[Run] = field(default_factory=set)
    lost: int = 0  # trials that could not be made or scored: not counted, and made when next asked for
    _lost_in_a_row: int = 0
    _times: list[float] = field(default_factory=list)

    async def go(self) -> list[Trial]:
        """Every trial that is not done; returns all."""
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

        with Store.open(self.folder.record) as store:
            await together(one(task, number) for task, number in todo)
        return self.results()

    def results(self) -> list[Trial]:
        """The trials of these questions, which must be the same ones as when they were asked."""
        tasks = {task.id: task for task in self.tasks}
        found = [t for t in self.folder.trials() if t.task in tasks and t.trial <= self.trials]
        for trial in found:
            if trial.asked not in ("", tasks[trial.task].fingerprint):
                raise EvaluationError(
                    f"{self.folder.path} holds a trial of another {trial.task}: its question, gold table or "
                    "evaluation has changed",
                    hint="give another folder with -o",
                )
        return found

    def interrupt(self) -> None:
        """What runs is ended in order and not counted; the rest is left for another time."""
        self.stopping = self.interrupted = True
        for run in self.running:
            run.interrupt()

    async def _trial(self, store: Store, task: Task, number: int, todo: int) -> None:
        begun = time.monotonic()
        state = await self._ended(store, task, number)
        if state.ending in _CUT and self.stopping:
            return
        if state.ending in _NO_FAULT:
            self._lose(task, number, state.reason)
            return
        try:
            score = await score_state(state, task, self.judge)
        except EvaluationError as error:  # the judge's: the run is scored when it answers
            self.folder.keep_unscored(task, number, state.run)
            self._lose(task, number, str(error))
            return
        self.folder.keep(make_trial(task, number, state, score), task, score)
        self._lost_in_a_row = 0
        self._times.append(time.monotonic() - begun)
        self.say(f"{task.id} trial {number}: {_said(state, score)}; {self._left(todo)}")

    async def _ended(self, store: Store, task: Task, number: int) -> RunState:
        """The run that has ended before and was not scored, or a new one."""
        known = self.folder.unscored().get((task.id, number))
        if known is not None and (state := store.state(known)).question == task.query.strip():
            return state
        with closing(store.journal()) as journal:
            run = self.start(task, number, journal)
            self.running.add(run)
            try:
                return await run.go()
            except EngineError:
                return run.bus.state
            finally:
                self.running.discard(run)

    def _lose(self, task: Task, number: int, why: str) -> None:
        self.lost += 1
        self._lost_in_a_row += 1
        self.say(f"{task.id} trial {number} is not counted: {clean_line(why, 200)}")
        if self._lost_in_a_row == _LOST_IN_A_ROW and not self.stopping:
            self.say("stopping after repeated failures; rerun to continue")
            self.stopping = True

    def _left(self, todo: int) -> str:
        rest = todo - len(self._times) - self.lost
        seconds = statistics.fmean(self._times) * rest / self.jobs
        return f"{rest} left, about {seconds / 60:.0f} min" if rest else "none left"


async def score_state(state: RunState, task: Task, judge: Judge) -> Score:
    """The run's table (or its answer's text) against gold."""
    try:
        table = asked_table(state)
        if not table.rows:
            return await score_response(state.answer, task.gold, task.spec, judge)
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        frame = make_frame([column.name for column in table.columns], rows)
        return await score_frame(frame, task.gold, task.spec, judge)
    except ResponseError as error:
        return Score(error=str(error))


def asked_table(state: RunState) -> Table:
    """The run's table without what the question's conditions added to its columns: nobody asked for those."""
    return (state.table or Table(())).asked


def make_trial(task: Task, number: int, state: RunState, score: Score) -> Trial:
    """All figures of one trial."""
    table = asked_table(state)
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
        tokens=sum(turn.reply.tokens for agent in state.agents.values() for turn in agent.turns),
        searches=state.searches,
        pages=state.pages,
        rows=len(table.rows),
        statuses={status.value: count for status, count in table.counts().items() if count},
        proved_judged=judged,
        proved_right=right,
        causes=causes_of(state, score, table),
        asked=task.fingerprint,
    )


def judged_cells(table: Table, score: Score) -> Iterator[tuple[float, CellStatus]]:
    """Of each cell that gold speaks of, keys apart: its worst verdict's score, and its state."""
    own = [plain_name(column.name) for column in table.columns]
    names = [score.renamed.get(name, name) for name in own]
    worst: dict[tuple[int, int], float] = {}
    for verdict in score.verdicts:
        if verdict.metric != "key" and verdict.column in names:
            at = verdict.place, names.index(verdict.column)
            worst[at] = min(worst.get(at, 1.0), verdict.score)
    for (row, column), one in worst.items():
        yield one, table.rows[row].cells[column].status


def proved_right(table: Table, score: Score) -> tuple[int, int]:
    """Of the proved cells that gold speaks of: how many there are, and how many are right."""
    proved = [one for one, status in judged_cells(table, score) if status is CellStatus.PROVED]
    return len(proved), sum(one == 1.0 for one in proved)


def causes_of(state: RunState, score: Score, table: Table) -> dict[str, int]:
    """Why points were lost, counted in cells (a missed or surplus row counts once)."""
    causes: Counter[str] = Counter()
    if score.error is not None:
        causes["format" if table.rows else "failed"] += 1
    if state.budget_ended:
        causes["budget"] += 1
    causes["entity missed"] += len(score.missed)
    causes["surplus row"] += len(score.surplus)
    for one, status in judged_cells(table, score):
        if one < 1.0:
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
