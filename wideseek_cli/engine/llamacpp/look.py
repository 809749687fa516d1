"""A GGUF that nobody vouches for, opened by llama.cpp in a worker first: what aborts there aborts no run.

That it went well is kept in the cache folder: an unchanged file is opened once for a build of llama.cpp."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from wideseek_cli.core import paths
from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.workers import Limits, TaskFailed, TaskOverran, shared

_LIMITS = Limits(seconds=60.0, cpu_s=60.0, memory=4_000_000_000)
_HINT = "download the file again, or choose another: wideseek models list"


async def look_at(path: Path) -> None:
    """Raise a ModelFileError where llama.cpp does not survive the head and the vocabulary of a file."""
    if was_sound(path):
        return
    try:
        await shared().run("open_model", str(path), limits=_LIMITS)
    except TaskFailed as error:
        raise ModelFileError(f"{path} breaks llama.cpp ({error.kind})", hint=_HINT) from error
    except TaskOverran as error:
        what = f"it goes over the limit of {error.overrun.value}"
        raise ModelFileError(f"{path} cannot be opened: {what}", hint=_HINT) from error
    with suppress(OSError):  # then it is opened in a worker again next time
        mark = _mark(path)
        mark.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        mark.touch()


def was_sound(path: Path) -> bool:
    """Whether this very file was opened without harm before; one that cannot be looked at was not."""
    try:
        return _mark(path).exists()
    except OSError:
        return False


def _mark(path: Path) -> Path:
    found = path.stat()
    file = (str(path.resolve()), found.st_size, found.st_mtime_ns, found.st_ino, version("llama-cpp-python"))
    return paths.cache_dir() / "sound" / hashlib.sha256(repr(file).encode()).hexdigest()[:40]


def open_model(path: str) -> None:
    """In the worker: as a run would open it, without the weights."""
    from wideseek_cli.engine.llamacpp.binding import llama_cpp
    from wideseek_cli.engine.llamacpp.llama import LOG, load_weights

    LOG.install()
    if handle := load_weights(Path(path), gpu_layers=0, repack=False):
        llama_cpp.llama_model_free(handle)
