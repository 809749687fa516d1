"""The engine's thread: it alone touches llama.cpp, and turns admit → plan → decode → sample → deliver."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from wideseek_cli.core.errors import EngineClosedError, EngineError, ModelMemoryError
from wideseek_cli.core.messages import Stop
from wideseek_cli.engine.base import EngineStats
from wideseek_cli.engine.llamacpp.context import Blob, Context, Row
from wideseek_cli.engine.local.beginnings import Beginnings
from wideseek_cli.engine.local.fit import DRAFT_TOKENS
from wideseek_cli.engine.local.reply import ReplyWriter
from wideseek_cli.engine.local.sampler import Floats
from wideseek_cli.engine.local.scheduler import Act, Move, Plan, Scheduler, Work
from wideseek_cli.engine.local.sequence import Sequence, Slot
from wideseek_cli.engine.local.speculate import Drafter, PassCosts


@dataclass(eq=False)
class Job:
    """A reply being made: a writer on the engine's thread, a future on the caller's."""

    sequence: Sequence
    writer: ReplyWriter
    drafter: Drafter | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Stop]
    on_text: Callable[[str], None] | None
    begun: int  # length of the conversation before the reply


@dataclass
class _Totals:
    """Running totals, written by the engine's thread only."""

    stats: EngineStats = field(default_factory=EngineStats)

    def add(self, **amounts: float) -> None:
        self.stats = replace(self.stats, **{k: getattr(self.stats, k) + v for k, v in amounts.items()})


class EngineLoop:
    """Contexts, their scheduler, and the thread that runs them. Others talk to it by posting commands."""

    def __init__(
        self,
        contexts: list[Context],
        scheduler: Scheduler,
        untimed: Iterable[int] = (),
        beginnings: Beginnings | None = None,
    ) -> None:
        """`untimed`: sizes of passes to time when there is nothing else to do."""
        self._beginnings = beginnings
        self.scheduler = scheduler
        self._contexts = contexts
        self._totals = _Totals()
        self._costs, self._untimed = PassCosts(), deque(untimed)
        self._jobs: dict[Sequence, Job] = {}
        self._commands: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._failure: EngineError | None = None
        self._thread = threading.Thread(target=self._run, name="wideseek-engine", daemon=True)
        self._thread.start()

    # For everybody

    @property
    def stats(self) -> EngineStats:
        return self._totals.stats

    def add(self, sequence: Sequence) -> None:
        self.post(lambda: self.scheduler.add(sequence))

    def remove(self, sequence: Sequence) -> None:
        if not self._closed:
            self.post(lambda: self._remove(sequence))

    def begin(self, job: Job) -> None:
        self.post(lambda: self._begin(job))

    def post(self, command: Callable[[], None]) -> None:
        """Let the engine's thread do this, before anything that is posted later."""
        with self._wake:
            if self._closed:
                raise self._failure or EngineClosedError("the engine was closed")
            self._commands.append(command)
            self._wake.notify()

    def do(self, work: Callable[[], None]) -> None:
        """Let the engine's thread do this, and wait for it. All that computes belongs there: each thread that
        ever computed keeps workers of its own, and OpenMP lets workers that outnumber the cores sleep at
        every barrier, which costs a decode pass a third of its time."""
        done: Future[None] = Future()

        def run() -> None:
            try:
                work()
                done.set_result(None)
            except Exception as error:  # the caller's to handle
                done.set_exception(error)

        self.post(run)
        done.result()

    def give_up(self, job: Job, instead: Sequence) -> None:
        """Nobody waits for a reply any more; its conversation goes on with another sequence."""
        if not self._closed:
            self.post(lambda: self._give_up(job, instead))

    def stop(self) -> None:
        """End after the pass it is in. Safe to call twice."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    def join(self) -> None:
        self._thread.join()

    # The engine's thread

    def _run(self) -> None:
        try:
            while self._take_commands():
                begun = time.perf_counter()
                plan = self.scheduler.plan()
                if plan is not None:
                    self._turn(plan)
                    self._totals.add(busy_seconds=time.perf_counter() - begun)
                elif (slot := self._slot_to_time_in()) is not None:
                    self._time_a_pass(slot)
        except Exception as error:  # whatever it was, nobody may wait for ever
            self._failure = EngineError(f"the engine failed: {error}")
            self._failure.__cause__ = error
        finally:
            self._end()

    def _take_commands(self) -> bool:
        """Wait until there is something to do; false when the engine is to end."""
        with self._wake:
            while not (
                self._commands or self.scheduler.busy or self._closed or self._slot_to_time_in() is not None
            ):
                self._wake.wait()
            commands, self._commands = self._commands, deque()
            closed = self._closed
        for command in commands:
            command()
        return not closed

    def _slot_to_time_in(self) -> Slot | None:
        """One that has been computed in, with room behind that: so never before the first reply, which would
        wait for it."""
        if not self._untimed:
            return None
        rows = self._untimed[0]
        return next((s for s in self.scheduler.slots if 0 < s.held()[1] <= s.size - rows), None)

    def _time_a_pass(self, slot: Slot) -> None:
        """What a pass with a draft costs, which nobody waits for: between two replies."""
        rows, (_, length) = self._untimed.popleft(), slot.held()
        context, begun = self._contexts[slot.pool], time.perf_counter()
        context.decode([Row(slot.stream, length, [0] * rows, rows)])
        self._costs.note(rows, time.perf_counter() - begun)
        context.trim(slot.stream, length)

    def _end(self) -> None:
        with self._wake:
            self._closed = True
            for command in self._commands:
                command()
        for job in list(self._jobs.values()):
            self._finish(job, error=self._failure or EngineClosedError("the engine was closed"))
        for context in self._contexts:
            context.close()

    def _turn(self, plan: Plan) -> None:
        """One pass: moves, decode, sample, deliver."""
        begun, before = time.perf_counter(), self._computing
        try:
            self._move_all(plan.moves)
            if not plan.work:
                return
            rows = [Row(w.slot.stream, w.start, w.tokens, w.outputs) for w in plan.work]
            logits = self._contexts[plan.pool].decode(rows)
        except (EngineError, ModelMemoryError) as error:  # this pass's conversations are lost, no others
            for sequence in {w.sequence for w in plan.work} | {m.slot.owner for m in plan.moves}:
                if sequence is not None:
                    self._fail(sequence, error)
            return
        computed, drafted = sum(len(w.tokens) for w in plan.work), sum(w.drafted for w in plan.work)
        if not plan.prefill and (not drafted or len(plan.work) == 1):
            self._costs.note(computed, time.perf_counter() - begun)
        at = written = 0
        for work in plan.work:
            try:
                written += self._sample(work, logits[at : at + work.outputs])
            except EngineError as error:
                self._fail(work.sequence, error)
            at += work.outputs
            self._keep_beginning(work.sequence)
        inside = self._computing - before
        self._totals.add(
            decode_tokens=written,
            prefill_tokens=computed if plan.prefill else 0,
            drafted_tokens=drafted,
            shared_tokens=plan.shared,
            decode_seconds=inside,
            prefill_seconds=inside if plan.prefill else 0.0,
        )
        self._deliver(plan)

    def _keep_beginning(self, sequence: Sequence) -> None:
        """Of the next runs, when the cells of a slot are just that."""
        if self._beginnings is None or sequence.slot is None or not 0 < sequence.shared == sequence.cached:
            return
        tokens = sequence.tokens[: sequence.shared]
        if self._beginnings.lacks(tokens):
            self._beginnings.keep(tokens, self._contexts[sequence.slot.pool].save(sequence.slot.stream))

    @property
    def _computing(self) -> float:
        """Seconds that contexts have been inside llama.cpp."""
        return sum(context.seconds for context in self._contexts)

    def _move_all(self, moves: list[Move]) -> None:
        """A beginning that several take over is read out once."""
        copies: dict[Slot, Blob] = {}
        for move in moves:
            if move.act is Act.COPY and move.source is not None:
                if move.source not in copies:
                    copies[move.source] = self._contexts[move.source.pool].save(move.source.stream)
                self._contexts[move.slot.pool].restore(move.slot.stream, copies[move.source], move.keep)
            else:
                self._move(move)
            if move.act is not Act.SAVE:
                copies.pop(move.slot, None)

    def _move(self, move: Move) -> None:
        context = self._contexts[move.slot.pool]
        stream = move.slot.stream
        if move.act is Act.TRIM:
            context.trim(stream, move.keep)
        elif move.act is Act.SAVE and move.sequence is not None:
            move.sequence.saved = context.save(stream)
        elif move.act is Act.LOAD and move.sequence is not None:
            context.restore(stream, move.sequence.saved, move.keep)
            move.sequence.saved = None

    def _sample(self, work: Work, logits: Floats) -> int:
        """Draw until a draft was wrong or the reply ends, and settle. How many tokens it wrote."""
        job = self._jobs.get(work.sequence)
        length, accepted = len(work.sequence.tokens), 0
        drawing = job.writer.draw_seconds if job else 0.0
        if job is not None and work.outputs:
            draft = work.tokens[len(work.tokens) - work.drafted :]
            for row in range(work.outputs):
                self._accept(job, job.writer.next(logits[row]))
                if job.writer.stop or row == len(draft) or job.writer.tokens[-1] != draft[row]:
                    break
                accepted += 1
            if not job.writer.stop:
                for token in job.writer.take_forced(work.sequence.room):
                    self._accept(job, token)
        drawing = job.writer.draw_seconds - drawing if job else 0.0
        self._totals.add(accepted_tokens=accepted, sample_seconds=drawing)
        trim = self.scheduler.settle(work, accepted)
        if trim is not None:
            self._move(trim)
        if job is not None and work.outputs and job.drafter is not None:
            self._draft(job, job.drafter)
        return len(work.sequence.tokens) - length

    def _draft(self, job: Job, drafter: Drafter) -> None:
        """Guess on, where that pays with so many conversations at once."""
        if job.writer.stop is None and job.sequence.decoding:
            room = min(DRAFT_TOKENS, job.sequence.room - 1, job.writer.left - 1)
            width = sum(1 for other in self._jobs if other.decoding)
            job.sequence.draft = drafter.propose(job.sequence.tokens, max(0, room), self._costs, width)

    @staticmethod
    def _accept(job: Job, token: int) -> None:
        job.sequence.tokens.append(token)
        if job.writer.stop is None and job.sequence.room <= 0:
            job.writer.stop = Stop.CONTEXT

    def _deliver(self, plan: Plan) -> None:
        for work in plan.work:
            job = self._jobs.get(work.sequence)
            if job is None or not work.outputs:
                continue
            piece = job.writer.take_text()
            if piece and job.on_text is not None:
                _call(job.loop, job.on_text, piece)
            if job.writer.stop is not None:
                self._finish(job)

    def _fail(self, sequence: Sequence, error: EngineError | ModelMemoryError) -> None:
        """What was computed of it cannot be trusted, and its reply will not come."""
        if sequence.slot is not None:
            self._contexts[sequence.slot.pool].trim(sequence.slot.stream, 0)
        self.scheduler.lose(sequence)
        job = self._jobs.get(sequence)
        if job is not None:
            self._finish(job, error=error)

    def _begin(self, job: Job) -> None:
        self._jobs[job.sequence] = job
        self.scheduler.start(job.sequence)

    def _remove(self, sequence: Sequence) -> None:
        job = self._jobs.get(sequence)
        if job is not None:
            self._finish(job, error=EngineClosedError("the conversation was closed"))
        self.scheduler.remove(sequence)

    def _finish(self, job: Job, error: BaseException | None = None) -> None:
        self._jobs.pop(job.sequence, None)
        self.scheduler.stop(job.sequence)
        job.writer.close()
        if error is not None:
            self._rewind(job)
        _call(job.loop, _settle_future, job.future, job.writer.stop, error)

    def _give_up(self, job: Job, instead: Sequence) -> None:
        """The caller does not wait any more, and goes on with another sequence."""
        if self._jobs.get(job.sequence) is job:
            self._finish(job, error=asyncio.CancelledError())
        elif job.drafter is not None:
            job.drafter.rewind()  # it has read a reply that ended just before
        self.scheduler.remove(job.sequence)
        self.scheduler.add(instead)

    def _rewind(self, job: Job) -> None:
        slot = self.scheduler.rewind(job.sequence, job.begun)
        if slot is not None:
            self._contexts[slot.pool].trim(slot.stream, job.sequence.cached)
        if job.drafter is not None:
            job.drafter.rewind()


def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., object], *arguments: object) -> None:
    """Hand something over to the caller's loop, which may have ended in the meantime."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(function, *arguments)


def _settle_future(future: asyncio.Future[Stop], stop: Stop | None, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(stop or Stop.END)
