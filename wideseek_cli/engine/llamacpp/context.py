"""llama.cpp's contexts: equally long streams of KV cache on one model, and the passes over them."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from wideseek_cli.core.errors import DecodeError, EngineError, ModelMemoryError
from wideseek_cli.engine.llamacpp.binding import llama_cpp
from wideseek_cli.engine.llamacpp.llama import LOG, Model
from wideseek_cli.engine.llamacpp.neighbours import Neighbours

Floats = npt.NDArray[np.float32]
Blob = npt.NDArray[np.uint8]

KV_TYPES = {"f16": llama_cpp.GGML_TYPE_F16, "q8_0": llama_cpp.GGML_TYPE_Q8_0}
FLASH_ATTENTION_OFF, FLASH_ATTENTION_ON = 0, 1
BRIDGED = 4  # streams side by side, from which on one that is missing among them is computed as well
SAVED_HEAD = 8  # bytes of a saved sequence before its cells: a magic number, and which it was


@dataclass(frozen=True)
class Row:
    """Tokens of one stream for one pass, from position `start`; the last `outputs` of them give logits."""

    stream: int
    start: int
    tokens: Sequence[int]
    outputs: int


@dataclass(frozen=True)
class ContextShape:
    """How a context is laid out: so many streams of so many tokens each."""

    streams: int
    stream_tokens: int
    pass_tokens: int  # most tokens in one pass
    outputs: int  # most logits rows in one pass
    threads: int
    kv_type: str = "f16"
    flash: bool = True  # attention in one kernel


class Context:
    """Streams of KV cache, each for one sequence, and the passes over them."""

    def __init__(self, model: Model, shape: ContextShape, neighbours: Neighbours | None = None) -> None:
        """With `neighbours` fewer threads are used while other programs take cores."""
        self.shape = shape
        self.seconds = 0.0  # inside llama.cpp, all calls together
        self._model = model
        self._vocab_size = model.vocab_size
        self._plain = model.plain_cells
        self._neighbours = neighbours
        self._threads = shape.threads
        self._handle: Any = None

    def open(self) -> None:
        """Take the memory, if that was not done yet. llama.cpp fills it with zeros, a second for 2 GB, so
        streams that nobody needs yet are left until somebody does."""
        if self._handle:
            return
        model, shape = self._model, self.shape
        LOG.clear()
        self._handle = llama_cpp.llama_init_from_model(model.handle, self._params(shape))
        if not self._handle:
            raise ModelMemoryError(
                f"no memory for {shape.streams} × {shape.stream_tokens:,} tokens of context",
                hint=LOG.last() or "Lower --ctx or --width.",
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
        params.flash_attn_type = FLASH_ATTENTION_ON if shape.flash else FLASH_ATTENTION_OFF
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

    def _leave_room(self) -> None:
        """Use no more threads than there are cores to be had."""
        if self._neighbours is not None and (threads := self._neighbours.look()) != self._threads:
            self._threads = threads
            llama_cpp.llama_set_n_threads(self._handle, threads, threads)

    def decode(self, rows: Sequence[Row]) -> Floats:
        """Run one pass. The logits come back row after row, a view that the next pass overwrites."""
        self.open()
        bridges = self._bridges(rows)
        filled = outputs = 0
        for row in sorted([*rows, *bridges], key=attrgetter("stream")) if bridges else rows:
            end = filled + len(row.tokens)
            self._tokens[filled:end] = row.tokens
            self._positions[filled:end] = np.arange(row.start, row.start + len(row.tokens))
            self._streams[filled:end] = row.stream
            self._wanted[filled:end] = 0
            self._wanted[end - row.outputs : end] = 1
            filled, outputs = end, outputs + row.outputs
        self._batch.n_tokens = filled
        self._leave_room()
        with self._timed():
            code = llama_cpp.llama_decode(self._handle, self._batch)
            llama_cpp.llama_synchronize(self._handle)
        for bridge in bridges:
            self.trim(bridge.stream, bridge.start)
        if code != 0:
            raise DecodeError(
                f"llama.cpp could not compute a batch of {filled} tokens (code {code})", hint=LOG.last()
            )
        if not outputs:
            return np.empty((0, self._vocab_size), np.float32)
        address = ctypes.cast(llama_cpp.llama_get_logits(self._handle), ctypes.POINTER(ctypes.c_float))
        return np.ctypeslib.as_array(address, (outputs, self._vocab_size))

    def _bridges(self, rows: Sequence[Row]) -> list[Row]:
        """Tokens that nobody wants, for streams between those that write. llama.cpp computes together only
        streams that follow one another; where enough of them do, one row more is quicker than a second go."""
        if not self._plain or len(rows) < BRIDGED or any(len(row.tokens) != 1 for row in rows):
            return []
        made: list[Row] = []
        for stream in gaps([row.stream for row in rows]):
            end = llama_cpp.llama_memory_seq_pos_max(self._memory, stream) + 1
            if end < self.shape.stream_tokens:
                made.append(Row(stream, end, rows[0].tokens, 0))
        return made

    def trim(self, stream: int, keep: int) -> None:
        """Forget everything of a stream after its first `keep` tokens."""
        if not self._handle:
            return
        with self._timed():
            llama_cpp.llama_memory_seq_rm(self._memory, stream, keep, -1)

    def save(self, stream: int) -> Blob:
        """A copy of a stream's cells in host memory."""
        size = llama_cpp.llama_state_seq_get_size(self._handle, stream)
        blob = np.empty(size, np.uint8)
        address = blob.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        with self._timed():
            saved = llama_cpp.llama_state_seq_get_data(self._handle, address, size, stream)
        if not saved:
            raise EngineError("llama.cpp could not save a sequence")
        return blob

    def restore(self, stream: int, blob: Blob, keep: int) -> None:
        """Fill a stream, of this or another context, from a saved copy and keep its first tokens. The copy
        must fit the stream as a whole."""
        self.open()
        if self._plain:
            blob = _for_streams(blob, self.shape.streams)
        address = blob.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8))
        with self._timed():
            restored = llama_cpp.llama_state_seq_set_data(self._handle, address, blob.size, stream)
        if not restored:
            raise EngineError(
                f"llama.cpp could not restore a sequence: {LOG.last() or 'it does not say why'}"
            )
        self.trim(stream, keep)

    @contextmanager
    def _timed(self) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds += time.perf_counter() - began

    def close(self) -> None:
        if self._handle is not None:
            llama_cpp.llama_free(self._handle)
            self._handle = None


def gaps(streams: Sequence[int]) -> list[int]:
    """Of rising streams: single ones that are missing between two groups with enough streams together."""
    together = [
        [stream for _, stream in group]
        for _, group in groupby(enumerate(streams), key=lambda placed: placed[1] - placed[0])
    ]
    missing: list[int] = []
    size = len(together[0])
    for before, after in pairwise(together):
        size += len(after)
        if after[0] == before[-1] + 2 and size >= BRIDGED:
            missing.append(before[-1] + 1)
        else:
            size = len(after)
    return missing


def _for_streams(blob: Blob, streams: int) -> Blob:
    """A saved sequence as a context with so many streams takes it. llama.cpp writes the number of streams it
    comes from, and for each of them a count of cells: 0 for all but one, behind which the cells stand."""
    had = int(np.frombuffer(blob, np.uint32, 1, SAVED_HEAD)[0])
    if had == streams:
        return blob
    counts = np.frombuffer(blob, np.uint32, had, SAVED_HEAD + 4)
    before = int(np.argmax(counts != 0))
    cells = blob[SAVED_HEAD + 4 + 4 * before : blob.size - 4 * (had - 1 - before)]
    zeros = np.zeros(4 * (streams - 1), np.uint8)
    return np.concatenate([blob[:SAVED_HEAD], np.array([streams], np.uint32).view(np.uint8), cells, zeros])
