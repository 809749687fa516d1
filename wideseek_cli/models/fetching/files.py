"""Files that appear whole or not at all: space checked, one writer, contents verified, renamed at once."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wideseek_cli.core.errors import DownloadError, ModelError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.models.progress import Progress
from wideseek_cli.models.store import sha256_of

SPARE = 64_000_000  # left free on the disk


def gigabytes(size: float) -> str:
    """A size for people: 98 MB, 2.5 GB."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)} kB"
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def check_space(folder: Path, size: int, what: str) -> None:
    """Refuse before the first byte when the disk cannot hold `size` more."""
    with os_errors(what, folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if size > 0 and size + SPARE > free:
        raise DownloadError(
            f"not enough disk space for {what}: {gigabytes(size)} needed, {gigabytes(free)} free in {folder}",
            hint="free some space, or set WIDESEEK_MODELS to a folder on a larger disk",
        )


@contextmanager
def os_errors(what: str, where: Path) -> Iterator[None]:
    """Turn a full disk or a missing permission into an error of ours."""
    try:
        yield
    except OSError as error:
        hints = {
            errno.ENOSPC: "free some space and run the same command again; it continues where it stopped",
            errno.EACCES: "check the permissions, or set WIDESEEK_MODELS to another folder",
            errno.EROFS: "the disk is read-only; set WIDESEEK_MODELS to another folder",
        }
        hint = hints.get(error.errno or 0, "")
        raise DownloadError(
            f"{what}: cannot write in {where}: {error.strerror or error}", hint=hint
        ) from error


@contextmanager
def one_writer(lock: Path, progress: Progress, what: str) -> Iterator[None]:
    """Hold the lock of a file; a second process waits here. The lock goes with its process."""
    with os_errors(what, lock.parent):
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = lock.open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            progress.say(f"another process is downloading {what}; waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def publish(part: Path, target: Path, *, sha256: str, size: int, progress: Progress) -> str:
    """Verify a finished part and give it its final name. Returns its sum; what is wrong is deleted."""
    actual = part.stat().st_size
    if size and actual != size:
        part.unlink()
        raise DownloadError(f"{target.name} has {actual:,} bytes, not {size:,}; it was deleted")
    done = 0

    def tell(count: int) -> None:
        nonlocal done
        done += count
        progress.step(f"check {target.name}", done, actual)

    found = sha256_of(part, tell)
    if sha256 and found != sha256.lower():
        part.unlink()
        raise DownloadError(
            f"{target.name} has the wrong sum ({found[:12]}…, not {sha256[:12]}…); it was deleted",
            hint="download it again; if it stays wrong, the source has changed its file",
        )
    if target.suffix == ".gguf":
        try:
            read_header(part)
        except ModelError:
            part.unlink()
            raise
    with os_errors(target.name, target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    return found
