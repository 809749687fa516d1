"""llama.cpp's Python binding, or an error that says what to do where it does not load."""

from __future__ import annotations

from wideseek_cli.core.errors import LlamaMissingError
from wideseek_cli.core.text import clean_line
from wideseek_cli.engine.llamacpp.waiting import set_waiting

set_waiting()
try:
    import llama_cpp
except (ImportError, OSError, RuntimeError) as error:  # not built, or what it was built for is not here
    raise LlamaMissingError(
        f"llama.cpp: {clean_line(str(error), 200)}",
        hint="build it again: ./install.sh --compile; or ask with --engine URL of a server",
    ) from error

__all__ = ["llama_cpp"]
