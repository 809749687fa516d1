"""What every run begins with is computed once on a machine, and makes no difference to what is written."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from wideseek_cli.core.messages import Opening, ReplyLimits, Sampling
from wideseek_cli.engine.local import beginnings
from wideseek_cli.engine.local.beginnings import LEAST_TOKENS, Beginnings
from wideseek_cli.engine.local.engine import LoadOptions, LocalEngine

SYSTEM = "You look things up and answer in a table, with a source for each cell. " * 8
Written = tuple[tuple[int, ...], int]


@pytest.fixture
def options(tiny_model: Path, tmp_path: Path) -> LoadOptions:
    return LoadOptions(
        tiny_model,
        conversation_tokens=1024,
        threads=1,
        sampling=Sampling(temperature=0.0),
        seed=1,
        beginnings=tmp_path / "kept",
    )


def run(options: LoadOptions, *questions: str) -> list[Written]:
    """As a process of its own: what was written, and how many prompt tokens were computed for it."""

    async def all_of_them() -> list[Written]:
        engine = await asyncio.to_thread(LocalEngine.load, options)
        written = []
        for question in questions:
            before = engine.stats.prefill_tokens
            conversation = await engine.open(Opening(SYSTEM, question, label="lead"))
            reply = await conversation.reply(ReplyLimits(max_tokens=12))
            conversation.close()
            written.append((reply.token_ids, engine.stats.prefill_tokens - before))
        await engine.aclose()
        return written

    return asyncio.run(all_of_them())


def test_the_next_run_reads_back_what_the_first_has_computed(options: LoadOptions) -> None:
    assert options.beginnings is not None
    (first,) = run(options, "Which rivers are there?")
    again, other = run(options, "Which rivers are there?", "And the lakes?")
    assert again[0] == first[0]
    assert first[1] - again[1] > LEAST_TOKENS
    assert other[1] < LEAST_TOKENS
    assert len(list(options.beginnings.iterdir())) == 1  # whatever the question


@pytest.mark.slow
def test_cells_of_another_kind_are_no_beginning(options: LoadOptions) -> None:
    (first,) = run(options, "Which rivers?")
    (plain,) = run(replace(options, flash="off"), "Which rivers?")
    assert plain[1] == first[1]


TOKENS = list(range(LEAST_TOKENS))
CELLS = np.arange(900, dtype=np.uint8)


def write(folder: Path) -> None:
    kept = Beginnings(folder, "a model")
    kept.keep(TOKENS, CELLS)
    kept.close()


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: data[:400] + b"?" + data[401:], lambda _: b""]
)
def test_a_damaged_file_is_none(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    write(tmp_path)
    found = Beginnings(tmp_path, "a model").find(TOKENS)
    assert found is not None
    assert (found == CELLS).all()
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert Beginnings(tmp_path, "a model").lacks(TOKENS)
    write(tmp_path)
    assert not Beginnings(tmp_path, "a model").lacks(TOKENS)


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    write(tmp_path / "file" / "kept")
    assert Beginnings(tmp_path / "file" / "kept", "a model").lacks(TOKENS)


def test_files_not_used_for_longest_make_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginnings, "MOST_BYTES", 3000)
    cells = np.zeros(900, np.uint8)
    for number in range(5):
        kept = Beginnings(tmp_path, "a model")
        kept.keep([number] * LEAST_TOKENS, cells)
        kept.close()
        for file in tmp_path.iterdir():  # as if an hour went by
            os.utime(file, (file.stat().st_atime, file.stat().st_mtime - 3600))
        Beginnings(tmp_path, "a model").find([0] * LEAST_TOKENS)  # used all the time
    left = [n for n in range(5) if Beginnings(tmp_path, "a model").find([n] * LEAST_TOKENS) is not None]
    assert left == [0, 3, 4]
