"""Cells that are made cost nothing until they are used, and read as zeros."""

from __future__ import annotations

import ctypes
import resource
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from wideseek_cli.engine import zeroing
from wideseek_cli.engine.context import Context, ContextShape, Row
from wideseek_cli.engine.llama import Model
from wideseek_cli.engine.zeroing import _Hook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere llama.cpp clears its cells itself")


@pytest.fixture
def hook(tiny_model: Path) -> _Hook:
    Model(tiny_model).close()  # ggml is loaded with all it needs
    return _Hook()


@pytest.mark.parametrize("size", [1 << 20, 40_000_064])
@pytest.mark.parametrize("value", [0, 7])
def test_a_cleared_buffer_holds_the_value_everywhere(hook: _Hook, size: int, value: int) -> None:
    ggml = hook._ggml
    with hook.on():
        buffer = ggml.allocate(ggml.buffer_type, size)
    base = ggml.base(buffer)
    ctypes.memset(base, 1, size)
    ggml.clear(buffer, value)
    assert hook.cleared == 1
    assert ctypes.string_at(base, size) == bytes([value]) * size
    ggml.free(buffer)


def test_buffers_made_otherwise_are_left_alone(hook: _Hook) -> None:
    ggml = hook._ggml
    with hook.on():
        pass
    buffer = ggml.allocate(ggml.buffer_type, 1 << 20)
    with hook.on():
        small = ggml.allocate(ggml.buffer_type, 4096)
    for made in (buffer, small):
        ggml.clear(made, 0)
        ggml.free(made)
    assert hook.cleared == 0


def test_it_works_with_the_llama_cpp_that_is_installed(hook: _Hook) -> None:
    """If this fails after an update: ggml-backend-impl.h has moved `clear` in ggml_backend_buffer_i."""
    assert hook.works()


@pytest.mark.parametrize(("name", "value"), [("_CLEAR", 10), ("_CLEAR", 8), ("_ALLOCATE", 0)])
def test_another_place_in_the_table_is_noticed(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int
) -> None:
    Model(tiny_model).close()
    monkeypatch.setattr(zeroing, name, value)
    assert not _Hook().works()


def test_a_context_takes_memory_as_it_is_used(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """64 streams of 4,096 tokens are 67 MB of cells; the same logits come out of them as ever."""
    shape = ContextShape(64, 4096, 128, outputs=64, threads=1)
    with closing(Model(tiny_model)) as model:
        before = _resident()
        with closing(Context(model, shape)) as context:
            assert _resident() - before < 30_000_000
            ours = np.array(context.decode([Row(63, 0, [1000, 2000, 3000], 1)]))
        monkeypatch.setattr(zeroing, "_hook", None)
        with closing(Context(model, shape)) as context:
            theirs = np.array(context.decode([Row(63, 0, [1000, 2000, 3000], 1)]))
    assert np.array_equal(ours, theirs)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()
