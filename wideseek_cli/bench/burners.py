"""Other programs on the machine, for a timing: processes that keep a core busy each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Ends by itself when whoever started it is gone, however it went: its stdin closes.
_BURN = """
import select, sys
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(100_000): pass
"""


@contextmanager
def burners(count: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """So many processes that compute, until the block ends."""
    command = [sys.executable, "-S", "-c", _BURN]
    running = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()
