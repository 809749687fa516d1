"""What this build of llama.cpp can compute on."""

from __future__ import annotations

import ctypes
from typing import Any

from wideseek_cli.engine.llamacpp.binding import llama_cpp
from wideseek_cli.engine.llamacpp.llama import LOG

DEVICE_KINDS = (1, 2)  # ggml's numbers for GPUs with memory of their own, and with the machine's


def device_summary() -> str:
    """What this build of llama.cpp can use, in its own words."""
    LOG.install()
    info = llama_cpp.llama_print_system_info()
    return str(info.decode("utf-8", "replace")).strip()


def supports_offload() -> bool:
    """Whether this build can use an accelerator."""
    LOG.install()
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
