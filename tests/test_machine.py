"""What is free, with and without a container around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wideseek_cli.core import machine

MEMINFO = "MemTotal: 9000 kB\nMemFree: 10 kB\nMemAvailable: 4000 kB\n"


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A system with 4,000 kB free and no container, as files."""
    (tmp_path / "meminfo").write_text(MEMINFO)
    monkeypatch.setattr(machine, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(machine, "_GROUP", tmp_path)
    monkeypatch.setattr(machine, "_OWN_GROUPS", tmp_path / "cgroup")
    return tmp_path


def _container(folder: Path, limit: str, used: int, cached: int) -> None:
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon 5\ninactive_file {cached}\nactive_file 7\n")


def test_what_the_system_has(system: Path) -> None:
    assert machine.available_memory() == 4_096_000


def test_a_container_may_have_less(system: Path) -> None:
    _container(system, "3000000", used=1_000_000, cached=0)
    assert machine.available_memory() == 2_000_000


def test_pages_of_files_that_were_read_can_be_had(system: Path) -> None:
    """After a download of gigabytes a container looks full and is not."""
    _container(system, "3000000", used=2_900_000, cached=2_500_000)
    assert machine.available_memory() == 2_600_000


def test_a_container_that_is_full_is_not_taken_for_one_without_a_limit(system: Path) -> None:
    _container(system, "3000000", used=3_000_001, cached=0)
    assert machine.available_memory() == 1


@pytest.mark.parametrize(
    ("own", "folder"),
    [
        ("0::/system.slice/job_7/step_0/task_0\n", "system.slice/job_7"),
        ("0::/system.slice/job_7\n", "system.slice/job_7"),
        ("3:cpu:/\n0::/job_7/task: odd\n", "job_7"),
        ("0::/../../job_7\n", ""),
        ("nonsense\n", ""),
    ],
)
def test_a_job_of_a_cluster_has_what_its_group_may_take(system: Path, own: str, folder: str) -> None:
    """It sees the machine's whole tree: the limit is on its own group, or on one around it."""
    (system / "cgroup").write_text(own)
    (system / folder).mkdir(parents=True, exist_ok=True)
    _container(system / folder, "3000000", used=1_000_000, cached=0)
    assert machine.available_memory() == 2_000_000


def test_the_older_kind_of_groups_has_a_tree_for_each_controller(system: Path) -> None:
    (system / "cgroup").write_text("9:cpu,cpuacct:/other\n4:memory:/slurm/job_7/step_0\n0::/\n")
    folder = system / "memory/slurm/job_7"
    folder.mkdir(parents=True)
    (folder / "memory.limit_in_bytes").write_text("3000000\n")
    (folder / "memory.usage_in_bytes").write_text("2000000\n")
    (folder / "memory.stat").write_text("total_inactive_file 500000\n")
    assert machine.available_memory() == 1_500_000


@pytest.mark.parametrize(
    ("file", "text", "cores"),
    [
        ("job/cpu.max", "200000 100000", 2),
        ("cpu.max", "250000 100000", 2),
        ("cpu.max", "50000 100000", 1),
        ("job/cpu.max", "max 100000", 8),
        ("cpu/job/cpu.cfs_quota_us", "300000", 3),
        ("cpu/job/cpu.cfs_quota_us", "-1", 8),
    ],
)
def test_a_container_with_less_time_than_cores_has_fewer_cores(
    system: Path, file: str, text: str, cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`docker --cpus 2`: more threads than that are all halted together for most of the time."""
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: range(8), raising=False)
    monkeypatch.setattr(machine, "_siblings", str)
    (system / "cgroup").write_text("2:cpuacct,cpu:/job\n0::/job\n")
    (system / file).parent.mkdir(parents=True, exist_ok=True)
    (system / file).write_text(f"{text}\n")
    (system / file).with_name("cpu.cfs_period_us").write_text("100000\n")
    assert machine.cores() == cores


@pytest.mark.parametrize("limit", ["max", "", "-1"])
def test_a_container_without_a_limit(system: Path, limit: str) -> None:
    _container(system, limit, used=1, cached=0)
    assert machine.available_memory() == 4_096_000


def test_where_nothing_is_told_it_is_most_of_all_memory(
    system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (system / "meminfo").write_text("nonsense")
    sizes = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 1000}
    monkeypatch.setattr(machine.os, "sysconf", sizes.__getitem__)
    assert machine.available_memory() == 3_072_000
    monkeypatch.setattr(machine.os, "sysconf", lambda name: int("?"))
    assert machine.available_memory() == 0


def test_hyperthreads_count_once(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    monkeypatch.setattr(machine, "_siblings", lambda cpu: f"{cpu % 2},{cpu % 2 + 2}")
    assert machine.cores() == 2
    monkeypatch.delattr(machine.os, "sched_getaffinity")
    monkeypatch.setattr(machine.os, "cpu_count", lambda: 8)
    assert machine.cores() == 8


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu_core/cpus": "0-3\n", "cpu_atom/cpus": "4-7\n"}, 4),  # Intel: 4 fast, 4 slow
        ({"cpu_core/cpus": "0,2,8-9"}, 2),  # of which we may use two
        ({"cpu_core/cpus": "8-15\n"}, 8),  # none of the fast ones is ours: the slow ones have to do
        ({"cpu_core/cpus": "nonsense"}, 8),
        ({}, 8),
        ({f"system/cpu/cpu{n}/cpu_capacity": "1024" if n < 2 else "430" for n in range(8)}, 2),  # Arm
        ({f"system/cpu/cpu{n}/cpu_capacity": "1024" if n < 2 else "870" for n in range(8)}, 8),
        ({f"system/cpu/cpu{n}/cpu_capacity": "1024" for n in range(3)}, 8),  # not told for all
        ({"system/cpu/cpu1/topology/thread_siblings_list": "0-1", "cpu_core/cpus": "0-1"}, 1),
    ],
)
def test_efficiency_cores_do_not_count_beside_fast_ones(
    files: dict[str, str], cores: int, system: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    monkeypatch.setattr(machine, "_DEVICES", system / "devices")
    siblings = {f"system/cpu/cpu{n}/topology/thread_siblings_list": str(n) for n in range(8)}
    if any("siblings" in name for name in files):
        siblings["system/cpu/cpu0/topology/thread_siblings_list"] = "0-1"
    for name, text in {**siblings, **files}.items():
        path = system / "devices" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert machine.cores() == cores


def test_what_a_groups_limit_leaves_and_what_it_has_used(system: Path) -> None:
    (system / "cgroup").write_text("3:cpu,cpuacct:/old\n0::/job\n")
    for name, text in {
        "job/cpu.max": "250000 100000",
        "job/cpu.stat": "usage_usec 7500000\nuser_usec 1\n",
        "cpu.max": "max 100000",
        "cpu/old/cpu.cfs_quota_us": "400000",
        "cpu/old/cpu.cfs_period_us": "100000",
        "cpu/old/cpuacct.usage": "3000000000\n",
    }.items():
        (system / name).parent.mkdir(parents=True, exist_ok=True)
        (system / name).write_text(text)
    assert machine.quota_uses() == [(2.5, 7.5), (4.0, 3.0)]
    (system / "job/cpu.stat").write_text("nonsense")
    assert machine.quota_uses() == [(4.0, 3.0)]


def test_a_processor_is_told_by_what_it_says_of_itself(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_CPUINFO", system / "cpuinfo")
    (system / "cpuinfo").write_text(
        "model\t: 17\nmodel name\t: Some CPU\nflags\t: a b\nmodel name\t: Other\n"
    )
    assert machine.processor().endswith(" 17 Some CPU")
    (system / "cpuinfo").unlink()
    assert machine.processor()
