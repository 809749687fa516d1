"""`wideseek models`, and what happens when a command has no model."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.models.ggufs import small_gguf
from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.cli.main import app
from wideseek_cli.cli.shared import fetching
from wideseek_cli.core.errors import ModelFileError, ModelMissingError, NotFoundError, UsageError

GGUF = small_gguf(
    {"general.name": "\x1b[31mRed", "qwen3.context_length": 4096, "tokenizer.chat_template": "{tools}"}
)
ENTRY = """
[models.{name}]
title = "For tests"
file = "{name}.gguf"
size = {size}
sha256 = "{sum}"
quant = "q8_0"
rank = {rank}
sources = [{{ kind = "url", url = "{url}" }}]
"""


@pytest.fixture
def hub() -> Iterator[HubState]:
    with loopback_hub() as state:
        state.files["o/r/m.gguf"] = GGUF
        yield state


@pytest.fixture
def folder(tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The models folder; the registry has two entries more: `little` and `large` (it says)."""
    sum_ = hashlib.sha256(GGUF).hexdigest()
    url = hub.url("o/r/m.gguf")
    little = ENTRY.format(name="little", size=len(GGUF), sum=sum_, url=url, rank=0)
    large = ENTRY.format(name="large", size=150_000_000, sum="", url=url, rank=900)
    (tmp_path / "models.toml").write_text(little + large)
    monkeypatch.setenv("WIDESEEK_REGISTRY", str(tmp_path / "models.toml"))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def wideseek(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["models", *arguments], input=given)


def test_list_says_what_is_here_and_what_fits(folder: Path) -> None:
    rows = json.loads(wideseek("list", "--json").stdout)
    assert [row["name"] for row in rows][:2] == ["wideseek-r1-4b", "qwen3-4b"]
    assert {row["here"] for row in rows} == {"no"}
    wideseek("pull", "little")
    (folder / "stray.gguf").write_bytes(GGUF)
    (folder / "junk.gguf").write_bytes(b"junk")
    lines = wideseek("list").stdout.splitlines()
    assert next(line for line in lines if line.startswith("little")).split()[1] == "yes"
    assert "Red" in next(line for line in lines if line.startswith("stray.gguf"))
    assert "not a GGUF" in next(line for line in lines if line.startswith("junk.gguf"))
    assert "\x1b" not in "".join(lines)


def test_pull_prints_the_path_and_nothing_is_fetched_twice(folder: Path, hub: HubState) -> None:
    for _ in range(2):
        result = wideseek("pull", "little")
        assert result.stdout == f"{folder / 'little.gguf'}\n"
    assert len(hub.requests) == 1


def test_path_for_scripts(folder: Path) -> None:
    assert wideseek("path").stdout == f"{folder}\n"
    missing = wideseek("path", "little")
    assert isinstance(missing.exception, ModelMissingError)
    wideseek("pull", "little")
    assert wideseek("path", "little").stdout == f"{folder / 'little.gguf'}\n"


def test_both_figures_of_memory_hold_the_working_memory(folder: Path) -> None:
    wideseek("pull", "little")
    text = wideseek("info", "little", "--context", "4096").stdout
    assert "400 MB for 10 agents and a lead with 4,096 tokens each" in text
    assert "400 MB with 4,096 tokens each" in text


def test_info_is_safe_to_print(folder: Path) -> None:
    wideseek("pull", "little")
    text = wideseek("info", "little", "--width", "4", "--context", "8000").stdout
    assert "\x1b" not in text
    assert "Red" in text
    assert "for 4 agents and a lead" in text
    assert "8,000 tokens each" in text
    assert "knows tools" in text
    assert wideseek("info", "little", "--template").stdout == "{tools}\n"


def test_rm_deletes_only_in_the_folder(folder: Path, tmp_path: Path) -> None:
    wideseek("pull", "little")
    assert wideseek("rm", "little").exit_code == 0
    assert not (folder / "little.gguf").exists()
    other = tmp_path / "mine.gguf"
    other.write_bytes(GGUF)
    for name in ("little", str(other), "../mine.gguf"):
        assert isinstance(wideseek("rm", name).exception, NotFoundError)
    assert isinstance(wideseek("rm", "demo").exception, NotFoundError)
    assert other.exists()


@pytest.mark.parametrize("name", ["little", "stray"])
def test_rm_deletes_a_link_whose_file_is_gone(folder: Path, tmp_path: Path, name: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.gguf").symlink_to(tmp_path / "gone.gguf")
    assert wideseek("rm", name).exit_code == 0
    assert not os.path.lexists(folder / f"{name}.gguf")


def test_rm_clears_half_done_work(folder: Path) -> None:
    (folder / ".work").mkdir(parents=True)
    (folder / ".work" / "x.part").write_bytes(b"12345")
    assert wideseek("rm", "--unfinished").exit_code == 0
    assert not (folder / ".work").exists()
    assert isinstance(wideseek("rm").exception, UsageError)


def test_verify_finds_the_spoilt_file(folder: Path) -> None:
    wideseek("pull", "little")
    good = wideseek("verify")
    assert good.exit_code == 0
    assert good.stdout.startswith("little.gguf: right (")
    path = folder / "little.gguf"
    path.write_bytes(GGUF[:-1] + b"!")
    bad = wideseek("verify", "little")
    assert isinstance(bad.exception, ModelFileError)
    assert "WRONG" in bad.stdout


def test_verify_checks_adapters_too(folder: Path, tmp_path: Path) -> None:
    adapter = tmp_path / "a.gguf"
    adapter.write_bytes(GGUF)
    (tmp_path / "a.sha256").write_text(f"{hashlib.sha256(GGUF).hexdigest()}  a.gguf\n")
    with (tmp_path / "models.toml").open("a") as registry:
        registry.write(f'[models.tuned]\nbase = "little"\nadapter = "{adapter}"\n')
    wideseek("pull", "tuned")
    assert wideseek("verify", "tuned").stdout.splitlines()[1].startswith("a.gguf: right")
    adapter.write_bytes(GGUF + b"!")
    result = wideseek("verify")
    assert isinstance(result.exception, ModelFileError)
    assert "a.gguf: WRONG" in result.stdout


def test_build_refuses_early(folder: Path, tmp_path: Path) -> None:
    assert isinstance(wideseek("build", "o/r", "--quant", "q9").exception, UsageError)
    (tmp_path / "empty").mkdir()
    result = wideseek("build", str(tmp_path / "empty"))
    assert "has no config.json" in str(result.exception)


def test_a_small_model_is_fetched_without_asking(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choice = fetching.ensure_model("little")
    assert choice.path == folder / "little.gguf"
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "little: url http" in captured.err


def test_in_a_pipe_nothing_large_is_fetched(
    folder: Path, hub: HubState, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelMissingError, match="large is not on this machine") as caught:
        fetching.ensure_model()
    assert caught.value.exit_code == 5
    assert "wideseek models pull large" in caught.value.hint
    assert "model: large" in capsys.readouterr().err
    assert not hub.requests


def test_yes_fetches(folder: Path, hub: HubState) -> None:
    hub.files["o/r/m.gguf"] = GGUF
    assert fetching.ensure_model("large", yes=True).path == folder / "large.gguf"


ASK = "from wideseek_cli.cli.shared.fetching import ensure_model; print(ensure_model('large').path)"


@pytest.mark.parametrize(("answer", "code"), [(b"y\n", 0), (b"\n", 1)])
def test_on_a_terminal_it_asks(folder: Path, answer: bytes, code: int) -> None:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            [sys.executable, "-c", ASK], stdin=theirs, stdout=subprocess.PIPE, stderr=theirs
        ) as child:
            seen = b""
            while b"[y/N]" not in seen:
                assert select.select([ours], [], [], 20)[0], seen
                seen += os.read(ours, 4096)
            os.write(ours, answer)
            out, _ = child.communicate(timeout=20)
    finally:
        os.close(ours)
        os.close(theirs)
    assert b"150 MB to fetch" in seen
    assert child.returncode == code
    assert (out.decode().strip() == str(folder / "large.gguf")) == (code == 0)
