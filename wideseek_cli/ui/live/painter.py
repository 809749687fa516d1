"""A whole terminal screen, repainted line by line where it changed: nothing flickers, nothing scrolls."""

from __future__ import annotations

import io
import os
import termios
from collections.abc import Sequence
from typing import TextIO

from rich.console import Console
from rich.text import Span, Text

from wideseek_cli.ui.signs import needs_plain, plain
from wideseek_cli.ui.streams import in_front

# alternate screen, no cursor, no automatic wrap (a character wider than expected must not shift lines)
_ENTER, _LEAVE = "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[2J", "\x1b[?7h\x1b[?25h\x1b[?1049l"
# terminals that know synchronised output show a frame at once; the others ignore it
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Painter:
    """Paints frames on one terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colors = Console(file=stream, force_terminal=True).color_system
        self._size = (0, 0)
        self._shown: list[tuple[str, tuple[Span, ...]]] = []
        self._hushed = False  # what is typed does not show, by us
        self.active = False

    def size(self) -> tuple[int, int]:
        """Columns and lines now."""
        try:
            columns, lines = os.get_terminal_size(self._stream.fileno())
        except (OSError, ValueError):
            columns, lines = 80, 24
        return max(columns, 20), max(lines, 5)

    def enter(self) -> None:
        """Take the terminal. Keys (a mouse wheel sends some, too) would show on it: they wait unseen."""
        self._stream.write(_ENTER)
        self._stream.flush()
        self._shown, self.active = [], True
        self._hushed = _set_echo(self._stream, False)

    def leave(self) -> None:
        """Give it back as it was. Safe to call twice."""
        if self.active:
            self.active = False
            self._stream.write(_LEAVE)
            self._stream.flush()
            self._unhush()

    def abandon(self) -> None:
        """As `leave`, past the stream: a thread that ends with us may be writing to it."""
        if self.active:
            self.active = False
            os.write(self._stream.fileno(), _LEAVE.encode())
            self._unhush()

    def _unhush(self) -> None:
        if self._hushed:
            self._hushed = False
            _set_echo(self._stream, True)

    def paint(self, lines: Sequence[Text], size: tuple[int, int]) -> int:
        """Show a frame made for this size. Returns how many characters went out."""
        out = []
        if size != self._size:
            self._size, self._shown = size, []
            out.append("\x1b[2J")
        keys = [(line.plain, tuple(line.spans)) for line in lines[: size[1]]]
        old = self._shown
        changed = [n for n, key in enumerate(keys) if n >= len(old) or old[n] != key]
        for number, drawn in zip(changed, self._draw([lines[n] for n in changed], size), strict=True):
            out.append(f"\x1b[{number + 1};1H{drawn}\x1b[0m")
            if lines[number].cell_len < size[0]:  # in the last column it would take the last character
                out.append("\x1b[K")
        out += [f"\x1b[{number + 1};1H\x1b[K" for number in range(len(keys), len(old))]
        self._shown = keys
        if not out:
            return 0
        text = _BEGIN + "".join(out) + _END
        text = plain(text) if needs_plain(self._stream) else text
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
        return len(text)

    def forget(self) -> None:
        """Paint every line again next time: something else may have written here. Nothing is wiped before it,
        which would flicker."""
        self._shown = []

    def _draw(self, lines: Sequence[Text], size: tuple[int, int]) -> list[str]:
        """Each line with its colours as terminal codes."""
        if not lines:
            return []
        page = io.StringIO()
        console = Console(
            file=page,
            force_terminal=True,
            color_system=self._colors or None,  # type: ignore[arg-type]
            width=size[0],
            height=size[1],
            legacy_windows=False,
        )
        for line in lines:
            console.print(line, no_wrap=True, overflow="crop", crop=True, highlight=False)
        return page.getvalue().split("\n")[:-1]


def _set_echo(stream: TextIO, on: bool) -> bool:
    """Whether the terminal shows what is typed; False if nothing had to change, or not by us: in the
    background the attempt would stop the process."""
    try:
        number = stream.fileno()
        mode = termios.tcgetattr(number)
        if bool(mode[3] & termios.ECHO) is on or not in_front(stream):
            return False
        mode[3] ^= termios.ECHO
        termios.tcsetattr(number, termios.TCSANOW, mode)
    except (OSError, ValueError, termios.error):  # no terminal
        return False
    return True
