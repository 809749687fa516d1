"""What is free, with and without a container around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from wideseek_cli import machine

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
