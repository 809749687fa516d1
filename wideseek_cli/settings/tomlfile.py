"""Reading TOML files with errors of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import ConfigError
from wideseek_cli.settings.data import toml


def read_toml(path: Path) -> dict[str, Any]:
    """The file's tables; a ConfigError names the file and the place."""
    try:
        return parse_toml(path.read_text(encoding="utf-8"), path)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def read_if_there(path: Path) -> dict[str, Any]:
    """The file's tables, none where there is no such file. One that cannot be looked at is an error."""
    try:
        there = path.is_file()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    return read_toml(path) if there else {}


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """The tables in a text that is, or is to become, this file's."""
    try:
        return toml(text)
    except (ValueError, RecursionError) as error:  # ValueError: also for a number of thousands of digits
        raise ConfigError(f"{path} is not valid TOML: {str(error)[:200]}") from error
