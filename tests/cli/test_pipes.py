"""What users do to a program: pipes, full disks, no home, Ctrl-C. All end in a clear line and a code."""

from __future__ import annotations

import csv
import errno
import fcntl
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from wideseek_cli.cli import main

ROOT = Path(__file__).parents[2]
QUESTION = "List all colleges of Ardovia with city and founding year."
COLUMNS = ["--columns", "college, city, founded:int"]
ASK = ["ask", QUESTION, *COLUMNS]


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing of the machine's own is found. Streams are buffered, as for a user."""
    away = ("WIDESEEK_", "XDG_", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(away)}
    return {**kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "TERM": "dumb"}


def command(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "tests.cli.scripted", *words]


def run(words: Sequence[str], env: dict[str, str], **more: object) -> subprocess.CompletedProcess[str]:
    given = {"capture_output": True, "text": True, "timeout": 60, "check": False, "cwd": env["HOME"], **more}
    return subprocess.run(command(words), env=env, **given)  # type: ignore[call-overload]


def start(words: Sequence[str], env: dict[str, str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(command(words), env=env, cwd=env["HOME"], stdout=pipe, stderr=pipe, text=True)


def wait_until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def record_of(env: dict[str, str]) -> Path:
    return Path(env["HOME"]) / ".local/share/wideseek/runs.sqlite"


def events_in(path: Path) -> int:
    if not path.exists():
        return 0
    db = sqlite3.connect(path)
    try:
        return int(db.execute("SELECT count(*) FROM events").fetchone()[0])
    except sqlite3.OperationalError:  # it is just being made
        return 0
    finally:
        db.close()


def test_csv_on_stdout_and_nothing_else(home: dict[str, str]) -> None:
    done = run(ASK, home)
    rows = list(csv.reader(done.stdout.splitlines()))
    assert rows[0] == ["college", "city", "founded"]
    assert len(rows) == 6
    assert done.returncode == 0
    assert "run ended: complete" in done.stderr


@pytest.mark.slow
def test_head_closes_the_pipe(home: dict[str, str]) -> None:
    words = " ".join(f"'{word}'" for word in command(ASK))
    script = f"set -o pipefail; {words} 2>err | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script],
        env={**home, "PLACES": "25"},
        cwd=home["HOME"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == ["college,city,founded", "0"]
    said = (Path(home["HOME"]) / "err").read_text()
    assert "Traceback" not in said
    assert "Broken pipe" not in said


@pytest.mark.slow
def test_a_pipe_closed_before_the_result(home: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run(ASK, home, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == 0
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_nobody_listens_to_the_talk(home: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        done = run(ASK, home, capture_output=False, stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 6


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_streams_that_were_closed_before(home: dict[str, str], closed: str) -> None:
    words = " ".join(f"'{word}'" for word in command([*ASK, "-o", "t.csv"]))
    done = subprocess.run(
        ["bash", "-c", f"{words} {closed}"],
        env=home,
        cwd=home["HOME"],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert (Path(home["HOME"]) / "t.csv").read_text().startswith("college,city,founded")


@pytest.mark.slow
def test_stdout_on_a_full_disk(home: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        done = run(ASK, home, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    last = done.stderr.strip().splitlines()[-2:]
    assert done.returncode == 1
    assert "no space left on device" in last[0]
    assert "wideseek runs export" in last[1]


@pytest.mark.slow
def test_a_record_on_a_full_disk_keeps_what_was_found(home: dict[str, str]) -> None:
    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    done = run(ASK, {**home, "PLACES": "60"}, preexec_fn=small)
    assert done.returncode == 1
    assert "the disk is full" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stdout.splitlines()) > 1, "the rows that were known are written"


@pytest.mark.slow
def test_a_home_where_nothing_can_be_written(home: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    place = str(folder) if os.geteuid() else "/proc/self"  # root may write anywhere else
    done = run(ASK, {**home, "HOME": place}, cwd=tmp_path)
    assert done.returncode == 1
    assert "cannot be used" in done.stderr.splitlines()[0]
    assert "--no-record" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_without_a_record_nothing_is_written(home: dict[str, str]) -> None:
    done = run([*ASK, "--no-record"], home)
    assert done.returncode == 0
    assert not record_of(home).exists()


@pytest.mark.slow
def test_two_runs_at_once_on_one_record(home: dict[str, str]) -> None:
    both = [start(ASK, {**home, "PLACES": "25"}) for _ in range(2)]
    outs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert outs[0][0] == outs[1][0]
    listed = json.loads(run(["runs", "list", "--json"], home).stdout)
    assert [entry["state"] for entry in listed] == ["complete", "complete"]


@pytest.mark.slow
def test_a_model_that_answers_nonsense(home: dict[str, str]) -> None:
    done = run(ASK, {**home, "WORLD": "nonsense"})
    assert done.returncode in (1, 3)
    assert "Traceback" not in done.stderr
    assert not set(done.stdout + done.stderr) & {"\x1b", "\x00"}


@pytest.mark.slow
def test_a_model_that_never_stops_meets_the_time_budget(home: dict[str, str]) -> None:
    started = time.monotonic()
    done = run([*ASK, "--time", "2s"], {**home, "WORLD": "endless"})
    assert time.monotonic() - started < 15
    assert done.returncode == 1
    assert "time budget" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_source_that_is_down(home: dict[str, str]) -> None:
    done = run(ASK, {**home, "WORLD": "down"})
    assert done.returncode == 4
    assert "too many requests" in done.stderr


@pytest.mark.slow
def test_ctrl_c_ends_in_order_with_what_is_known(home: dict[str, str]) -> None:
    process = start(ASK, {**home, "PLACES": "25", "SLOW": "0.2"})
    wait_until(lambda: events_in(record_of(home)) > 60)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    rows = list(csv.reader(out.splitlines()))
    assert rows[0] == ["college", "city", "founded"]
    assert len(rows) > 1
    assert "once more ends it at once" in err
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_run_ended_with_ctrl_c_goes_on_to_the_whole_table(home: dict[str, str]) -> None:
    process = start(ASK, {**home, "PLACES": "25", "SLOW": "0.2"})
    wait_until(lambda: events_in(record_of(home)) > 60)
    process.send_signal(signal.SIGINT)
    early, _ = process.communicate(timeout=30)
    done = run(["resume"], {**home, "PLACES": "25"})
    assert done.returncode == 0, done.stderr
    assert len(early.splitlines()) < len(done.stdout.splitlines()) == 26


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_second_signal_ends_at_once(home: dict[str, str], number: signal.Signals) -> None:
    process = start(ASK, {**home, "WORLD": "stuck"})
    wait_until(lambda: events_in(record_of(home)) > 1)
    process.send_signal(number)
    time.sleep(0.3)
    pressed = time.monotonic()
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 3
    assert process.returncode == 130
    assert "nothing was known yet" in err
    assert json.loads(run(["runs", "--json"], home).stdout)[0]["state"] == "interrupted"
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.parametrize("words", [ASK, ["batch", "q.txt", "-o", "out"]])
def test_the_third_signal_leaves_the_terminal_as_it_was(home: dict[str, str], words: list[str]) -> None:
    (Path(home["HOME"]) / "q.txt").write_text(QUESTION)
    person, program = os.openpty()
    env = {**home, "TERM": "xterm", "CI": "", "WORLD": "deaf"}
    streams = {"stdin": program, "stdout": program, "stderr": program}
    process = subprocess.Popen(command(words), env=env, cwd=home["HOME"], start_new_session=True, **streams)
    os.close(program)
    shown = b""
    try:
        while b"Plan" not in shown:
            shown += os.read(person, 100_000)
        for _ in range(3):
            time.sleep(0.2)  # two at once would count as one
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 130
        with suppress(OSError):  # nobody has its other end any more
            while True:
                shown += os.read(person, 100_000)
    finally:
        process.kill()
        os.close(person)
    assert shown.endswith(b"\x1b[?1049l")


@pytest.mark.slow
def test_the_table_is_there_before_the_model_is_closed(home: dict[str, str]) -> None:
    table, told = Path(home["HOME"]) / "t.csv", Path(home["HOME"]) / "events.jsonl"
    words = [*ASK, "--no-record", "--events", str(told), "-o", str(table)]
    process = start(words, {**home, "WORLD": "heavy", "PLACES": "25", "SLOW": "0.2"})
    try:
        wait_until(lambda: told.exists() and told.read_text().count('"PageRead"') > 3)
        process.send_signal(signal.SIGINT)
        wait_until(table.exists)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)  # nobody likes to wait for what takes so long
        _, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 130
    assert table.read_text().startswith("college,city,founded")
    assert err.splitlines()[-1] == f"  written to {table}"
    assert json.loads(told.read_text().splitlines()[-1])["event"] == "RunEnded"


@pytest.mark.slow
def test_ctrl_c_while_the_table_is_written_cuts_nothing_off(home: dict[str, str]) -> None:
    told = Path(home["HOME"]) / "events.jsonl"
    words = [*ASK, "--no-record", "--format", "json", "--evidence", "--events", str(told)]
    process = start(words, {**home, "WORLD": "heavy", "PLACES": "25"})
    assert process.stdout is not None
    fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)  # less than the table, so that writing it waits
    try:
        wait_until(lambda: told.exists() and '"RunEnded"' in told.read_text())
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 130
    assert len(out) > 4096
    assert json.loads(out)
    assert "Traceback" not in err
    assert "once more ends it at once" not in err, "there is nothing left to end"


@pytest.mark.slow
def test_a_killed_run_is_listed_and_resumed(home: dict[str, str]) -> None:
    whole = run(ASK, {**home, "PLACES": "10", "HOME": home["HOME"]}).stdout
    before = events_in(record_of(home))
    process = start(ASK, {**home, "PLACES": "10", "SLOW": "1"})  # it must not end while runs are listed
    wait_until(lambda: events_in(record_of(home)) > before + 10)
    assert json.loads(run(["runs", "list", "--json"], home).stdout)[0]["state"] == "running"
    process.kill()
    process.communicate()
    assert json.loads(run(["runs", "list", "--json"], home).stdout)[0]["state"] == "cut off"
    done = run(["resume"], {**home, "PLACES": "10"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == whole
    again = run(["resume"], {**home, "PLACES": "10"})
    assert again.stdout == whole
    assert "is already finished (complete)" in again.stderr


@pytest.mark.slow
def test_the_event_stream_on_stdout(home: dict[str, str]) -> None:
    done = run([*ASK, "--events", "-", "-o", "t.csv"], home)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("RunStarted", "RunEnded")
    assert (Path(home["HOME"]) / "t.csv").read_text().startswith("college,city,founded")
    assert done.returncode == 0


@pytest.mark.slow
def test_a_reader_of_the_event_stream_may_leave(home: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [*ASK, "--events", "-", "-o", "t.csv"]
    done = run(words, home, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert done.returncode == 0
    assert "no longer written" not in done.stderr
    assert (Path(home["HOME"]) / "t.csv").read_text().startswith("college,city,founded")


@pytest.mark.slow
def test_an_event_stream_on_a_full_disk_fails_and_the_table_is_there(home: dict[str, str]) -> None:
    with open("/dev/full", "w") as full:
        words = [*ASK, "--events", "-", "-o", "t.csv"]
        done = run(words, home, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert "events were no longer written to -: No space left" in done.stderr.splitlines()[-1]
    assert (Path(home["HOME"]) / "t.csv").read_text().startswith("college,city,founded")


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, 1), (errno.ENOSPC, 1), (errno.ENAMETOOLONG, 1), (errno.ENOENT, None)]
)
def test_what_the_system_denies_to_a_library_is_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, code: int | None
) -> None:
    """`--install-completion` where the system's owner keeps ~/.bashrc, say. All else is a fault of ours."""

    def app() -> None:
        raise OSError(number, os.strerror(number), "/home/me/.bashrc")

    monkeypatch.setattr(main, "app", app)
    if code is None:
        with pytest.raises(OSError, match="bashrc"):
            main._run()
    else:
        assert main._run() == code
        assert capsys.readouterr().err == f"wideseek: /home/me/.bashrc: {os.strerror(number).lower()}\n"


@pytest.mark.slow
@pytest.mark.parametrize("words", [["config", "show"], ["--help"]])
def test_a_listing_on_a_full_disk(home: dict[str, str], words: list[str]) -> None:
    with open("/dev/full", "w") as full:
        done = run(words, home, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == "wideseek: cannot write: no space left on device\n"


@pytest.mark.slow
def test_ctrl_c_in_a_batch_is_answered_and_the_same_command_goes_on(home: dict[str, str]) -> None:
    folder = Path(home["HOME"])
    (folder / "q.txt").write_text(f"{QUESTION}\nList the colleges of Ardovia.\n")
    words = ["batch", "q.txt", "-o", "out", *COLUMNS, "--jobs", "2", "--events", "events.jsonl"]
    process = start(words, {**home, "PLACES": "25", "SLOW": "0.2"})
    wait_until(lambda: events_in(record_of(home)) > 60)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "once more ends it at once" in err
    assert err.splitlines()[-1] == "interrupted; rerun the same command to continue"
    told = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    assert len({event["run"] for event in told}) == 2
    assert run(words, {**home, "PLACES": "25"}).returncode == 0
    tables = [path.read_text() for path in (folder / "out").glob("*.csv")]
    assert [len(table.splitlines()) for table in tables] == [26, 26]


@pytest.mark.slow
def test_the_second_ctrl_c_ends_a_batch_at_once(home: dict[str, str]) -> None:
    (Path(home["HOME"]) / "q.txt").write_text(f"{QUESTION}\nList the colleges of Ardovia.\n")
    process = start(["batch", "q.txt", "-o", "out", "--jobs", "2"], {**home, "WORLD": "stuck"})
    wait_until(lambda: events_in(record_of(home)) > 3)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - pressed < 3
    assert process.returncode == 130
    assert err.splitlines()[-1] == "interrupted; rerun the same command to continue"


@pytest.mark.slow
def test_batch_answers_all_and_the_second_time_nothing_is_asked(home: dict[str, str]) -> None:
    folder = Path(home["HOME"])
    (folder / "q.txt").write_text(f"{QUESTION}\n# no question\nList the colleges of Ardovia.\n")
    words = ["batch", "q.txt", "-o", "out", *COLUMNS, "--jobs", "2"]
    first = run(words, home)
    assert first.returncode == 0, first.stderr
    tables = sorted(path.name for path in (folder / "out").glob("*.csv"))
    assert len(tables) == 2
    assert "[2/2] complete, 5 rows" in first.stderr
    before = events_in(record_of(home))
    again = run(words, home)
    assert again.returncode == 0
    assert again.stderr.count("(done before)") == 2
    assert events_in(record_of(home)) == before


@pytest.mark.slow
def test_replay_needs_nothing_but_the_record(home: dict[str, str]) -> None:
    asked = run(ASK, home)
    done = run(["replay", "--speed", "1000"], {**home, "WORLD": "down"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == asked.stdout
    assert "run ended: complete" in done.stderr
