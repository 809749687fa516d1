"""What this machine has for a model: memory that is free, and cores."""

from __future__ import annotations

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
    """Cores this process may use, hyperthreads counted once: a second one in a core only gets in the way."""
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # macOS
        return max(1, os.cpu_count() or 1)
    return max(1, min((len({_siblings(cpu) for cpu in allowed}), *_quotas())))


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


def _quotas() -> Iterator[int]:
    """Whole cores that a group's processor time is worth: threads beyond it halt all the others."""
    for folder in _groups(""):
        yield from _quota(folder / "cpu.max")
    for folder in _groups("cpu"):
        yield from _quota(folder / "cpu.cfs_quota_us", folder / "cpu.cfs_period_us")


def _quota(*files: Path) -> Iterator[int]:
    with suppress(OSError, ValueError):  # `max` and -1 are none
        quota, period = (int(word) for file in files for word in file.read_text("ascii").split())
        if quota > 0 < period:
            yield max(1, quota // period)


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return str(cpu)
