"""KV in q8_0: half the memory, and nearly the same logits; taken by itself where f16 does not fit."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import pytest

from wideseek_cli.core.errors import ModelMemoryError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.messages import Sampling
from wideseek_cli.engine.llamacpp.context import Context, ContextShape, Floats, Row, gaps
from wideseek_cli.engine.llamacpp.llama import Model
from wideseek_cli.engine.llamacpp.neighbours import Neighbours
from wideseek_cli.engine.local import fit
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine
from wideseek_cli.opening import open_engine
from wideseek_cli.session import Session
from wideseek_cli.settings.config import Settings

PROMPT = [1000 + 7919 * n % 40_000 for n in range(100)]
SETTINGS = Settings(sources=("factbook",), offline=True, context=2048, width=1, speculate=False)


@pytest.fixture(scope="module")
def model(tiny_model: Path) -> Iterator[Model]:
    with closing(Model(tiny_model)) as model:
        yield model


def computed(model: Model, kv_type: str, *, flash: bool = True) -> tuple[Floats, int]:
    """The logits behind a prompt and behind five single tokens, and the bytes of the cells in the end."""
    shape = ContextShape(1, 256, 128, outputs=1, threads=1, kv_type=kv_type, flash=flash)
    with closing(Context(model, shape)) as context:
        rows = [Row(0, 0, PROMPT, 1), *(Row(0, 100 + n, [PROMPT[n]], 1) for n in range(5))]
        logits = np.array([np.array(context.decode([row])[0]) for row in rows])
        return logits, context.save(0).size


def test_without_flash_attention_the_logits_are_the_same_but_for_rounding(model: Model) -> None:
    (with_it, _), (without, _) = computed(model, "f16"), computed(model, "f16", flash=False)
    apart = np.abs(with_it - without)
    assert 0.0 < apart.max() < 0.3 * with_it.std()
    assert apart.mean() < 0.03 * with_it.std()


def test_q8_0_decodes_close_to_f16_in_half_the_memory(model: Model) -> None:
    (exact, large), (near, small) = computed(model, "f16"), computed(model, "q8_0")
    apart = np.abs(near - exact)
    assert 0.0 < apart.max() < 0.3 * exact.std()
    assert apart.mean() < 0.05 * exact.std()
    assert 0.5 < small / large < 0.6


@pytest.mark.parametrize(
    ("streams", "missing"),
    [([0, 1, 3, 4], [2]), ([0, 2, 4, 6], []), ([0, 2, 3, 5, 6, 8], [4, 7]), ([0, 1, 4, 5], []), ([3], [])],
)
def test_a_stream_alone_between_enough_that_write_is_computed_with_them(
    streams: list[int], missing: list[int]
) -> None:
    assert gaps(streams) == missing


def test_a_stream_that_is_computed_for_its_neighbours_is_left_as_it_was(model: Model) -> None:
    shape = ContextShape(5, 256, 128, outputs=5, threads=1)
    writing, last = [0, 1, 3, 4], Row(2, 100, [7], 1)
    logits = []
    for pause in (False, True):
        with closing(Context(model, shape)) as context:
            for stream in range(5):
                context.decode([Row(stream, 0, PROMPT, 1)])
            if pause:
                passed = np.array(context.decode([Row(stream, 100, [9], 1) for stream in writing]))
                assert passed.shape[0] == len(writing)
                assert np.abs(passed - passed[0]).max() < 0.1 * passed.std()
            logits.append(np.array(context.decode([last])[0]))
    assert np.array_equal(*logits)


@pytest.mark.parametrize(("streams", "stream"), [(1, 0), (2, 1), (3, 2), (5, 0)])
def test_a_saved_sequence_goes_into_a_context_with_any_number_of_streams(
    model: Model, streams: int, stream: int
) -> None:
    """The middle one of three, with others beside it."""
    source = Context(model, ContextShape(3, 256, 128, outputs=3, threads=1))
    target = Context(model, ContextShape(streams, 512, 128, outputs=streams, threads=1))
    with closing(source), closing(target):
        for number in (0, 1, 2):
            source.decode([Row(number, 0, PROMPT[number : number + 50 + number], 1)])
        target.decode([Row(stream, 0, PROMPT[:9], 1)])  # gives way
        target.restore(stream, source.save(1), 40)
        source.trim(1, 40)
        wanted, got = (
            np.array(context.decode([Row(at, 40, [7], 1)])[0])
            for context, at in ((source, 1), (target, stream))
        )
    assert np.abs(wanted - got).max() < 1e-3


async def test_the_setting_reaches_the_cells(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[str] = []
    made = Context.__init__

    def noted(
        context: Context, model: Model, shape: ContextShape, neighbours: Neighbours | None = None
    ) -> None:
        kinds.append(shape.kv_type)
        made(context, model, shape, neighbours)

    monkeypatch.setattr(Context, "__init__", noted)
    opened = await open_engine(replace(SETTINGS, model=str(tiny_model), kv="q8_0"))
    assert isinstance(opened.engine, LocalEngine)
    assert len(await opened.engine.open_tokens(PROMPT).write_tokens(5)) == 5
    await opened.aclose()
    assert opened.notes == ()
    assert set(kinds) == {"q8_0"}


@pytest.mark.slow
async def test_where_f16_does_not_fit_q8_0_is_taken_and_said(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit, "available_memory", lambda: just_short_of_f16(tiny_model))
    said: list[str] = []
    async with await Session.open(replace(SETTINGS, model=str(tiny_model)), said.append) as opened:
        assert isinstance(opened.model.engine, LocalEngine)
        assert len(await opened.model.engine.open_tokens(PROMPT).write_tokens(2)) == 2
    assert [line for line in said if line.startswith("the KV cache is q8_0, because f16 does not fit")]


def just_short_of_f16(path: Path) -> float:
    header = read_header(path)
    fixed = fit._fixed_bytes(header, SETTINGS.width + 1, fit.PASS_TOKENS)
    return fixed + SETTINGS.context * header.kv_values_per_token * 1.5


async def test_a_model_whose_cells_cannot_be_cut_works_without_sharing(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = LoadOptions(tiny_model, width=2, context=10_240, conversation_tokens=4096, threads=1)
    monkeypatch.setattr(Model, "plain_cells", False)
    opened = LocalEngine.load(options)
    (pool,) = opened.loop.scheduler.pools
    assert (pool.streams, pool.size) == (10_240 // 3584, 3584)
    assert "does not keep every token's cells" in opened.notes[0]
    written = []
    for _ in range(3):
        conversation = opened.open_tokens(PROMPT, Sampling(temperature=0.0))
        written.append(await conversation.write_tokens(5))
    await opened.aclose()
    assert written[0] == written[1] == written[2]
    assert (opened.stats.shared_tokens, opened.stats.drafted_tokens) == (0, 0)


async def test_streams_take_their_memory_when_somebody_needs_them(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lead starts at once. Where the others' memory is gone by then, only they fail."""
    made: list[int] = []
    full = False
    init = llama_cpp.llama_init_from_model

    def count(model: object, params: Any) -> object:
        made.append(params.n_seq_max)
        return None if full else init(model, params)

    monkeypatch.setattr(llama_cpp, "llama_init_from_model", count)
    opened = LocalEngine.load(LoadOptions(tiny_model, width=2, conversation_tokens=2048, threads=1))
    lead = opened.open_tokens(PROMPT, Sampling(temperature=0.0))
    await lead.write_tokens(2)
    assert made == [1]
    full = True
    assert len(await opened.open_tokens(PROMPT[:40], Sampling(temperature=0.0)).write_tokens(2)) == 2
    assert made == [1]  # while the lead waits, another has its place
    two = [opened.open_tokens(PROMPT[:length], Sampling(temperature=0.0)) for length in (40, 41)]
    ended = await asyncio.gather(*(one.write_tokens(2) for one in two), return_exceptions=True)
    failed = [error for error in ended if isinstance(error, ModelMemoryError)]
    assert failed
    assert all("no memory for 2 × 2,048 tokens" in str(error) for error in failed)
    full = False
    await asyncio.gather(*(one.write_tokens(2) for one in two))
    assert len(await lead.write_tokens(2)) == 2
    assert set(made) == {1, 2}
    await opened.aclose()
