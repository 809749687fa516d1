"""`wideseek mcp` where no client is needed to see what it does."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from wideseek_cli.cli.commands import mcp as command
from wideseek_cli.core.errors import MissingExtraError


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
