"""Opening the page in the user's browser."""

from __future__ import annotations

import os
import sys
import tempfile
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path


def has_screen(environ: Mapping[str, str]) -> bool:
    """Whether a browser has somewhere to open; a text browser would take over the terminal."""
    return sys.platform == "darwin" or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


@contextmanager
def opened(address: str) -> Iterator[bool]:
    """Open the address, and say whether a browser took it.

    Other users of this machine can read a browser's command line, so the token is not on it: the browser
    gets a file that only its owner can read, and that leads on.
    """
    with tempfile.TemporaryDirectory(prefix="wideseek-") as folder:
        file = Path(folder) / "open.html"
        file.touch(0o600)
        safe = escape(address)
        file.write_text(
            f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={safe}">'
            f'<title>wideseek</title><p><a href="{safe}">Go on to wideseek</a></p>\n',
            encoding="utf-8",
        )
        yield has_screen(os.environ) and webbrowser.open(file.as_uri())
