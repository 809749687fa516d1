"""Which of two ways to compute is faster on this machine: timed at the first load, and kept.

It depends on the processor, the build of llama.cpp and the model. So it is timed on a twin of the model, for
the mix of reading and writing that a run has, and kept in the cache folder.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths
from wideseek_cli.core.errors import EngineError, OutputError
from wideseek_cli.core.machine import processor
from wideseek_cli.engine.llamacpp import twin
from wideseek_cli.engine.llamacpp.devices import device_summary
from wideseek_cli.engine.llamacpp.twin import Seconds, Setup
from wideseek_cli.export.output import write_text

READ_PER_WRITTEN = 3.5  # prompt tokens for each written one, as in a replayed run (bench/plan.py)
WORTH = 0.95  # of the time: gains under this are within what a measurement is off
_MOST_KEPT = 1 << 20  # bytes of our file; larger ones are not ours

Figures = tuple[Seconds, Seconds]  # of the one way and of the other


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why, for people."""

    on: bool
    why: str

    def __str__(self) -> str:
        return f"{'on' if self.on else 'off'}: {self.why}"


@dataclass(frozen=True)
class Timed:
    """What was found; no `figures` where `why` they are not known."""

    setup: Setup
    figures: Figures | None = None
    why: str = ""
    note: str = ""  # for the user

    @property
    def other_is_faster(self) -> bool:
        """Whether a run takes less time the other way, by more than measurements are off."""
        if self.figures is None:
            return False
        one, other = (
            READ_PER_WRITTEN * seconds.prompt / self.setup.tokens + seconds.token / self.setup.streams
            for seconds in self.figures
        )
        return other < WORTH * one

    def told(self, other: str) -> str:
        """The figures, for people."""
        if self.figures is None:
            return self.why
        one, two = self.figures
        return (
            f"measured here: {other} takes {two.prompt / one.prompt:.2f} times as long for prompts, "
            f"{two.token / one.token:.2f} times for what is written"
        )


def timed(setup: Setup, *, may_measure: bool) -> Timed:
    """What is known of both ways; without `may_measure`, which takes a second, only what was kept."""
    kept = _kept(setup)
    if kept is not None:
        return Timed(setup, kept)
    if not may_measure:
        return Timed(setup, why="until it is measured, in a second or two, at the first run")
    try:
        figures, note = _measured(setup)
    except EngineError as error:
        return Timed(setup, why=str(error))
    return Timed(setup, figures, note=note)


def kept_file() -> Path:
    """Where figures are kept."""
    return paths.cache_dir() / "timed.json"


def _key(setup: Setup) -> str:
    build = f"llama-cpp-python {version('llama-cpp-python')}, {device_summary()}"
    weights = astuple(setup.weights) if setup.weights else ()
    parts = (*astuple(setup.heads), setup.streams, setup.tokens, setup.threads, *weights)
    numbers = "/".join(map(str, parts))
    return f"{processor()}; {build}; {numbers}"


def _kept(setup: Setup) -> Figures | None:
    try:
        (a, b), (c, d) = _all_kept()[_key(setup)]
        numbers = (float(a), float(b), float(c), float(d))
    except (KeyError, TypeError, ValueError):
        return None  # never measured, or the file was written by something else: it is measured again
    return (Seconds(*numbers[:2]), Seconds(*numbers[2:])) if min(numbers) > 0 else None


def _all_kept() -> dict[str, Any]:
    try:
        with kept_file().open("rb") as file:
            found = json.loads(file.read(_MOST_KEPT))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _measured(setup: Setup) -> tuple[Figures, str]:
    """Measured now, and kept; what another process has kept meanwhile counts, so that all choose alike."""
    figures = twin.measure(setup)
    found = _kept(setup)
    if found is not None:
        return found, ""
    text = json.dumps({**_all_kept(), _key(setup): [astuple(part) for part in figures]}, indent=1)
    try:
        kept_file().parent.mkdir(parents=True, exist_ok=True)
        write_text(kept_file(), text, ours=True)
    except (OSError, OutputError):
        return figures, f"what computes faster is timed at each start: {kept_file()} cannot be written"
    return figures, ""
