"""Many questions on one engine, some at a time, each recorded and delivered like a single one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from wideseek_cli.cli.commands.batch.questions import Ledger, Question
from wideseek_cli.cli.shared.asking import teller
from wideseek_cli.cli.shared.deliver import Output, deliver
from wideseek_cli.cli.shared.interrupts import interrupts
from wideseek_cli.cli.shared.options import Delivery
from wideseek_cli.core import events as ev
from wideseek_cli.core.aio import together
from wideseek_cli.core.errors import ExitCode, ModelError, NotFoundError, RecordError, WideseekError
from wideseek_cli.core.state import OWN_ENDS, RunState
from wideseek_cli.core.task import Task
from wideseek_cli.core.text import clean_line
from wideseek_cli.export.writing import Format, format_of
from wideseek_cli.run import Run
from wideseek_cli.runs import Runs
from wideseek_cli.session import Place, Session, recorded
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import convert
from wideseek_cli.ui.amounts import count
from wideseek_cli.ui.jsonl import JsonLines
from wideseek_cli.ui.views import open_view

# which of many exit codes counts, the gravest first
_GRAVEST = (
    *(ExitCode.INTERRUPTED, ExitCode.MODEL, ExitCode.SOURCE, ExitCode.USAGE),
    *(ExitCode.FAILED, ExitCode.INCOMPLETE, ExitCode.OK),
)


@dataclass(frozen=True)
class Places:
    """Where the tables go: a file for each question in one folder."""

    folder: Path
    format: Format
    evidence: bool = False
    raw: bool = False

    @classmethod
    def of(cls, folder: Path, asked: Delivery) -> Places:
        """CSV unless another format is asked for."""
        return cls(folder, format_of("-", asked.output_format or ""), asked.evidence, asked.raw)

    def of_question(self, question: Question) -> Output:
        """Named by the question, so that another order of them changes no name."""
        ending = "txt" if self.format is Format.TABLE else self.format.value
        target = str(self.folder / f"{question.key}.{ending}")
        return Output(self.format, target, self.evidence, self.raw)


@dataclass
class Batch:
    """A list of questions on its way."""

    session: Session
    settings: Settings
    ledger: Ledger
    places: Places
    delivery: Delivery
    events: JsonLines | None = None
    jobs: int = 1
    running: set[Run] = field(default_factory=set)
    leave: Callable[[], None] = lambda: None  # gives the terminal back, by the view that was opened last
    stopping: bool = False
    hurried: bool = False  # the user would not wait for an orderly end
    done: int = 0

    @property
    def _say(self) -> Callable[[str], None]:
        return teller(quiet=self.delivery.quiet)

    async def go(self, questions: Sequence[Question]) -> int:
        """Answer them all; returns the gravest exit code."""
        left, codes = iter(questions), set[int]()

        async def some() -> None:
            for question in left:  # shared: each takes the next one that nobody has
                codes.add(await self._guarded(question, len(questions)))

        with interrupts(self._interrupt, self._say_interrupted, lambda: self.leave()) as signals:
            await together(some() for _ in range(min(self.jobs, len(questions))))
            self.hurried = signals.seen > 1
        if ExitCode.INTERRUPTED in codes:
            self._say("interrupted; rerun the same command to continue")
        return next(code for code in _GRAVEST if code in codes)

    def _interrupt(self) -> None:
        """The runs that go on end in order; those that wait do not begin."""
        self.stopping = True
        for run in self.running:
            run.interrupt()

    def _say_interrupted(self, text: str) -> None:
        """Through the runs: the view of a single one has the terminal, of several each keeps it on record."""
        for run in self.running:
            run.bus.emit(ev.Noticed(text))
        if self.jobs > 1 or not self.running:
            self._say(text)

    async def _guarded(self, question: Question, total: int) -> int:
        """One question; its failure is told and does not stop the others, unless none could succeed."""
        if self.stopping:
            return ExitCode.INTERRUPTED
        try:
            state, again = await self._answer(question)
        except (ModelError, RecordError):
            raise
        except WideseekError as error:
            self.done += 1
            why = clean_line(str(error), 200)
            self._say(f"[{self.done}/{total}] failed, {why}: {clean_line(question.text, 80)}")
            return error.exit_code
        self.done += 1
        self._say(f"[{self.done}/{total}] {_result(state, again)}: {clean_line(question.text, 80)}")
        return state.exit_code if state.exit_code is not None else ExitCode.FAILED

    async def _answer(self, question: Question) -> tuple[RunState, bool]:
        """Run it, go on with it, or take what is recorded (True: nothing was done)."""
        settings = self.settings
        if question.columns:
            settings = replace(settings, columns=convert("columns", question.columns))
        known = self._known(question)
        with recorded(Task(question.text, settings), known.run if known else "", known) as place:
            self.ledger.note(question, place.journal.run)
            known = place.known
            again = known is not None and known.ending in OWN_ENDS
            state = known if known is not None and again else await self._run(place)
        deliver(state, self.places.of_question(question))
        return state, again

    def _known(self, question: Question) -> RunState | None:
        """What is on record of it."""
        run = self.ledger.run_of(question)
        if run and self.settings.keep_record:
            with suppress(NotFoundError), Runs.open(self.settings.record) as runs:
                return runs.find(run).state
        return None

    async def _run(self, place: Place) -> RunState:
        quiet = self.delivery.quiet or self.jobs > 1
        with open_view(plain=self.delivery.plain, quiet=quiet) as view:
            self.leave = view.abandon
            listeners = [view, *([self.events] if self.events else [])]
            run = self.session.run(place.task, place.journal, listeners, place.known)
            self.running.add(run)
            try:
                return await run.go()
            finally:
                self.running.discard(run)


def _result(state: RunState, again: bool) -> str:
    ending = (state.ending or ev.Ending.FAILED).value.replace("_", " ")
    rows = f", {count(len(state.table.rows), 'row')}" if state.table is not None else ""
    return f"{ending}{rows}{' (done before)' if again else ''}"
