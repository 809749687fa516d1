"""How much memory a model may have here."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_MEMINFO = Path("/proc/meminfo")
_CGROUPS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)


def available_memory() -> int:
    """Bytes a new process can use: what the system has free, within a container's limit. 0: unknown."""
    found = [size for size in (_system(), *(_group(*pair) for pair in _CGROUPS)) if size > 0]
    return min(found, default=0)


def _system() -> int:
    if sys.platform == "darwin":
        return _darwin()
    try:
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return 0
    return 0


def _darwin() -> int:
    # macOS keeps little memory free on purpose; three quarters of all is what Metal may take, too.
    try:
        answer = subprocess.run(["sysctl", "-n", "hw.memsize"], capture_output=True, text=True, check=True)
        return int(answer.stdout) * 3 // 4
    except (OSError, ValueError, subprocess.CalledProcessError):
        return 0


def _group(limit: Path, used: Path) -> int:
    try:
        most = limit.read_text().strip()
        return 0 if most == "max" else max(int(most) - int(used.read_text()), 1)
    except (OSError, ValueError):
        return 0


def cores() -> int:
    """Processors this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
