"""A GGUF of unknown origin is opened in a worker before it is opened here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.ggufs import small_gguf
from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.engine.llamacpp.look import look_at

HEADS = 2**31 - 1


async def test_a_sound_file_passes(tiny_model: Path) -> None:
    await look_at(tiny_model)


@pytest.mark.slow
async def test_a_file_that_aborts_llama_cpp_is_an_error(tmp_path: Path) -> None:
    fields = {"qwen3.block_count": HEADS, "qwen3.context_length": 10, "qwen3.embedding_length": 8}
    more = {"qwen3.attention.head_count": 2, "qwen3.feed_forward_length": 8}
    path = tmp_path / "x.gguf"
    path.write_bytes(small_gguf({**fields, **more}, tensor_bytes=4096))
    with pytest.raises(ModelFileError, match=r"breaks llama.cpp \(SIGABRT\)"):
        await look_at(path)
