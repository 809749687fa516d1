"""The live view: listens, keeps the newest state, and paints it on stderr from a thread of its own."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TextIO

from wideseek_cli.core.events import Event, moment
from wideseek_cli.core.plain import Closing
from wideseek_cli.core.state import RunState
from wideseek_cli.ui.live.frame import Screen, frame
from wideseek_cli.ui.live.keys import Keys
from wideseek_cli.ui.live.painter import Painter
from wideseek_cli.ui.streams import in_front

FASTEST = 0.125  # seconds between frames at least
SHARE = 0.015  # of one core that painting may take
SLOWEST = 1.0  # the clock moves on though nothing happens
REPAINT = 10.0  # a stray line from a library stays no longer than this


class LiveView(Closing):
    """A listener; between `start` and `stop` it owns the terminal. States are immutable, so the thread that
    paints needs no lock."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = moment) -> None:
        self._stream, self._painter = stream, Painter(stream)
        self._clock = clock
        self._state = RunState()
        self._news, self._stopping = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work, name="live view", daemon=True)
        self._old_handler: object = None
        self._suspended = False
        self._fault = ""
        self._keys: Keys | None = None
        self.seconds = 0.0  # spent on painting
        self.frames = 0

    def __call__(self, event: Event, state: RunState) -> None:
        """Keep the state; the thread shows it when its time has come."""
        self._state = state
        self._news.set()

    def __enter__(self) -> LiveView:
        self.start()
        return self

    def close(self) -> None:
        self.stop()

    def hear(self, tell: Callable[[str], object]) -> None:
        """Take messages to the run from the keyboard from now on; `tell` is called in another thread."""
        if sys.stdin is not None and sys.stdin.isatty():
            self._keys = Keys(sys.stdin, tell, self._news.set)
            self._news.set()  # with the next frame

    def start(self) -> None:
        """Take the terminal and begin to paint; without a terminal the run goes on unseen."""
        try:
            self._painter.enter()
        except (OSError, ValueError):
            return
        if threading.current_thread() is threading.main_thread():
            self._old_handler = signal.signal(signal.SIGTSTP, self._suspend)
        self._thread.start()

    def stop(self) -> None:
        """Give the terminal back. Safe to call twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._keys is not None:
            self._keys.leave()
        if self._old_handler is not None:
            signal.signal(signal.SIGTSTP, self._old_handler)  # type: ignore[arg-type]
        with suppress(OSError, ValueError):
            self._painter.leave()
            if self._fault:
                self._stream.write(f"{self._fault}\n")

    def abandon(self) -> None:
        """Give the terminal back in a process that ends now, whatever the thread that paints is at."""
        self._suspended = True
        if self._keys is not None:
            self._keys.leave()
        with suppress(OSError, ValueError):
            self._painter.abandon()

    def _work(self) -> None:
        last_full = time.monotonic()
        while not self._stopping.is_set():
            self._news.wait(SLOWEST)
            self._news.clear()
            if time.monotonic() - last_full > REPAINT:
                last_full = time.monotonic()
                self._painter.forget()
            began = time.thread_time()
            try:
                self.paint()
            except OSError:
                return  # the terminal is gone; the run goes on
            except Exception as error:  # a fault of the view must not cost the run either
                self._fault = f"the live view failed: {error!r}"
                return
            spent = time.thread_time() - began
            self.seconds += spent
            self._stopping.wait(min(max(FASTEST, spent / SHARE), 2 * SLOWEST))

    def paint(self) -> None:
        """One frame of the newest state; none while the shell has the terminal."""
        if self._suspended or not in_front(self._stream):
            return
        if not self._painter.active:
            self._painter.enter()
        if self._keys is not None:
            self._keys.enter()
        size, prompt = self._painter.size(), self._keys.prompt if self._keys is not None else None
        self._painter.paint(frame(self._state, Screen(*size, self._clock(), prompt)), size)
        self.frames += 1

    def _suspend(self, number: int, where: FrameType | None) -> None:
        """Ctrl-Z: the shell gets a normal terminal, and we take it again afterwards."""
        self._suspended = True
        if self._keys is not None:
            self._keys.leave()
        self._painter.leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._suspended = False
        self._news.set()  # in front again, the next frame takes the terminal
