"""What the `.wideseek.toml` of a folder may set. The folder may be somebody else's, unpacked a minute ago.

The rule: a setting is allowed if the worst that it can do is to make runs in this folder shorter, longer or
worse. What chooses who is sent questions, what is written where, which network is opened, and which file goes
into a native parser or into the prompts is the user's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wideseek_cli.core.errors import ConfigError
from wideseek_cli.settings.convert import field_name

ALLOWED = frozenset(
    {
        *("width", "turns", "subagent_turns", "single_turns", "single", "language", "reader"),
        *("context", "kv", "flash", "think_cap", "max_reply_tokens", "grammar", "speculate"),
        *("temperature", "top_p", "top_k", "min_p", "seed"),
        *("time_s", "max_searches", "max_pages", "max_age_s"),
        *("answer", "columns", "repair", "harvest", "strict", "where"),
        *("sources", "merge_sources", "offline"),
    }
)
HARMLESS_SOURCES = ("ddgs", "factbook", "zim:")  # the others are servers, or cost the user's money
_HINT = "set it in your own file (wideseek config set), or with a flag"


def check_project(path: Path, text: Mapping[str, Any]) -> None:
    """Raise a ConfigError that names the first key that a folder's file may not have."""
    for key, value in _settings(text):
        name = field_name(key)
        if name is None:
            continue  # no setting at all, of which another check tells
        if name not in ALLOWED:
            raise _refused(path, f"{name} cannot be set by a project's file")
        if name == "offline" and value is not True:
            raise _refused(path, "a project's file can only turn offline on")
        for source in _listed(value) if name == "sources" else ():
            if not source.strip().lower().startswith(HARMLESS_SOURCES):
                kind = source.partition(":")[0].strip()[:40]
                raise _refused(path, f"a {kind} source cannot be set by a project's file")
    named = text.get("use_profile")
    if named and str(named) not in _profiles(text):
        raise _refused(path, "a project's file can only use a profile of its own")


def _settings(text: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for table in (text, *_profiles(text).values()):
        if isinstance(table, dict):
            yield from table.items()


def _profiles(text: Mapping[str, Any]) -> dict[str, Any]:
    found = text.get("profile", {})
    return found if isinstance(found, dict) else {}


def _listed(sources: Any) -> list[str]:
    return [str(source) for source in (sources if isinstance(sources, list) else str(sources).split(","))]


def _refused(path: Path, what: str) -> ConfigError:
    return ConfigError(f"{path}: {what}", hint=_HINT)
