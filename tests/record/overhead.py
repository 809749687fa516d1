"""What agents, record and screen cost on a wide run: `python -m tests.record.overhead`.

A lead and 10 subagents of 20 turns, replies of some 300 tokens streamed token by token, searches and pages,
recorded in a file and shown on a terminal of 160 x 50. The engine is scripted and takes no time, so that
what is measured is all the rest; the screen is measured apart, at the pace of a model, because it costs by
the second. With `--model GGUF` a real model takes the same run, token for token as to their numbers, all
lengths times `--scale`; long contexts cost it more than short ones, so what it takes for the whole run is at
least that divided by the scale.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import json
import os
import pty
import struct
import tempfile
import termios
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from random import Random
from typing import TextIO

from models.scripted import ScriptedEngine, by_label
from tests.agents.fakeworld import COLUMNS, FakeSources, access, colleges, delegate, search, table, task_for
from tests.answering import answer
from tests.ui.snapshot import moments
from wideseek_cli.bench.ours import Ours, longest
from wideseek_cli.bench.plan import FIRST_TOKEN, LAST_TOKEN, Part, Step, WideTask
from wideseek_cli.bench.player import Timing, replay
from wideseek_cli.core import events as ev
from wideseek_cli.core.messages import Opening, Turn
from wideseek_cli.core.state import apply
from wideseek_cli.engine.local.fit import LoadOptions
from wideseek_cli.record.store import Store
from wideseek_cli.settings.config import Settings
from wideseek_cli.ui.live.screen import LiveView

SUBAGENTS, TURNS = 10, 20
FIRST_FRAME = 60.0  # seconds that the first one may take
OWN_PROMPT = 40  # tokens in which the subagents' prompts differ
PLACES = colleges(SUBAGENTS * TURNS)
THOUGHT = "<think>" + "The page names the college and its city, so the year comes next. " * 18 + "</think>\n"


def subagent(opening: Opening, turns: Sequence[Turn]) -> str:
    """Searches and reads in turn, and reports with the last one."""
    own = PLACES[int(opening.label.partition(".s")[2]) - 1 :: SUBAGENTS]
    place = own[len(turns) // 2]
    if len(turns) >= TURNS - 1:
        known = own[: TURNS // 2]
        return THOUGHT + "\n".join(f"- {p.name}: in {p.city}, founded in {p.founded}" for p in known)
    return THOUGHT + (access(place.url) if len(turns) % 2 else search(place.name))


def lead(opening: Opening, turns: Sequence[Turn]) -> str:
    """One wave, then the table."""
    if not turns:
        return THOUGHT + delegate(*(task_for(place) for place in PLACES[:SUBAGENTS]))
    found = [place for n in range(SUBAGENTS) for place in PLACES[n::SUBAGENTS][: TURNS // 2]]
    return THOUGHT + table([(place.name, place.city, place.founded) for place in found])


@contextmanager
def terminal() -> Iterator[TextIO]:
    """A pseudo-terminal of 160 x 50 that somebody reads."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    reader = threading.Thread(target=_swallow, args=(outer,), daemon=True)
    reader.start()
    with os.fdopen(inner, "w", encoding="utf-8") as stream:
        yield stream
    reader.join(timeout=5)
    os.close(outer)


def _swallow(outer: int) -> None:
    with suppress(OSError):  # the other end was closed
        while os.read(outer, 65536):
            pass


def measure(record: Path) -> dict[str, float]:
    """One run; seconds of processor time and of the clock, and what it came to."""
    os.environ.setdefault("TERM", "xterm-256color")
    engine = ScriptedEngine(by_label({"lead": lead, "w.s": subagent}), piece_chars=4)
    padding = "The college has a library, a chapel and a garden. " * 100
    sources = FakeSources(PLACES, extra={place.url: padding for place in PLACES})
    settings = Settings(columns=COLUMNS, repair=0)
    cpu, wall = time.process_time(), time.monotonic()
    with terminal() as stream, Store.open(record) as store, LiveView(stream) as view:
        state = asyncio.run(
            answer(
                "List all colleges of Ardovia.",
                settings,
                engine=engine,
                sources=sources,
                journal=store.journal("overhead"),
                listeners=[view],
            )
        )
    replies = [turn.reply for agent in state.agents.values() for turn in agent.turns]
    return {
        "cpu_seconds": time.process_time() - cpu,
        "wall_seconds": time.monotonic() - wall,
        "paint_seconds": view.seconds,
        "frames": view.frames,
        "agents": len(state.agents),
        "replies": len(replies),
        "decoded_tokens": sum(len(reply.token_ids) for reply in replies),
        "rows": len(state.table.rows) if state.table else 0,
        "record_bytes": record.stat().st_size,
    }


def same_run(record: Path, scale: float) -> WideTask:
    """What the agents of the recorded run read and wrote, as so many random tokens."""
    replies: dict[str, list[ev.Replied]] = {}
    with Store.open(record, read_only=True) as store:
        for event in store.events("overhead"):
            if isinstance(event, ev.Replied):
                replies.setdefault(event.agent, []).append(event)
    random = Random(0)

    def text(count: int) -> list[int]:
        return [random.randrange(FIRST_TOKEN, LAST_TOKEN) for _ in range(max(1, round(count * scale)))]

    def part(said: list[ev.Replied], shared: list[int]) -> Part:
        prompt = said[0].context_tokens - len(said[0].token_ids)
        steps = []
        for now, after in zip(said, [*said[1:], None], strict=True):
            heard = after.context_tokens - len(after.token_ids) - now.context_tokens if after else 0
            written = max(1, round(len(now.token_ids) * scale))
            steps.append(Step(written, text(heard) if after else ()))
        own = text(OWN_PROMPT if shared else prompt)
        return Part([*shared, *own], tuple(steps))

    lead, *others = (replies[name] for name in sorted(replies, key=lambda name: name != "lead"))
    shared = text(others[0][0].context_tokens - len(others[0][0].token_ids) - OWN_PROMPT)
    return WideTask(part(lead, []), tuple(part(said, shared) for said in others))


async def time_model(model: Path, task: WideTask) -> Timing:
    """One round on our engine; the first tokens of a fresh engine are not counted."""
    options = LoadOptions(model, width=SUBAGENTS, conversation_tokens=max(longest(task) + 64, 512))
    stage = await Ours.load(options)
    try:
        warm = await stage.enter(range(FIRST_TOKEN, FIRST_TOKEN + 32))
        await warm.write_tokens(2)
        warm.close()
        stage.reset()
        return await replay(task, stage)
    finally:
        await stage.aclose()


def measure_screen(speed: float, seconds: float) -> float:
    """The share of one core that the live view takes while so many tokens a second come. Its first frame,
    for which modules are loaded, comes once and is not counted."""
    state = moments()["wide"]
    began = before = 0.0
    with terminal() as stream, LiveView(stream) as view:
        for tick in count():
            if not began and tick > FIRST_FRAME * speed:
                raise TimeoutError("the view painted nothing")
            if not began and view.seconds:
                began, before = time.monotonic(), view.seconds
            if began and time.monotonic() - began >= seconds:
                break
            event = ev.TextCame(f"w1.s{4 + tick % 3}", f"word{tick} ")
            state = apply(state, event)
            view(event, state)
            time.sleep(1 / speed)
        return (view.seconds - before) / (time.monotonic() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--tokens-per-second", type=float, default=20.0, help="of a model, all agents together"
    )
    parser.add_argument("--model", type=Path, help="a GGUF to time the same run with, instead")
    parser.add_argument("--scale", type=float, default=0.04, help="of the model's run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "runs.sqlite"
        found = measure(record)
        found["model_seconds"] = found["decoded_tokens"] / given.tokens_per_second
        if given.model:
            timing = asyncio.run(time_model(given.model, same_run(record, given.scale)))
            found["scaled_model_seconds"] = timing.wall_s
            found["scaled_decode_tokens"] = timing.counts.decode_tokens
            found["scaled_prefill_tokens"] = timing.counts.prefill_tokens
            found["model_seconds"] = timing.wall_s / given.scale
    found["screen_share_of_a_core"] = measure_screen(found["decoded_tokens"] / found["model_seconds"], 8.0)
    cost = found["cpu_seconds"] + found["screen_share_of_a_core"] * found["model_seconds"]
    found["overhead_percent_on_one_core"] = 100 * cost / found["model_seconds"]
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
