"""Kills a run of a real model at many moments and lets each go on: the table must be the whole run's.

`python -m tests.record.killed_model FOLDER [--model demo] [--times 20] [--question "…"]`
"""

from __future__ import annotations

import argparse
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

QUESTION = "List the countries of Central Asia with capital."
ROOT = Path(__file__).parents[2]
MOST_S = 1800.0


class Shop:
    """The commands, all with records of their own in one folder."""

    def __init__(self, folder: Path, model: str, question: str) -> None:
        self.folder, self.model, self.question = folder, model, question

    def record(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite"

    def ask(self, name: str) -> list[str]:
        options = ["-m", self.model, "-s", "factbook", "--offline", "--seed", "1", "--temperature", "0"]
        return self._command("ask", self.question, *options, "--width", "3", *self._given(name))

    def resume(self, name: str) -> list[str]:
        return self._command("resume", *self._given(name))

    def _given(self, name: str) -> list[str]:
        return ["--record", str(self.record(name)), "-f", "csv", "--evidence", "--quiet"]

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "wideseek_cli", *words]

    def events(self, name: str) -> int:
        """How many are in the record; it may not be there yet."""
        if not self.record(name).exists():
            return 0
        with closing(sqlite3.connect(f"file:{self.record(name)}?mode=ro", uri=True)) as db:
            try:
                return int(db.execute("SELECT count(*) FROM events").fetchone()[0])
            except sqlite3.OperationalError:
                return 0


def finished(command: list[str]) -> str:
    """What a command writes."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=MOST_S, check=False)
    if done.returncode not in (0, 3):
        raise SystemExit(f"{' '.join(command)}\n{done.stderr}")
    return done.stdout


def killed_at(shop: Shop, name: str, events: int) -> int:
    """Start a run and kill it once it has so many events; how many it had."""
    with subprocess.Popen(
        shop.ask(name), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        end = time.monotonic() + MOST_S
        while process.poll() is None and shop.events(name) < events and time.monotonic() < end:
            time.sleep(0.02)
        process.kill()
    return shop.events(name)


def main() -> None:
    """Kill and go on; exit code 1 where a table differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="demo")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--question", default=QUESTION)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    shop, began = Shop(given.folder, given.model, given.question), time.monotonic()
    whole = finished(shop.ask("whole"))
    total, same = shop.events("whole"), 0
    print(f"whole: {total} events, {time.monotonic() - began:.0f} s\n{whole}", flush=True)
    for number in range(1, given.times + 1):
        name = f"killed-{number}-{os.getpid()}"
        had = killed_at(shop, name, total * number // (given.times + 1))
        table = finished(shop.resume(name))
        same += table == whole
        print(f"killed after {had} of {total} events: {'the same' if table == whole else table}", flush=True)
    print(f"{same} of {given.times} the same")
    sys.exit(same != given.times)


if __name__ == "__main__":
    main()
