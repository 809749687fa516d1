"""Runs in a process of their own: begun, steered, followed, stopped and waited for from others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from wideseek_cli.core.errors import NotFoundError, RecordError, RunStoppedError
from wideseek_cli.record.detached import found, join, queue, wait, wait_turn
from wideseek_cli.record.inbox import STOP, Inbox, post
from wideseek_cli.record.lock import log_of
from wideseek_cli.record.store import Store

QUESTION = "List all colleges of Ardovia with city and founding year."


def wideseek(folder: Path, *words: str, **world: str) -> subprocess.CompletedProcess[str]:
    environ = {
        **os.environ,
        "WIDESEEK_RECORD": str(folder / "r.sqlite"),
        "XDG_CONFIG_HOME": str(folder),
        **world,
    }
    command = [sys.executable, "-m", "tests.cli.scripted", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)


def test_a_detached_run_is_steered_followed_and_waited_for(tmp_path: Path) -> None:
    begun = wideseek(tmp_path, "ask", "--detach", QUESTION, "-c", "college, city", SLOW="0.2")
    assert begun.returncode == 0, begun.stderr
    run = begun.stdout.strip()
    followed = subprocess.Popen(
        [sys.executable, "-m", "tests.cli.scripted", "runs", "tail", run],
        env={**os.environ, "WIDESEEK_RECORD": str(tmp_path / "r.sqlite")},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert followed.stdout is not None
    post(tmp_path / "r.sqlite", run, "steer", "also give the motto")
    waited = wideseek(tmp_path, "runs", "wait", run)
    assert waited.returncode == 3, waited.stderr  # the motto is on no page
    lines = followed.communicate(timeout=30)[0].splitlines()
    assert run in lines[0]
    assert "run ended" in lines[-1]
    assert any("the user says: also give the motto (add column motto)" in line for line in lines)
    out = wideseek(tmp_path, "runs", "export", run, "-f", "csv").stdout
    assert out.splitlines()[0] == "college,city,motto"
    late = wideseek(tmp_path, "steer", run, "stop")
    assert late.returncode == 2
    assert f"run {run} is not running" in late.stderr


def test_stop_ends_a_detached_run_with_what_it_has(tmp_path: Path) -> None:
    run = wideseek(tmp_path, "ask", "--detach", QUESTION, WORLD="endless").stdout.strip()
    while run not in wideseek(tmp_path, "runs", "list").stdout:  # its model is still being loaded
        pass
    told = wideseek(tmp_path, "steer", run, "also give the motto")
    assert (told.returncode, told.stderr) == (0, f"told run {run}: add column motto\n")
    assert wideseek(tmp_path, "runs", "stop", run).returncode == 0
    wideseek(tmp_path, "runs", "stop", run)  # who is in a hurry; it may have ended already
    assert wideseek(tmp_path, "runs", "wait", run).returncode == 130


def test_a_detached_run_needs_the_record(tmp_path: Path) -> None:
    refused = wideseek(tmp_path, "ask", "--detach", "--no-record", QUESTION)
    assert refused.returncode == 2
    assert "--detach needs the record" in refused.stderr


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
    first = wideseek(tmp_path, "ask", "--detach", QUESTION, WORLD="endless").stdout.strip()
    begun = wideseek(tmp_path, "ask", "--detach", QUESTION)
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
