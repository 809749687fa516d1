"""With the user's own --offline no model is fetched; what is offline of itself may fetch its model first."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.models.ggufs import small_gguf
from tests.models.loopback import HubState, loopback_hub
from wideseek_cli.cli.main import app
from wideseek_cli.core.errors import ExitCode, ModelMissingError
from wideseek_cli.session import Session

GGUF = small_gguf({"general.name": "m", "qwen3.context_length": 4096, "tokenizer.chat_template": "{tools}"})
ENTRY = """
[models.{name}]
title = "For tests"
file = "{name}.gguf"
size = {size}
sha256 = "{sum}"
quant = "q8_0"
sources = [{{ kind = "url", url = "{url}" }}]
"""


@pytest.fixture
def hub() -> Iterator[HubState]:
    with loopback_hub() as state:
        state.files["o/r/m.gguf"] = GGUF
        yield state


@pytest.fixture(autouse=True)
def missing(tmp_path: Path, hub: HubState, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without models; `little` and `demo` could be fetched, and are small."""
    facts = {"size": len(GGUF), "sum": hashlib.sha256(GGUF).hexdigest(), "url": hub.url("o/r/m.gguf")}
    (tmp_path / "models.toml").write_text("".join(ENTRY.format(name=n, **facts) for n in ("little", "demo")))
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("WIDESEEK_REGISTRY", str(tmp_path / "models.toml"))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path / "models"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "models"


class Opened(Exception):
    """The command has its model and would begin."""


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    async def opened(*_: object, **__: object) -> None:
        raise Opened

    monkeypatch.setattr(Session, "open", opened)


def wideseek(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


ASK = ("ask", "List lakes", "-s", "factbook", "-m", "little", "-q")
EVAL = ("eval", "run", "factbook-wide:dev:small", "-m", "little", "--limit", "1", "-o", "out")


def refused(result: Result, name: str, hub: HubState) -> None:
    error = result.exception
    assert isinstance(error, ModelMissingError), error
    assert str(error) == f"{name} is not on this machine, and nothing is downloaded offline"
    assert error.hint == f"download it first: wideseek models pull {name}"
    assert error.exit_code == ExitCode.MODEL
    assert not hub.requests


@pytest.mark.parametrize("words", [ASK, (*ASK, "--yes"), EVAL, ("batch", "q.txt", "-o", "out", *ASK[2:])])
def test_offline_fetches_no_model(words: tuple[str, ...], hub: HubState) -> None:
    Path("q.txt").write_text("List lakes\n")
    refused(wideseek(*words, "--offline"), "little", hub)
    assert isinstance(wideseek(*words).exception, Opened), "without it a small one is fetched"
    assert hub.requests


@pytest.mark.parametrize("words", [ASK, EVAL, ("demo",)])
def test_offline_may_come_from_the_environment_or_a_file(
    words: tuple[str, ...], hub: HubState, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "demo" if words == ("demo",) else "little"
    Path(".wideseek.toml").write_text("offline = true\n")
    refused(wideseek(*words), name, hub)
    Path(".wideseek.toml").unlink()
    monkeypatch.setenv("WIDESEEK_OFFLINE", "1")
    refused(wideseek(*words), name, hub)


def test_the_demo_fetches_its_model_and_then_runs_offline(hub: HubState, missing: Path) -> None:
    assert isinstance(wideseek("demo").exception, Opened)
    assert (missing / "demo.gguf").read_bytes() == GGUF
    hub.requests.clear()
    present = wideseek("ask", "List lakes", "-s", "factbook", "-m", "demo", "-q", "--offline")
    assert isinstance(present.exception, Opened), "what is here needs no network"
    assert not hub.requests


def test_what_can_be_made_of_a_model_that_is_here_needs_no_network(
    hub: HubState, missing: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copied(base: Path, adapter: object, out: Path, progress: object) -> None:
        out.write_bytes(base.read_bytes())

    monkeypatch.setattr("wideseek_cli.models.gguf.merged.merge", copied)
    wide = (
        '[models.wide]\nfile = "wide.gguf"\nquant = "q8_0"\nsources = [{ kind = "made", base = "little" }]\n'
    )
    with (missing.parent / "models.toml").open("a") as registry:
        registry.write(wide)
    asked = ("ask", "List lakes", "-s", "factbook", "-m", "wide", "-q", "--offline")
    refused(wideseek(*asked), "wide", hub)
    missing.mkdir()
    (missing / "little.gguf").write_bytes(GGUF)
    assert isinstance(wideseek(*asked).exception, Opened)
    assert (missing / "wide.gguf").is_file()
    assert not hub.requests
