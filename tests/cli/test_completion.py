"""The completion scripts that a package installs are those of `--show-completion`, and they work."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

FOLDER = Path(str(files("wideseek_cli.help"))) / "completion"


def run(command: list[str], folder: Path, **environ: str) -> str:
    """What a command prints where `wideseek` is on the PATH."""
    tool = folder / "wideseek"
    tool.write_text(f"#!{sys.executable}\nfrom wideseek_cli.__main__ import main\nmain()\n")
    tool.chmod(0o755)
    given = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **environ}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_those_that_the_program_shows(shell: str, tmp_path: Path) -> None:
    shown = run(
        ["wideseek", "--show-completion", shell], tmp_path, _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"
    )
    assert (FOLDER / f"wideseek.{shell}").read_text(encoding="utf-8") == shown


def test_bash_completes_a_command(tmp_path: Path) -> None:
    typed = f". {FOLDER}/wideseek.bash; COMP_WORDS=(wideseek mod) COMP_CWORD=1"
    done = run(["bash", "-c", f"{typed}; _wideseek_completion wideseek; echo ${{COMPREPLY[@]}}"], tmp_path)
    assert done.split() == ["models"]
