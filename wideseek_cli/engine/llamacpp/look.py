"""A GGUF that nobody vouches for, opened by llama.cpp in a worker first: what aborts there aborts no run."""

from __future__ import annotations

from pathlib import Path

from wideseek_cli.core.errors import ModelFileError
from wideseek_cli.workers import Limits, TaskFailed, TaskOverran, shared

_LIMITS = Limits(seconds=60.0, cpu_s=60.0, memory=4_000_000_000)
_HINT = "download the file again, or choose another: wideseek models list"


async def look_at(path: Path) -> None:
    """Raise a ModelFileError where llama.cpp does not survive the head and the vocabulary of a file."""
    try:
        await shared().run("open_model", str(path), limits=_LIMITS)
    except TaskFailed as error:
        raise ModelFileError(f"{path} breaks llama.cpp ({error.kind})", hint=_HINT) from error
    except TaskOverran as error:
        what = f"it goes over the limit of {error.overrun.value}"
        raise ModelFileError(f"{path} cannot be opened: {what}", hint=_HINT) from error


def open_model(path: str) -> None:
    """In the worker: as a run would open it, without the weights."""
    from wideseek_cli.engine.llamacpp.binding import llama_cpp
    from wideseek_cli.engine.llamacpp.llama import LOG

    LOG.install()
    params = llama_cpp.llama_model_default_params()
    params.n_gpu_layers = 0
    params.use_extra_bufts = False  # the weights are mapped, and not copied
    handle = llama_cpp.llama_model_load_from_file(path.encode(), params)
    if handle:
        llama_cpp.llama_model_free(handle)
