"""`wideseek doctor`: how things stand, what to do, and the exit code a script can rely on."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.commands.doctor import checks
from wideseek_cli.cli.commands.doctor.checks import (
    State,
    check_llama,
    check_machine,
    check_places,
    check_search,
)
from wideseek_cli.cli.commands.doctor.command import app
from wideseek_cli.core.errors import ExitCode
from wideseek_cli.core.findings import Hit, SearchResult
from wideseek_cli.settings.config import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user with nothing at all."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path / "models"))
    for name in ("WIDESEEK_ENGINE", "WIDESEEK_MODEL", "WIDESEEK_OFFLINE", "WIDESEEK_SOURCES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def doctor(*options: str) -> tuple[int, dict[str, dict[str, Any]]]:
    told = CliRunner().invoke(app, ["--json", *options])
    report = json.loads(told.stdout)
    assert report["ok"] is (told.exit_code == ExitCode.OK)
    return told.exit_code, {check["name"]: check for check in report["checks"]}


def test_without_a_model_it_says_how_to_get_one(home: Path) -> None:
    code, found = doctor("--offline")
    assert code == ExitCode.MODEL
    assert found["model"]["state"] == "missing"
    assert "wideseek models pull" in found["model"]["advice"]
    assert found["llama.cpp"]["state"] == "ok"
    assert "0.3" in found["llama.cpp"]["text"]
    assert str(home / "models") in found["models"]["text"]
    assert "search" not in found


def test_with_a_model_all_is_well(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_MODEL", str(tiny_model))
    code, found = doctor("--offline")
    assert code == ExitCode.OK
    assert found["model"]["text"].startswith("tiny (")
    text = found["context"]["text"]
    assert text.startswith("1 × 32,000 and 10 × 16,384 and 1 × 2,048 tokens, KV in f16, up to ")
    assert text.endswith(" GB of copies of idle conversations")
    plain = CliRunner().invoke(app, ["--offline"])
    assert plain.exit_code == ExitCode.OK
    assert "ok  model        tiny (" in plain.stdout


@pytest.mark.slow
def test_the_contexts_of_a_small_memory_are_told(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_MODEL", str(tiny_model))
    monkeypatch.setenv("WIDESEEK_CONTEXT", "150000")
    monkeypatch.setattr("wideseek_cli.engine.local.fit.available_memory", lambda: 855_000_000)
    code, found = doctor("--offline")
    assert (code, found["context"]["state"]) == (ExitCode.OK, "note")
    assert "KV in q8_0" in found["context"]["text"]
    assert "f16 does not fit" in found["context"]["advice"]
    monkeypatch.setattr("wideseek_cli.engine.local.fit.available_memory", lambda: 400_000_000)
    code, found = doctor("--offline")
    assert (code, found["context"]["state"]) == (ExitCode.MODEL, "missing")
    assert "are free" in found["context"]["text"]


def test_a_server_takes_the_models_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIDESEEK_ENGINE", "http://127.0.0.1:9")
    code, found = doctor("--offline")
    assert code == ExitCode.MODEL
    assert found["server"]["state"] == "missing"
    assert "no server answers" in found["server"]["text"]
    assert "model" not in found


def test_a_broken_llama_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wideseek_cli.engine.llamacpp.devices", None)
    (check,) = check_llama(Settings())
    assert check.state is State.MISSING
    assert "./install.sh --compile" in check.advice


@pytest.mark.parametrize(
    ("summary", "state"),
    [
        ("CPU : SSE3 = 1 | AVX2 = 1 |", State.OK),
        ("CPU : SSE3 = 1 | AVX2 = 0 |", State.NOTE),
        ("", State.NOTE),
    ],
)
def test_a_build_for_any_machine_is_slow(monkeypatch: pytest.MonkeyPatch, summary: str, state: State) -> None:
    monkeypatch.setattr("wideseek_cli.engine.llamacpp.devices.device_summary", lambda: summary)
    monkeypatch.setattr("wideseek_cli.engine.llamacpp.devices.supports_offload", lambda: False)
    monkeypatch.setattr(checks.platform, "machine", lambda: "x86_64")
    build, _ = check_llama(Settings())
    assert build.state is state
    assert ("./install.sh --compile" in build.advice) is (state is State.NOTE)


def test_what_rebuilds_is_a_flag_of_the_installer() -> None:
    """Without it a second run leaves a published wheel as it is (`tests/test_install.py` shows both)."""
    script, flag = checks.REBUILD.split()
    assert f"        {flag}) COMPILE=1 ;;" in (ROOT / script).read_text(encoding="utf-8")


def test_an_accelerator_that_is_not_used_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wideseek_cli.engine.llamacpp.devices.supports_offload", lambda: False)
    tools = {"nvidia-smi": "/usr/bin/nvidia-smi"}
    monkeypatch.setattr(checks.shutil, "which", tools.get)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    assert "CUDA toolkit" in check_llama(Settings())[1].advice
    tools["nvcc"] = "/usr/bin/nvcc"
    assert check_llama(Settings())[1].advice == "Run ./install.sh again."
    del tools["nvcc"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/nvcc").touch()
    assert check_llama(Settings())[1].advice == "Run ./install.sh again."


def test_a_small_machine_is_told_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wideseek_cli.core.machine.cores", lambda: 2)
    monkeypatch.setattr("wideseek_cli.core.machine.available_memory", lambda: 1e9)
    few, little = check_machine(Settings())
    assert (few.state, little.state) == (State.NOTE, State.NOTE)
    assert "--width" in few.advice
    assert "smaller model" in little.advice


class OnePage:
    """Finds one page, or never answers."""

    def __init__(self, *, stuck: bool = False) -> None:
        self._stuck = stuck

    async def search(self, query: str, count: int) -> SearchResult:
        if self._stuck:
            await asyncio.Event().wait()
        return SearchResult(query, (Hit("u", "t", "s", "scripted"),), "scripted")


class Sources:
    def __init__(self, search: OnePage) -> None:
        self.search = search
        self.closed = False

    async def aclose(self) -> None:
        self.closed = True


def test_search_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = Sources(OnePage())
    monkeypatch.setattr("wideseek_cli.sources.opening.open_sources", lambda settings: sources)
    (found,) = check_search(Settings())
    assert (found.state, found.text) == (State.OK, "ddgs: 1 hits from scripted")
    assert sources.closed


def test_a_search_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = Sources(OnePage(stuck=True))
    monkeypatch.setattr("wideseek_cli.sources.opening.open_sources", lambda settings: sources)
    monkeypatch.setattr(checks, "SEARCH_SECONDS", 0.05)
    (silent,) = check_search(Settings())
    assert silent.state is State.NOTE
    assert "no answer" in silent.text
    assert sources.closed


def test_a_search_that_fails_says_what_to_do_instead() -> None:
    (down,) = check_search(Settings(sources=("searxng:http://127.0.0.1:9",)))
    assert down.state is State.NOTE
    assert "--source factbook" in down.advice


def test_a_folder_that_cannot_be_written_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks.os, "access", lambda *_: False)
    (check,) = check_places(Settings())
    assert check.state is State.MISSING
    assert "writable" in check.advice


def test_runs_are_looked_for_where_the_settings_say(home: Path) -> None:
    (home / "file").touch()
    for record, state in (
        ("new/runs.sqlite", State.OK),
        ("file/runs.sqlite", State.MISSING),
        ("", State.MISSING),
    ):
        (check,) = check_places(Settings(record=home / record))
        assert (check.state, check.text.startswith(str(home / record))) == (state, True)
    (none,) = check_places(Settings(keep_record=False))
    assert none.text == "none are kept, by the settings"
