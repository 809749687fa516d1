"""A GGUF of unknown origin is opened in a worker before it is opened here."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.engine.llamacpp import look
from wideseek_cli.engine.llamacpp.look import look_at, was_sound

HEADS = 2**31 - 1


@pytest.fixture
def path(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copy: Path = shutil.copy(tiny_model, tmp_path / "own.gguf")
    return copy


async def test_a_sound_file_passes(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: the file as it is is not opened in a worker again."""
    assert not was_sound(path)
    await look_at(path)
    assert was_sound(path)
    monkeypatch.setattr(look, "shared", lambda: pytest.fail("it is opened again"))
    await look_at(path)
    os.utime(path, ns=(1, 1))
    assert not was_sound(path)


@pytest.mark.slow
async def test_a_file_that_aborts_llama_cpp_is_an_error(tmp_path: Path) -> None:
    fields = {"qwen3.block_count": HEADS, "qwen3.context_length": 10, "qwen3.embedding_length": 8}
    more = {"qwen3.attention.head_count": 2, "qwen3.feed_forward_length": 8}
    path = tmp_path / "x.gguf"
    path.write_bytes(small_gguf({**fields, **more}, tensor_bytes=4096))
    with pytest.raises(ModelFileError, match=r"breaks llama.cpp \(SIGABRT\)"):
        await look_at(path)
