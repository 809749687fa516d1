"""A clock that somebody sets, and memory that somebody limits: no run hangs, ends early or is a traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.agents.fakeworld import COLUMNS, QUESTION, FakeSources, ListJournal, colleges, engine_for
from tests.answering import answer
from wideseek_cli.core import events as ev
from wideseek_cli.record.inbox import Inbox, post
from wideseek_cli.record.lock import place_of
from wideseek_cli.settings.config import Settings

ROOT = Path(__file__).parents[2]
DAY = 86_400.0


@pytest.mark.parametrize("jump", [DAY, -DAY])
async def test_a_clock_that_jumps_changes_no_run(jump: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """It jumps with every look: `--time` is not over, and the time at work is what it was."""
    real, looks = time.time, [0]

    def jumping() -> float:
        looks[0] += 1
        return real() + jump * looks[0]

    monkeypatch.setattr(time, "time", jumping)
    places, journal = colleges(3), ListJournal()
    settings = Settings(columns=COLUMNS, time_s=600)
    state = await answer(
        QUESTION, settings, engine=engine_for(places), sources=FakeSources(places), journal=journal
    )
    assert (state.ending, len(state.table.rows if state.table else ())) == (ev.Ending.COMPLETE, 3)
    assert 0 <= state.active_s < 60
    times = [event.at for event in journal.events if isinstance(event, ev.Event)]
    assert times == sorted(times)
    assert abs(times[-1] - real()) < 3600


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_run_can_be_stopped_after_the_clock_was_set(
    jump: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "runs.sqlite"
    place_of(record, "abc").parent.mkdir(parents=True)
    post(record, "abc", "stop", "an earlier process's")
    inbox, real = Inbox(record, "abc"), time.time
    monkeypatch.setattr(time, "time", lambda: real() + jump)
    post(record, "abc", "stop", "ours")
    assert [letter.text for letter in inbox.take()] == ["ours"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps to this limit")
@pytest.mark.parametrize("megabytes", [300, 90])
def test_too_little_memory_is_said(megabytes: int, tmp_path: Path) -> None:
    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes * 1_000_000, megabytes * 1_000_000))

    away = ("WIDESEEK_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    env = {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PLACES": "3"}
    command = [
        sys.executable,
        "-m",
        "tests.cli.scripted",
        "ask",
        QUESTION,
        "-c",
        "college, city, founded:int",
    ]
    done = subprocess.run(
        command, env=env, cwd=tmp_path, preexec_fn=limited, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in done.stderr, done.stderr
    if done.returncode:
        assert "memory" in done.stderr, done.stderr
    else:
        assert done.stdout.count("\n") == 4
