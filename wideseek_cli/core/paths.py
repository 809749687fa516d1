"""Where things live on the user's machine, by the platform's own rules. Nothing is made here."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from wideseek_cli.core.errors import UsageError

APP = "wideseek"


def expanded(text: str | Path) -> Path:
    """With the home folder where `~` or `~user` stands; no user of that name is an error."""
    path = os.path.expanduser(text)
    if path.startswith("~"):
        raise UsageError(f"{text}: no user has this name, or a home", hint="write the folder out, from / on")
    return Path(path)


def data_dir() -> Path:
    """Runs and downloaded corpora."""
    return platformdirs.user_data_path(APP, appauthor=False)


def cache_dir() -> Path:
    """What can be fetched again: pages, model files."""
    return platformdirs.user_cache_path(APP, appauthor=False)


def beginnings_dir() -> Path:
    """Computed instructions of agents, for the next run on the same model."""
    return cache_dir() / "beginnings"


def kept_beginnings(folder: Path | None = None) -> list[Path]:
    """The files of that folder."""
    return list((folder or beginnings_dir()).glob("*.kv"))


def config_file() -> Path:
    """The user's own settings."""
    return platformdirs.user_config_path(APP, appauthor=False) / "config.toml"


def record_file() -> Path:
    """The one file that holds every run."""
    return data_dir() / "runs.sqlite"
