"""Changing one key of a config file; all else in it, comments too, stays."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from wideseek_cli.core.errors import ConfigError, OutputError, UsageError
from wideseek_cli.export.output import write_text
from wideseek_cli.settings.convert import convert, field_name, public_name
from wideseek_cli.settings.layers import nearest
from wideseek_cli.settings.projectfile import check_project
from wideseek_cli.settings.tomlfile import parse_toml, read_if_there
from wideseek_cli.table.columns import columns_spec
from wideseek_cli.table.model import Column


def change(file: Path, name: str, value: str, *, profile: str = "", is_project: bool = False) -> None:
    """Set (or, with an empty value, take out) one key. The file is replaced whole or not at all."""
    field = field_name(name)
    if field is None:
        raise ConfigError(f"unknown setting {name!r}", hint=nearest(name))
    if not re.fullmatch(r"[\w-]*", profile):
        raise UsageError(f"{profile!r} cannot be a profile's name", hint="use letters, digits, - and _")
    wanted = _checked(name, field, value) if value else None
    read_if_there(file)  # what is wrong with it is said with its place
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    try:
        changed = _edited(text, profile, field, wanted)
    except (TOMLKitError, RecursionError) as error:
        raise ConfigError(f"{file} cannot be changed from here", hint="edit it by hand") from error
    if is_project:
        check_project(file, parse_toml(changed, file))
    _replace(file, changed)


def _checked(name: str, field: str, value: str) -> Any:
    """The value as TOML has it."""
    try:
        made = convert(field, value)
    except UsageError as error:
        raise ConfigError(f"{name}: {error}", hint=error.hint) from error
    if isinstance(made, tuple):
        return columns_spec(made) if made and isinstance(made[0], Column) else list(made)
    return made if isinstance(made, (bool, int, float)) else str(made)


def _edited(text: str, profile: str, field: str, wanted: Any) -> str:
    document = tomlkit.parse(text)
    table: Any = document
    if profile:
        profiles = table.setdefault("profile", tomlkit.table(is_super_table=True))
        table = profiles.setdefault(profile, tomlkit.table())
        if not isinstance(table, MutableMapping):
            raise TOMLKitError(f"profile.{profile} is not a table")
    key = next((known for known in table if field_name(known) == field), public_name(field))
    if wanted is not None:
        table[key] = wanted
    elif key in table:
        table.remove(key)
    return tomlkit.dumps(document)


def _replace(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}") from error
    try:
        write_text(file, text, ours=True)
    except OutputError as error:
        raise OutputError(str(error)) from error  # its hint is about results
