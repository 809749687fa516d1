"""Each command's help ends with an example that can be typed; those that need no model and no web are run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.parsers import parsers
from tests.ui.test_recording import record  # noqa: F401 a fixture: a recorded run of Ivy League universities
from wideseek_cli.cli.main import app

RUN = [
    *("cache clear", "cache info", "config path", "config set", "config show", "help", "models list"),
    *("models verify", "read", "runs export", "runs list", "runs prune", "runs rm", "runs show", "runs tail"),
    *("runs wait", "runs why", "search", "view"),
]


def _examples(name: str) -> list[str]:
    """The lines of its help that are its command, without a pipe before or behind it, or a comment."""
    line = rf"^\s*(?:Example: )?(?:.*\| )?wideseek ({name}\b[^|>#\n]*)"
    found = re.findall(line, parsers()[name].help or "", re.MULTILINE)
    return [example.strip().replace("…", "x") for example in found]


def test_every_command_has_examples_that_can_be_typed() -> None:
    """The command's own parser takes them: every option, type and range."""
    for name, command in parsers().items():
        assert _examples(name), f"{name}: {command.help}"
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
