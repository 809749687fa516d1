"""A model that a run needs and this machine lacks, and what getting it takes."""

from __future__ import annotations

from dataclasses import dataclass

from wideseek_cli.core.errors import ModelMissingError
from wideseek_cli.models.choose import Wanted, on_disk
from wideseek_cli.models.fetching.files import gigabytes
from wideseek_cli.models.registry import Registry
from wideseek_cli.models.store import ModelStore

ASK_ABOVE = 100_000_000  # bytes: nothing larger is downloaded without asking


@dataclass(frozen=True)
class Needed:
    """`made_here`: built of files that are on this machine. `ask`: too large to download without asking."""

    wanted: Wanted
    size: str
    made_here: bool
    ask: bool

    def __str__(self) -> str:
        return f"{self.wanted.name} is not on this machine ({self.size})"

    @property
    def command(self) -> str:
        """What gets it."""
        return f"wideseek models pull {self.wanted.name}"


def needed(wanted: Wanted, registry: Registry, store: ModelStore) -> Needed | None:
    """None where it is on disk; a ModelMissingError where no download would help."""
    try:
        on_disk(wanted, registry, store)
    except ModelMissingError:
        if (wanted.entry is None and not wanted.repo) or _present(wanted, registry, store):
            raise
        entry = registry.base_of(wanted.entry) if wanted.entry else None
        made_here = _can_be_made(wanted, registry, store)
        small = entry is not None and 0 < entry.to_fetch <= ASK_ABOVE
        return Needed(wanted, download_size(wanted, registry), made_here, ask=not (made_here or small))
    return None


def _present(wanted: Wanted, registry: Registry, store: ModelStore) -> bool:
    """The weights are here; what is missing (an adapter) cannot be downloaded."""
    return wanted.entry is not None and store.has(registry.base_of(wanted.entry))


def _can_be_made(wanted: Wanted, registry: Registry, store: ModelStore) -> bool:
    """What it is made of is here: nothing is downloaded."""
    sources = registry.base_of(wanted.entry).sources if wanted.entry else ()
    return any(source.kind == "made" and store.has(registry.get(source.base)) for source in sources)


def download_size(wanted: Wanted, registry: Registry) -> str:
    """What a download costs, in words."""
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
    return f"{gigabytes(heavy)} to download, {gigabytes(entry.size)} kept"
