"""llama.cpp where it does not load."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest

from wideseek_cli.core.errors import ExitCode, LlamaMissingError

BINDING = "wideseek_cli.engine.llamacpp.binding"


@pytest.mark.parametrize("error", ["FileNotFoundError", "RuntimeError", "ModuleNotFoundError"])
def test_a_library_that_does_not_load_is_told_with_what_to_do(
    error: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its binding raises whatever it likes: a RuntimeError where CUDA's own libraries are not there."""
    (tmp_path / "llama_cpp.py").write_text(f"raise {error}('libcudart.so.12: no such\\nfile')")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("llama_cpp", BINDING):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(LlamaMissingError, match=r"llama\.cpp: libcudart\.so\.12: no such file") as caught:
        import_module(BINDING)
    assert caught.value.exit_code == ExitCode.MODEL
    assert "./install.sh --compile" in caught.value.hint
    assert isinstance(caught.value, ImportError)  # `doctor` looks for that
