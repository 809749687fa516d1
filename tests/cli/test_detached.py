"""Runs in a process of their own: begun, steered, followed, stopped and waited for from others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from wideseek_cli.cli.main import app
from wideseek_cli.core import events as ev
from wideseek_cli.core.errors import NotFoundError, RecordError, RunStoppedError, UsageError
from wideseek_cli.record.detached import in_turn, wait_turn
from wideseek_cli.record.inbox import STOP, Inbox, post
from wideseek_cli.record.lock import RunLock
from wideseek_cli.record.store import RunJournal, Store
from wideseek_cli.runs import RecordedRun, Runs

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


def found(store: Store, run: str = "aaaaaaaa1") -> RecordedRun:
    return Runs(store).find(run)


@pytest.mark.slow
def test_a_detached_run_is_steered_followed_and_waited_for(tmp_path: Path) -> None:
    begun = detached(SLOW="0.1")
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


@pytest.mark.slow
def test_stop_ends_a_detached_run_with_what_it_has() -> None:
    run = detached(WORLD="endless").stdout.strip()
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


@pytest.mark.slow
def test_detached_runs_go_one_after_the_other(tmp_path: Path) -> None:
    record = tmp_path / "r.sqlite"
    first = detached(WORLD="endless").stdout.strip()
    begun = detached()
    second = begun.stdout.strip()
    assert begun.stderr == f"run {second} waits for 1 run before it\n"
    listed = wideseek("runs", "list").stdout.splitlines()
    assert (listed[1].split()[0], listed[1].split()[3]) == (second, "queued")
    assert "List all colleges" in listed[1]
    post(record, first, STOP)
    post(record, first, STOP)
    with Store.open(record, read_only=True) as store:
        assert found(store, second).wait() == 0
        assert store.entry(first).updated < store.entry(second).started


@pytest.mark.slow
def test_a_queued_run_is_a_row_that_can_be_resumed(tmp_path: Path) -> None:
    """Its process died before its turn, with what it was asked on record."""
    record = tmp_path / "r.sqlite"
    with Store.open(record) as store:
        journal = store.journal("aaaaaaaa1")
        columns = [{"name": name, "type": "str", "key": name == "college"} for name in ("college", "city")]
        journal.commit(ev.RunQueued("aaaaaaaa1", QUESTION, {"columns": columns}))
        assert store.entry("aaaaaaaa1").state == "starting"
        assert store.queue() == ["aaaaaaaa1"]
        journal.close()
        assert store.entry("aaaaaaaa1").state == "cut_off"
        assert store.queue() == []
        with pytest.raises(RecordError, match="killed before it began"):
            found(store).wait()
    command = [sys.executable, "-m", "tests.cli.scripted", "resume", "aaaaaaaa1", "-f", "csv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, "college,city"), done.stderr
    with Store.open(record) as store:
        assert (store.entry("aaaaaaaa1").state, store.entry("aaaaaaaa1").model) == ("complete", "scripted")


def queued(store: Store, *runs: str) -> list[RunJournal]:
    journals = [store.journal(run) for run in runs]
    for journal in journals:
        journal.commit(ev.RunQueued(journal.run, "What?", {}))
    return journals


def test_a_queue_passes_over_the_dead(tmp_path: Path) -> None:
    with Store.open(tmp_path / "r.sqlite") as store:
        one, two, three = queued(store, "aaaaaaaa1", "aaaaaaaa2", "aaaaaaaa3")
        assert [entry.ahead for entry in store.runs()] == [2, 1, 0]
        two.close()
        assert store.queue() == ["aaaaaaaa1", "aaaaaaaa3"]
        pauses: list[float] = []

        def first_ends(seconds: float) -> None:
            pauses.append(seconds)
            one.close()

        wait_turn(store, "aaaaaaaa3", first_ends)
        assert len(pauses) == 1
        three.close()
        assert store.queue() == []


def test_a_run_can_be_stopped_while_it_waits(tmp_path: Path) -> None:
    record, run = tmp_path / "r.sqlite", "aaaaaaaa2"
    with Store.open(record) as store:
        first, second = queued(store, "aaaaaaaa1", run)
        with pytest.raises(RunStoppedError):
            wait_turn(store, run, lambda seconds: post(record, run, STOP))
        post(record, run, STOP)
        first.close()
        second.close()


def test_what_ends_a_run_before_it_begins_is_its_end_on_record(tmp_path: Path) -> None:
    with Store.open(tmp_path / "r.sqlite") as store:
        (journal,) = queued(store, "aaaaaaaa1")
        with pytest.raises(RunStoppedError), in_turn(store, journal):
            raise RunStoppedError("stopped")
        journal.close()
        assert found(store).wait() == 130
        again = store.journal("aaaaaaaa1")
        again.commit(ev.RunResumed())
        with pytest.raises(RecordError), in_turn(store, again):
            raise RecordError("the disk is full")
        again.close()
        assert (found(store).wait(), store.state("aaaaaaaa1").reason) == (1, "the disk is full")


def test_a_lock_is_handed_over_only_for_its_run(tmp_path: Path) -> None:
    record = tmp_path / "r.sqlite"
    lock = RunLock(record, "aaaaaaaa1")
    with pytest.raises(RecordError, match="is not the lock"):
        RunLock(record, "aaaaaaaa2", (file := lock.hand_over()))
    RunLock(record, "aaaaaaaa1", file).release()


def test_only_a_run_that_goes_on_is_told(tmp_path: Path) -> None:
    with Store.open(tmp_path / "r.sqlite") as store:
        (journal,) = queued(store, "aaaaaaaa1")
        assert found(store).steer("drop row X") == "drop row X"
        journal.close()
        for tell in (found(store).stop, lambda: found(store).steer("drop row X")):
            with pytest.raises(NotFoundError, match="is not running"):
                tell()
