"""`wideseek --version` and `--help` load next to nothing beside typer."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

LOADED = "print(json.dumps(sorted(sys.modules)))"
TYPER = "import json, sys, typer"
MAIN = """
import json, sys
from wideseek_cli.cli.main import main
sys.argv = ["wideseek", {flag!r}]
try:
    main()
except SystemExit:
    pass
"""
ENOUGH = {
    "wideseek_cli",
    "wideseek_cli.cli",
    "wideseek_cli.cli.lazy",
    "wideseek_cli.cli.main",
    "wideseek_cli.core",
    "wideseek_cli.core.errors",
    "wideseek_cli.core.text",
}
# parts of the standard library that cost milliseconds; small ones come and go with the versions of Python
HEAVY = {
    "asyncio",
    "concurrent",
    "ctypes",
    "email",
    "http",
    "multiprocessing",
    "sqlite3",
    "ssl",
    "urllib",
    "xml",
}


def _modules(code: str) -> set[str]:
    told = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"], capture_output=True, text=True, check=True
    )
    return set(json.loads(told.stdout.splitlines()[-1]))


@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_nothing_heavy_is_loaded(flag: str) -> None:
    more = _modules(MAIN.format(flag=flag)) - _modules(TYPER)
    assert {name for name in more if name.startswith("wideseek_cli")} <= ENOUGH
    tops = {name.split(".")[0] for name in more}
    assert tops - sys.stdlib_module_names <= {"typer", "wideseek_cli"}
    assert not tops & HEAVY


@pytest.mark.slow
@pytest.mark.parametrize("flag", ["--version", "--help"])
def test_it_starts_within_one_and_a_half_times_typer(flag: str) -> None:
    """Processor time, in pairs: what else the machine does falls on both of a pair alike."""
    command = [str(Path(sys.executable).with_name("wideseek")), flag]
    typers = [sys.executable, "-c", "import typer"]
    ratio = statistics.median(_processor_seconds(command) / _processor_seconds(typers) for _ in range(15))
    print(f"wideseek {flag}: {ratio:.2f} times import typer")
    assert ratio < 1.5


def _processor_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
