"""The data files of the package, and TOML on every Python we run on."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

toml = tomllib.loads


def packaged(room: str, name: str) -> dict[str, Any]:
    """The tables of a TOML file that lies in a room of ours."""
    return toml(files(f"wideseek_cli.{room}").joinpath(name).read_text(encoding="utf-8"))
