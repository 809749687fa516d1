"""The local engine with a real model: the same tokens whatever happens around a conversation."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.engine.ties import same_but_for_ties
from wideseek_cli.core.errors import ContextFullError, EngineClosedError, ModelFileError
from wideseek_cli.core.messages import Opening, Reply, ReplyLimits, Sampling, Stop, ToolSpec, ToolUse, Turn
from wideseek_cli.engine.llamacpp.context import Context, Floats, Row
from wideseek_cli.engine.llamacpp.llama import Model
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine

pytestmark = pytest.mark.slow

SYSTEM = "You are a helpful assistant who answers briefly and in plain words. " * 8
QUESTIONS = [
    "What is the capital of France?",
    "Name three rivers in South America and say where each of them ends.",
    "Count from one to twenty.",
    "Why is the sky blue?",
]
SEARCH = ToolSpec(
    "search",
    "Search the web",
    {
        "type": "object",
        "properties": {
            "queries": {
                "type": "array",
                "items": {"type": "string", "maxLength": 20},
                "maxItems": 2,
                "minItems": 1,
            }
        },
        "required": ["queries"],
    },
)


@asynccontextmanager
async def engine(path: Path, **options: object) -> AsyncIterator[LocalEngine]:
    # One thread: with more, every step waits for the slowest, and a busy test machine makes that long.
    settings = {"width": 4, "conversation_tokens": 1024, "threads": 1, "sampling": Sampling(temperature=0.0)}
    settings |= options
    opened = await asyncio.to_thread(LocalEngine.load, LoadOptions(path, **settings))  # type: ignore[arg-type]
    try:
        yield opened
    finally:
        await opened.aclose()


async def two_turns(opened: LocalEngine, question: str, *, system: str = SYSTEM) -> list[int]:
    """A conversation with a tool result in it; every token of it."""
    conversation = await opened.open(Opening(system, question, label=question))
    await conversation.reply(ReplyLimits(max_tokens=40))
    conversation.add_tool_result("Nothing was found for that. Say it in other words.")
    await conversation.reply(ReplyLimits(max_tokens=20))
    tokens = list(conversation.token_ids)
    conversation.close()
    return tokens


async def test_one_thread_computes_everything(smollm2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one has workers of its own, and OpenMP lets more workers than cores sleep at every barrier."""
    threads: set[int] = set()
    decode = Context.decode

    def noted(context: Context, rows: Sequence[Row]) -> Floats:
        threads.add(threading.get_ident())
        return decode(context, rows)

    monkeypatch.setattr(Context, "decode", noted)
    async with engine(smollm2) as opened:
        await two_turns(opened, QUESTIONS[0])
    assert len(threads) == 1


async def alone(path: Path, question: str, **options: object) -> list[int]:
    async with engine(path, speculate=False, **options) as opened:
        return await two_turns(opened, question)


async def test_together_as_alone(smollm2: Path) -> None:
    async with engine(smollm2, speculate=False) as opened:
        together = await asyncio.gather(*(two_turns(opened, question) for question in QUESTIONS))
        assert opened.stats.shared_tokens > 3 * 80
    for question, tokens in zip(QUESTIONS, together, strict=True):
        assert same_but_for_ties(smollm2, tokens, await alone(smollm2, question))


async def test_speculation_changes_no_token_and_saves_passes(smollm2: Path) -> None:
    question = "Repeat this list three times: amber, basil, cedar, dill, elm, fern, ginger, hazel, iris."
    limits = ReplyLimits(max_tokens=120)
    found = []
    for speculate in (True, False):
        async with engine(smollm2, width=1, speculate=speculate) as opened:
            first = await opened.open(Opening("", question))  # a pass with a draft is timed behind it
            await first.reply(ReplyLimits(max_tokens=4))
            for _ in range(4):
                opened.loop.do(lambda: None)
            first.close()
            before = opened.stats.decode_tokens
            conversation = await opened.open(Opening("", question))
            reply = await conversation.reply(limits)
            found.append(conversation.token_ids)
            if speculate:
                assert opened.stats.accepted_tokens > 0
            assert opened.stats.decode_tokens - before == len(reply.token_ids)
    assert same_but_for_ties(smollm2, *found)


async def test_giving_up_the_slot_changes_no_token(smollm2: Path) -> None:
    """Three conversations on one stream: each is thrown out by the next, saved or not."""
    expected = {question: await alone(smollm2, question, width=0) for question in QUESTIONS[:2]}
    for saved in (True, False):
        async with engine(smollm2, width=0, context=1024, speculate=False) as opened:
            if not saved:
                opened.loop.scheduler.host_tokens = 0
            first, second = [await opened.open(Opening(SYSTEM, q, label=q)) for q in QUESTIONS[:2]]
            for conversation in (first, second):
                await conversation.reply(ReplyLimits(max_tokens=40))
            before = opened.stats.prefill_tokens
            for conversation in (first, second):
                conversation.add_tool_result("Nothing was found for that. Say it in other words.")
                await conversation.reply(ReplyLimits(max_tokens=20))
            recomputed = opened.stats.prefill_tokens - before
            assert (recomputed < 100) is saved
            for question, conversation in zip(QUESTIONS, (first, second), strict=False):
                assert same_but_for_ties(smollm2, conversation.token_ids, expected[question])


async def test_cancelling_frees_the_slot_and_takes_the_reply_back(smollm2: Path) -> None:
    async with engine(smollm2, width=0, context=1024) as opened:
        conversation = await opened.open(Opening("", "Write a long story about a fox."))
        length = conversation.tokens
        began = asyncio.Event()
        task = asyncio.create_task(conversation.reply(ReplyLimits(max_tokens=900), lambda _: began.set()))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        other = await opened.open(Opening("", "Say yes."))
        async with asyncio.timeout(60):
            await other.reply(ReplyLimits(max_tokens=5))
        assert conversation.tokens == length
        assert (await conversation.reply(ReplyLimits(max_tokens=5))).stop is Stop.LENGTH


async def test_required_calls_parse_and_forbidden_ones_do_not_come(smollm2: Path) -> None:
    async with engine(smollm2, sampling=Sampling(seed=3)) as opened:

        async def one(number: int, use: ToolUse) -> Reply:
            question = f"Which mountains are in country {number}?"
            conversation = await opened.open(Opening("Use tools.", question, tools=[SEARCH]))
            return await conversation.reply(ReplyLimits(max_tokens=160, tool_use=use))

        replies = await asyncio.gather(*(one(number, ToolUse.REQUIRED) for number in range(6)))
        for reply in replies:
            calls = re.findall(r"<tool_call>(.*?)</tool_call>", reply.text, re.DOTALL)
            assert calls
            assert all(1 <= len(json.loads(call)["arguments"]["queries"]) <= 2 for call in calls)
        assert "<tool_call>" not in (await one(1, ToolUse.NONE)).text


async def test_the_seed_decides_what_is_drawn(smollm2: Path) -> None:
    async def text(seed: int) -> str:
        async with engine(smollm2, sampling=Sampling(), seed=seed) as opened:
            conversation = await opened.open(Opening("", "Invent a name for a town."))
            return (await conversation.reply(ReplyLimits(max_tokens=20))).text

    assert await text(5) == await text(5) != await text(6)


async def test_pieces_add_up_to_the_text(smollm2: Path) -> None:
    async with engine(smollm2) as opened:
        pieces: list[str] = []
        conversation = await opened.open(Opening("", "Greet me in Chinese and Russian: 你好, Привет!"))
        reply = await conversation.reply(ReplyLimits(max_tokens=40), pieces.append)
        await asyncio.sleep(0)
        assert "".join(pieces) == reply.text


async def test_a_resumed_conversation_is_the_same_one(smollm2: Path) -> None:
    async with engine(smollm2) as opened:
        opening = Opening(SYSTEM, QUESTIONS[1])
        conversation = await opened.open(opening)
        first = await conversation.reply(ReplyLimits(max_tokens=30))
        conversation.add_tool_result("Go on.")
        history = [Turn(first, "Go on.")]
        again = await opened.open(Opening(SYSTEM, QUESTIONS[1], history=history))
        assert again.token_ids == conversation.token_ids


async def test_what_never_fits_is_refused(smollm2: Path) -> None:
    async with engine(smollm2, conversation_tokens=512) as opened:
        with pytest.raises(ContextFullError, match=r"does not fit a context of 512"):
            await opened.open(Opening("", "word " * 600))
        conversation = await opened.open(Opening("", "Hi."))
        with pytest.raises(ContextFullError):
            conversation.add_tool_result("word " * 600)
        reply = await conversation.reply(ReplyLimits(max_tokens=2))
        assert reply.context_tokens == conversation.tokens


async def test_a_full_context_ends_the_reply(smollm2: Path) -> None:
    async with engine(smollm2, conversation_tokens=256) as opened:
        conversation = await opened.open(Opening("", "word " * 200 + "Go on with a long story."))
        replies = [await conversation.reply(ReplyLimits(max_tokens=500, tool_use=ToolUse.AUTO))]
        assert replies[-1].stop in (Stop.CONTEXT, Stop.END)
        assert conversation.room >= 0


async def test_closing_ends_those_who_wait(smollm2: Path) -> None:
    opened = await asyncio.to_thread(
        LocalEngine.load, LoadOptions(smollm2, conversation_tokens=512, threads=1)
    )
    conversation = await opened.open(Opening("", "Write a long story."))
    task = asyncio.create_task(conversation.reply(ReplyLimits(max_tokens=400)))
    await asyncio.sleep(0.2)
    await opened.aclose()
    await opened.aclose()
    with pytest.raises(EngineClosedError):
        await task
    with pytest.raises(EngineClosedError):
        await opened.open(Opening("", "Hi."))


def broken(name: str, path: Path, make: Callable[[bytes], bytes], source: Path) -> Path:
    target = path / name
    target.write_bytes(make(source.read_bytes()))
    return target


def test_an_unknown_architecture_is_named(smollm2: Path, tmp_path: Path) -> None:
    path = broken("odd.gguf", tmp_path, lambda data: data.replace(b"llama", b"lamma"), smollm2)
    with pytest.raises(ModelFileError, match="architecture 'lamma'"):
        Model(path)


def test_a_file_that_is_no_adapter_is_refused(smollm2: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"adapter .* cannot be loaded"):
        Model(smollm2, adapter=smollm2)
