"""What this machine has for a model: memory that is free, and cores."""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")
_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")
# v2 ("") and v1 of control groups: (controller, limit, use, the statistics' name for file pages that can be
# given back)
_MEMORY = (
    ("", "memory.max", "memory.current", "inactive_file"),
    ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)
_FILES_OF_SQLITE = 5  # the database, its log and shared memory, and what is opened on the way
_DEVICES = Path("/sys/devices")
_FAST = 0.7  # of the fastest core's capacity
_USABLE = 0.75  # of all memory, where the system does not tell what is free (macOS)


def available_memory() -> int:
    """Bytes that can be had without swapping, within a container's limit. 0: not known."""
    groups = (_group_rest(folder, *names) for kind, *names in _MEMORY for folder in _groups(kind))
    found = (_available() or _physical(), *groups)
    return min((size for size in found if size > 0), default=0)


def no_files_left() -> bool:
    """Whether so few files may still be opened that SQLite fails, which does not say why."""
    opened: list[int] = []
    try:
        opened += (os.open(os.devnull, os.O_RDONLY) for _ in range(_FILES_OF_SQLITE))
    except OSError:
        return True
    finally:
        for handle in opened:
            os.close(handle)
    return False


def cores() -> int:
    """Cores to compute on. Threads wait for the slowest of them, so slow cores beside fast ones do not count;
    nor do second hyperthreads, which only get in the way of the first."""
    allowed = allowed_cpus()
    if not allowed:  # macOS
        return _fast_cores_of_mac() or max(1, os.cpu_count() or 1)
    return max(1, min((len({_siblings(cpu) for cpu in _fast(allowed)}), *_whole_quotas())))


def ticks_per_second() -> int:
    """Of the clock that /proc counts in; 0 where there is none."""
    try:
        return int(os.sysconf("SC_CLK_TCK"))
    except (ValueError, OSError):
        return 0


def allowed_cpus() -> set[int]:
    """The processors this process may run on; none where the system does not tell."""
    try:
        return os.sched_getaffinity(0)
    except AttributeError:
        return set()


def _fast(cpus: set[int]) -> set[int]:
    """Without efficiency cores, where there are others: Intel's kinds are listed, Arm's have a capacity."""
    with suppress(OSError, ValueError):
        listed = set(_cpu_list((_DEVICES / "cpu_core/cpus").read_text("ascii")))
        return cpus & listed or cpus
    with suppress(OSError, ValueError):
        folder = _DEVICES / "system/cpu"
        capacity = {cpu: int((folder / f"cpu{cpu}/cpu_capacity").read_text("ascii")) for cpu in cpus}
        return {cpu for cpu in cpus if capacity[cpu] >= _FAST * max(capacity.values())}
    return cpus


def _cpu_list(text: str) -> Iterator[int]:
    """The numbers of `0-3,8`."""
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _fast_cores_of_mac() -> int:
    """Performance cores of an Apple processor; 0 elsewhere."""
    try:
        libc = ctypes.CDLL(None)
        count, size = ctypes.c_int(0), ctypes.c_size_t(ctypes.sizeof(ctypes.c_int))
        name = b"hw.perflevel0.physicalcpu"
        failed = libc.sysctlbyname(name, ctypes.byref(count), ctypes.byref(size), None, ctypes.c_size_t(0))
        return 0 if failed else count.value
    except (AttributeError, OSError):
        return 0


def quota_uses() -> list[tuple[float, float]]:
    """Of each group with a limit on processor time: the cores it is worth, and the seconds used so far by all
    in the group."""
    return [(quota, used) for quota, used in _quotas() if used is not None]


def processor() -> str:
    """What this processor calls itself, to tell it from another one."""
    wanted = ("vendor_id", "cpu family", "model", "model name", "stepping", "CPU part")
    found: dict[str, str] = {}
    with suppress(OSError):
        for line in _CPUINFO.read_text("utf-8", "replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in wanted:
                found.setdefault(name.strip(), value.strip())
    return " ".join((platform.machine(), *(found.values() or [platform.processor()])))


def _available() -> int:
    try:
        for line in _MEMINFO.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return 0
    return 0


def _physical() -> int:
    try:
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") * _USABLE)
    except (ValueError, OSError):
        return 0


def _groups(controller: str) -> list[Path]:
    """The folders of the group this process is in and of those around it: each may have a limit. Inside a
    container only what is mounted is there; a job of a cluster or a service sees the machine's whole tree."""
    mount = _GROUP / controller
    path = "/"
    with suppress(OSError, ValueError):
        for line in _OWN_GROUPS.read_text("utf-8").splitlines():
            _, controllers, own = line.split(":", 2)
            if controller in controllers.split(","):
                path = own
    folder = mount / path.lstrip("/")
    return [around for around in (folder, *folder.parents) if around.is_relative_to(mount)]


def _group_rest(folder: Path, limit: str, used: str, reclaimable: str) -> int:
    """What a group may still take. Pages of files it has read count as used, but can be given back."""
    try:
        most = (folder / limit).read_text("ascii").strip()
        if not most.isdigit():
            return 0
        stats = (folder / "memory.stat").read_text("ascii").split()
        cached = int(stats[stats.index(reclaimable) + 1]) if reclaimable in stats else 0
        return max(int(most) - int((folder / used).read_text("ascii")) + cached, 1)
    except (OSError, ValueError, IndexError):
        return 0


def _whole_quotas() -> Iterator[int]:
    """Threads beyond a group's processor time halt all the others."""
    for quota, _ in _quotas():
        yield max(1, int(quota))


def _quotas() -> Iterator[tuple[float, float | None]]:
    """Cores that a group's processor time is worth, and the seconds that were used of it, where it tells."""
    for folder in _groups(""):
        for quota in _quota(folder / "cpu.max"):
            yield quota, _used(folder / "cpu.stat", "usage_usec", 1e6)
    for folder in _groups("cpu"):
        for quota in _quota(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us"):
            yield quota, _used(folder / "cpuacct.usage", "", 1e9)


def _quota(*files: Path) -> Iterator[float]:
    with suppress(OSError, ValueError):  # `max` and -1 are none
        quota, period = (int(word) for file in files for word in file.read_text("ascii").split())
        if quota > 0 < period:
            yield quota / period


def _used(file: Path, name: str, unit: float) -> float | None:
    """Seconds out of a group's statistics: behind a name, or alone in the file."""
    try:
        words = file.read_text("ascii").split()
        return int(words[words.index(name) + 1 if name else 0]) / unit
    except (OSError, ValueError, IndexError):
        return None


def _siblings(cpu: int) -> str:
    path = _DEVICES / f"system/cpu/cpu{cpu}/topology/thread_siblings_list"
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return str(cpu)
