"""The local engine: one thread owns llama.cpp and turns admit → plan → decode → sample → deliver."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from collections.abc import Sequence as CollectionSequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from wideseek_cli.engine.base import EngineInfo, EngineStats
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.engine.fit import DRAFT_TOKENS, LoadOptions, cores, lay_out
from wideseek_cli.engine.grammar import tool_call_grammar
from wideseek_cli.engine.llama import Blob, Context, ContextShape, Grammar, Model, Row, free_device_memory
from wideseek_cli.engine.reply import ReplyWriter, Rules, ends_inside_thinking
from wideseek_cli.engine.sampler import Floats, Sampler
from wideseek_cli.engine.scheduler import Act, Move, Plan, Scheduler, Work
from wideseek_cli.engine.sequence import Sequence, Slot
from wideseek_cli.engine.speculate import Drafter, PassCosts
from wideseek_cli.errors import ContextFullError, EngineClosedError, EngineError
from wideseek_cli.messages import (
    CALL_CLOSE,
    CALL_OPEN,
    RESPONSE_CLOSE,
    RESPONSE_OPEN,
    THINK_CLOSE,
    THINK_OPEN,
    Opening,
    Reply,
    ReplyLimits,
    Sampling,
    Stop,
    ToolUse,
)

TAGS = (THINK_OPEN, THINK_CLOSE, CALL_OPEN, CALL_CLOSE, RESPONSE_OPEN, RESPONSE_CLOSE)

TokenIds = CollectionSequence[int]

__all__ = ["LoadOptions", "LocalConversation", "LocalEngine"]


@dataclass(eq=False)
class Job:
    """A reply being made: on the engine's thread it is the writer's, on the caller's a future."""

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


class LocalEngine:
    """One GGUF, loaded once, serving many conversations as parallel streams."""

    def __init__(
        self, model: Model, contexts: list[Context], scheduler: Scheduler, options: LoadOptions
    ) -> None:
        self.options = options
        self.model = model
        self._contexts = contexts
        self._scheduler = scheduler
        self._template = _template_of(model)
        self._end_of_turn = model.tokenize(self._template.end_text)
        self._totals = _Totals()
        self._costs = PassCosts()
        self._jobs: dict[Sequence, Job] = {}
        self._commands: deque[Callable[[], None]] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._failure: EngineError | None = None
        self._seeds: dict[int, int] = {}
        self._thread = threading.Thread(target=self._run, name="wideseek-engine", daemon=True)
        self._thread.start()

    @classmethod
    def load(cls, options: LoadOptions) -> LocalEngine:
        """Load the model and make its contexts; takes seconds: call it in a thread when a loop runs."""
        layout = lay_out(options, free_device_memory())
        model = Model(options.model, gpu_layers=options.gpu_layers, adapter=options.adapter)
        contexts: list[Context] = []
        try:
            for pool in layout.pools:
                shape = ContextShape(
                    pool.streams,
                    pool.size,
                    layout.pass_tokens,
                    outputs=pool.streams * (1 + layout.draft_tokens),
                    kv_type=layout.kv_type,
                    threads=options.threads or cores(),
                )
                contexts.append(Context(model, shape))
            scheduler = Scheduler(
                layout.pools, pass_tokens=layout.pass_tokens, host_tokens=layout.host_tokens
            )
            return cls(model, contexts, scheduler, options)
        except BaseException:
            for context in contexts:
                context.close()
            model.close()
            raise

    # What everybody may call

    @property
    def info(self) -> EngineInfo:
        slots = sum(pool.streams for pool in self._scheduler.pools)
        return EngineInfo(
            name=self.options.name or self.options.model.stem,
            kind="local",
            context=self._limit,
            slots=slots,
            detail=self.model.description,
        )

    @property
    def stats(self) -> EngineStats:
        return self._totals.stats

    @property
    def _limit(self) -> int:
        return min(self._scheduler.longest, self.options.conversation_tokens or self._scheduler.longest)

    def count_tokens(self, text: str) -> int:
        return len(self.model.tokenize(text))

    async def open(self, opening: Opening) -> LocalConversation:
        """Render and tokenise an opening; nothing is computed before the first reply."""
        prompt = self._template.render_opening(opening)
        tokens = self.model.tokenize(prompt)
        start = self.model.start_token
        if start is not None and tokens[:1] != [start]:
            tokens.insert(0, start)
        thinking = ends_inside_thinking(prompt)
        for turn in opening.history:
            tokens += turn.reply.token_ids
            if turn.tool_result is not None:
                tokens += self._result_tokens(tokens, turn.tool_result)
        return self._conversation(tokens, opening, thinking)

    def open_tokens(self, tokens: TokenIds, sampling: Sampling | None = None) -> LocalConversation:
        """A conversation that begins with these very tokens, for measurements."""
        return self._conversation(list(tokens), Opening("", "", sampling=sampling), thinking=False)

    def _conversation(self, tokens: list[int], opening: Opening, thinking: bool) -> LocalConversation:
        self._check_room(len(tokens))
        sequence = Sequence(tokens, self._limit)
        sampling = opening.sampling or self.options.sampling
        sampler = Sampler(sampling, self._seed(opening, sampling.seed))
        conversation = LocalConversation(self, sequence, opening, sampler, thinking)
        self._post(lambda: self._scheduler.add(sequence))
        return conversation

    async def aclose(self) -> None:
        """Stop everything and free the model. Safe to call twice."""
        self.stop()
        await asyncio.to_thread(self._thread.join)
        self.model.close()  # by the thread that tokenises

    def stop(self) -> None:
        """Tell the engine's thread to end after the pass it is in."""
        with self._wake:
            self._closed = True
            self._wake.notify()

    # What conversations use

    def _seed(self, opening: Opening, seed: int | None) -> int:
        """The same opening draws the same way whatever else is open; a second one like it draws anew."""
        base = self.options.seed if seed is None else seed
        if base is None:
            return time.time_ns() ^ crc32(opening.label.encode())
        key = crc32("\0".join((opening.label, opening.system, opening.user)).encode(), base & 0xFFFFFFFF)
        times = self._seeds[key] = self._seeds.get(key, -1) + 1
        return (base << 64) + (key << 32) + times if base >= 0 else (key << 32) + times

    def _check_room(self, length: int) -> None:
        if length >= self._limit:
            raise ContextFullError(
                f"a conversation of {length:,} tokens does not fit a context of {self._limit:,}",
                hint="Use a longer context (--ctx), fewer agents at once (--width), or a shorter text.",
            )

    def _result_tokens(self, before: list[int], text: str) -> list[int]:
        """A tool message behind a reply; a reply that was cut off gets its end first."""
        ended = before[-len(self._end_of_turn) :] == self._end_of_turn
        rest = self.model.tokenize(self._template.render_tool_result(text))
        return rest if ended else self._end_of_turn + rest

    def ends_part(self, token: int) -> bool:
        """Whether a token ends a table's cell or a line."""
        piece = self.model.piece(token)
        return b"|" in piece or b"\n" in piece

    def _grammar_for(self, opening: Opening, limits: ReplyLimits) -> Callable[[], Grammar] | None:
        if not self.options.grammar or not opening.tools or limits.tool_use is ToolUse.NONE:
            return None
        text = tool_call_grammar(opening.tools)
        return lambda: Grammar(self.model, text)

    def _post(self, command: Callable[[], None]) -> None:
        with self._wake:
            if self._closed:
                raise self._failure or EngineClosedError("the engine was closed")
            self._commands.append(command)
            self._wake.notify()

    # The engine's thread

    def _run(self) -> None:
        try:
            while self._take_commands():
                begun = time.perf_counter()
                plan = self._scheduler.plan()
                if plan is not None:
                    self._turn(plan)
                    self._totals.add(busy_seconds=time.perf_counter() - begun)
        except Exception as error:  # whatever it was, nobody may wait for ever
            self._failure = EngineError(f"the engine broke: {error}")
            self._failure.__cause__ = error
        finally:
            self._end()

    def _take_commands(self) -> bool:
        """Wait until there is something to do; false when the engine is to end."""
        with self._wake:
            while not (self._commands or self._scheduler.busy or self._closed):
                self._wake.wait()
            commands, self._commands = self._commands, deque()
            closed = self._closed
        for command in commands:
            command()
        return not closed

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
        begun = time.perf_counter()
        try:
            self._move_all(plan.moves)
            if not plan.work:
                return
            rows = [Row(w.slot.stream, w.start, w.tokens, w.outputs) for w in plan.work]
            logits = self._contexts[plan.pool].decode(rows)
        except EngineError as error:
            self._fail(plan, error)
            return
        decoded = time.perf_counter()
        computed, drafted = sum(len(w.tokens) for w in plan.work), sum(w.drafted for w in plan.work)
        if not plan.prefill:
            self._costs.note(computed, decoded - begun)
        at = written = 0
        for work in plan.work:
            written += self._sample(work, logits[at : at + work.outputs])
            at += work.outputs
        self._totals.add(
            decode_tokens=written,
            prefill_tokens=computed if plan.prefill else 0,
            drafted_tokens=drafted,
            shared_tokens=plan.shared,
            decode_seconds=decoded - begun,
            sample_seconds=time.perf_counter() - decoded,
        )
        self._deliver(plan)

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
        self._totals.add(accepted_tokens=accepted)
        trim = self._scheduler.settle(work, accepted)
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

    def _fail(self, plan: Plan, error: EngineError) -> None:
        """The conversations of this pass are lost; the others go on."""
        hit = {work.sequence for work in plan.work} | {m.slot.owner for m in plan.moves if m.slot.owner}
        for sequence in hit:
            if sequence.slot is not None:
                self._contexts[sequence.slot.pool].trim(sequence.slot.stream, 0)
            self._scheduler.lose(sequence)
            job = self._jobs.get(sequence)
            if job is not None:
                self._finish(job, error=error)

    def _begin(self, job: Job) -> None:
        self._jobs[job.sequence] = job
        self._scheduler.start(job.sequence)

    def _finish(self, job: Job, error: BaseException | None = None) -> None:
        self._jobs.pop(job.sequence, None)
        self._scheduler.stop(job.sequence)
        job.writer.close()
        if error is not None:
            self._rewind(job)
        _call(job.loop, _settle_future, job.future, job.writer.stop, error)

    def _give_up(self, job: Job) -> None:
        """The caller does not wait any more: the conversation is as it was before the reply."""
        if self._jobs.get(job.sequence) is job:
            self._finish(job, error=asyncio.CancelledError())

    def _rewind(self, job: Job) -> None:
        slot = self._scheduler.rewind(job.sequence, job.begun)
        if slot is not None:
            self._contexts[slot.pool].trim(slot.stream, job.sequence.cached)
        if job.drafter is not None:
            job.drafter.rewind()


class LocalConversation:
    """One append-only context on a local engine."""

    def __init__(
        self, engine: LocalEngine, sequence: Sequence, opening: Opening, sampler: Sampler, thinking: bool
    ) -> None:
        self._engine = engine
        self._sequence = sequence
        self._opening = opening
        self._sampler = sampler
        self._drafter = Drafter(engine.ends_part) if engine.options.speculate else None
        self._thinking = thinking  # the next reply begins inside <think>
        self._open = True

    @property
    def tokens(self) -> int:
        return len(self._sequence.tokens)

    @property
    def room(self) -> int:
        return max(0, self._sequence.room)

    @property
    def token_ids(self) -> tuple[int, ...]:
        """Every token of the context so far."""
        return tuple(self._sequence.tokens)

    async def reply(
        self, limits: ReplyLimits | None = None, on_text: Callable[[str], None] | None = None
    ) -> Reply:
        """Generate until the turn ends. Cancelled, the conversation is as if it had not been asked."""
        limits = limits or ReplyLimits()
        grammar = self._engine._grammar_for(self._opening, limits)
        rules = Rules(limits, self._engine.model, self._sampler, grammar, self._thinking)
        return await self._write(rules, on_text)

    async def write_tokens(self, count: int) -> tuple[int, ...]:
        """Exactly so many tokens, whatever they mean, for measurements."""
        limits = ReplyLimits(max_tokens=count)
        reply = await self._write(Rules(limits, self._engine.model, self._sampler, exact=True), None)
        return reply.token_ids

    async def _write(self, rules: Rules, on_text: Callable[[str], None] | None) -> Reply:
        self._check_open()
        engine, writer, begun = self._engine, ReplyWriter(rules), time.perf_counter()
        engine._check_room(self.tokens)
        loop = asyncio.get_running_loop()
        job = Job(self._sequence, writer, self._drafter, loop, loop.create_future(), on_text, self.tokens)
        engine._post(lambda: engine._begin(job))
        try:
            stop = await job.future
        except asyncio.CancelledError:
            if not engine._closed:
                engine._post(lambda: engine._give_up(job))
            raise
        seconds = time.perf_counter() - begun
        return Reply(writer.text, tuple(writer.tokens), stop, self.tokens, seconds)

    def add_tool_result(self, text: str) -> None:
        """Append a tool message; it is computed with the next reply."""
        self._check_open()
        added = self._engine._result_tokens(self._sequence.tokens, text)
        self.append_tokens(added)
        self._thinking = ends_inside_thinking(self._engine.model.text(added[-8:]))

    def append_tokens(self, tokens: TokenIds) -> None:
        """Append tokens as they are; they are computed with the next reply."""
        self._check_open()
        self._engine._check_room(self.tokens + len(tokens))
        self._sequence.tokens.extend(tokens)

    def close(self) -> None:
        """Give the slot back. Safe to call twice."""
        if self._open:
            self._open = False
            if not self._engine._closed:
                self._engine._post(lambda: self._engine._scheduler.remove(self._sequence))

    def _check_open(self) -> None:
        if not self._open:
            raise EngineClosedError("the conversation was closed")


def _template_of(model: Model) -> ChatTemplate:
    """The model's own template, with what it may ask for."""
    return ChatTemplate(
        model.metadata.get("tokenizer.chat_template", ""),
        bos_token=model.start_text,
        eos_token=model.end_text,
        specials=[*model.special_texts, *TAGS],
    )


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
