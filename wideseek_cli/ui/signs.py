"""Signs of agents and runs: each has a colour too, so that neither colour nor a good font is needed."""

from __future__ import annotations

from typing import TextIO

from wideseek_cli.core.events import Ending, Outcome, Stage
from wideseek_cli.table.signs import Mark

AGENTS = {
    Outcome.DONE: Mark("✓", "green"),
    Outcome.PARTIAL: Mark("◐", "yellow"),
    Outcome.FAILED: Mark("✗", "red"),
}
WORKING = Mark("●", "cyan")
WAITING = Mark("·", "bright_black")
ENDINGS = {
    Ending.COMPLETE: Mark("✓", "green"),
    Ending.ANSWERED: Mark("✓", "green"),
    Ending.INCOMPLETE: Mark("◐", "yellow"),
    Ending.INTERRUPTED: Mark("◐", "yellow"),
    Ending.NOTHING: Mark("✗", "red"),
    Ending.SOURCE_DOWN: Mark("✗", "red"),
    Ending.FAILED: Mark("✗", "red"),
}

STAGES = {
    Stage.ENTITIES: "rows so far, not yet checked",
    Stage.REPORTS: "from the reports, not yet checked",
    Stage.WRITTEN: "as the lead wrote it, not yet checked",
    Stage.PROVED: "checked against the pages",
    Stage.FINAL: "checked against the pages",
}


# What screens draw with, and as ASCII.
_PLAIN = str.maketrans("✓◐✗●·–≠…─│", "+~x*.-!.-|")


def plain(text: str) -> str:
    """With signs that any terminal can show."""
    return text.translate(_PLAIN)


def needs_plain(stream: TextIO) -> bool:
    """Whether the stream cannot carry the signs."""
    return "utf" not in (stream.encoding or "").lower()
