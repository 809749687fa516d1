"""Changing one key of a config file and nothing else in it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import ConfigError, OutputError, UsageError
from wideseek_cli.export.output import write_text
from wideseek_cli.settings.convert import convert, field_name, public_name
from wideseek_cli.settings.layers import nearest
from wideseek_cli.settings.projectfile import check_project
from wideseek_cli.settings.tomlfile import parse_toml, read_toml
from wideseek_cli.table.columns import columns_spec
from wideseek_cli.table.model import Column


def change(file: Path, name: str, value: str, *, profile: str = "", is_project: bool = False) -> None:
    """Set (or, with an empty value, take out) one key. The file is replaced whole or not at all."""
    field = field_name(name)
    if field is None:
        raise ConfigError(f"there is no setting {name!r}", hint=nearest(name))
    if not re.fullmatch(r"[\w-]*", profile):
        raise UsageError(f"{profile!r} cannot be a profile's name", hint="use letters, digits, - and _")
    wanted = _to_toml(_checked(name, field, value)) if value else ""
    before = read_toml(file) if file.is_file() else {}
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    changed = _edit(text, f"profile.{profile}" if profile else "", public_name(field), field, wanted)
    if not _only_that_changed(file, before, changed, profile, field):
        raise ConfigError(
            f"{file} is written in a way that cannot be changed from here", hint="edit it by hand"
        )
    if is_project:
        check_project(file, parse_toml(changed, file))
    _replace(file, changed)


def _checked(name: str, field: str, value: str) -> Any:
    try:
        return convert(field, value)
    except UsageError as error:
        raise ConfigError(f"{name}: {error}", hint=error.hint) from error


def _to_toml(value: Any) -> str:
    if isinstance(value, tuple):
        if value and isinstance(value[0], Column):
            return _quoted(columns_spec(value))
        return "[" + ", ".join(map(_quoted, value)) + "]"
    if isinstance(value, (bool, int, float)):
        return str(value).lower()
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """JSON's escapes are TOML's too, but for halves of characters and DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _edit(text: str, table: str, key: str, field: str, value: str) -> str:
    """The text with the key's line in that table replaced, added or taken out."""
    lines = text.splitlines()
    start, end = _section(lines, table)
    if start is None:
        if not value:
            return text
        lines += ["", f"[{table}]"] if lines else [f"[{table}]"]
        start = end = len(lines)
    at = [n for n in range(start, end) if _key_of(lines[n]) == field]
    if at:
        lines[at[0] : at[0] + 1] = [f"{key} = {value}"] if value else []
    elif value:
        while end > start and not lines[end - 1].strip():
            end -= 1
        lines.insert(end, f"{key} = {value}")
    return "\n".join(lines) + "\n" if lines else ""


def _section(lines: list[str], table: str) -> tuple[int | None, int]:
    """First and one past the last line of a table; the top of the file for no name."""
    heads = [n for n, line in enumerate(lines) if line.lstrip().startswith("[")]
    if not table:
        return 0, heads[0] if heads else len(lines)
    for n in heads:
        if re.sub(r"[\s\"']", "", lines[n].split("#")[0]) == f"[{table}]":
            return n + 1, next((later for later in heads if later > n), len(lines))
    return None, len(lines)


def _key_of(line: str) -> str | None:
    name, equals, _ = line.partition("=")
    return field_name(name.strip().strip("\"'")) if equals and not name.lstrip().startswith("#") else None


def _only_that_changed(file: Path, before: dict[str, Any], text: str, profile: str, field: str) -> bool:
    try:
        after = parse_toml(text, file)
    except ConfigError:  # a value over several lines, of which the first one was replaced
        return False
    return _without(after, profile, field) == _without(before, profile, field)


def _without(values: dict[str, Any], profile: str, field: str) -> dict[str, Any]:
    """Everything but the key that was changed."""
    rest = dict(values)
    if profile:
        profiles = dict(rest.get("profile", {}))
        inner = {key: item for key, item in profiles.pop(profile, {}).items() if field_name(key) != field}
        rest["profile"] = {**profiles, **({profile: inner} if inner else {})}
        return {key: item for key, item in rest.items() if key != "profile" or item}
    return {key: item for key, item in rest.items() if field_name(key) != field}


def _replace(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}") from error
    try:
        write_text(file, text, ours=True)
    except OutputError as error:
        raise OutputError(str(error)) from error  # its hint is about results
