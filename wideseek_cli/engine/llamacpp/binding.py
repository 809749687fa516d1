"""llama.cpp's Python binding, or an error that says what to do where it does not load."""

from __future__ import annotations

import ctypes
from typing import Any

from wideseek_cli.core.errors import LlamaMissingError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.llamacpp.waiting import set_waiting

set_waiting()
try:
    import llama_cpp
    from llama_cpp.llama_cpp import _lib
except (ImportError, OSError, RuntimeError) as error:  # not built, or what it was built for is not here
    raise LlamaMissingError(
        f"llama.cpp: {clean_line(str(error), 200)}",
        hint="build it again: ./install.sh --compile; or ask with --engine URL of a server",
    ) from error


def held(name: str) -> Any:
    """A function that takes nanoseconds, called without giving up the interpreter's lock: another thread at
    work would not give it back for milliseconds, each time."""
    function, plain = ctypes.PyDLL("", handle=_lib._handle)[name], getattr(llama_cpp, name)
    function.argtypes, function.restype = plain.argtypes, plain.restype
    return function


__all__ = ["held", "llama_cpp"]
