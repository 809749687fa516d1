"""The README names every command, and nothing that does not exist."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from wideseek_cli.cli.main import COMMANDS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
# every `wideseek …` in a code block or between backticks
EXAMPLES = sorted(set(re.findall(r"wideseek ((?:[a-z]|--)[^`\n#|>;]*)", README)))


def _command(name: str) -> Any:
    module = importlib.import_module(f"wideseek_cli.cli.{COMMANDS[name][0]}")
    return typer.main.get_command(module.app)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str) -> None:
    assert re.search(rf"\bwideseek {name}\b", README), f"README.md does not show `wideseek {name}`"
    command = _command(name)
    for sub in getattr(command, "commands", {}):
        assert re.search(rf"\b{name} {sub}\b", README), f"README.md does not show `{name} {sub}`"


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_typed(example: str) -> None:
    """The commands and options of an example exist."""
    words = shlex.split(example.replace("…", "x").strip())
    if words[0].startswith("--"):
        return
    command, rest = _command(words[0]), words[1:]
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)} | {
        "--help"
    }
    for word in rest:
        if word.startswith("-") and len(word) > 1:
            assert word.partition("=")[0] in known, f"`wideseek {example}`: no option {word}"


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
