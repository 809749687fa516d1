"""Ctrl-C, a termination request and a closed terminal: first an orderly end, then at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from wideseek_cli.core.errors import ExitCode

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Its end is what a hurried user needs: it has to fit a line of 80 columns.
FINISHING = "ending, in about 15 s at most, with what is known; once more ends it at once"


@dataclass
class Signals:
    """How many have come. `over`: what they would end has ended, and its result is being handed over."""

    seen: int = 0
    over: bool = False
    hurried: bool = False  # the user would not wait: one came that was not the first, or after the end


@contextmanager
def interrupts(
    interrupt: Callable[[], None], say: Callable[[str], None], leave: Callable[[], None] = lambda: None
) -> Iterator[Signals]:
    """While this is entered, signals call `interrupt` in the running loop: the first for an orderly end, the
    second for an immediate one. A third ends the process, whatever it is stuck in, once `leave` has given the
    terminal back; the record is safe. Once `over` is set the first two only count. What was ignored when
    we were started (`nohup`, a job in the background) stays ignored."""
    loop = asyncio.get_running_loop()
    signals = Signals()

    def answer(first: bool) -> None:
        if signals.over:
            return
        interrupt()
        if first:
            say(FINISHING)

    def handle(number: int, where: FrameType | None) -> None:
        signals.seen += 1
        if signals.seen > 2:
            leave()
            os._exit(ExitCode.INTERRUPTED)
        signals.hurried = signals.over or signals.seen > 1
        loop.call_soon_threadsafe(answer, signals.seen == 1)

    heard = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
