"""The local engine: one GGUF, loaded once, and the conversations on it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from collections.abc import Sequence as CollectionSequence
from dataclasses import replace
from zlib import crc32

from wideseek_cli.core.errors import ContextFullError, EngineClosedError
from wideseek_cli.core.machine import cores
from wideseek_cli.core.messages import (
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
    ToolUse,
)
from wideseek_cli.engine.base import EngineInfo, EngineStats
from wideseek_cli.engine.chat import ChatTemplate
from wideseek_cli.engine.llamacpp.context import Blob, Context, ContextShape
from wideseek_cli.engine.llamacpp.devices import free_device_memory
from wideseek_cli.engine.llamacpp.llama import Grammar, Model
from wideseek_cli.engine.llamacpp.neighbours import Neighbours
from wideseek_cli.engine.local.attention import planned
from wideseek_cli.engine.local.beginnings import LEAST_TOKENS, beginnings_for
from wideseek_cli.engine.local.fit import LoadOptions, all_alike
from wideseek_cli.engine.local.grammar import tool_call_grammar
from wideseek_cli.engine.local.loop import EngineLoop, Job
from wideseek_cli.engine.local.prefix import common_length
from wideseek_cli.engine.local.repack import repacked
from wideseek_cli.engine.local.reply import ReplyWriter, Rules, ends_inside_thinking, spells
from wideseek_cli.engine.local.sampler import Sampler
from wideseek_cli.engine.local.scheduler import Scheduler
from wideseek_cli.engine.local.sequence import Sequence
from wideseek_cli.engine.local.speculate import MOST, SHORT, Drafter
from wideseek_cli.engine.local.timed import Choice

TAGS = (THINK_OPEN, THINK_CLOSE, CALL_OPEN, CALL_CLOSE, RESPONSE_OPEN, RESPONSE_CLOSE)

TokenIds = CollectionSequence[int]

__all__ = ["LoadOptions", "LocalConversation", "LocalEngine"]


class LocalEngine:
    """One GGUF, loaded once, serving many conversations as parallel streams."""

    def __init__(
        self,
        model: Model,
        contexts: list[Context],
        scheduler: Scheduler,
        options: LoadOptions,
        notes: tuple[str, ...] = (),
        flash: Choice | None = None,
        repack: Choice | None = None,
    ) -> None:
        self.flash, self.repack = flash, repack
        self.notes = notes  # what a user should know of how memory was laid out
        self.options = options
        self.model = model
        self._template = _template_of(model)
        self._end_of_turn = model.tokenize(self._template.end_text)
        self._seeds: dict[int, int] = {}
        self._quick = _quick(options)
        keeps = model.plain_cells and not self._quick  # an accelerator computes sooner than is read
        order = repack is not None and repack.on
        self._beginnings = beginnings_for(options, contexts[0].shape, repack=order) if keeps else None
        untimed = (1 + SHORT, 1 + MOST) if options.speculate else ()
        self.loop = EngineLoop(contexts, scheduler, untimed, self._beginnings)

    @classmethod
    def load(cls, options: LoadOptions) -> LocalEngine:
        """Load the model and make its contexts; takes seconds: call it in a thread when a loop runs."""
        layout, flash = planned(options, free_device_memory())
        repack = repacked(options, free_device_memory())
        neighbours = None if options.threads else Neighbours(cores())
        model = Model(options.model, gpu_layers=options.gpu_layers, adapter=options.adapter, repack=repack.on)
        if not model.plain_cells:
            layout = all_alike(layout, options.name or options.model.name)
            options = replace(options, speculate=False)
        contexts: list[Context] = []
        try:
            for pool in layout.pools:
                shape = ContextShape(
                    pool.streams,
                    pool.size,
                    layout.pass_tokens,
                    outputs=pool.streams + layout.draft_tokens,
                    kv_type=layout.kv_type,
                    flash=flash.on,
                    threads=options.threads or cores(),
                )
                contexts.append(Context(model, shape, neighbours))
            for context in contexts if _quick(options) else [_first(contexts)]:
                context.open()
            scheduler = Scheduler(
                layout.pools,
                pass_tokens=layout.pass_tokens,
                host_tokens=layout.host_tokens,
                draft_tokens=layout.draft_tokens,
                cuts=model.plain_cells,
            )
            return cls(model, contexts, scheduler, options, layout.notes, flash, repack)
        except BaseException:
            for context in contexts:
                context.close()
            model.close()
            raise

    # What everybody may call

    @property
    def info(self) -> EngineInfo:
        slots = sum(pool.streams for pool in self.loop.scheduler.pools)
        return EngineInfo(
            name=self.options.name or self.options.model.stem,
            kind="local",
            context=self._limit,
            slots=slots,
            detail=self.model.description,
            quick=self._quick,
        )

    @property
    def stats(self) -> EngineStats:
        return self.loop.stats

    @property
    def _limit(self) -> int:
        return min(
            self.loop.scheduler.longest, self.options.conversation_tokens or self.loop.scheduler.longest
        )

    def count_tokens(self, text: str) -> int:
        return len(self.model.tokenize(text))

    async def open(self, opening: Opening) -> LocalConversation:
        """Render and tokenise an opening; nothing is computed before the first reply."""
        prompt = self._template.render_opening(opening)
        tokens = self._prompt_tokens(prompt)
        thinking = ends_inside_thinking(prompt)
        shared = self._shared(opening, tokens)
        for turn in opening.history:
            tokens += self._reply_tokens(turn.reply)
            if turn.tool_result is not None:
                tokens += self._result_tokens(tokens, turn.tool_result)
        conversation = self._conversation(tokens, opening, thinking)
        if shared and self._beginnings is not None:
            cells = await asyncio.to_thread(self._beginnings.find, tokens[:shared])
            conversation.begin_with(shared, cells)
        return conversation

    def _prompt_tokens(self, prompt: str) -> list[int]:
        tokens, start = self.model.tokenize(prompt), self.model.start_token
        return tokens if start is None or tokens[:1] == [start] else [start, *tokens]

    def _shared(self, opening: Opening, tokens: list[int]) -> int:
        """How many tokens are the same whatever the user asks; 0 where too few to keep."""
        if self._beginnings is None or not opening.system:
            return 0
        other = self._template.render_opening(replace(opening, user=""))
        same = common_length(tokens, self._prompt_tokens(other), len(tokens) - 1)
        return same if same >= LEAST_TOKENS else 0

    def open_tokens(self, tokens: TokenIds, sampling: Sampling | None = None) -> LocalConversation:
        """A conversation that begins with these very tokens, for measurements."""
        return self._conversation(list(tokens), Opening("", "", sampling=sampling), thinking=False)

    def _conversation(self, tokens: list[int], opening: Opening, thinking: bool) -> LocalConversation:
        self._check_room(len(tokens))
        sequence = Sequence(tokens, self._limit)
        sampling = opening.sampling or self.options.sampling
        sampler = Sampler(sampling, self._seed(opening, sampling.seed))
        conversation = LocalConversation(self, sequence, opening, sampler, thinking)
        self.loop.add(sequence)
        return conversation

    async def aclose(self) -> None:
        """Stop everything and free the model. Safe to call twice."""
        self.loop.stop()
        await asyncio.to_thread(self.loop.join)
        if self._beginnings is not None:
            await asyncio.to_thread(self._beginnings.close)
        self.model.close()  # by the thread that tokenises

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
                hint="use a longer context (--ctx), fewer agents at once (--width), or a shorter text",
            )

    def _reply_tokens(self, reply: Reply) -> TokenIds:
        """A recorded reply's tokens; if they are missing or another vocabulary's, made anew of its text. What
        it spells in letters becomes no control token."""
        ids = reply.token_ids
        known = all(0 <= token < self.model.vocab_size for token in ids)
        if known and spells(self.model, ids, reply.text):
            return ids
        return self.model.tokenize(reply.text, special=False)

    def _result_tokens(self, before: list[int], text: str) -> list[int]:
        """A tool message behind a reply; a reply that was cut off gets its end first."""
        ended = before[-len(self._end_of_turn) :] == self._end_of_turn
        rest = self.model.tokenize(self._template.render_tool_result(text))
        return rest if ended else self._end_of_turn + rest

    def _grammar_for(self, opening: Opening, limits: ReplyLimits) -> Callable[[], Grammar] | None:
        if not self.options.grammar or not opening.tools or limits.tool_use is ToolUse.NONE:
            return None
        text = tool_call_grammar(opening.tools)
        return lambda: Grammar(self.model, text)


class LocalConversation:
    """One append-only context on a local engine."""

    def __init__(
        self, engine: LocalEngine, sequence: Sequence, opening: Opening, sampler: Sampler, thinking: bool
    ) -> None:
        self._engine = engine
        self._sequence = sequence
        self._opening = opening
        self._sampler = sampler
        self._drafter = Drafter() if engine.options.speculate else None
        self._thinking = thinking  # the next reply begins inside <think>
        self._open = True

    def begin_with(self, shared: int, cells: Blob | None) -> None:
        """Before the first reply: so many tokens are shared by all runs, and these are their cells."""
        self._sequence.shared = shared
        if cells is not None:
            self._sequence.saved, self._sequence.saved_tokens = cells, shared

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
        engine.loop.begin(job)
        try:
            stop = await job.future
        except asyncio.CancelledError:
            self._take_back(job)
            raise
        seconds = time.perf_counter() - begun
        return Reply(writer.text, tuple(writer.tokens), stop, self.tokens, seconds)

    def _take_back(self, job: Job) -> None:
        """Go on from before a reply that nobody waits for. The engine may still be writing it, so it keeps
        that list of tokens; what it computed of ours stays behind in the slot and is found there again."""
        sequence = self._sequence = Sequence(self._sequence.tokens[: job.begun], self._sequence.limit)
        self._engine.loop.give_up(job, sequence)

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
            self._engine.loop.remove(self._sequence)

    def _check_open(self) -> None:
        if not self._open:
            raise EngineClosedError("the conversation was closed")


def _quick(options: LoadOptions) -> bool:
    """Whether an accelerator computes. Its memory is taken at once, before others take it."""
    return options.gpu_layers != 0 and free_device_memory() > 0


def _first(contexts: list[Context]) -> Context:
    """Where the first conversation goes: the scheduler takes the shortest streams that have room."""
    return min(contexts, key=lambda context: context.shape.stream_tokens)


def _template_of(model: Model) -> ChatTemplate:
    """The model's own template, with what it may ask for."""
    return ChatTemplate(
        model.metadata.get("tokenizer.chat_template", ""),
        bos_token=model.start_text,
        eos_token=model.end_text,
        specials=[*model.special_texts, *TAGS],
    )
