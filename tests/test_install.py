"""install.sh on machines that lack this and that, with a Python that only notes what it is asked to install.

That the real one installs is shown by running it.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOOLS = (
    *("bash", "cat", "chmod", "cksum", "cp", "dirname", "grep", "ln", "mkdir", "readlink", "rm", "rmdir"),
    *("sed", "sleep", "tail", "touch", "uname"),
)
SLOW = "pytest -m slow and not big --timeout 600"
CHECKS = ("ruff check .", "ruff format --check .", "mypy", "pytest -n 2", SLOW)

# Makes environments of itself and keeps a list of what pip was asked for. Files in $HOME say what fails.
PYTHON = r"""
note() { echo "$*" >>"$HOME/asked"; }
case "$*" in
    *" typer rich "* | "-m wideseek_cli "*) echo "${*:3}" >>"$HOME/meanwhile"; exit ;;
esac
case "$1 ${2:-}" in
    "-c "*libllama*) [ ! -e "$HOME/does-not-load" ]; exit ;;
    "-c "*) exit 0 ;;
    *try_llama.py*) [ ! -e "$HOME/other-processor" ] || kill -ILL $$; exit ;;
    "- http"*) cat >/dev/null; [ -e "$HOME/published" ] ;;
    "- "*) cat >/dev/null; cksum <"$HOME/checkout/pyproject.toml" ;;
    "-m venv") mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; cp "$HOME/wideseek" "$3/bin/wideseek" ;;
    "-m pip")
        note "pip ${*:3} [${CMAKE_ARGS:-}]"
        if [ -e "$HOME/hangs" ]; then exec 9>"$HOME/hanging"; echo here >&9; sleep 600; fi
        case "$*" in
            *--only-binary*) [ ! -e "$HOME/made-elsewhere" ] || touch "$HOME/does-not-load" ;;
            *llama-cpp-python==*) [ ! -e "$HOME/made-elsewhere" ] || rm -f "$HOME/does-not-load" ;;
        esac
        if [ -e "$HOME/fails" ]; then echo 'error: something in C++' >&2; exit 1; fi
        ;;
    "-m pytest") note "${*:2}"; [ ! -e "$HOME/fails" ] ;;
esac
"""
WIDESEEK = r"""
case "$*" in
    --version) echo 'wideseek 1.0' ;;
    "models pull"*) [ ! -e "$HOME/no-models" ] && echo "$*" >>"$HOME/asked" ;;
    "models path") echo "$HOME/models" ;;
    "config path") echo "$HOME/settings.toml" ;;
    demo) echo 'a table' ;;
esac
"""


@dataclass
class Machine:
    """An empty home, a checkout in it, and a PATH with the barest tools."""

    home: Path

    @property
    def checkout(self) -> Path:
        return self.home / "checkout"

    @property
    def venv(self) -> Path:
        return self.home / ".local/share/wideseek/venv"

    @property
    def link(self) -> Path:
        return self.home / ".local/bin/wideseek"

    def tool(self, name: str, script: str = "exit 0") -> Path:
        path = self.home / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{self.home / 'bin/bash'}\n{script}\n")
        path.chmod(0o755)
        return path

    def set(self, name: str, there: bool = True) -> None:
        if there:
            (self.home / name).touch()
        else:
            (self.home / name).unlink()

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        home, command = str(self.home), ["bash", str(self.checkout / "install.sh"), *arguments]
        return subprocess.Popen(
            command,
            env={"PATH": str(self.home / "bin"), "HOME": home, "CUDA_HOME": home, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def install(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        child = self.start(*arguments, **environment)
        out, err = child.communicate(timeout=30)
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def asked(self) -> list[str]:
        """What was asked of pip and others since the last time."""
        path = self.home / "asked"
        lines = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines


@pytest.fixture
def bare(tmp_path: Path) -> Machine:
    """Neither Python nor a compiler."""
    (tmp_path / "bin").mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tmp_path / "bin" / name).symlink_to(found)
    machine = Machine(tmp_path)
    machine.checkout.mkdir()
    for name in ("install.sh", "pyproject.toml"):
        shutil.copy(ROOT / name, machine.checkout)
    return machine


@pytest.fixture
def machine(bare: Machine) -> Machine:
    """A Python and a compiler."""
    bare.tool("python3", PYTHON)
    bare.tool("c++")
    bare.tool("wideseek", WIDESEEK).rename(bare.home / "wideseek")
    return bare


def test_help_and_nonsense(bare: Machine) -> None:
    assert "usage: ./install.sh" in bare.install("--help").stdout
    wrong = bare.install("--colour")
    assert wrong.returncode == 1
    assert "unknown: --colour" in wrong.stderr


def test_without_python_it_names_the_command(bare: Machine) -> None:
    done = bare.install()
    assert done.returncode == 1
    assert "Python 3.10 or newer is needed" in done.stderr
    assert "install it: " in done.stderr


def test_an_old_python_is_not_taken(bare: Machine) -> None:
    old = bare.tool("python3", "exit 1")
    assert "Python 3.10 or newer is needed" in bare.install().stderr
    assert "is not Python 3.10 or newer" in bare.install("--python", str(old)).stderr


def test_a_python_without_venv(bare: Machine) -> None:
    bare.tool("python3", 'case "$2" in *version_info*) exit 0 ;; *) exit 1 ;; esac')
    done = bare.install()
    assert done.returncode == 1
    assert "cannot make environments" in done.stderr


def test_without_a_compiler_it_names_the_command(machine: Machine) -> None:
    (machine.home / "bin/c++").unlink()
    done = machine.install()
    assert done.returncode == 1
    assert "there is no C++ compiler" in done.stderr
    assert "install one: " in done.stderr
    assert not machine.asked()


def test_another_system_is_told(machine: Machine) -> None:
    machine.tool("uname", "echo MINGW64_NT-10.0")
    done = machine.install()
    assert done.returncode == 1
    assert "for Linux and macOS, not MINGW64_NT-10.0" in done.stderr


def test_installs_once_and_then_finds_all_there(machine: Machine) -> None:
    done = machine.install()
    assert done.returncode == 0, done.stderr
    llama, package, itself, model = machine.asked()
    assert "llama-cpp-python==" in llama
    assert "checkout[mcp]" in package
    assert "--no-deps --force-reinstall" in itself
    assert model == "models pull demo"
    needed, fetched = (machine.home / "meanwhile").read_text().splitlines()  # while llama.cpp is compiled
    assert needed.startswith("install ")
    assert fetched == "models pull demo"
    assert machine.link.resolve() == machine.venv / "bin/wideseek"
    assert "put it on your PATH" in done.stderr
    assert "installed: wideseek 1.0 with llama-cpp-python" in done.stderr
    again = machine.install()
    assert again.returncode == 0, again.stderr
    assert machine.asked() == ["models pull demo"]
    assert again.stderr.count("here already") == 2


def test_an_upgrade_replaces_what_changed(machine: Machine) -> None:
    machine.install("--no-models")
    machine.asked()
    with (machine.checkout / "pyproject.toml").open("a") as file:
        file.write("# newer\n")
    machine.install("--no-models")
    assert len(machine.asked()) == 2  # the package and what it needs, not llama.cpp
    text = (machine.checkout / "pyproject.toml").read_text()
    newer = text.replace('"llama-cpp-python==', '"llama-cpp-python==9')
    (machine.checkout / "pyproject.toml").write_text(newer)
    machine.install("--no-models")
    assert "llama-cpp-python==9" in machine.asked()[0]


def test_a_card_that_came_later_gets_its_own_build(machine: Machine) -> None:
    """The version is the same, so that pip would leave what is there."""
    machine.install()
    assert "DGGML_CUDA" not in machine.asked()[0]
    machine.tool("nvidia-smi")
    without_toolkit = machine.install()
    assert "no CUDA toolkit (nvcc)" in without_toolkit.stderr
    machine.asked()
    machine.tool("nvcc", "echo 'release 12.4'")
    machine.install()
    llama = machine.asked()[0]
    assert "--force-reinstall" in llama
    assert "--no-cache-dir --no-binary llama-cpp-python" in llama  # the cached one is for the CPU
    assert "-DGGML_CUDA=on" in llama
    machine.install("--cpu")
    assert "DGGML_CUDA" not in machine.asked()[0]


def test_a_published_wheel_is_preferred_and_needs_no_compiler(machine: Machine) -> None:
    (machine.home / "bin/c++").unlink()
    machine.set("published")
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert "the published wheel for cpu" in done.stderr
    assert "--only-binary llama-cpp-python --index-url" in machine.asked()[0]


def test_a_published_wheel_that_does_not_load_is_compiled_instead(machine: Machine) -> None:
    machine.set("published")
    machine.set("made-elsewhere")
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert "the published wheel does not work here" in done.stderr
    published, compiled, *_ = machine.asked()
    assert "--only-binary llama-cpp-python --index-url" in published
    assert "--no-cache-dir --no-binary llama-cpp-python" in compiled
    assert "llama.cpp: here already" in machine.install().stderr


def test_a_published_wheel_for_another_processor_is_compiled_instead(machine: Machine) -> None:
    """It loads, and dies of an unknown instruction when it computes."""
    machine.set("published")
    machine.set("other-processor")
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert "the published wheel does not work here" in done.stderr
    published, needed, compiled, *_ = machine.asked()
    assert "--only-binary llama-cpp-python --index-url" in published
    assert "numpy" in needed
    assert "--no-cache-dir --no-binary llama-cpp-python" in compiled
    assert "-DLLAVA_BUILD=OFF" in compiled
    assert "-DCMAKE_PROJECT_llama.cpp_INCLUDE=" in compiled


def test_the_model_that_tries_a_build_is_read_by_llama_cpp() -> None:
    tried = subprocess.run([sys.executable, ROOT / "models" / "try_llama.py"], capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def test_a_llama_that_no_longer_loads_is_made_again(machine: Machine) -> None:
    machine.install()
    machine.asked()
    machine.set("made-elsewhere")
    machine.set("does-not-load")  # a system library went away
    done = machine.install()
    assert done.returncode == 0, done.stderr
    assert "llama-cpp-python==" in machine.asked()[0]


def test_a_llama_that_cannot_be_loaded_is_not_called_installed(machine: Machine) -> None:
    machine.set("does-not-load")
    done = machine.install()
    assert done.returncode == 1
    assert "was compiled but cannot be loaded" in done.stderr
    assert not machine.link.exists()


def test_a_mac_without_its_command_line_tools(machine: Machine) -> None:
    machine.tool("uname", 'case "$1" in -m) echo x86_64 ;; *) echo Darwin ;; esac')
    machine.tool("xcode-select", "exit 2")
    for name in ("c++", "g++", "clang++"):
        machine.tool(name)
    script = machine.checkout / "install.sh"
    script.write_text(script.read_text().replace("/usr/bin/", f"{machine.home}/bin/"))
    done = machine.install()
    assert done.returncode == 1
    assert "xcode-select --install" in done.stderr
    machine.tool("xcode-select")
    assert machine.install().returncode == 0


def test_a_python_that_is_only_there_by_its_number(bare: Machine) -> None:
    bare.tool("python3", "exit 1")
    bare.tool("python3.14", PYTHON)
    bare.tool("c++")
    bare.tool("wideseek", WIDESEEK).rename(bare.home / "wideseek")
    assert bare.install().returncode == 0


def test_another_shell_hands_it_to_bash(bare: Machine) -> None:
    env = {"PATH": str(bare.home / "bin"), "HOME": str(bare.home)}
    words = [shutil.which("sh") or "sh", str(bare.checkout / "install.sh"), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout[:20], done.stderr) == (0, "usage: ./install.sh ", "")


def test_the_script_alone_is_no_checkout(bare: Machine) -> None:
    (bare.checkout / "pyproject.toml").unlink()
    done = bare.install()
    assert done.returncode == 1
    assert done.stderr.startswith("install.sh belongs to a checkout")


def test_outside_a_checkout_it_says_so(bare: Machine) -> None:
    with (bare.checkout / "install.sh").open() as script:
        done = subprocess.run(
            ["bash"],
            stdin=script,
            capture_output=True,
            text=True,
            env={"PATH": str(bare.home / "bin"), "HOME": str(bare.home)},
        )
    assert done.returncode == 1
    assert "belongs to a checkout" in done.stderr


def test_compile_builds_even_where_there_is_one(machine: Machine) -> None:
    machine.set("published")
    machine.install()
    machine.asked()
    done = machine.install("--compile")
    assert "compiled for this machine's CPU: done" in done.stderr
    assert "--no-cache-dir --no-binary llama-cpp-python llama-cpp-python==" in machine.asked()[0]
    machine.install(CMAKE_ARGS="-DGGML_BLAS=ON")
    llama = machine.asked()[0]
    assert "-DLLAVA_BUILD=OFF" in llama
    assert "-DGGML_BLAS=ON]" in llama
    assert "--no-cache-dir" in llama


def test_a_build_that_fails_is_shown_and_tried_again(machine: Machine) -> None:
    machine.set("fails")
    done = machine.install()
    assert done.returncode == 1
    assert "error: something in C++" in done.stderr
    assert f"the whole log: {machine.venv.parent / 'install.log'}" in done.stderr
    assert not machine.link.exists()
    machine.set("fails", False)
    machine.asked()
    assert machine.install().returncode == 0
    assert "llama-cpp-python==" in machine.asked()[0]


def test_an_interrupt_ends_what_runs(machine: Machine) -> None:
    machine.set("hangs")
    os.mkfifo(machine.home / "hanging")
    with machine.start() as child, (machine.home / "hanging").open("rb") as held:
        assert held.readline() == b"here\n"
        child.send_signal(signal.SIGTERM)  # trapped like Ctrl-C, which a job in the background does not get
        child.communicate(timeout=20)
        assert held.read() == b""  # nobody holds the other end any more
    assert child.returncode == 130


def test_a_model_that_cannot_be_fetched_does_not_spoil_the_rest(machine: Machine) -> None:
    machine.set("no-models")
    done = machine.install()
    assert done.returncode == 0
    assert "the small model for the demo can be fetched later" in done.stderr
    assert "installed: wideseek 1.0" in done.stderr


def test_demo_ends_with_the_demo(machine: Machine) -> None:
    done = machine.install("demo")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a table\n"


def test_somebody_elses_command_stays(machine: Machine) -> None:
    machine.link.parent.mkdir(parents=True)
    machine.link.write_text("somebody else's")
    done = machine.install()
    assert "is something else and stays as it is" in done.stderr
    machine.install("--uninstall")
    assert machine.link.read_text() == "somebody else's"
    assert not machine.venv.exists()


def test_uninstall_removes_what_it_made_and_says_what_stays(machine: Machine) -> None:
    assert machine.install("--uninstall").returncode == 0  # nothing there
    machine.install()
    machine.install("test")
    record = machine.venv.parent / "runs.sqlite"
    record.touch()
    machine.set("settings.toml")
    (machine.home / "models").mkdir()
    done = machine.install("--uninstall")
    assert done.returncode == 0
    assert not machine.venv.exists()
    assert not (machine.checkout / ".venv").exists()
    assert not os.path.lexists(machine.link)
    assert list(record.parent.iterdir()) == [record]
    for place in (record.parent, machine.home / "models", machine.home / "settings.toml"):
        assert str(place) in done.stderr
    record.unlink()
    machine.install("--uninstall")
    assert not record.parent.exists()


def test_uninstall_leaves_an_environment_that_it_did_not_make(machine: Machine) -> None:
    theirs = machine.checkout / ".venv/bin/python"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    machine.install("--uninstall")
    assert theirs.exists()


def test_the_tests_leave_an_environment_that_it_did_not_make(machine: Machine) -> None:
    theirs = machine.checkout / ".venv/bin/python"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("somebody else's")
    done = machine.install("test")
    assert done.returncode == 1
    assert "is not of this script" in done.stderr
    assert theirs.read_text() == "somebody else's"


def test_the_checks_all_run_and_one_that_fails_counts(machine: Machine) -> None:
    for name in ("ruff", "mypy"):
        machine.tool(name, f'echo "{name} $*" >>"$HOME/asked"')
    done = machine.install("test")
    assert done.returncode == 0, done.stderr
    _, package, model, *checks = machine.asked()
    assert "checkout[mcp,dev]" in package
    assert model == "models pull demo"
    assert [check.strip() for check in checks] == list(CHECKS)
    assert "all checks passed" in done.stderr
    machine.set("fails")
    failed = machine.install("test")
    assert failed.returncode == 1
    assert "some checks failed" in failed.stderr
    assert [check.strip() for check in machine.asked()[1:]] == list(CHECKS)
