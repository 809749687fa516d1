"""What the shell offers after Tab. Nothing here may fail or talk: a wrong file just offers nothing."""

from __future__ import annotations

from contextlib import suppress

import typer

from wideseek_cli.core.errors import WideseekError
from wideseek_cli.core.text import clean_line
from wideseek_cli.settings.convert import setting_names


def complete_setting(incomplete: str) -> list[str]:
    """Names of settings."""
    return [name for name in setting_names() if name.startswith(incomplete.replace("-", "_"))]


def complete_run(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Run ids with their questions, newest first, and @last; from the record that the line names."""
    from wideseek_cli.runs import Runs

    found: list[tuple[str, str]] = []
    with suppress(WideseekError), Runs.open(ctx.params.get("record")) as runs:
        found = [(entry.id, clean_line(entry.question, 60)) for entry in runs.latest(200)]
    if found:
        found.insert(0, ("@last", found[0][1]))
    return [(run, text) for run, text in found if run.startswith(incomplete.lower())]


def complete_model(incomplete: str) -> list[tuple[str, str]]:
    """Names in the registry."""
    from wideseek_cli.models.registry import load_registry

    with suppress(WideseekError):
        entries = [(entry.name, clean_line(entry.title, 60)) for entry in load_registry()]
        return [(name, title) for name, title in entries if name.startswith(incomplete.lower())]
    return []


def complete_profile(incomplete: str) -> list[str]:
    """Profiles of the config files."""
    from wideseek_cli.settings.layers import profile_names

    with suppress(WideseekError):
        return [name for name in profile_names() if name.startswith(incomplete)]
    return []


def complete_source(incomplete: str) -> list[tuple[str, str]]:
    """Kinds of sources, without what is to follow the colon."""
    from wideseek_cli.sources.opening import KINDS

    kinds = [(name.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), text) for name, text in KINDS.items()]
    return [(name, text) for name, text in kinds if name.startswith(incomplete.lower())]
