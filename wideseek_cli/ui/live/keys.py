"""What is typed while a run goes on: `s` opens a line that tells the run something."""

from __future__ import annotations

import codecs
import os
import re
import select
import signal
import termios
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from wideseek_cli.core.steering import MOST
from wideseek_cli.ui.streams import in_front

OPEN, HINT, LABEL = "s", "s: tell the run something", "tell the run: "
_PATIENCE = 1.0  # seconds for the thread, which has nothing long to do
_SEQUENCE = re.compile(r"\x1b[\[O][0-?]*[ -/]*[@-~]?")  # arrows, and what a mouse wheel sends
_ESCAPE, _CLEAR = "\x1b", "\x15"
_ERASE, _ENTER = ("\x7f", "\b"), ("\n", "\r")


@dataclass(frozen=True)
class Prompt:
    """The line that is being typed; None while there is none."""

    text: str | None = None

    def after(self, keys: str) -> tuple[Prompt, list[str]]:
        """The line after these keys, and the messages that they sent."""
        line, sent = self.text, []
        for key in _SEQUENCE.sub("", keys):
            if line is None:
                line = "" if key == OPEN else None
            elif key in _ENTER:
                sent += [line.strip()] if line.strip() else []
                line = None
            elif key == _ESCAPE:
                line = None
            elif key in _ERASE:
                line = line[:-1]
            elif key == _CLEAR:
                line = ""
            elif key.isprintable() and len(line) < MOST:
                line += key
        return Prompt(line), sent


class Keys:
    """The keyboard, key by key, read in a thread of its own between `enter` and `leave`."""

    def __init__(self, stream: TextIO, send: Callable[[str], object], changed: Callable[[], None]) -> None:
        """`send` gets a message, `changed` is called when there is another line to show; in that thread."""
        self._file, self._stream = stream.fileno(), stream
        self._send, self._changed = send, changed
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._mode: list[Any] | None = None
        self._wake = -1
        self._thread: threading.Thread | None = None
        self.prompt = Prompt()

    def enter(self) -> None:
        """Keys come one by one, unseen; signals stay signals."""
        if not in_front(self._stream) or (self._thread is not None and self._thread.is_alive()):
            return
        self.leave()  # what a thread left that lost the terminal
        try:
            self._mode = termios.tcgetattr(self._file)
            mode = termios.tcgetattr(self._file)
            mode[3] &= ~(termios.ICANON | termios.ECHO)
            termios.tcsetattr(self._file, termios.TCSANOW, mode)
        except (OSError, termios.error):  # no terminal
            self._mode = None
            return
        woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._work, args=(woken,), name="keys", daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """Give the keyboard back. Safe to call twice."""
        if self._thread is None:
            return
        os.close(self._wake)  # the thread ends, and closes the other end
        self._thread.join(_PATIENCE)
        self._thread = None
        with suppress(OSError, termios.error):
            if self._mode is not None and in_front(self._stream):
                termios.tcsetattr(self._file, termios.TCSANOW, self._mode)

    def _work(self, woken: int) -> None:
        # a read in the background must fail, not stop the process
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})
        try:
            while True:
                ready, _, _ = select.select([self._file, woken], [], [])
                if woken in ready:
                    return
                typed = os.read(self._file, 1024)
                if not typed:
                    return
                self._take(self._decoder.decode(typed))
        except OSError:
            return  # the terminal is gone, or not ours now; the run goes on
        finally:
            os.close(woken)

    def _take(self, keys: str) -> None:
        self.prompt, sent = self.prompt.after(keys)
        for message in sent:
            self._send(message)
        self._changed()
