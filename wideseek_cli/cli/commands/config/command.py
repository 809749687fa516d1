"""`wideseek config`: what is set, where it comes from, and changing it."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import typer

from wideseek_cli.cli.commands.config.config_file import change
from wideseek_cli.cli.lazy import plain_app
from wideseek_cli.cli.shared.complete import complete_setting
from wideseek_cli.cli.shared.options import AsJson
from wideseek_cli.core.errors import ConfigError
from wideseek_cli.core.protected import PROJECT_FILE
from wideseek_cli.core.text import clean_line, without_password
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import public_name
from wideseek_cli.settings.layers import Loaded, Places, load, nearest, to_plain, written

app = plain_app(no_args_is_help=True, help="show and change settings")

_Profile = Annotated[str, typer.Option("--profile", help="the profile to use or change")]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="only this one's value", autocompletion=complete_setting)] = "",
    profile: _Profile = "",
    as_json: AsJson = False,
) -> None:
    """Every setting, its value, and where the value comes from.

    Example: wideseek config show width
    """
    loaded = load(profile=profile)
    values = {public_name(key): value for key, value in to_plain(loaded.settings).items()}
    values["engine"] = without_password(str(values["engine"]))
    if name:
        if name not in values:
            raise ConfigError(f"unknown setting {name!r}", hint=nearest(name))
        typer.echo(written(values[name]))
        return
    if as_json:
        where = {public_name(key): vars(origin) for key, origin in loaded.origins.items()}
        full = {key: {"value": value, **where[key]} for key, value in values.items()}
        typer.echo(json.dumps(full, indent=1))
        return
    _show_all(values, loaded)


def _show_all(values: dict[str, object], loaded: Loaded) -> None:
    width = max(len(name) for name in values)
    for part in fields(Settings):
        name, origin = public_name(part.name), loaded.origins[part.name]
        said = origin.kind if origin.kind == "default" else f"{origin.kind}: {clean_line(origin.where)}"
        typer.echo(f"{name:<{width}}  {clean_line(written(values[name])):<24}  {said}")
    if loaded.profile:
        typer.echo(f"profile {loaded.profile}", err=True)


@app.command()
def path() -> None:
    """The files that are read, the one that counts most first.

    Example: wideseek config path
    """
    places = Places()
    project = places.project_file()
    found = [*([project] if project else []), places.user_file()]
    for file in found:
        typer.echo(f"{file}{'' if file.is_file() else '  (not there)'}")


@app.command("set")
def set_value(
    name: Annotated[str, typer.Argument(help="which setting", autocompletion=complete_setting)],
    value: Annotated[str, typer.Argument(help="its new value; without one the default is restored")] = "",
    project: Annotated[bool, typer.Option("--project", help=f"in {PROJECT_FILE} of this folder")] = False,
    profile: _Profile = "",
) -> None:
    """Set a value in your own config file (or the project's). Comments in it stay.

    Example: wideseek config set width 4
    """
    file = Path.cwd() / PROJECT_FILE if project else Places().user_file()
    change(file, name, value, profile=profile, is_project=project)
    typer.echo(f"{file}: {name} {'is ' + value if value else 'is the default again'}", err=True)
