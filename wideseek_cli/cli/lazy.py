"""Groups of commands, each a module that is imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup

# name -> (module in the room, one line of help); each module has a Typer named `app`
Commands = Mapping[str, tuple[str, str]]


class LazyGroup(TyperGroup):
    """Lists its commands from a table and imports one only to run it."""

    room: ClassVar[str]
    table: ClassVar[Commands]

    def list_commands(self, ctx: Any) -> list[str]:
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        entry = self.table.get(cmd_name)
        if entry is None:
            return None
        command = _command_in(f"{self.room}.{entry[0]}")
        command.name = cmd_name
        command.help = command.help or entry[1]
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.table.items()])

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Plain help: the rich one would import every command to describe it."""
        self.format_usage(ctx, formatter)
        self.format_help_text(ctx, formatter)
        self.format_options(ctx, formatter)


@cache
def _command_in(module: str) -> Any:
    return typer.main.get_command(importlib.import_module(module).app)


def plain_app(**more: Any) -> typer.Typer:
    """A Typer that leaves help and errors to us."""
    kept = {"add_completion": False, "rich_markup_mode": None, "pretty_exceptions_enable": False}
    return typer.Typer(**{**kept, **more})


def group(in_room: str, commands: Commands, **more: Any) -> typer.Typer:
    """A Typer of the commands whose modules are in a room."""

    class Group(LazyGroup):
        room, table = in_room, commands

    app = plain_app(cls=Group, no_args_is_help=True, **more)
    app.callback()(_nothing)  # what makes a Typer without commands of its own a group
    return app


def _nothing() -> None:
    """Options of a group of its own: none."""
