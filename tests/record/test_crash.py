"""Runs that are killed at random moments go on to the same table, and nothing is done twice."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=[25])
def reports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[dict[str, object]]:
    folder, seed, kills = tmp_path_factory.mktemp("crash"), random.randrange(10**6), request.param
    script = [sys.executable, "-m", "tests.record.crashing", str(folder), str(seed), str(kills)]
    done = subprocess.run(
        script, capture_output=True, text=True, timeout=110, cwd=Path(__file__).parents[2], check=False
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == kills + 1, f"seed {seed}: {done.stderr}"
    print(f"seed {seed}; events when killed: {[report['events'][0] for report in found[1:]]}")
    return found


def test_most_were_really_cut_in_the_middle(reports: list[dict[str, object]]) -> None:
    whole, *killed = reports
    cut = [r["events"][0] for r in killed if r["killed"]]
    assert len(cut) >= len(killed) // 2
    assert sum(5 < number < whole["events"] - 5 for number in cut) >= len(killed) // 5, cut


def test_each_goes_on_to_the_same_table(reports: list[dict[str, object]]) -> None:
    whole, *killed = reports
    assert len(whole["table"]) == 25
    for report in killed:
        assert report["code"] == 0
        assert report["table"] == whole["table"]


def test_nothing_finished_is_done_again(reports: list[dict[str, object]]) -> None:
    assert [done for report in reports[1:] for done in report["repeated"]] == []


def test_what_was_recorded_stays_and_the_file_is_sound(reports: list[dict[str, object]]) -> None:
    for report in reports[1:]:
        assert report["kept"]
        assert report["integrity"] == ["ok", "ok"]
