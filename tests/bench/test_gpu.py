"""The script that is kept ready for a lent GPU runs through where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import gpu


def test_the_share_of_the_memorys_speed() -> None:
    """10 agents that write 1,000 tokens a second do it in 100 passes, each over 2 GB: 200 of 1,000 GB/s."""
    figures = {
        **{"width": 10, "wall_s": 4.0, "decode_tokens": 2000, "prefill_per_s": 1.0, "decode_per_s": 1000.0},
        **{"python_share": 0.1, "sampling_share": 0.2, "against": {"wall_s": 5.0, "ratio": 0.8}},
    }
    row = gpu.row(figures, file_bytes=2_000_000_000, bandwidth=1000.0)
    assert (row["least_bandwidth_share"], row["written_per_s"], row["ratio"]) == (0.2, 500.0, 0.8)
    assert gpu.row({**figures, "against": None}, 1, 0.0)["least_bandwidth_share"] is None


def test_without_a_gpu_it_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "card", lambda: "")
    with pytest.raises(SystemExit):
        gpu.main(["--work", str(tmp_path)])
    assert "a GPU, nvcc and --source are needed" in capsys.readouterr().err


@pytest.mark.slow
def test_a_dry_run_gives_figures_for_both_widths(tmp_path: Path) -> None:
    server = os.environ.get("WIDESEEK_TEST_LLAMA_SERVER")
    command = [sys.executable, "-m", "tests.bench.gpu", "--dry-run", "--work", str(tmp_path)]
    command += ["--out", str(tmp_path / "figures.json"), *(["--server", server] if server else [])]
    subprocess.run(command, cwd=gpu.ROOT, check=True, stdout=subprocess.DEVNULL, timeout=300)
    rows = json.loads((tmp_path / "figures.json").read_text())["rows"]
    assert [row["width"] for row in rows] == [1, 4]
    assert all(row["written_per_s"] > 0 for row in rows)
    assert all((row["ratio"] is not None) == bool(server) for row in rows)
