"""A model that is here in another form: q8_0, with an adapter taken into its weights.

llama.cpp computes an adapter beside every matrix, in many small steps, and has no quick path on a CPU for
some kinds of weights.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gguf
from gguf.quants import QuantError

from wideseek_cli.core.errors import BuildError
from wideseek_cli.models.progress import Progress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

QUANT = "q8_0"
_WHOLE = (gguf.GGMLQuantizationType.F32, gguf.GGMLQuantizationType.Q8_0)
_LORA = (".lora_a", ".lora_b")


def merge(base: Path, adapter: Path | None, out: Path, progress: Progress) -> None:
    """Write `base` as q8_0, with what the adapter adds to its matrices."""
    try:
        _merge(base, dict(_updates(adapter)) if adapter else {}, out, progress)
    except (ValueError, LookupError, TypeError, NotImplementedError, QuantError, struct.error) as error:
        out.unlink(missing_ok=True)
        raise BuildError(f"{out.name} cannot be made of {base.name}: {error}") from error


def _merge(base: Path, updates: dict[str, NDArray[np.float32]], out: Path, progress: Progress) -> None:
    reader = gguf.GGUFReader(base)
    writer = gguf.GGUFWriter(out, str(_value(reader, "general.architecture")))
    for name, field in reader.fields.items():
        if not name.startswith("GGUF.") and name not in ("general.architecture", "general.file_type"):
            inner = field.types[-1] if field.types[0] is gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), field.types[0], inner)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    for number, tensor in enumerate(reader.tensors, start=1):
        added = updates.pop(tensor.name, None)
        kind = tensor.tensor_type
        if added is None and kind in _WHOLE:
            writer.add_tensor(tensor.name, tensor.data, raw_dtype=kind)
        else:
            values = gguf.quants.dequantize(tensor.data, kind)
            if added is not None and added.shape != values.shape:
                raise ValueError(f"what the adapter adds to {tensor.name} has other shapes")
            values = values if added is None else values + added
            packed = gguf.quants.quantize(values, gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(tensor.name, packed, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        progress.step("merge", number, len(reader.tensors))
    if updates:
        raise ValueError(f"the adapter changes {next(iter(updates))}, which the model does not have")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _updates(adapter: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """What a LoRA adds to each matrix."""
    reader = gguf.GGUFReader(adapter)
    alpha = float(_value(reader, "adapter.lora.alpha"))
    parts = {tensor.name: tensor.data for tensor in reader.tensors}
    for name in [name for name in parts if name.endswith(_LORA[0])]:
        matrix = name.removesuffix(_LORA[0])
        down, up = parts[name].astype("float32"), parts[matrix + _LORA[1]].astype("float32")
        yield matrix, (alpha / down.shape[0]) * (up @ down)


def _value(reader: gguf.GGUFReader, key: str) -> Any:
    field = reader.get_field(key)
    if field is None:
        raise ValueError(f"it has no {key}")
    return field.contents()
