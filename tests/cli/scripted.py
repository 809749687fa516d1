"""`wideseek` as a process of its own with a scripted engine and made-up sources.

`python -m tests.cli.scripted ask …`: everything else is the program itself. The environment says how the
world behaves: PLACES (rows), SLOW (seconds of a reply), WORLD (good, nonsense, endless, stuck, heavy, deaf,
down).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from models.scripted import Play, ScriptedEngine
from tests.agents.fakeworld import FakeSources, colleges, engine_for
from tests.cli.world import put_in_place
from wideseek_cli import opening
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.record import detached

WORLD, SLOW = os.environ.get("WORLD", "good"), float(os.environ.get("SLOW", "0"))
PLACES = colleges(int(os.environ.get("PLACES", "5")))
NONSENSE = "lorem ipsum |||| <tool_call>{]</tool_call> \x1b[31m\x00 ``` | a | b "


def script() -> ScriptedEngine:
    """The engine of the world that was asked for."""
    if WORLD == "nonsense":
        return ScriptedEngine(lambda opening, turns: NONSENSE)
    if WORLD in ("endless", "stuck"):  # streams for longer than anybody would wait
        return ScriptedEngine(lambda opening, turns: Play("and so on " * 2000, seconds=600.0), piece_chars=40)
    if WORLD == "deaf":  # nothing else is heard while it goes on
        return ScriptedEngine(lambda opening, turns: time.sleep(60) or "")
    good = engine_for(PLACES)

    def slowly(begun: Opening, turns: Sequence[Turn]) -> Play:
        played = good.script(begun, turns)
        played = Play(played) if isinstance(played, str) else played
        return replace(played, seconds=played.seconds or SLOW)

    return ScriptedEngine(slowly, piece_chars=20, keep=False)


async def _never_closed(engine: opening.OpenEngine) -> None:
    """Of a model that takes long to close: it is in the middle of a pass (`stuck`), or large (`heavy`)."""
    await asyncio.sleep(60)


def begin(replace_with: Callable[[object, str, object], object]) -> None:
    """Put the world in the place of the real one: `setattr`, or that of a monkeypatch."""
    pages = FakeSources(PLACES, blocked=WORLD == "down", slow=SLOW / 4)
    put_in_place(script, lambda settings: pages, replace_with)
    if WORLD in ("stuck", "heavy"):
        opening.OpenEngine.aclose = _never_closed  # type: ignore[method-assign]


def main() -> None:
    detached.PROGRAM = (sys.executable, "-m", "tests.cli.scripted")
    begin(setattr)
    from wideseek_cli.cli.main import main as wideseek

    wideseek()


if __name__ == "__main__":
    main()
