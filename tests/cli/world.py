"""The whole program with a scripted engine and made-up pages, and nothing of the machine's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from models.scripted import ScriptedEngine
from tests.agents.fakeworld import FakeSources
from wideseek_cli import opening
from wideseek_cli.cli.shared import fetching
from wideseek_cli.sources import opening as sources

if TYPE_CHECKING:  # a process of the program alone has no use for it
    import pytest


def put_in_place(
    engine: Callable[[], ScriptedEngine],
    pages: Callable[[Any], FakeSources],
    replace: Callable[[object, str, object], object] = setattr,
) -> None:
    """Of the real ones; `pages` gets the settings. `replace` may be a monkeypatch's."""

    async def open_engine(settings: Any, **more: Any) -> opening.OpenEngine:
        return opening.OpenEngine(engine())

    def open_sources(settings: Any, reader: Any = None, **more: Any) -> sources.SourceSet:
        made_up = pages(settings)
        return sources.SourceSet(made_up.search, made_up, made_up)

    replace(opening, "open_engine", open_engine)
    replace(opening, "load_ahead", lambda settings: None)
    replace(sources, "open_sources", open_sources)
    replace(fetching, "ensure_model", lambda *given, **more: SimpleNamespace(name="scripted"))


def at_home(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """In a folder that has no settings, models or runs."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        patch.setenv(name, str(folder / "home"))
    patch.chdir(folder)
