"""What a wheel and a source archive hold. That they install and run is for `.ci/wheel`."""

from __future__ import annotations

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from wideseek_cli import __version__
from wideseek_cli.help import TOPICS

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    return out


def test_a_wheel_holds_all_that_runs_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built / f"wideseek-{__version__}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
        size = sum(part.compress_size for part in wheel.infolist())
        metadata = wheel.read(f"wideseek-{__version__}.dist-info/METADATA").decode()
    ours = {path for path in (ROOT / "wideseek_cli").rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert not {path.relative_to(ROOT).as_posix() for path in ours} - names
    assert "wideseek_cli/models/demo/adapter.gguf" in names
    shared = {name.split(".data/data/", 1)[1] for name in names if ".data/data/" in name}
    assert {f"share/man/man7/wideseek-{topic}.7" for topic in TOPICS} <= shared
    assert {"share/bash-completion/completions/wideseek", "share/zsh/site-functions/_wideseek"} <= shared
    tops = {name.split("/")[0] for name in names}
    assert tops == {
        "wideseek_cli",
        f"wideseek-{__version__}.dist-info",
        f"wideseek-{__version__}.data",
    }
    assert re.search(r"^License-Expression: Apache-2.0$", metadata, re.MULTILINE)
    assert size < 12_000_000


def test_a_source_archive_holds_what_it_takes_to_build_and_test(built: Path) -> None:
    with tarfile.open(built / f"wideseek-{__version__}.tar.gz") as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
    assert {"pyproject.toml", "install.sh", "LICENSE", "CHANGELOG.md", "tests/conftest.py"} <= names
    assert {"tests/ui/ivy-league.jsonl", "models/make_synthetic.py", "SECURITY.md"} <= names
