"""What every conversation of a role begins with, kept computed in the cache folder from run to run.

Instructions and tools are most of a first prompt, and the same in every run. A processor computes those of a
4B for ten seconds and more, and reads them back in a tenth of one.
"""

from __future__ import annotations

import hashlib
import threading
import zlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np

from wideseek_cli.core.errors import OutputError
from wideseek_cli.core.machine import processor
from wideseek_cli.core.paths import kept_beginnings
from wideseek_cli.engine.llamacpp.context import Blob, ContextShape
from wideseek_cli.engine.local.fit import LoadOptions
from wideseek_cli.export.output import write_file

LEAST_TOKENS = 32  # shorter ones are computed as soon as read
MOST_BYTES = 1 << 30  # of all files together; those not used for longest go first
_CHECK = 8  # bytes before the cells: a checksum, and zeros


class Beginnings:
    """A file for each beginning, named by its tokens and by all that its cells depend on."""

    def __init__(self, folder: Path, setup: str) -> None:
        """`setup`: model, build and kind of cells, as text."""
        self._folder, self._setup = folder, setup
        self._known: dict[Path, Blob | None] = {}
        self._writing: list[threading.Thread] = []

    def find(self, tokens: Sequence[int]) -> Blob | None:
        """The cells of these tokens, if an earlier run has computed them here."""
        path = self._path(tokens)
        if path not in self._known:
            self._known[path] = _read(path)
        return self._known[path]

    def lacks(self, tokens: Sequence[int]) -> bool:
        """Whether these are not kept yet."""
        return self.find(tokens) is None

    def keep(self, tokens: Sequence[int], cells: Blob) -> None:
        """Write them aside; who computes does not wait for it."""
        path = self._path(tokens)
        self._known[path] = cells
        self._writing.append(threading.Thread(target=self._write, args=(path, cells), name="beginnings"))
        self._writing[-1].start()

    def close(self) -> None:
        """Wait for what is being written."""
        for thread in self._writing:
            thread.join()
        self._known.clear()

    def _path(self, tokens: Sequence[int]) -> Path:
        key = hashlib.sha256(self._setup.encode())
        key.update(np.asarray(tokens, np.int32).tobytes())
        return self._folder / f"{key.hexdigest()[:40]}.kv"

    def _write(self, path: Path, cells: Blob) -> None:
        check = zlib.crc32(cells.data).to_bytes(_CHECK, "little")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._make_room(cells.size)
            write_file(path, lambda part: _fill(part, check, cells), ours=True)
        except (OSError, OutputError):
            return  # it is computed again next time, which is all that is lost

    def _make_room(self, size: int) -> None:
        """Delete the files that were not used for longest."""
        files = [(path.stat(), path) for path in kept_beginnings(self._folder)]
        left = sum(stat.st_size for stat, _ in files) + size
        for stat, path in sorted(files, key=lambda one: one[0].st_mtime):
            if left <= MOST_BYTES:
                return
            path.unlink(missing_ok=True)
            left -= stat.st_size


def beginnings_for(options: LoadOptions, shape: ContextShape, *, repack: bool) -> Beginnings | None:
    """Those of a model as it is loaded, told apart by all that cells depend on."""
    if options.beginnings is None:
        return None
    files = [path for path in (options.model, options.adapter) if path is not None]
    stats = [(str(path.resolve()), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    setup = (stats, version("llama-cpp-python"), processor(), shape.kv_type, shape.flash, repack)
    return Beginnings(options.beginnings, repr(setup))


def _fill(part: Path, check: bytes, cells: Blob) -> None:
    with part.open("wb") as file:
        file.write(check)
        file.write(cells.data)


def _read(path: Path) -> Blob | None:
    """A file's cells, mapped and not copied; None where there is none, or it is not whole."""
    try:
        found = np.memmap(path, np.uint8, "r")
        path.touch()
    except (OSError, ValueError):  # there is none, or an empty one
        return None
    if zlib.crc32(found[_CHECK:].data) != int.from_bytes(found[:_CHECK].tobytes(), "little"):
        return None
    return found[_CHECK:]
