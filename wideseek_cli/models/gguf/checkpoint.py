"""Safetensors checkpoints, read a piece at a time: what is in them, and the numbers of one tensor."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from wideseek_cli.core.errors import BuildError

Array = np.ndarray[Any, Any]
WHOLE = "model.safetensors"  # a checkpoint in one file
_PIECE = 1 << 24  # values read at a time
_MAX_HEADER = 100_000_000  # what the format allows
_MAX_JSON = 64_000_000
_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_WIDEST_F16 = 65504.0


@dataclass(frozen=True)
class Weights:
    """One tensor: where its bytes are and what they mean."""

    name: str
    file: Path
    start: int
    dtype: str
    shape: tuple[int, ...]

    @property
    def values(self) -> int:
        return math.prod(self.shape)

    def read(self, kind: str) -> Array:
        """The tensor as F32, F16 or BF16 (its bits, as uint16); no more than itself is in memory."""
        out = np.empty(self.values, dtype="<f4" if kind == "F32" else "<f2" if kind == "F16" else "<u2")
        done = 0
        for piece in self._pieces():
            out[done : done + len(piece)] = _convert(piece, self.dtype, kind, self.name)
            done += len(piece)
        return out.reshape(self.shape)

    def _pieces(self) -> Iterator[Array]:
        stored = np.dtype({"F32": "<f4", "F16": "<f2", "BF16": "<u2"}[self.dtype])
        left = self.values
        with self.file.open("rb") as file:
            file.seek(self.start)
            while left:
                piece = np.fromfile(file, dtype=stored, count=min(left, _PIECE))
                if not len(piece):
                    raise BuildError(f"{self.file.name} is cut off", hint="download it again")
                left -= len(piece)
                yield piece


@dataclass(frozen=True)
class Checkpoint:
    """A folder with config.json, a tokenizer and safetensors."""

    folder: Path
    config: Mapping[str, Any]
    tensors: Mapping[str, Weights]

    @property
    def dtype(self) -> str:
        """The type of most matrices."""
        kinds = [t.dtype for t in self.tensors.values() if len(t.shape) > 1]
        return max(set(kinds), key=kinds.count) if kinds else "F32"


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read the heads of all files; nothing is loaded."""
    config = read_json(folder / "config.json")
    index = folder / "model.safetensors.index.json"
    listed = read_json(index).get("weight_map") if index.is_file() else None
    listed = listed if isinstance(listed, dict) else {}
    files = _files(folder, set(map(str, listed.values())))
    if not files:
        raise BuildError(f"{folder} has no safetensors files")
    tensors: dict[str, Weights] = {}
    for tensor in chain.from_iterable(map(_head, files)):
        if tensor.name in tensors:
            both = f"{tensors[tensor.name].file.name} and in {tensor.file.name}"
            raise BuildError(f"{tensor.name} is in {both}", hint="keep only the files of one checkpoint")
        tensors[tensor.name] = tensor
    absent = set(listed) - set(tensors)
    if absent:
        raise BuildError(
            f"{len(absent)} tensors are missing ({sorted(absent)[0]} …)",
            hint="a shard was not downloaded; run the command again",
        )
    return Checkpoint(folder, config, tensors)


def _files(folder: Path, listed: Set[str]) -> list[Path]:
    """Its one file, else those that its index lists, else all: others may lie there that are not its own."""
    found = sorted(folder.glob("*.safetensors"))
    for own in ({WHOLE}, listed):
        if any(file.name in own for file in found):
            return [file for file in found if file.name in own]
    return found


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file of reasonable size."""
    try:
        if path.stat().st_size > _MAX_JSON:
            raise BuildError(f"{path.name} is too large to be what it should be")
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BuildError(f"{path.parent} has no {path.name}") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BuildError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise BuildError(f"{path.name} is not a JSON object")
    return data


def _head(file: Path) -> Iterator[Weights]:
    """The tensors of one file; every claim of its header is checked against the file."""
    size = file.stat().st_size
    with file.open("rb") as handle:
        length = int.from_bytes(handle.read(8), "little")
        if not 2 <= length <= min(_MAX_HEADER, size - 8):
            raise BuildError(f"{file.name} is not a safetensors file, or is cut off")
        try:
            head = json.loads(handle.read(length))
        except (ValueError, RecursionError) as error:
            raise BuildError(f"{file.name} has a damaged header") from error
    base = 8 + length
    for name, raw in head.items() if isinstance(head, dict) else ():
        if name == "__metadata__":
            continue
        try:
            dtype, shape = str(raw["dtype"]), tuple(int(n) for n in raw["shape"])
            begin, end = (int(n) for n in raw["data_offsets"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise BuildError(f"{file.name}: {name} is described wrongly") from error
        if dtype not in _BYTES:
            raise BuildError(f"{name} has the type {dtype}; only F32, F16 and BF16 weights can be built from")
        if min(shape, default=1) < 0 or begin < 0 or end - begin != math.prod(shape) * _BYTES[dtype]:
            raise BuildError(f"{file.name}: {name} is described wrongly")
        if base + end > size:
            raise BuildError(f"{file.name} is cut off", hint="download it again")
        yield Weights(name, file, base + begin, dtype, shape)


def _convert(piece: Array, have: str, want: str, name: str) -> Array:
    if have == want:
        return piece
    wide = (piece.astype("<u4") << 16).view("<f4") if have == "BF16" else piece.astype("<f4")
    if want == "F32":
        return wide
    if want == "F16":
        if np.abs(wide).max(initial=0.0) > _WIDEST_F16:
            raise BuildError(
                f"{name} has values that f16 cannot hold", hint="build with --quant bf16 or q8_0"
            )
        return wide.astype("<f2")
    bits = wide.view("<u4")
    nearest: Array = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16  # ties to even
    return nearest.astype("<u2")
