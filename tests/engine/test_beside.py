"""With a real model: other programs cost what they take, and not several times as much."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wideseek_cli.bench.timing import Job, run

pytestmark = pytest.mark.slow


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two cores")
async def test_beside_as_many_busy_processes_as_cores(smollm2: Path) -> None:
    """Fair shares make it twice as long; threads that spin, four to a hundred times as long, most rounds."""
    idle = await run(Job(smollm2, width=3, scale=0.06, repeat=2))
    busy = await run(Job(smollm2, width=3, scale=0.06, repeat=3, beside=min(2, os.cpu_count() or 1)))
    assert sorted(busy["walls_s"])[1] < 3.5 * idle["wall_s"]
