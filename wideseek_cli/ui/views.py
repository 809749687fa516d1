"""Which view fits where we run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, TextIO

from wideseek_cli.core.events import moment
from wideseek_cli.ui.plain import PlainView, QuietView
from wideseek_cli.ui.streams import in_front

if TYPE_CHECKING:  # rich is loaded only where there is a screen
    from wideseek_cli.ui.live.screen import LiveView


class View(str, Enum):
    """How much is shown on stderr while a run goes on."""

    LIVE = "live"
    PLAIN = "plain"
    QUIET = "quiet"


def choose(*, plain: bool, quiet: bool, is_terminal: bool, environ: Mapping[str, str]) -> View:
    """Quiet and plain as asked; live only on a terminal of our own that can do it and wants
    colours."""
    if quiet:
        return View.QUIET
    dumb = environ.get("TERM", "") in ("", "dumb", "unknown")
    if plain or not is_terminal or dumb or environ.get("NO_COLOR") or _is_ci(environ):
        return View.PLAIN
    return View.LIVE


def _is_ci(environ: Mapping[str, str]) -> bool:
    return environ.get("CI", "").lower() not in ("", "0", "false")


def open_view(
    *,
    plain: bool = False,
    quiet: bool = False,
    stream: TextIO | None = None,
    environ: Mapping[str, str] | None = None,
    clock: Callable[[], float] = moment,
) -> PlainView | LiveView:
    """The view for this run: a listener and a context manager."""
    stream = stream or sys.stderr
    environ = os.environ if environ is None else environ
    owned = stream.isatty() and in_front(stream)
    view = choose(plain=plain, quiet=quiet, is_terminal=owned, environ=environ)
    if view is View.LIVE:
        from wideseek_cli.ui.live.screen import LiveView

        return LiveView(stream, clock)
    return QuietView(stream) if view is View.QUIET else PlainView(stream)
