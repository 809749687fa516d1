"""The build at its true size, 8 GB of random weights. By hand: pytest -m big -s (this file)."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.models.checkpoints import QWEN3_4B, write_checkpoint
from wideseek_cli.core.gguf_header import read_header

NEEDED = 20_000_000_000  # weights, the whole GGUF, the quantised one


@pytest.mark.big
@pytest.mark.timeout(3600)
def test_four_billion_parameters_build_in_little_memory(tmp_path: Path, qwen3_folder: Path) -> None:
    if shutil.disk_usage(tmp_path).free < NEEDED:
        pytest.skip("20 GB of disk are needed")
    begun = time.monotonic()
    folder = write_checkpoint(tmp_path / "weights", qwen3_folder, QWEN3_4B, shards=3)
    written = time.monotonic() - begun
    out = tmp_path / "built.gguf"
    begun = time.monotonic()
    try:
        subprocess.run(
            [sys.executable, "-m", "wideseek_cli", "models", "build", str(folder), "-o", str(out)],
            check=True,
            env={**os.environ, "WIDESEEK_MODELS": str(tmp_path / "models")},
        )
        seconds = time.monotonic() - begun
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit
        size = out.stat().st_size
        print(
            f"\nwritten in {written:.0f} s; built in {seconds:.0f} s; peak of a process "
            f"{peak / 1e9:.1f} GB; file {size / 1e9:.2f} GB"
        )
        assert read_header(out).tensors == 398
        assert 2.4e9 < size < 2.6e9
        assert peak < 12e9
    finally:
        shutil.rmtree(folder)
