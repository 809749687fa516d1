"""install.sh says clearly what it lacks. That it installs is shown by running it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = ("bash", "sed", "id", "uname", "tail", "cat", "mkdir", "grep", "dirname", "readlink", "rm", "rmdir")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A PATH with the barest tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (folder / name).symlink_to(found)
    return folder


def install(machine: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine), "HOME": str(machine.parent), "TMPDIR": str(machine.parent)}
    command = ["bash", str(ROOT / "install.sh"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def _tool(machine: Path, name: str, script: str) -> None:
    path = machine / name
    path.unlink(missing_ok=True)
    path.write_text(f"#!{machine / 'bash'}\n{script}\n")
    path.chmod(0o755)


def test_help_and_nonsense(machine: Path) -> None:
    assert "usage: ./install.sh" in install(machine, "--help").stdout
    wrong = install(machine, "--colour")
    assert wrong.returncode == 1
    assert "unknown: --colour" in wrong.stderr


def test_without_python_it_names_the_command(machine: Path) -> None:
    done = install(machine)
    assert done.returncode == 1
    assert "Python 3.10 or newer is needed" in done.stderr
    assert "install it: " in done.stderr


def test_an_old_python_is_not_taken(machine: Path) -> None:
    _tool(machine, "python3", "exit 1")
    assert "Python 3.10 or newer is needed" in install(machine).stderr
    assert "is not Python 3.10 or newer" in install(machine, "--python", str(machine / "python3")).stderr


def test_a_python_without_venv(machine: Path) -> None:
    _tool(machine, "python3", 'case "$2" in *version_info*) exit 0 ;; *) exit 1 ;; esac')
    done = install(machine)
    assert done.returncode == 1
    assert "cannot make environments" in done.stderr


def test_without_a_compiler_it_names_the_command(machine: Path) -> None:
    venv = machine.parent / ".local/share/wideseek/venv/bin"
    venv.mkdir(parents=True)
    answers = 'case "$2" in *version_info*) exit 0 ;; *) exit 1 ;; esac'
    _tool(machine, "python3", answers)
    _tool(machine, "stub", answers)
    (venv / "python").symlink_to(machine / "stub")
    done = install(machine)
    assert done.returncode == 1
    assert "there is no C++ compiler" in done.stderr
    assert "install one: " in done.stderr


def test_uninstall_removes_only_its_own(machine: Path) -> None:
    home = machine.parent
    assert install(machine, "--uninstall").returncode == 0
    venv, link = home / ".local/share/wideseek/venv/bin", home / ".local/bin/wideseek"
    venv.mkdir(parents=True)
    link.parent.mkdir(parents=True)
    link.write_text("somebody else's")
    install(machine, "--uninstall")
    assert not venv.parent.exists()
    assert link.exists()
    link.unlink()
    link.symlink_to(venv / "wideseek")
    install(machine, "--uninstall")
    assert not os.path.lexists(link)
