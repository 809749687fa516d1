"""Files that an output must never replace: run records, their side files, the cache, models, settings."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from wideseek_cli.core import paths
from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.text import clean_line

PROJECT_FILE = ".wideseek.toml"
RECORD_MARK = 0x57534B31  # "WSK1", SQLite's application id of our records
_SIDES = ("-wal", "-shm", "-journal")
_SQLITE = b"SQLite format 3\0"
_HINT = "name another file with -o or --events"


def check_output(
    target: str | os.PathLike[str], record: Path | None = None, inputs: Mapping[str, str] | None = None
) -> None:
    """Raise an OutputError when `target` is one of ours, by whatever link or spelling. `record` is the one
    in use; `inputs` says of other files, that this command reads, what they are."""
    path = Path(target)
    what = _kind_of(path) or next(
        (what for ours, what in _named(record, inputs or {}) if _same(path, Path(ours))), ""
    )
    if what:
        raise OutputError(f"{clean_line(str(target))} is {what}, and would be overwritten", hint=_HINT)


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two names are of one file, there already or not."""
    return _same(Path(one), Path(other))


def _named(record: Path | None, inputs: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    records = {paths.record_file()} | ({paths.expanded(record)} if record else set())
    for file in records:
        yield str(file), "the run record"
        for end in _SIDES:
            yield f"{file}{end}", "a part of the run record"
    yield str(paths.config_file()), "the file of your settings"
    if named := os.environ.get("WIDESEEK_CONFIG"):
        yield named, "the file of your settings"
    yield from inputs.items()


def _kind_of(path: Path) -> str:
    """What a file is by its name, its place or its first bytes; "" for anything that may be replaced."""
    real = Path(os.path.realpath(path))
    if PROJECT_FILE in (path.name, real.name):
        return "a file of settings"
    if real.is_relative_to(os.path.realpath(paths.cache_dir())):
        return "in the cache of pages and models"
    for end in _SIDES:
        if real.name.endswith(end) and _is_record(_head(Path(str(real).removesuffix(end)))):
            return "a part of a run record"
    head = _head(real)
    if _is_record(head):
        return "a run record"
    return "a model" if head.startswith(b"GGUF") else ""


def _head(path: Path) -> bytes:
    try:
        if not path.is_file():  # reading a pipe would take from its reader
            return b""
        with open(path, "rb") as stream:
            return stream.read(100)
    except OSError:
        return b""  # it cannot be ours if we may not read it; writing it will fail too


def _is_record(head: bytes) -> bool:
    return head.startswith(_SQLITE) and int.from_bytes(head[68:72], "big") == RECORD_MARK


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:  # one of them is not there yet
        a, b = Path(os.path.realpath(one)), Path(os.path.realpath(other))
    if a == b:
        return True
    try:  # a file system that does not tell upper case from lower
        return a.name.lower() == b.name.lower() and os.path.samefile(a.parent, b.parent) and _folds(a.parent)
    except OSError:
        return False


def _folds(folder: Path) -> bool:
    """Whether names in a folder are the same in upper and lower case."""
    swapped = folder.with_name(folder.name.swapcase())
    return swapped != folder and os.path.exists(swapped) and os.path.samefile(swapped, folder)
