"""What this machine has for a model: memory that is free, and cores."""

from __future__ import annotations

import os
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")
# (limit, use, the statistics' name for file pages that can be given back), cgroups v2 and v1
_GROUPS = (
    (_GROUP / "memory.max", _GROUP / "memory.current", "inactive_file"),
    (
        _GROUP / "memory/memory.limit_in_bytes",
        _GROUP / "memory/memory.usage_in_bytes",
        "total_inactive_file",
    ),
)
_USABLE = 0.75  # of all memory, where the system does not tell what is free (macOS)


def available_memory() -> int:
    """Bytes that can be had without swapping, within a container's limit. 0: not known."""
    found = (_available() or _physical(), *(_group_rest(*group) for group in _GROUPS))
    return min((size for size in found if size > 0), default=0)


def cores() -> int:
    """Cores this process may use, hyperthreads counted once: a second one in a core only gets in the way."""
    try:
        allowed = os.sched_getaffinity(0)
    except AttributeError:  # macOS
        return max(1, os.cpu_count() or 1)
    return max(1, len({_siblings(cpu) for cpu in allowed}))


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


def _group_rest(limit: Path, used: Path, reclaimable: str) -> int:
    """What a container may still take. Pages of files it has read count as used, but can be given back."""
    try:
        most = limit.read_text("ascii").strip()
        if not most.isdigit():
            return 0
        stats = used.with_name("memory.stat").read_text("ascii").split()
        cached = int(stats[stats.index(reclaimable) + 1]) if reclaimable in stats else 0
        return max(int(most) - int(used.read_text("ascii")) + cached, 1)
    except (OSError, ValueError, IndexError):
        return 0


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text("ascii").strip()
    except OSError:
        return str(cpu)
