"""Pictures of the live view: `python tests/ui/snapshot.py` writes those that reviewers look at."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

from rich.console import Console

from tests.ui import story
from wideseek_cli.core import events as ev
from wideseek_cli.core.state import RunState, fold
from wideseek_cli.ui.live.frame import Screen, frame

FOLDER = Path(__file__).parent.parent / "snapshots"


def moments() -> dict[str, RunState]:
    """The moments worth a picture, by name."""
    begun = fold(story.until_delegation())
    working = fold(story.subagents_at_work(), begun)
    writing = fold(story.lead_writes(), working)
    ended = fold(story.end(), writing)
    wide = fold([ev.TableChanged(ev.Stage.PROVED, story.wide_table(), at=1050.0)], working)
    return {"begun": begun, "working": working, "writing": writing, "ended": ended, "wide": wide}


def svg(state: RunState, width: int, height: int) -> str:
    """One frame as a picture."""
    console = Console(record=True, width=width, height=height, file=io.StringIO(), force_terminal=True)
    for line in frame(state, Screen(width, height, state.now)):
        console.print(line, no_wrap=True, overflow="crop", crop=True, highlight=False)
    picture = console.export_svg(title="wideseek ask", unique_id="wideseek")
    return re.sub(r"\s*@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # nothing is fetched to show it


def pictures() -> dict[str, str]:
    """File name and SVG of every picture kept."""
    shown = moments()
    return {
        f"{name}-{w}.svg": svg(state, w, h) for name, state in shown.items() for w, h in ((80, 24), (160, 40))
    }


def main(folder: Path = FOLDER) -> None:
    folder.mkdir(exist_ok=True)
    for name, text in pictures().items():
        (folder / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:2]))
