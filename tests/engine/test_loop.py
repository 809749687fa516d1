"""The engine's thread when things go wrong, on a tiny model: who is hit, who goes on, what is left behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.fake_cells import check_books
from tests.engine.ties import same_but_for_ties
from wideseek_cli.core.errors import DecodeError, EngineClosedError
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.llamacpp.context import Context, Floats, Row
from wideseek_cli.engine.local import loop
from wideseek_cli.engine.local.engine import LoadOptions, LocalConversation, LocalEngine
from wideseek_cli.engine.local.fit import lay_out
from wideseek_cli.engine.local.reply import ReplyWriter
from wideseek_cli.engine.local.sequence import Slot
from wideseek_cli.engine.local.speculate import Drafter

GREEDY = Sampling(temperature=0.0)
Decode = Callable[[Context, Sequence[Row]], Floats]


@pytest.fixture(scope="module")
def loaded(tiny_model: Path) -> Iterator[LocalEngine]:
    options = LoadOptions(tiny_model, width=3, conversation_tokens=4096, threads=1, sampling=GREEDY)
    opened = LocalEngine.load(options)
    yield opened
    asyncio.run(opened.aclose())


@pytest.fixture
def opened(loaded: LocalEngine) -> Iterator[LocalEngine]:
    """An engine that must be as empty afterwards as it was before."""
    yield loaded
    scheduler = loaded.loop.scheduler
    loaded.loop.do(lambda: None)  # what was asked of it before is done
    check_books(scheduler)
    assert not scheduler.sequences
    assert not [slot for slot in scheduler.slots if slot.owner is not None]
    assert not loaded.loop._jobs
    forget(loaded)


def forget(opened: LocalEngine) -> None:
    """Nothing that conversations left behind is taken over any more."""
    for slot in opened.loop.scheduler.slots:
        opened.loop.do(slot.left.clear)


def prompt(start: int, length: int) -> list[int]:
    return [1000 + (start + 7919 * n) % 40_000 for n in range(length)]


async def alone(opened: LocalEngine, tokens: list[int]) -> tuple[int, ...]:
    """The prompt and its continuation, with nobody else there."""
    conversation = opened.open_tokens(tokens)
    await conversation.write_tokens(12)
    conversation.close()
    opened.loop.do(lambda: None)
    forget(opened)
    return conversation.token_ids


async def test_drafts_are_timed_only_between_replies(tiny_model: Path) -> None:
    """A first reply waits for nothing, and what is written goes on as if nothing had been timed."""
    options = LoadOptions(tiny_model, width=1, conversation_tokens=4096, threads=1, sampling=GREEDY)
    opened = LocalEngine.load(options)
    try:
        conversation = opened.open_tokens(prompt(3, 40))
        opened.loop.do(lambda: None)
        assert len(opened.loop._untimed) == 2
        await conversation.write_tokens(6)
        for _ in range(4):  # behind each of these it finds a moment
            opened.loop.do(lambda: None)
        assert not opened.loop._untimed
        assert {16, 64} <= set(opened.loop._costs._rows)
        await conversation.write_tokens(6)
        assert conversation.token_ids == await alone(opened, prompt(3, 40))
    finally:
        await opened.aclose()


def once_broken(decode: Decode, wanted: Callable[[Sequence[Row]], bool]) -> tuple[Decode, threading.Event]:
    """A decode that fails on the first pass that is wanted, and lets no pass begin before the event."""
    go, broken = threading.Event(), threading.Event()

    def decoding(context: Context, rows: Sequence[Row]) -> Floats:
        assert go.wait(30)
        if wanted(rows) and not broken.is_set():
            broken.set()
            raise DecodeError("llama.cpp could not compute a batch of 2 tokens (code -3)")
        return decode(context, rows)

    return decoding, go


async def test_a_pass_that_fails_takes_its_own_conversations_only(
    opened: LocalEngine, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two decode together while a third reads a long prompt: the pass of the two fails."""
    prompts = [prompt(1, 40), prompt(2, 40), prompt(3, 1500)]
    expected = [await alone(opened, tokens) for tokens in prompts]
    lead = opened.open_tokens(prompt(9, 40))  # has the pool of the leads
    await lead.write_tokens(1)

    def two_single_tokens(rows: Sequence[Row]) -> bool:
        running.append(len(opened.loop._jobs))
        return [len(row.tokens) for row in rows] == [1, 1]

    running: list[int] = []
    broken, go = once_broken(Context.decode, two_single_tokens)
    conversations = [opened.open_tokens(tokens) for tokens in prompts]
    with monkeypatch.context() as patched:
        patched.setattr(Context, "decode", broken)
        tasks = [asyncio.create_task(one.write_tokens(12)) for one in conversations]
        await asyncio.sleep(0)
        go.set()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(one) for one in ended] == [DecodeError, DecodeError, tuple]
    assert max(running) == 3
    assert [one.tokens for one in conversations] == [40, 40, 1512]  # the two as if not asked
    for one in conversations[:2]:
        await one.write_tokens(12)
    new = opened.open_tokens(prompts[0])
    await new.write_tokens(12)
    for one, wanted in zip((*conversations, new), (*expected, expected[0]), strict=True):
        assert same_but_for_ties(tiny_model, one.token_ids, wanted)
        one.close()
    lead.close()


@pytest.mark.parametrize("sampling", [GREEDY, Sampling(), Sampling(top_p=0.9), Sampling(top_k=20)])
async def test_what_is_no_number_ends_the_one_reply_that_it_is_for(
    opened: LocalEngine, monkeypatch: pytest.MonkeyPatch, sampling: Sampling
) -> None:
    """A damaged file, or a sum that is too large for its type: the others go on."""
    decode = Context.decode

    def decoding(context: Context, rows: Sequence[Row]) -> Floats:
        logits = np.array(decode(context, rows))
        at = 0
        for row in rows:
            if row.outputs and row.start + len(row.tokens) == 45:
                logits[at] = np.nan
            at += row.outputs
        return logits

    monkeypatch.setattr(Context, "decode", decoding)
    conversations = [opened.open_tokens(prompt(1, length), sampling) for length in (40, 60)]
    ended = await asyncio.gather(*(one.write_tokens(12) for one in conversations), return_exceptions=True)
    assert [type(one) for one in ended] == [DecodeError, tuple]
    assert "no number" in str(ended[0])
    assert [one.tokens for one in conversations] == [40, 72]
    for one in conversations:
        one.close()


async def test_a_conversation_that_is_closed_in_the_midst_of_a_reply_ends_it(
    opened: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode, go = once_broken(Context.decode, lambda rows: False)
    monkeypatch.setattr(Context, "decode", decode)
    conversation = opened.open_tokens(prompt(8, 40))
    task = asyncio.create_task(conversation.write_tokens(12))
    await asyncio.sleep(0)
    conversation.close()
    go.set()
    with pytest.raises(EngineClosedError):
        await asyncio.wait_for(task, 10)


async def test_a_reply_that_ended_just_before_it_is_cancelled_is_taken_back(
    opened: LocalEngine, tiny_model: Path
) -> None:
    """The engine is done with it, and its caller, who has not heard so yet, gives it up."""
    tokens = prompt(4, 40)
    expected = await alone(opened, tokens)
    conversation = opened.open_tokens(tokens)
    drafter = conversation._drafter
    assert drafter is not None
    task = asyncio.create_task(conversation.write_tokens(12))
    await asyncio.sleep(0)  # it is asked for; from here on this loop hears nothing
    opened.loop.do(lambda: None)
    while opened.loop._jobs:
        opened.loop.do(lambda: None)
    assert drafter._seen > len(tokens)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    opened.loop.do(lambda: None)
    assert conversation.token_ids == tuple(tokens)
    assert drafter._seen == 0  # what it has read is no part of the conversation any more
    await conversation.write_tokens(12)
    assert same_but_for_ties(tiny_model, conversation.token_ids, expected)
    assert drafter._seen <= conversation.tokens
    conversation.close()


@pytest.mark.slow
async def test_a_conversation_that_outgrows_a_short_stream_writes_the_same_in_the_long_one(
    opened: LocalEngine, tiny_model: Path
) -> None:
    """Its cells are copied between pools: nothing but what it hears is computed, and no token changes."""
    options = replace(opened.options, width=2, context=10_240)
    short, long = sorted({pool.size for pool in lay_out(options).pools})
    tokens, heard = prompt(5, short - 600), prompt(6, 700)

    async def written(engine: LocalEngine) -> tuple[tuple[int, ...], list[int]]:
        conversation = engine.open_tokens(tokens)
        sizes = []
        await conversation.write_tokens(12)
        sizes.append(slot_of(conversation).size)
        conversation.append_tokens(heard)
        before = engine.stats.prefill_tokens
        await conversation.write_tokens(12)
        assert engine.stats.prefill_tokens - before <= len(heard) + 1
        sizes.append(slot_of(conversation).size)
        conversation.close()
        return conversation.token_ids, sizes

    small = LocalEngine.load(options)
    moved, sizes = await written(small)
    await small.aclose()
    assert sizes == [short, long]
    stayed, sizes = await written(opened)
    assert sizes == [4096, 4096]
    assert same_but_for_ties(tiny_model, moved, stayed)


async def test_what_is_neither_llama_cpp_nor_the_sampler_counts_as_our_python(
    opened: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here guessing ahead, writing and making rows take long."""
    slept = 0.0

    def slow(function: Callable[..., Any]) -> Callable[..., Any]:
        def working(*given: Any, **more: Any) -> Any:
            nonlocal slept
            began = time.perf_counter()
            time.sleep(0.01)
            slept += time.perf_counter() - began
            return function(*given, **more)

        return working

    monkeypatch.setattr(Drafter, "propose", slow(Drafter.propose))
    monkeypatch.setattr(ReplyWriter, "_take", slow(ReplyWriter._take))
    monkeypatch.setattr(loop, "Row", slow(Row))
    before = opened.stats
    conversation = opened.open_tokens(prompt(7, 40))
    await conversation.write_tokens(6)
    conversation.close()
    opened.loop.do(lambda: None)
    now = opened.stats
    python = now.busy_seconds - before.busy_seconds
    python -= now.decode_seconds - before.decode_seconds + now.sample_seconds - before.sample_seconds
    assert python > slept > 0.15
    assert now.decode_seconds > before.decode_seconds
    assert now.sample_seconds > before.sample_seconds


def slot_of(conversation: LocalConversation) -> Slot:
    slot = conversation._sequence.slot
    assert slot is not None
    return slot
