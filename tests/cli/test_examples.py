"""Each command's help ends with an example that can be typed; those that need no model and no web are run."""

from __future__ import annotations

import importlib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tests.ui.test_recording import record  # noqa: F401 a fixture: a recorded run of Ivy League universities
from wideseek_cli.cli.main import COMMANDS, app

RUN = [
    *("cache clear", "cache info", "config path", "config set", "config show", "help", "models list"),
    *("models verify", "read", "runs export", "runs list", "runs prune", "runs rm", "runs show", "runs tail"),
    *("runs wait", "runs why", "search", "view"),
]


def _commands() -> Iterator[tuple[str, Any]]:
    for name, (module, _) in COMMANDS.items():
        command: Any = typer.main.get_command(
            importlib.import_module(f"wideseek_cli.cli.commands.{module}").app
        )
        for sub, found in (getattr(command, "commands", None) or {"": command}).items():
            yield f"{name} {sub}".strip(), found


HELP = {name: command.help or "" for name, command in _commands()}


def _examples(name: str) -> list[str]:
    """The lines of its help that are its command, without a pipe before or behind it, or a comment."""
    found = re.findall(rf"^\s*(?:Example: )?(?:.*\| )?wideseek ({name}\b[^|>#\n]*)", HELP[name], re.MULTILINE)
    return [line.strip().replace("…", "x") for line in found]


@pytest.mark.parametrize("name", HELP)
def test_every_command_has_an_example(name: str) -> None:
    assert _examples(name), HELP[name]


@pytest.mark.parametrize("name", HELP)
def test_examples_can_be_typed(name: str) -> None:
    """The command's own parser takes them: every option, type and range."""
    command = dict(_commands())[name]
    for example in _examples(name):
        words = shlex.split(example)[len(name.split()) :]
        command.make_context(name, words).close()


@pytest.mark.parametrize("name", RUN)
def test_examples_do_what_they_say(
    name: str,
    record: Path,  # noqa: F811 the fixture
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WIDESEEK_RECORD", str(record))
    monkeypatch.setenv("WIDESEEK_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("WIDESEEK_MODELS", str(tmp_path / "models"))
    if name.startswith("cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for example in _examples(name):
        done = CliRunner().invoke(app, shlex.split(example))
        assert done.exit_code == 0, (example, done.output, done.exception)
        assert done.output or name == "runs wait"  # that one is its exit code
