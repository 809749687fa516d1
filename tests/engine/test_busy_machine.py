"""Computing beside other programs: how threads wait, and how many there are."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from wideseek_cli.bench.burners import burners
from wideseek_cli.bench.timing import Job, run
from wideseek_cli.core.errors import UsageError
from wideseek_cli.engine.llamacpp import neighbours
from wideseek_cli.engine.llamacpp.neighbours import Neighbours, Reading, threads_beside
from wideseek_cli.engine.llamacpp.waiting import SPIN, set_waiting, slow_waiting


def test_threads_wait_briefly_unless_the_user_says_how() -> None:
    ours: dict[str, str] = {}
    set_waiting(ours)
    assert ours == SPIN
    for theirs in ({"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "5"}, {"KMP_BLOCKTIME": "200"}):
        kept = dict(theirs)
        set_waiting(kept)
        assert kept == theirs


@pytest.mark.slow
def test_the_library_is_loaded_with_it() -> None:
    """In a new process: the runtime reads its variables once, when it is loaded."""
    code = (
        "import ctypes, wideseek_cli.engine.llamacpp.binding\n"
        "read = ctypes.CDLL(None).getenv\nread.restype = ctypes.c_char_p\n"
        "print(read(b'GOMP_SPINCOUNT').decode())"
    )
    clean = {name: value for name, value in os.environ.items() if name not in (*SPIN, "OMP_WAIT_POLICY")}
    done = subprocess.run([sys.executable, "-c", code], env=clean, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == SPIN["GOMP_SPINCOUNT"]


@pytest.mark.parametrize(
    ("name", "value", "slow"),
    [
        ("OMP_WAIT_POLICY", "ACTIVE", True),
        ("OMP_WAIT_POLICY", "passive", False),
        ("GOMP_SPINCOUNT", "infinity", True),
        ("GOMP_SPINCOUNT", "30000000000", True),
        ("GOMP_SPINCOUNT", "1000", False),
        ("KMP_BLOCKTIME", "200", True),
        ("KMP_BLOCKTIME", "0", False),
    ],
)
def test_a_slow_setting_of_the_users_is_named(name: str, value: str, slow: bool) -> None:
    assert slow_waiting({name: value}) == (f"{name}={value}" if slow else "")


@pytest.mark.parametrize(
    ("others", "most", "cpus", "threads"),
    [
        (0.0, 2, 2, 2),
        (0.3, 2, 2, 2),
        (0.7, 2, 2, 1),
        (2.0, 2, 2, 1),
        (1.1, 8, 8, 7),
        (9.0, 8, 8, 1),
        (3.0, 4, 8, 4),
    ],
)
def test_a_thread_for_each_core_that_is_left(others: float, most: int, cpus: int, threads: int) -> None:
    """In two seconds in which we have used three of our own."""
    before = Reading(at=10.0, own=5.0, begun=0.0, machine=100.0, groups=())
    now = Reading(at=12.0, own=8.0, begun=0.0, machine=103.0 + 2 * others, groups=())
    assert threads_beside(before, now, 3.0, most, cpus) == threads


@pytest.mark.parametrize(
    ("used", "threads"),
    [
        (3.0, 3),  # we alone
        (5.0, 2),  # another program has used one core's worth of the 3
        (9.0, 1),
    ],
)
def test_a_thread_for_what_a_container_leaves(used: float, threads: int) -> None:
    """Its limit is 3 cores; the machine around it has 16, and little to do."""
    before = Reading(at=10.0, own=5.0, begun=0.0, machine=100.0, groups=((3.0, 50.0),))
    now = Reading(at=12.0, own=8.0, begun=0.0, machine=103.0, groups=((3.0, 50.0 + used),))
    assert threads_beside(before, now, 3.0, 3, 16) == threads


def test_only_processors_that_are_ours_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of four may be used; the two others are busy, and it does not matter."""
    stat, clock = tmp_path / "stat", iter([100.0, 101.0, 101.2, 102.0])
    monkeypatch.setattr(neighbours, "_STAT", stat)
    monkeypatch.setattr(neighbours, "allowed_cpus", lambda: {2, 3})
    monkeypatch.setattr(neighbours, "quota_uses", list)
    monkeypatch.setattr(neighbours, "ticks_per_second", lambda: 100)
    monkeypatch.setattr(neighbours.time, "monotonic", lambda: next(clock, 102.0))
    monkeypatch.setattr(neighbours.time, "process_time", lambda: 1.0)

    def at(*busy: int) -> None:
        lines = [f"cpu{number} {ticks} 0 0 500 9 0 0 0 0 0" for number, ticks in enumerate(busy)]
        stat.write_text("\n".join(["cpu  9 9 9 9 9 9 9 9 0 0", *lines, "intr 5", "ctxt 1"]))

    at(0, 0, 0, 0)
    beside = Neighbours(2)
    at(100, 100, 0, 0)
    clock = iter([101.0, 101.0])
    assert beside.look() == 2
    at(200, 200, 100, 0)
    clock = iter([101.2])
    assert beside.look() == 2, "too soon for another look"
    clock = iter([102.0, 102.0])
    assert beside.look() == 1


def test_workers_that_start_while_a_model_loads_take_no_core(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the first look alone: whoever works on is a neighbour."""
    stat, seconds = tmp_path / "stat", iter([0.0, 1.0, 2.0])
    monkeypatch.setattr(neighbours, "_STAT", stat)
    monkeypatch.setattr(neighbours, "allowed_cpus", lambda: {0, 1})
    monkeypatch.setattr(neighbours, "quota_uses", list)
    monkeypatch.setattr(neighbours, "ticks_per_second", lambda: 100)
    monkeypatch.setattr(neighbours, "_begun", lambda ticks: next(seconds))
    clock = [100.0]
    monkeypatch.setattr(neighbours.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(neighbours.time, "process_time", lambda: 1.0)
    threads: list[int] = []
    stat.write_text("cpu0 0 0 0 500 9 0 0 0 0 0\ncpu1 0 0 0 500 9 0 0 0 0 0")
    beside = Neighbours(2)
    for second in (1, 2):
        clock[0] = 100.0 + second
        stat.write_text(f"cpu0 {100 * second} 0 0 500 9 0 0 0 0 0\ncpu1 0 0 0 500 9 0 0 0 0 0")
        threads.append(beside.look())
    assert threads == [2, 1]


def test_work_of_processes_that_we_began_is_told() -> None:
    if not any(Path("/proc/self/task").glob("*/children")):
        pytest.skip("the system does not tell")
    before = neighbours._begun(100)
    with burners(1):
        end = time.monotonic() + 20
        while neighbours._begun(100) <= before + 0.05:
            assert time.monotonic() < end


@pytest.mark.parametrize("text", ["", "cpu 1 2", "cpu0 one two", "cpu9 1 2 3 4 5 6 7 8"])
def test_where_the_system_does_not_tell_all_threads_are_used(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neighbours, "_STAT", tmp_path / "stat")
    monkeypatch.setattr(neighbours, "allowed_cpus", lambda: {0, 1})
    (tmp_path / "stat").write_text(text)
    assert Neighbours(2).look() == 2


def test_without_neighbours_nothing_changes() -> None:
    assert Neighbours(1).look() == 1


async def test_more_busy_processes_than_cores_are_refused(tmp_path: object) -> None:
    with pytest.raises(UsageError, match="more than the"):
        await run(Job(__file__, beside=(os.cpu_count() or 1) + 1))  # type: ignore[arg-type]


def test_burners_end_with_the_block() -> None:
    with burners(2) as running:
        assert [process.poll() for process in running] == [None, None]
    assert all(process.returncode is not None for process in running)
