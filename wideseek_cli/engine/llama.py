"""llama.cpp, and nothing above it: the only file that imports llama_cpp.

A `Model` is a loaded GGUF, a `Context` some equally long streams of KV cache on it, a `Grammar` a
constraint that follows one reply. What llama.cpp reports as a number or a log line becomes an error of ours.
"""

from __future__ import annotations

import ctypes
import re
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import llama_cpp
import numpy as np
import numpy.typing as npt

from wideseek_cli.errors import DecodeError, EngineClosedError, EngineError, ModelFileError, ModelMemoryError

Floats = npt.NDArray[np.float32]
Blob = npt.NDArray[np.uint8]

CANDIDATE = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])
KV_TYPES = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
FLASH_ATTENTION_ON = 1
LOG_WARNING, LOG_ERROR = 3, 4
DEVICE_KINDS = (1, 2)  # ggml's numbers for GPUs with memory of their own, and with the machine's


class _Log:
    """llama.cpp's log is one global callback: its warnings and errors are kept, not printed."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=40)
        self._lock = threading.Lock()
        self._callback = llama_cpp.llama_log_callback(self._take)
        self._installed = False

    def install(self) -> None:
        """Take the log over; safe to call again."""
        with self._lock:
            if not self._installed:
                llama_cpp.llama_log_set(self._callback, ctypes.c_void_p(0))
                llama_cpp.llama_backend_init()
                self._installed = True

    def _take(self, level: int, text: bytes, _: Any) -> None:
        if level in (LOG_WARNING, LOG_ERROR):
            line = "".join(c for c in text.decode("utf-8", "replace").strip() if c.isprintable())
            self._lines.append(re.sub(r"^\w+: ", "", line)[:300])

    def clear(self) -> None:
        self._lines.clear()

    def last(self, *, holding: str = "") -> str:
        """The newest line (that holds a word), or nothing."""
        return next((line for line in reversed(self._lines) if holding in line), "")


_log = _Log()


@dataclass(frozen=True)
class Row:
    """Tokens of one stream for one pass, from position `start`; the last `outputs` of them give logits."""

    stream: int
    start: int
    tokens: Sequence[int]
    outputs: int


class Model:
    """A loaded GGUF and its vocabulary."""

    def __init__(self, path: Path, *, gpu_layers: int = -1, adapter: Path | None = None) -> None:
        _log.install()
        _log.clear()
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = gpu_layers
        self._handle = llama_cpp.llama_model_load_from_file(str(path).encode(), params)
        if not self._handle:
            raise _load_error(path)
        self._vocab = llama_cpp.llama_model_get_vocab(self._handle)
        self.adapter = self._load_adapter(adapter) if adapter else None
        self.vocab_size: int = llama_cpp.llama_vocab_n_tokens(self._vocab)
        self.trained_context: int = llama_cpp.llama_model_n_ctx_train(self._handle)
        self.bytes: int = llama_cpp.llama_model_size(self._handle)
        self.description = self._text(llama_cpp.llama_model_desc)
        self.metadata = dict(self._read_metadata())
        self._pieces: dict[int, bytes] = {}
        tokens = range(self.vocab_size)
        self.end_tokens = frozenset(t for t in tokens if llama_cpp.llama_vocab_is_eog(self._vocab, t))
        self.special_texts = sorted({text for t in tokens if (text := self._special_text(t))})

    def _load_adapter(self, path: Path) -> Any:
        adapter = llama_cpp.llama_adapter_lora_init(self._handle, str(path).encode())
        if not adapter:
            self.close()
            reason = _log.last() or "llama.cpp gave no reason"
            raise ModelFileError(
                f"adapter {path.name} cannot be loaded: {reason}",
                hint="It must be a LoRA GGUF for this very model.",
            )
        return adapter

    def _special_text(self, token: int) -> str:
        """The name of a control token, or of a tag that is one token; what outside text must not spell."""
        kind = llama_cpp.llama_vocab_get_attr(self._vocab, token)
        if not kind & (llama_cpp.LLAMA_TOKEN_ATTR_CONTROL | llama_cpp.LLAMA_TOKEN_ATTR_USER_DEFINED):
            return ""
        text = self.piece(token).decode("utf-8", "replace")
        tagged = text.startswith("<") and text.endswith(">")
        return text if tagged or kind & llama_cpp.LLAMA_TOKEN_ATTR_CONTROL else ""

    def _text(self, function: Any, *arguments: Any) -> str:
        buffer = ctypes.create_string_buffer(1024)
        size = function(self._handle, *arguments, buffer, len(buffer))
        if size >= len(buffer):
            buffer = ctypes.create_string_buffer(size + 1)
            function(self._handle, *arguments, buffer, len(buffer))
        return buffer.value.decode("utf-8", "replace")

    def _read_metadata(self) -> Iterator[tuple[str, str]]:
        for index in range(llama_cpp.llama_model_meta_count(self._handle)):
            yield (
                self._text(llama_cpp.llama_model_meta_key_by_index, index),
                self._text(llama_cpp.llama_model_meta_val_str_by_index, index),
            )

    @property
    def handle(self) -> Any:
        if self._handle is None:
            raise EngineClosedError("the engine was closed")
        return self._handle

    @property
    def vocab(self) -> Any:
        return self._vocab if self.handle else None

    @property
    def start_token(self) -> int | None:
        """The token every text of this model begins with, whether or not its template writes it."""
        wanted = llama_cpp.llama_vocab_get_add_bos(self._vocab)
        return int(llama_cpp.llama_vocab_bos(self._vocab)) if wanted else None

    @property
    def start_text(self) -> str:
        return self._name(llama_cpp.llama_vocab_bos(self._vocab))

    @property
    def end_text(self) -> str:
        return self._name(llama_cpp.llama_vocab_eos(self._vocab))

    def _name(self, token: int) -> str:
        return self.piece(token).decode("utf-8", "replace") if token >= 0 else ""

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """The tokens of a text; with `special`, control tokens written in it are recognised."""
        data = text.encode("utf-8", "replace")
        room = len(data) + 8
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(self.vocab, data, len(data), buffer, room, False, special)
        if count < 0:
            raise EngineError(f"a text of {len(data)} bytes could not be split into tokens")
        return list(buffer[:count])

    def piece(self, token: int) -> bytes:
        """The bytes a token stands for; control tokens show their name."""
        known = self._pieces.get(token)
        if known is None:
            buffer = ctypes.create_string_buffer(512)
            size = llama_cpp.llama_token_to_piece(self.vocab, token, buffer, len(buffer), 0, True)
            known = self._pieces[token] = buffer.raw[: max(0, size)]
        return known

    def text(self, tokens: Sequence[int]) -> str:
        return b"".join(self.piece(token) for token in tokens).decode("utf-8", "replace")

    def single_token(self, text: str) -> int | None:
        """The one token that a tag is, if this vocabulary has it."""
        tokens = self.tokenize(text)
        return tokens[0] if len(tokens) == 1 else None

    def close(self) -> None:
        """Free the weights; contexts must be closed before."""
        if self._handle is not None:
            llama_cpp.llama_model_free(self._handle)
            self._handle = None


def _load_error(path: Path) -> ModelFileError:
    reason = _log.last(holding="unknown model architecture") or _log.last(holding="error") or _log.last()
    if "unknown model architecture" in reason:
        name = reason.split("'")[1] if "'" in reason else "?"
        return ModelFileError(
            f"{path.name} has the architecture '{name}', which this build of llama.cpp does not know",
            hint="Update wideseek (its llama.cpp comes along), or choose another model: wideseek models",
        )
    return ModelFileError(f"{path.name} cannot be loaded: {reason or 'llama.cpp gave no reason'}")


@dataclass(frozen=True)
class ContextShape:
    """How a context is laid out: so many streams of so many tokens each."""

    streams: int
    stream_tokens: int
    pass_tokens: int  # most tokens in one pass
    outputs: int  # most logits rows in one pass
    threads: int
    kv_type: str = "f16"


class Context:
    """Streams of KV cache, each for one sequence, and the passes over them."""

    def __init__(self, model: Model, shape: ContextShape) -> None:
        self.shape = shape
        self._vocab_size = model.vocab_size
        _log.clear()
        self._handle = llama_cpp.llama_init_from_model(model.handle, self._params(shape))
        if not self._handle:
            raise ModelMemoryError(
                f"no memory for {shape.streams} × {shape.stream_tokens:,} tokens of context",
                hint=_log.last() or "Lower --ctx or --width.",
            )
        self._memory = llama_cpp.llama_get_memory(self._handle)
        if model.adapter is not None:
            adapters = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(model.adapter)
            llama_cpp.llama_set_adapters_lora(self._handle, adapters, 1, (ctypes.c_float * 1)(1.0))
        self._allocate_batch(shape.pass_tokens)

    @staticmethod
    def _params(shape: ContextShape) -> Any:
        params = llama_cpp.llama_context_default_params()
        params.n_ctx = shape.streams * shape.stream_tokens
        params.n_batch = params.n_ubatch = shape.pass_tokens
        params.n_seq_max = shape.streams
        params.n_outputs_max = min(shape.outputs, shape.pass_tokens)
        params.kv_unified = False
        params.flash_attn_type = FLASH_ATTENTION_ON
        params.type_k = params.type_v = KV_TYPES[shape.kv_type]
        params.no_perf = True
        params.n_threads = params.n_threads_batch = shape.threads
        return params

    def _allocate_batch(self, size: int) -> None:
        """One batch for the life of the context, filled through numpy instead of ctypes item by item."""
        self._tokens = np.zeros(size, np.int32)
        self._positions = np.zeros(size, np.int32)
        self._streams = np.zeros(size, np.int32)
        self._wanted = np.zeros(size, np.int8)
        self._ones = np.ones(size, np.int32)
        self._stream_at = self._streams.ctypes.data + 4 * np.arange(size, dtype=np.uintp)
        int_p, byte_p = ctypes.POINTER(ctypes.c_int32), ctypes.POINTER(ctypes.c_int8)
        self._batch = llama_cpp.llama_batch(
            n_tokens=0,
            token=self._tokens.ctypes.data_as(int_p),
            embd=None,
            pos=self._positions.ctypes.data_as(int_p),
            n_seq_id=self._ones.ctypes.data_as(int_p),
            seq_id=self._stream_at.ctypes.data_as(ctypes.POINTER(int_p)),
            logits=self._wanted.ctypes.data_as(byte_p),
        )

    def decode(self, rows: Sequence[Row]) -> Floats:
        """Run one pass. The logits come back row after row, a view that the next pass overwrites."""
        filled = outputs = 0
        for row in rows:
            end = filled + len(row.tokens)
            self._tokens[filled:end] = row.tokens
            self._positions[filled:end] = np.arange(row.start, row.start + len(row.tokens))
            self._streams[filled:end] = row.stream
            self._wanted[filled:end] = 0
            self._wanted[end - row.outputs : end] = 1
            filled, outputs = end, outputs + row.outputs
        self._batch.n_tokens = filled
        code = llama_cpp.llama_decode(self._handle, self._batch)
        if code != 0:
            raise DecodeError(
                f"llama.cpp could not compute a batch of {filled} tokens (code {code})", hint=_log.last()
            )
        llama_cpp.llama_synchronize(self._handle)
        if not outputs:
            return np.empty((0, self._vocab_size), np.float32)
        address = ctypes.cast(llama_cpp.llama_get_logits(self._handle), ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(address, (outputs, self._vocab_size))

    def trim(self, stream: int, keep: int) -> None:
        """Forget everything of a stream after its first `keep` tokens."""
        llama_cpp.llama_memory_seq_rm(self._memory, stream, keep, -1)

    def save(self, stream: int) -> Blob:
        """A copy of a stream's cells in host memory."""
        size = llama_cpp.llama_state_seq_get_size(self._handle, stream)
        blob = np.empty(size, np.uint8)
        address = blob.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        if not llama_cpp.llama_state_seq_get_data(self._handle, address, size, stream):
            raise EngineError("llama.cpp could not save a sequence")
        return blob

    def restore(self, stream: int, blob: Blob, keep: int) -> None:
        """Fill a stream, of this or another context, from a saved copy and keep its first tokens."""
        address = blob.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        if not llama_cpp.llama_state_seq_set_data(self._handle, address, blob.size, stream):
            raise EngineError("llama.cpp could not restore a sequence")
        self.trim(stream, keep)

    def close(self) -> None:
        if self._handle is not None:
            llama_cpp.llama_free(self._handle)
            self._handle = None


class Grammar:
    """A GBNF grammar walking along one reply."""

    def __init__(self, model: Model, text: str) -> None:
        _log.clear()
        self._handle = llama_cpp.llama_sampler_init_grammar(model.vocab, text.encode(), b"root")
        if not self._handle:
            raise EngineError(f"a grammar does not parse: {_log.last()}")

    def allowed(self, tokens: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.bool_]:
        """Which of these tokens may come next."""
        candidates = np.zeros(len(tokens), CANDIDATE)
        candidates["id"] = tokens
        array = llama_cpp.llama_token_data_array(
            data=candidates.ctypes.data_as(ctypes.POINTER(llama_cpp.llama_token_data)),
            size=len(tokens),
            selected=-1,
            sorted=False,
        )
        llama_cpp.llama_sampler_apply(self._handle, ctypes.byref(array))
        return np.asarray(candidates["logit"] == 0.0)

    def accept(self, token: int) -> None:
        """Walk on by a token that was found to be allowed."""
        llama_cpp.llama_sampler_accept(self._handle, token)

    def close(self) -> None:
        if self._handle is not None:
            llama_cpp.llama_sampler_free(self._handle)
            self._handle = None


def device_summary() -> str:
    """What this build of llama.cpp can use, in its own words."""
    _log.install()
    info = llama_cpp.llama_print_system_info()
    return str(info.decode("utf-8", "replace")).strip()


def supports_offload() -> bool:
    """Whether this build can use an accelerator."""
    _log.install()
    return bool(llama_cpp.llama_supports_gpu_offload())


def free_device_memory() -> int:
    """Free bytes on the accelerators this build can use; 0 without one."""
    if not supports_offload():
        return 0
    library = _device_functions()
    total = 0
    for index in range(library.ggml_backend_dev_count()):
        device = library.ggml_backend_dev_get(index)
        if library.ggml_backend_dev_type(device) in DEVICE_KINDS:
            free, whole = ctypes.c_size_t(), ctypes.c_size_t()
            library.ggml_backend_dev_memory(device, ctypes.byref(free), ctypes.byref(whole))
            total += free.value
    return total


def _device_functions() -> Any:
    """ggml's own device list, which llama_cpp binds only in part."""
    from llama_cpp._ggml import libggml

    libggml.ggml_backend_dev_count.restype = ctypes.c_size_t
    libggml.ggml_backend_dev_get.restype = ctypes.c_void_p
    libggml.ggml_backend_dev_get.argtypes = [ctypes.c_size_t]
    libggml.ggml_backend_dev_type.argtypes = [ctypes.c_void_p]
    size_p = ctypes.POINTER(ctypes.c_size_t)
    libggml.ggml_backend_dev_memory.argtypes = [ctypes.c_void_p, size_p, size_p]
    return libggml
