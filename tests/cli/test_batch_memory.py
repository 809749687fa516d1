"""`wideseek batch` needs no more memory for many questions than for few. (-m slow)

`BATCH_QUESTIONS=10000 pytest -m slow tests/cli/test_batch_memory.py` takes half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
QUESTIONS = int(os.environ.get("BATCH_QUESTIONS", "600"))
WARM = 200  # questions after which all that is kept is kept
MOST_KB = 12.0  # of growth for a question; what is kept of a run is over 100


def _resident_kb(pid: int) -> int:
    """Zero when the process has ended: its last lines may be read later."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), 0))


@pytest.mark.slow
@pytest.mark.timeout(300 + QUESTIONS)
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_stays(tmp_path: Path) -> None:
    text = "List all colleges of Ardovia with city and founding year: {}"
    (tmp_path / "q.txt").write_text("".join(f"{text.format(n)}\n" for n in range(QUESTIONS)), "utf-8")
    words = ["batch", "q.txt", "-o", "out", "--columns", "college, city, founded:int", "--quiet"]
    env = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PLACES": "2"}
    command = [sys.executable, "-m", "tests.cli.scripted", *words, "--events", "-"]
    sizes: list[int] = []
    ended: set[str] = set()
    with subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if '"event": "RunEnded"' in line:
                sizes.append(_resident_kb(process.pid))
                ended.add(json.loads(line)["run"])
        assert process.stderr is not None
        said = process.stderr.read()
    assert process.returncode == 0, said[-2000:]
    tables = list((tmp_path / "out").glob("*.csv"))
    assert (len(sizes), len(ended), len(tables)) == (QUESTIONS, QUESTIONS, QUESTIONS), said[-2000:]
    last = QUESTIONS - 20  # as far as the process surely goes on
    grown = (sizes[last] - sizes[WARM]) / (last - WARM)
    print(f"{QUESTIONS} questions: {sizes[WARM]} kB, {sizes[last]} kB, {grown:.1f} kB a question")
    assert grown < MOST_KB
