"""Make sure that a command has its model: say which, ask before a large download, show the progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wideseek_cli.core.errors import ModelMissingError
from wideseek_cli.models.choose import ModelChoice, Wanted, find, on_disk
from wideseek_cli.models.needed import Needed, needed
from wideseek_cli.models.progress import Progress
from wideseek_cli.models.registry import Registry, load_registry
from wideseek_cli.models.store import ModelStore
from wideseek_cli.ui.streams import say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


def ensure_model(
    asked: str = "", *, width: int = 10, yes: bool = False, quiet: bool = False, offline: bool = False
) -> ModelChoice:
    """The model to load, fetched first when it is small, when `yes`, or when the user says so.

    In a pipe nothing large is ever fetched, and `offline` nothing at all: that is a ModelMissingError with
    the command to run.
    """
    registry, store = load_registry(), ModelStore()
    wanted = find(asked, registry, store, width=width)
    if wanted.note and not quiet:
        say(wanted.note)
    missing = needed(wanted, registry, store)
    if missing is None:
        return on_disk(wanted, registry, store)
    if offline and not missing.made_here:
        raise ModelMissingError(
            f"{wanted.name} is not on this machine, and nothing is downloaded offline",
            hint=f"download it first: {missing.command}",
        )
    if missing.ask and not yes:
        _permit(missing)
    pull(wanted, registry, store)
    return on_disk(wanted, registry, store)


def pull(wanted: Wanted, registry: Registry, store: ModelStore) -> None:
    """Fetch what is wanted, with a progress bar on a terminal."""
    from wideseek_cli.models.authored import fetch_words
    from wideseek_cli.models.fetching.fetch import Fetcher

    with shown_progress() as progress:
        fetcher = Fetcher(store, progress)
        if wanted.entry is not None:
            fetcher.entry(registry.base_of(wanted.entry))
            fetch_words(wanted.entry, store, progress)
        else:
            fetcher.repo(wanted.repo)


def _permit(missing: Needed) -> None:
    """Ask for a large download; refuse it where nobody can be asked."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ModelMissingError(str(missing), hint=f"download it: {missing.command}   (or pass --yes)")
    sys.stderr.write(f"{missing}. Download it now? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ModelMissingError("no model, nothing to do", hint=f"later: {missing.command}")


class _Lines:
    """Progress for logs and pipes: the news, no figures."""

    def say(self, text: str) -> None:
        say(text)

    def step(self, label: str, done: int, total: int) -> None:
        """Bars are for terminals."""


class _Bars:
    """One bar per label."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def say(self, text: str) -> None:
        self._bars.console.print(text, markup=False, highlight=False)

    def step(self, label: str, done: int, total: int) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._bars.add_task(label, total=total or None)
        self._bars.update(self._tasks[label], completed=done, total=total or None)


@contextmanager
def shown_progress(*, bytes_of: bool = True) -> Iterator[Progress]:
    """Bars on a terminal, lines elsewhere; always on stderr. They count bytes, or else things."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as RichProgress

    counted = (DownloadColumn(), TransferSpeedColumn()) if bytes_of else (MofNCompleteColumn(),)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *counted,
        TimeRemainingColumn(),
    )
    with RichProgress(*columns, console=Console(stderr=True)) as bars:
        yield _Bars(bars)
