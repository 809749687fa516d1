"""Signs of agents and runs: each has a colour too, so that neither colour nor a good font is needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TextIO

from wideseek_cli.core.events import Ending, Outcome, Stage
from wideseek_cli.table.signs import Mark

AGENTS = {
    Outcome.DONE: Mark("✓", "+", "green"),
    Outcome.PARTIAL: Mark("◐", "~", "yellow"),
    Outcome.FAILED: Mark("✗", "x", "red"),
}
WORKING = Mark("●", "*", "cyan")
WAITING = Mark("·", ".", "bright_black")
ENDINGS = {
    Ending.COMPLETE: Mark("✓", "+", "green"),
    Ending.ANSWERED: Mark("✓", "+", "green"),
    Ending.INCOMPLETE: Mark("◐", "~", "yellow"),
    Ending.INTERRUPTED: Mark("◐", "~", "yellow"),
    Ending.NOTHING: Mark("✗", "x", "red"),
    Ending.SOURCE_DOWN: Mark("✗", "x", "red"),
    Ending.FAILED: Mark("✗", "x", "red"),
}

STAGES = {
    Stage.ENTITIES: "rows so far, not yet checked",
    Stage.REPORTS: "from the reports, not yet checked",
    Stage.WRITTEN: "as the lead wrote it, not yet checked",
    Stage.PROVED: "checked against the pages",
    Stage.FINAL: "checked against the pages",
}


@dataclass(frozen=True)
class Glyphs:
    """Which form of the signs a terminal can show."""

    unicode: bool = True

    def of(self, mark: Mark) -> str:
        return mark.sign if self.unicode else mark.plain

    @property
    def rule(self) -> str:
        return "─" if self.unicode else "-"

    @property
    def bar(self) -> str:
        return "│" if self.unicode else "|"

    @property
    def more(self) -> str:
        return "…" if self.unicode else "."

    @property
    def dot(self) -> str:
        return " · " if self.unicode else ", "


UNICODE, ASCII = Glyphs(True), Glyphs(False)


def glyphs_of(stream: TextIO) -> Glyphs:
    """Those that the stream can carry."""
    return UNICODE if "utf" in (stream.encoding or "").lower() else ASCII
