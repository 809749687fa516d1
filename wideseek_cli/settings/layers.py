"""Where settings come from: flags, then WIDESEEK_… variables, the project's file, the user's file.

A file has plain keys and, under `[profile.NAME]`, keys that count when that profile is chosen.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from wideseek_cli.core import paths, plain
from wideseek_cli.core.errors import ConfigError, UsageError
from wideseek_cli.core.protected import PROJECT_FILE
from wideseek_cli.core.text import without_password
from wideseek_cli.settings.config import Settings
from wideseek_cli.settings.convert import convert, field_name, public_name, setting_names
from wideseek_cli.settings.projectfile import check_project
from wideseek_cli.settings.tomlfile import read_if_there, read_toml
from wideseek_cli.table.model import Column

PREFIX = "WIDESEEK_"


@dataclass(frozen=True)
class Origin:
    """Where a value comes from: `kind` is flag, environment, project, user or default."""

    kind: str = "default"
    where: str = ""  # the flag, the variable, or the file and its table


@dataclass(frozen=True)
class Loaded:
    """The settings, and each one's origin by field name."""

    settings: Settings
    origins: Mapping[str, Origin]
    profile: str = ""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Places:
    """Where to look; tests give their own."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    folder: Path = field(default_factory=lambda: _here())
    home: Path = field(default_factory=Path.home)

    def user_file(self) -> Path:
        named = self.environ.get(f"{PREFIX}CONFIG")
        return paths.expanded(named) if named else paths.config_file()

    def project_file(self) -> Path | None:
        """The nearest one from here up, not above the user's home."""
        for folder in (self.folder, *self.folder.parents):
            if _is_file(folder / PROJECT_FILE):
                return folder / PROJECT_FILE
            if folder == self.home:
                return None
        return None


def _here() -> Path:
    """Where we were started; a folder that is gone has no project's file, as the root has none."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.sep)


def _is_file(path: Path) -> bool:
    """Not where we may not look: started by another user, say, in a folder of ours."""
    try:
        return path.is_file()
    except OSError:
        return False


def load(
    flags: Mapping[str, object] | None = None, *, profile: str = "", places: Places | None = None
) -> Loaded:
    """All settings. `flags` has those that were given, by field name; None counts as not given."""
    places = places or Places()
    user, project = places.user_file(), places.project_file()
    texts = {"user": read_if_there(user), "project": _read_project(project)}
    profile = profile or places.environ.get(f"{PREFIX}PROFILE", "")
    by_project = not profile and bool(texts["project"].get("use_profile"))
    profile = profile or _default_profile(texts)
    _check_profile(profile, texts)
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {part.name: Origin() for part in fields(Settings)}
    for kind, path in (("user", user), ("project", project)):
        if path is not None:
            # a folder must not choose among the user's profiles, which may name other servers
            chosen = "" if by_project and kind == "user" else profile
            _take_file(kind, path, texts[kind], chosen, values, origins)
    _take_environment(places.environ, values, origins)
    for name, value in (flags or {}).items():
        if value is not None:
            values[name] = _converted(name, value, f"--{public_name(name).replace('_', '-')}")
            origins[name] = Origin("flag", f"--{public_name(name).replace('_', '-')}")
    _turns_of_the_one_agent(flags or {}, values, origins)
    found = tuple(path for path in (project, user) if path is not None and path.is_file())
    return Loaded(replace(Settings(), **values), origins, profile, found)


def _turns_of_the_one_agent(
    flags: Mapping[str, object], values: dict[str, Any], origins: dict[str, Origin]
) -> None:
    """`--single --turns 5` means the turns of the agent that works."""
    if values.get("single") and flags.get("turns") is not None and flags.get("single_turns") is None:
        values["single_turns"], origins["single_turns"] = values["turns"], origins["turns"]


def profile_names(places: Places | None = None) -> list[str]:
    """The profiles of both files."""
    places = places or Places()
    texts = (read_if_there(places.user_file()), _read_project(places.project_file()))
    return sorted({name for text in texts for name in _profiles(text)})


def _read_project(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    if path.stat().st_uid not in (os.getuid(), 0):
        raise ConfigError(f"{path} belongs to another user", hint="copy it, or work in another folder")
    text = read_toml(path)
    check_project(path, text)
    return text


def _profiles(text: Mapping[str, Any]) -> dict[str, Any]:
    found = text.get("profile", {})
    return found if isinstance(found, dict) else {}


def _default_profile(texts: Mapping[str, Mapping[str, Any]]) -> str:
    named = texts["project"].get("use_profile") or texts["user"].get("use_profile") or ""
    return str(named)


def _check_profile(profile: str, texts: Mapping[str, Mapping[str, Any]]) -> None:
    known = sorted({name for text in texts.values() for name in _profiles(text)})
    if profile and profile not in known:
        hint = (
            f"known: {', '.join(known)}" if known else "a profile is a table [profile.NAME] in a config file"
        )
        raise ConfigError(f"there is no profile {profile!r}", hint=hint)


def _take_file(
    kind: str,
    path: Path,
    text: Mapping[str, Any],
    profile: str,
    values: dict[str, Any],
    origins: dict[str, Origin],
) -> None:
    """The file's own keys, then those of the profile, into values and origins."""
    own = {key: value for key, value in text.items() if key not in ("profile", "use_profile")}
    chosen = _profiles(text).get(profile, {}) if profile else {}
    for table, where in ((own, str(path)), (chosen, f"{path} [profile.{profile}]")):
        if not isinstance(table, dict):
            raise ConfigError(f"{where} must be a table")
        for key, value in table.items():
            name = field_name(key)
            if name is None:
                raise ConfigError(f"{where}: unknown setting {key!r}", hint=nearest(key))
            values[name] = _converted(name, _from_file(path, value), f"{where}: {key}")
            origins[name] = Origin(kind, where)


def _from_file(path: Path, value: object) -> object:
    """Paths that begin with a dot are meant from the file's folder."""
    if isinstance(value, str) and value.startswith(("./", "../")):
        return str((path.parent / value).resolve())
    return value


def _take_environment(environ: Mapping[str, str], values: dict[str, Any], origins: dict[str, Origin]) -> None:
    for variable in sorted(environ):
        name = field_name(variable.removeprefix(PREFIX)) if variable.startswith(PREFIX) else None
        if name and environ[variable]:
            values[name] = _converted(name, environ[variable], variable)
            origins[name] = Origin("environment", variable)


def _converted(name: str, value: object, where: str) -> Any:
    try:
        return convert(name, value)
    except UsageError as error:
        raise ConfigError(f"{where}: {error}", hint=error.hint) from error


def nearest(key: str) -> str:
    """What to say of a setting that is none."""
    from difflib import get_close_matches

    near = get_close_matches(key.replace("-", "_"), setting_names(), 1)
    return f"Did you mean {near[0]}?" if near else "`wideseek config show` lists all settings."


def to_plain(settings: Settings) -> dict[str, Any]:
    """For the record: JSON-ready, and `from_plain` makes the same settings of it."""
    made: dict[str, Any] = plain.to_plain(settings)
    return made


def from_plain(recorded: Mapping[str, Any]) -> Settings:
    """Settings as recorded; those that a newer program knew are left out."""
    values: dict[str, Any] = {}
    for part in fields(Settings):
        if part.name not in recorded:
            continue
        value = recorded[part.name]
        if part.name == "columns":
            value = plain.decoder(tuple[Column, ...])(value)
        values[part.name] = _converted(part.name, value, f"recorded {part.name}")
    return replace(Settings(), **values)


def written(value: object) -> str:
    """A value of `to_plain` as people read it."""
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, list):
        return ", ".join(f"{c['name']}:{c['type']}" if isinstance(c, dict) else str(c) for c in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict) else without_password(str(value))
