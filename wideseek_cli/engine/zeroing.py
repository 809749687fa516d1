"""KV cells get their zeros from the kernel when they are first used, not all at once when they are made.

llama.cpp writes zeros over the whole KV cache. Most of its cells are never used, and gigabytes take seconds,
more than all the rest of a start. Private memory that is given up (`MADV_DONTNEED`) reads as zeros and costs
nothing until it is touched: the same to whoever reads it. ggml keeps the function that clears a buffer in a
table of each buffer, and has no call to set it. So it is set in the table, after a trial on a small buffer
has shown that it is where we think. Where not, and on systems other than Linux, llama.cpp does it as ever.
"""

from __future__ import annotations

import ctypes
import mmap
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ALLOCATE = 1  # the place of this function in a buffer type's table
_CLEAR, _FUNCTIONS = 9, 11  # and in a buffer's, which has so many
_TRIAL_BYTES = 1 << 20
_LEAST_ADDRESS = 1 << 16  # what is below is a number and no pointer
_DONTNEED = 4  # Linux's MADV_DONTNEED

_Allocate = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t)
_Clear = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint8)
_lock = threading.Lock()  # the table of a buffer type is one for the process


class _Ggml:
    """The few functions of ggml that this needs."""

    def __init__(self) -> None:
        from llama_cpp._ggml import libggml

        pointer, size = ctypes.c_void_p, ctypes.c_size_t
        self.buffer_type = self._function(libggml.ggml_backend_cpu_buffer_type, pointer)()
        self.allocate = self._function(libggml.ggml_backend_buft_alloc_buffer, pointer, pointer, size)
        self.base = self._function(libggml.ggml_backend_buffer_get_base, pointer, pointer)
        self.size = self._function(libggml.ggml_backend_buffer_get_size, size, pointer)
        self.clear = self._function(libggml.ggml_backend_buffer_clear, None, pointer, ctypes.c_uint8)
        self.free = self._function(libggml.ggml_backend_buffer_free, None, pointer)

    @staticmethod
    def _function(function: Any, result: Any, *arguments: Any) -> Any:
        function.restype, function.argtypes = result, list(arguments)
        return function


class _Hook:
    """Buffers that are allocated while it is on are cleared by giving their memory up."""

    def __init__(self) -> None:
        self._ggml = _Ggml()
        libc = ctypes.CDLL(None, use_errno=True)
        self._madvise = libc.madvise
        self._madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
        self._type_table = (ctypes.c_void_p * (_ALLOCATE + 1)).from_address(self._ggml.buffer_type)
        self._plain = _Allocate(self._type_table[_ALLOCATE] or 0)
        # Kept for as long as the process lives: buffers point to them.
        self._allocate, self._clear = _Allocate(self._allocated), _Clear(self._cleared)
        self.cleared = 0  # buffers so far

    def _allocated(self, buffer_type: int, size: int) -> int | None:
        buffer: int | None = self._plain(buffer_type, size)
        if buffer and buffer >= _LEAST_ADDRESS and size >= _TRIAL_BYTES:
            table = (ctypes.c_void_p * _FUNCTIONS).from_address(buffer)
            table[_CLEAR] = ctypes.cast(self._clear, ctypes.c_void_p).value
        return buffer

    def _cleared(self, buffer: int, value: int) -> None:
        base, size = self._ggml.base(buffer), self._ggml.size(buffer)
        begin, end = -(-base // mmap.PAGESIZE) * mmap.PAGESIZE, (base + size) // mmap.PAGESIZE * mmap.PAGESIZE
        if value or begin >= end or self._madvise(begin, end - begin, _DONTNEED) != 0:
            ctypes.memset(base, value, size)
        else:
            ctypes.memset(base, 0, begin - base)
            ctypes.memset(end, 0, base + size - end)
        self.cleared += 1

    @contextmanager
    def on(self) -> Iterator[None]:
        before = self._type_table[_ALLOCATE]
        self._type_table[_ALLOCATE] = ctypes.cast(self._allocate, ctypes.c_void_p).value
        try:
            yield
        finally:
            self._type_table[_ALLOCATE] = before

    def works(self) -> bool:
        """Whether a small buffer is cleared by us, and reads as zeros then."""
        with self.on():
            buffer = self._ggml.allocate(self._ggml.buffer_type, _TRIAL_BYTES)
        if not buffer:
            return False
        base, before = self._ggml.base(buffer), self.cleared
        ctypes.memset(base, 1, _TRIAL_BYTES)
        self._ggml.clear(buffer, 0)
        works = self.cleared == before + 1 and not any(ctypes.string_at(base, _TRIAL_BYTES))
        self._ggml.free(buffer)
        return works


_hook: _Hook | None = None
_tried = False


@contextmanager
def zeroed_when_used() -> Iterator[None]:
    """Within it llama.cpp makes contexts whose cells cost memory and time only when they are used."""
    global _hook, _tried
    with _lock:
        if not _tried and sys.platform == "linux":
            hook = _Hook()
            _hook = hook if hook.works() else None
        _tried = True
        if _hook is None:
            yield
        else:
            with _hook.on():
                yield
