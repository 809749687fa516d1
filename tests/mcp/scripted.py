"""`wideseek mcp` as a process whose runs have a scripted engine: `python -m tests.mcp.scripted mcp`."""

from __future__ import annotations

import sys

from wideseek_cli.cli.main import main
from wideseek_cli.mcp import starting
from wideseek_cli.record import detached

if __name__ == "__main__":
    detached.PROGRAM = (sys.executable, "-m", "tests.cli.scripted")
    starting.models_of = lambda settings: starting.Models("scripted")  # type: ignore[assignment]
    main()
