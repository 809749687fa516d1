"""`wideseek mcp` where no client is needed to see what it does."""

from __future__ import annotations

import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from wideseek_cli.cli.commands import ask, fill, refresh
from wideseek_cli.cli.commands import mcp as command
from wideseek_cli.cli.commands.mcp import arguments_of
from wideseek_cli.cli.shared.options import SETTINGS, as_arguments, takes_options
from wideseek_cli.core.errors import MissingExtraError
from wideseek_cli.mcp import starting


def test_the_skill_is_printed_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    shown = CliRunner().invoke(command.app, ["--skill"]).output
    assert shown.startswith("---\nname: wideseek\ndescription: ")
    assert "wideseek ask --detach" in shown


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    for module in ("server", "stdio"):
        monkeypatch.delitem(sys.modules, f"wideseek_cli.mcp.{module}", raising=False)
    result = CliRunner().invoke(command.app, [])
    assert isinstance(result.exception, MissingExtraError)
    assert "wideseek[mcp]" in result.exception.hint


VALUES: dict[str, Any] = {
    **{"columns": '-a, "b c", founded:int', "time_s": "90s", "max_age_s": "7d", "record": "/tmp/r $x.sqlite"},
    **{
        "sources": ("ddgs", "zim:/a,b c.zim"),
        "allow_hosts": ("localhost",),
        "where": ("a < 2",),
        "temperature": 0.5,
        "seed": 3,
    },
    **{"single": True, "offline": True, "merge_sources": True, "ignore_robots": True},
}


def _value(name: str) -> Any:
    hint = str(SETTINGS[name].__origin__)
    return VALUES.get(name, False if "bool" in hint else 2 if "int" in hint or "float" in hint else "x")


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_are_written_as_they_are_read(name: str) -> None:
    taken: list[dict[str, Any]] = []
    app = typer.Typer()

    @app.command()
    @takes_options
    def take(*, flags: dict[str, Any]) -> None:
        taken.append(flags)

    value = _value(name)
    result = CliRunner().invoke(app, as_arguments({"prompts": None, name: value}))
    assert result.exit_code == 0, result.output
    assert {key: given for key, given in taken[0].items() if given is not None} == {name: value}


@pytest.mark.parametrize(
    ("command", "task"),
    [
        (ask.app, starting.question("Which?", "")),
        (fill.app, starting.table("a,b\n", "", "b:int", "a", check=True)),
        (refresh.app, starting.again("aaaaaaaa1")),
    ],
)
def test_each_command_takes_what_the_user_may_have_set(command: typer.Typer, task: starting.Task) -> None:
    theirs = {name: _value(name) for name in SETTINGS if name != "columns"}
    words = [*task.words[1:], "--detach", "--yes", *arguments_of(task.words[0], theirs)]
    made = typer.main.get_command(command)
    with made.make_context("wideseek", words) as context:
        assert context.params["detach"] is True
        assert context.params["sources"] == list(VALUES["sources"])
