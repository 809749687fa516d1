"""Runs in a process of their own: begun, steered, followed, stopped and waited for from others."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import NotFoundError, RecordError, RunStoppedError, UsageError
from wideseek_cli.record.detached import found, join, queue, wait, wait_turn
from wideseek_cli.record.inbox import STOP, Inbox, post
from wideseek_cli.record.lock import log_of
from wideseek_cli.record.store import Store

QUESTION = "List all colleges of Ardovia with city and founding year."


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_RECORD", str(tmp_path / "r.sqlite"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def detached(**world: str) -> subprocess.CompletedProcess[str]:
    """A process that begins a run and leaves it."""
    command = [sys.executable, "-m", "tests.cli.scripted", "ask", "--detach", QUESTION, "-c", "college, city"]
    environ = {**os.environ, **world}
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def wideseek(*words: str) -> Result:
    """A command here, beside it."""
    return CliRunner().invoke(app, list(words))


def test_a_detached_run_is_steered_followed_and_waited_for(tmp_path: Path) -> None:
    begun = detached(SLOW="0.2")
    assert begun.returncode == 0, begun.stderr
    run = begun.stdout.strip()
    followed = subprocess.Popen(
        [sys.executable, "-m", "wideseek_cli", "runs", "tail", run], stdout=subprocess.PIPE, text=True
    )
    assert followed.stdout is not None
    post(tmp_path / "r.sqlite", run, "steer", "also give the motto")
    assert wideseek("runs", "wait", run).exit_code == 3  # the motto is on no page
    lines = followed.communicate(timeout=30)[0].splitlines()
    assert run in lines[0]
    assert "run ended" in lines[-1]
    assert any("the user says: also give the motto (add column motto)" in line for line in lines)
    out = wideseek("runs", "export", run, "-f", "csv").stdout
    assert out.splitlines()[0] == "college,city,motto"
    assert f"run {run} is not running" in str(wideseek("steer", run, "stop").exception)


def test_stop_ends_a_detached_run_with_what_it_has() -> None:
    run = detached(WORLD="endless").stdout.strip()
    while run not in wideseek("runs", "list").stdout:  # its model is still being loaded
        time.sleep(0.02)
    told = wideseek("steer", run, "also give the motto")
    assert (told.exit_code, told.stderr) == (0, f"told run {run}: add column motto\n")
    assert wideseek("runs", "stop", run).exit_code == 0
    wideseek("runs", "stop", run)  # who is in a hurry; it may have ended already
    assert wideseek("runs", "wait", run).exit_code == 130


def test_a_detached_run_needs_the_record() -> None:
    with pytest.raises(UsageError, match="--detach needs the record"):
        CliRunner().invoke(app, ["ask", "--detach", "--no-record", QUESTION], catch_exceptions=False)


def test_an_inbox_gives_each_message_once_and_old_stops_never(tmp_path: Path) -> None:
    record = tmp_path / "r.sqlite"
    with Store.open(record) as store:
        store.journal("abc").close()
    post(record, "abc", "stop")
    post(record, "abc", "steer", "drop row X")
    inbox = Inbox(record, "abc")
    assert [letter.text for letter in inbox.take()] == ["drop row X"]
    assert inbox.take() == []
    with open(tmp_path / "r.sqlite.locks" / "abc.inbox", "a") as stream:
        stream.write("[1]\nno json\n")
    post(record, "abc", "stop")
    assert [letter.kind for letter in inbox.take()] == ["stop"]


@pytest.mark.parametrize("run", ["../x", "a/b", "", "a.b"])
def test_a_run_id_is_no_path(tmp_path: Path, run: str) -> None:
    with pytest.raises(RecordError):
        post(tmp_path / "r.sqlite", run, "steer", "x")


def test_detached_runs_go_one_after_the_other(tmp_path: Path) -> None:
    record = tmp_path / "r.sqlite"
    first = detached(WORLD="endless").stdout.strip()
    begun = detached()
    second = begun.stdout.strip()
    assert begun.stderr == f"run {second} waits for 1 run before it\n"
    post(record, first, STOP)
    post(record, first, STOP)
    with Store.open(record, read_only=True) as store:
        assert wait(store, found(store, second)) == 0
        assert store.entry(first).updated < store.entry(second).started


def test_a_queue_forgets_the_dead_and_is_no_list_of_names(tmp_path: Path) -> None:
    record = tmp_path / "r.sqlite"
    with Store.open(record) as store:
        one, two = store.journal("aaaaaaaa1"), store.journal("aaaaaaaa2")
        join(record, "aaaaaaaa1", "What?")
        with open(tmp_path / "r.sqlite.locks" / "queue.jsonl", "a") as stream:
            stream.write('[1]\nno json\n{"run": "../../x", "question": "", "at": 0}\n')
        join(record, "aaaaaaaa2", "Where?")
        assert [(q.run, q.question) for q in queue(record)] == [
            ("aaaaaaaa1", "What?"),
            ("aaaaaaaa2", "Where?"),
        ]
        pauses: list[float] = []

        def first_ends(seconds: float) -> None:
            pauses.append(seconds)
            one.close()

        wait_turn(record, "aaaaaaaa2", first_ends)
        assert len(pauses) == 1
        two.close()
    assert queue(record) == []


def test_a_run_can_be_stopped_while_it_waits(tmp_path: Path) -> None:
    record, run = tmp_path / "r.sqlite", "aaaaaaaa2"
    with Store.open(record) as store:
        first, second = store.journal("aaaaaaaa1"), store.journal(run)
        for name in ("aaaaaaaa1", run):
            join(record, name, "What?")
        with pytest.raises(RunStoppedError):
            wait_turn(record, run, lambda seconds: post(record, run, STOP))
        second.close()
        log_of(record, run).write_text("wideseek: it was stopped\n")
        with pytest.raises(NotFoundError, match="failed to start: it was stopped"):
            wait(store, found(store, run))
        first.close()
