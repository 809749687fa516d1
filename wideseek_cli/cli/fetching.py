"""Make sure that a command has its model: say which, ask before a large download, show the progress."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wideseek_cli.errors import ModelMissingError
from wideseek_cli.models.choose import ModelChoice, Wanted, find, on_disk
from wideseek_cli.models.files import gigabytes
from wideseek_cli.models.progress import Progress
from wideseek_cli.models.registry import Registry, load_registry
from wideseek_cli.models.store import ModelStore
from wideseek_cli.ui.streams import say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

ASK_ABOVE = 100_000_000


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
    try:
        return on_disk(wanted, registry, store)
    except ModelMissingError:
        if (wanted.entry is None and not wanted.repo) or _present(wanted, registry, store):
            raise
    if offline and not _can_be_made(wanted, registry, store):
        raise ModelMissingError(
            f"{wanted.name} is not on this machine, and offline nothing is fetched",
            hint=f"fetch it first: wideseek models pull {wanted.name}",
        )
    if not _can_be_made(wanted, registry, store):
        _permit(wanted, registry, yes)
    pull(wanted, registry, store)
    return on_disk(wanted, registry, store)


def _present(wanted: Wanted, registry: Registry, store: ModelStore) -> bool:
    """The weights are here; what is missing (an adapter) cannot be fetched."""
    return wanted.entry is not None and store.has(registry.base_of(wanted.entry))


def _can_be_made(wanted: Wanted, registry: Registry, store: ModelStore) -> bool:
    """What it is made of is here: nothing is fetched."""
    sources = registry.base_of(wanted.entry).sources if wanted.entry else ()
    return any(source.kind == "made" and store.has(registry.get(source.base)) for source in sources)


def pull(wanted: Wanted, registry: Registry, store: ModelStore) -> None:
    """Fetch what is wanted, with a progress bar on a terminal."""
    from wideseek_cli.models.fetch import Fetcher
    from wideseek_cli.models.words import fetch_words

    with shown_progress() as progress:
        fetcher = Fetcher(store, progress)
        if wanted.entry is not None:
            fetcher.entry(registry.base_of(wanted.entry))
            fetch_words(wanted.entry, store, progress)
        else:
            fetcher.repo(wanted.repo)


def _permit(wanted: Wanted, registry: Registry, yes: bool) -> None:
    """Let small downloads pass, ask for large ones, refuse them where nobody can be asked."""
    entry = registry.base_of(wanted.entry) if wanted.entry else None
    if yes or (entry and 0 < entry.to_fetch <= ASK_ABOVE):
        return
    what = f"{wanted.name} is not on this machine ({download_size(wanted, registry)})"
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ModelMissingError(what, hint=f"fetch it: wideseek models pull {wanted.name}   (or pass --yes)")
    sys.stderr.write(f"{what}. Fetch it now? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ModelMissingError("no model, nothing to do", hint=f"later: wideseek models pull {wanted.name}")


def download_size(wanted: Wanted, registry: Registry) -> str:
    """What fetching costs, in words."""
    if wanted.entry is None:
        return "of unknown size"
    entry = registry.base_of(wanted.entry)
    kinds = {source.kind for source in entry.sources}
    if "hub-build" not in kinds:
        return f"{gigabytes(entry.to_fetch)} to fetch"
    heavy = max(source.size for source in entry.sources)
    if kinds & {"hub-gguf", "hub-search"}:
        return (
            f"{gigabytes(entry.size)} when a ready file is published; "
            f"else {gigabytes(heavy)} of weights to build it from, {gigabytes(entry.size)} kept"
        )
    return f"{gigabytes(heavy)} to fetch, {gigabytes(entry.size)} kept"


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
