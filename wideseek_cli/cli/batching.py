"""Many questions on one engine, some at a time, each recorded and delivered like a single one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from wideseek_cli import events as ev
from wideseek_cli.aio import together
from wideseek_cli.cli.deliver import Output, deliver
from wideseek_cli.cli.interrupts import interrupts
from wideseek_cli.cli.questions import Ledger, Question
from wideseek_cli.cli.resume import ENDED
from wideseek_cli.config import Settings
from wideseek_cli.convert import convert
from wideseek_cli.errors import ExitCode, ModelError, RecordError, WideseekError
from wideseek_cli.opening import Opened
from wideseek_cli.record.ids import new_run_id
from wideseek_cli.record.store import NullJournal, RunJournal, Store
from wideseek_cli.run import Run
from wideseek_cli.state import RunState
from wideseek_cli.text import clean_line
from wideseek_cli.ui.choose import open_view

# which of many exit codes counts, the gravest first
_GRAVEST = (
    *(ExitCode.INTERRUPTED, ExitCode.MODEL, ExitCode.SOURCE, ExitCode.USAGE),
    *(ExitCode.FAILED, ExitCode.INCOMPLETE, ExitCode.OK),
)


@dataclass
class Batch:
    """A list of questions on its way."""

    opened: Opened
    settings: Settings
    store: Store | None
    ledger: Ledger
    output: Callable[[str], Output]  # from a question's key to where its table goes
    say: Callable[[str], None]
    jobs: int = 1
    plain: bool = False
    quiet: bool = False
    running: set[Run] = field(default_factory=set)
    stopping: bool = False
    done: int = 0

    async def go(self, questions: Sequence[Question]) -> int:
        """Answer them all; returns the gravest exit code."""
        gate = asyncio.Semaphore(self.jobs)

        async def one(question: Question) -> int:
            async with gate:
                return await self._guarded(question, len(questions))

        with interrupts(self._interrupt, self._say_interrupted):
            codes = await together(one(question) for question in questions)
        return next(code for code in _GRAVEST if code in codes)

    def _interrupt(self) -> None:
        """The runs that go on end in order; those that wait do not begin."""
        self.stopping = True
        for run in self.running:
            run.interrupt()

    def _say_interrupted(self, text: str) -> None:
        """Through the runs, whose view may have the terminal."""
        for run in self.running:
            run.bus.emit(ev.Noticed(text))

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
            self.say(f"[{self.done}/{total}] failed, {why}: {clean_line(question.text, 80)}")
            return error.exit_code
        self.done += 1
        self.say(f"[{self.done}/{total}] {_result(state, again)}: {clean_line(question.text, 80)}")
        return state.exit_code if state.exit_code is not None else ExitCode.FAILED

    async def _answer(self, question: Question) -> tuple[RunState, bool]:
        """Run it, go on with it, or take what is recorded (True: nothing was done)."""
        run_id = self.ledger.run_of(question)
        known = self._known(run_id)
        output = self.output(question.key)
        if known is not None and known.ending in ENDED:
            deliver(known, output)
            return known, True
        if run_id is None or known is None:
            run_id = new_run_id()
            self.ledger.note(question, run_id)
        journal = self.store.journal(run_id) if self.store else NullJournal(run_id)
        try:
            state = await self._run(question, journal, known)
        finally:
            journal.close()
        deliver(state, output)
        return state, False

    def _known(self, run_id: str | None) -> RunState | None:
        if run_id is None or self.store is None or not self.store.event_count(run_id):
            return None
        return self.store.state(run_id)

    async def _run(
        self, question: Question, journal: RunJournal | NullJournal, known: RunState | None
    ) -> RunState:
        settings = self.settings
        if question.columns:
            settings = replace(settings, columns=convert("columns", question.columns))
        alone = self.jobs == 1
        with open_view(plain=self.plain, quiet=self.quiet or not alone) as view:
            run = self.opened.run(question.text, journal, [view], settings=settings, resume_from=known)
            self.running.add(run)
            try:
                return await run.go()
            finally:
                self.running.discard(run)


def _result(state: RunState, again: bool) -> str:
    ending = (state.ending or ev.Ending.FAILED).value.replace("_", " ")
    rows = f", {len(state.table.rows)} rows" if state.table is not None else ""
    return f"{ending}{rows}{' (done before)' if again else ''}"
