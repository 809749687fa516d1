"""The parsers of all commands, by what is typed: `ask`, `runs show`."""

from __future__ import annotations

from functools import cache
from typing import Any

import typer

from wideseek_cli.cli.main import app


@cache
def parsers() -> dict[str, Any]:
    root: Any = typer.main.get_command(app)
    context = root.make_context("wideseek", ["help"])
    found = {}
    for name in root.list_commands(context):
        command: Any = root.get_command(context, name)
        subs = command.list_commands(context) if hasattr(command, "list_commands") else []
        found |= {f"{name} {sub}": command.get_command(context, sub) for sub in subs} or {name: command}
    return found
