"""From a folder of safetensors to a quantised GGUF, in stages that are each kept until the end."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wideseek_cli.core.errors import BuildError, DownloadError, ModelFileError, UsageError
from wideseek_cli.core.gguf_header import read_header
from wideseek_cli.core.machine import cores
from wideseek_cli.models.fetching.files import check_space, one_writer
from wideseek_cli.models.progress import Progress

_PLAIN = ("f16", "bf16")


def check_quant(quant: str) -> None:
    """A name that can be built, or an error that lists them."""
    from wideseek_cli.models.gguf.quantize import QUANTS

    if quant.lower() not in (*_PLAIN, *QUANTS):
        raise UsageError(f"{quant!r} is not a quantisation", hint=f"one of {', '.join((*_PLAIN, *QUANTS))}")


def check_config(folder: Path) -> None:
    """Whether a checkpoint with this config.json can be built at all."""
    from wideseek_cli.models.gguf.checkpoint import read_json
    from wideseek_cli.models.gguf.convert import check_supported

    check_supported(read_json(folder / "config.json"))


def build_gguf(folder: Path, target: Path, quant: str, work: Path, progress: Progress) -> None:
    """Make `target` from the checkpoint in `folder`. A stage that an earlier run finished is kept."""
    check_quant(quant)
    quant = quant.lower()
    with _os_errors(target), one_writer(work / f"{target.name}.make.lock", progress, target.name):
        if target.is_file():
            progress.say(f"{target} is there already")
            return
        from wideseek_cli.models.gguf.checkpoint import open_checkpoint

        check_config(folder)
        checkpoint = open_checkpoint(folder)
        kind = quant.upper() if quant in _PLAIN else "BF16" if checkpoint.dtype == "BF16" else "F16"
        whole = work / f"{target.name}.{_print_of(folder)}.{kind.lower()}.gguf"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not whole.is_file():
            values = sum(weights.values for weights in checkpoint.tensors.values())
            check_space(work, 2 * values + (0 if quant in _PLAIN else values), target.name)
            from wideseek_cli.models.gguf.convert import write_gguf

            part = whole.with_name(whole.name + ".part")
            write_gguf(checkpoint, part, kind, _model_name(folder), progress)
            _settle(part, whole)
        if quant in _PLAIN:
            whole.replace(target)
            return
        _quantise(whole, target, quant, work, progress)
        whole.unlink()


def _quantise(whole: Path, target: Path, quant: str, work: Path, progress: Progress) -> None:
    from wideseek_cli.models.gguf.quantize import quantize

    part = work / f"{target.name}.part"
    quantize(whole, part, quant, cores(), progress)
    try:
        same = read_header(part).tensors == read_header(whole).tensors
    except ModelFileError as error:
        raise BuildError(f"the quantised file cannot be read back: {error}") from error
    if not same:
        part.unlink()
        raise BuildError("the quantised file is not complete", hint="run the command again")
    _settle(part, target)


def _settle(part: Path, final: Path) -> None:
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(final)


def _model_name(folder: Path) -> str:
    """The repo's own name; fetched weights lie in OWNER--NAME.REVISION.weights."""
    name = folder.resolve().name
    return name.rpartition("--")[2].rsplit(".", 2)[0] if name.endswith(".weights") else name


def _print_of(folder: Path) -> str:
    """Names the input, so that a stage kept from other weights is not taken for this one's."""
    parts = sorted(
        p for p in folder.iterdir() if p.is_file() and p.suffix in (".json", ".jinja", ".safetensors")
    )
    facts = [(p.name, p.stat().st_size, p.stat().st_mtime_ns) for p in parts]
    return hashlib.sha256(json.dumps([str(folder.resolve()), facts]).encode()).hexdigest()[:12]


@contextmanager
def _os_errors(target: Path) -> Iterator[None]:
    """A full disk or a missing permission, anywhere in a build."""
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"building {target.name} failed: {error.strerror or error}",
            hint="free some space and run the same command again; finished stages are kept",
        ) from error
