"""Computing beside other programs: how threads wait, and how many there are."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wideseek_cli.bench.burners import burners
from wideseek_cli.bench.timing import Job, run
from wideseek_cli.engine.neighbours import Neighbours, threads_beside
from wideseek_cli.engine.waiting import SPIN, set_waiting, slow_waiting
from wideseek_cli.errors import UsageError


def test_threads_wait_briefly_unless_the_user_says_how() -> None:
    ours: dict[str, str] = {}
    set_waiting(ours)
    assert ours == SPIN
    for theirs in ({"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "5"}, {"KMP_BLOCKTIME": "200"}):
        kept = dict(theirs)
        set_waiting(kept)
        assert kept == theirs


def test_the_library_is_loaded_with_it() -> None:
    """In a new process: the runtime reads its variables once, when it is loaded."""
    code = (
        "import ctypes, wideseek_cli.engine.binding\n"
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
    ("others", "most", "cores", "threads"),
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
def test_a_thread_for_each_core_that_is_left(others: float, most: int, cores: int, threads: int) -> None:
    assert threads_beside(others, most, cores) == threads


def test_without_neighbours_nothing_changes() -> None:
    assert Neighbours(1).look() == 1


async def test_more_busy_processes_than_cores_are_refused(tmp_path: object) -> None:
    with pytest.raises(UsageError, match="more than the"):
        await run(Job(__file__, beside=(os.cpu_count() or 1) + 1))  # type: ignore[arg-type]


def test_burners_end_with_the_block() -> None:
    with burners(2) as running:
        assert [process.poll() for process in running] == [None, None]
    assert all(process.returncode is not None for process in running)
