"""The completion scripts that a package installs are those of `--show-completion`, and they work."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.main import app

FOLDER = Path(str(files("wideseek_cli.help"))) / "completion"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts_are_those_that_the_program_shows(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    shown = CliRunner().invoke(app, ["--show-completion", shell], prog_name="wideseek").stdout
    assert (FOLDER / f"wideseek.{shell}").read_text(encoding="utf-8") == shown


def test_bash_completes_a_command(tmp_path: Path) -> None:
    tool = tmp_path / "wideseek"
    tool.write_text(f"#!{sys.executable}\nfrom wideseek_cli.__main__ import main\nmain()\n")
    tool.chmod(0o755)
    script = (
        f". {FOLDER}/wideseek.bash; COMP_WORDS=(wideseek mod) COMP_CWORD=1; "
        "_wideseek_completion wideseek; echo ${COMPREPLY[@]}"
    )
    environ = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], env=environ, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["models"]
